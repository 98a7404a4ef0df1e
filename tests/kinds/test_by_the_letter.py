"""What follows from rules that the pages state to the letter: of recorded specs, and of moments."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.kinds import registered
from reconciler.kinds.ingest_stream.spec import IngestStreamSpec
from reconciler.kinds.registration import Registered
from reconciler.moments import rfc3339, unix_seconds

from ..support import LONG_AGO, applied, loaded

DAY = 86400
STORAGE = {
    "vendor": "cos",
    "region": "ap-guangzhou",
    "bucket": "films",
    "accessKey": {"env": "STREAM_ID"},
    "secretKey": {"env": "STREAM_KEY"},
    "fileNamePrefix": ["2026/11"],
}
YOUNGER: Mapping[str, tuple[str, dict[str, Any]]] = {
    "a folder": (
        "MixStream",
        {"room": 7, "record": {"uniRecord": "api", "mcuStorageParams": {"cloudStorage": STORAGE}}},
    ),
    "a session's user": ("RenderStream", {"userId": "player 1"}),
}


def kind_of(name: str) -> Registered:
    found = registered(name)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "spec"), YOUNGER.values(), ids=YOUNGER)
def test_a_rule_that_is_younger_than_a_record_is_not_held_against_it(name: str, spec: dict[str, Any]) -> None:
    kind = kind_of(name)
    with pytest.raises(ValidationError):
        kind.kind.spec.model_validate(spec)
    assert kind.read(spec).to_json().items() >= spec.items()


@pytest.mark.parametrize(
    ("plays", "seconds"),
    [(-1, 3600), (None, None), (1, None), (1000, None)],
    ids=str,
)
def test_a_longest_time_ends_an_endless_ingest_alone(plays: int | None, seconds: int | None) -> None:
    text = f"""
apiVersion: reconciler/v1
kind: IngestStream
metadata: {{name: film}}
spec: {{room: 7, streamUrl: "https://films.example/a.mp4", maxDuration: 60, repeatNum: {plays or 1}}}
"""
    (entry,) = applied(loaded(text)).entries.values()
    kind = kind_of("IngestStream")
    assert kind.expires is not None
    ends = [one.at for one in kind.expires.expirations(entry)]
    assert ends == ([] if seconds is None else [unix_seconds(LONG_AGO) + seconds])
    given = {"room": 7, "streamUrl": "https://films.example/a.mp4", "maxDuration": 60, "repeatNum": plays}
    assert IngestStreamSpec.model_validate(given).longest == seconds


@pytest.mark.parametrize(
    ("ahead", "told"),
    [(90 * DAY, False), (90 * DAY + 1, True), (400 * DAY, True), (DAY, False), (-DAY, False)],
    ids=["90 days", "and a second", "400 days", "a day", "passed"],
)
def test_how_far_ahead_a_forbid_can_end(ahead: int, told: bool) -> None:
    now = unix_seconds(LONG_AGO)
    kind = kind_of("LiveStream")
    spec = kind.kind.spec.model_validate(
        {
            "domainName": "push.example",
            "streamName": "a",
            "state": "forbidden",
            "resumeTime": rfc3339(now + ahead),
        }
    )
    assert kind.expirable is not None
    said = kind.expirable.too_far(spec, now)
    assert (said is not None) is told
    assert said is None or rfc3339(now + 90 * DAY) in said
    assert kind.expirable.too_far(spec, 0) is None
