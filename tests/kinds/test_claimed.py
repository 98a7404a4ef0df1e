"""What a resource claims is worked out once, as it is read, and goes with the spec that it is of."""

import pickle
from dataclasses import replace

import pytest

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS, managed, registry
from reconciler.kinds.concealing import conceal
from reconciler.kinds.records import Desired, claims_of
from reconciler.model import Resource, Status
from reconciler.schema.samples import sample_text
from reconciler.state.model import Entry
from tests.support import loaded

FOREIGN = """\
apiVersion: reconciler/v1
kind: RelayStream
metadata: {name: hall}
spec:
  room: 1
  user: {userId: ann}
  publish: [{url: "rtmp://a.example/x?token=abcdefgh", isTencentCdn: false}]
"""


RECORDED = Entry("RelayStream", 1, "", Status.RUNNING, {})


def sample(kind: str) -> Resource:
    texts = [sample_text(KINDS[name]) for name in KINDS if name not in (SETTINGS, OVERRIDE)]
    return next(one for one in loaded("---\n".join(texts)).resources if one.address.kind == kind)


def worked_out(resource: Resource) -> Desired:
    """What is desired, with claims that are those of its spec."""
    kind = managed(resource.address)
    claims = claims_of(kind, kind.read(resource.spec))
    desired = Desired(kind, resource)
    assert desired.claims == claims
    return desired


@pytest.mark.parametrize("kind", registry())
def test_the_claims_are_known_without_reading_the_spec_again(kind: str) -> None:
    resource = sample(kind)
    assert worked_out(resource).claims is resource.claims
    started = Desired(managed(resource.address), resource).as_recorded(replace(RECORDED, spec=resource.spec))
    assert started.claims is resource.claims
    assert "spec" not in vars(worked_out(resource)) and "spec" not in vars(started)


@pytest.mark.parametrize("kind", registry())
def test_another_process_gives_them_back(kind: str) -> None:
    again = pickle.loads(pickle.dumps(sample(kind)))
    assert again.claims == sample(kind).claims is not None


@pytest.mark.parametrize("kind", registry())
def test_another_spec_has_claims_of_its_own(kind: str) -> None:
    resource = sample(kind)
    for other in (resource.with_spec({**resource.spec}), replace(resource, spec={**resource.spec})):
        assert other.claims is None
        worked_out(other)


def test_a_spec_with_secrets_is_gone_once_they_are_concealed() -> None:
    (resource,) = loaded(FOREIGN).resources
    (hidden,) = conceal([resource], "k" * 32).resources
    assert "abcdefgh" in str(resource.claimed) and hidden.claims is None
    assert b"abcdefgh" not in pickle.dumps(hidden)
    worked_out(hidden)
