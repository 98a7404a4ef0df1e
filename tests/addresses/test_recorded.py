"""What was recorded under older rules is read, taken apart and sent as it was."""

import pytest

from reconciler.kinds import registry
from reconciler.kinds.live_stream.spec import LiveStreamSpec
from reconciler.kinds.marks import read_recorded

OLD = ("rtmp://a_b.example/live/x", "rtmp://push.example/live/x/", "rtmp://push.example:0/live//x")


@pytest.mark.parametrize("url", OLD)
def test_an_address_that_would_be_refused_today_is_read(url: str) -> None:
    kind = registry()["RelayStream"]
    written = {"room": 7, "user": {"userId": "anna"}, "publish": [{"url": url}]}
    spec = kind.read(written)
    assert spec.to_json()["publish"] == [{"url": url}]
    assert {str(claim).split()[0] for claim in kind.kind.occupies(spec)} >= {"push"}
    try:
        again = kind.kind.spec.model_validate(written)
    except ValueError:
        return
    assert not all(fault.warns for fault in kind.kind.faults(again))


def test_a_live_stream_of_before_is_read() -> None:
    written = {"domainName": "push_1.example", "streamName": "x"}
    assert read_recorded(LiveStreamSpec, written).domain_name == "push_1.example"
    with pytest.raises(ValueError, match="not a domain"):
        LiveStreamSpec.model_validate(written)
