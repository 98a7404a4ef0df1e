"""A claim is a value of a kind: what it is called by people, how claims sort, and which are told apart."""

import pytest

from reconciler.claims import Claim, ClaimKind, Claims
from reconciler.kinds.live import PushTarget, live_claim, stream_name
from reconciler.kinds.push import Push
from reconciler.kinds.robots import robot_claim
from reconciler.model import Address, Status
from reconciler.planning.checks import Claimant, clashes

TARGET = PushTarget("push.example", "live/a", "b")
TEXTS = {
    "push push.example/live/a": Push(url="rtmp://push.example/live/a").claim(),
    "push push.example:1936/live/a": Push(url="rtmp://push.example:1936/live/a").claim(),
    "robot 1400/7/r": robot_claim(1400, 7, "r"),
    "robot 1400/'7'/r": robot_claim(1400, "7", "r"),
    "live push.example/live/a/b": live_claim(TARGET),
    "render u": Claim(ClaimKind.SESSION, "u"),
    "name r (application 1400)": Claim(ClaimKind.NAME, "r (application 1400)"),
}


@pytest.mark.parametrize(("text", "claim"), TEXTS.items(), ids=TEXTS)
def test_a_claim_in_words(text: str, claim: Claim) -> None:
    assert f"{claim}" == text


def test_claims_sort_as_their_texts_do() -> None:
    assert [str(claim) for claim in sorted(TEXTS.values())] == sorted(TEXTS)


def test_a_session_that_is_called_like_a_push_is_none() -> None:
    """Claims were texts, of which the first word was looked at."""
    assert Claim(ClaimKind.SESSION, "x") != Claim(ClaimKind.PUSH, "x")
    assert stream_name(Claim(ClaimKind.SESSION, "live a/b/c")) is None
    assert stream_name(live_claim(TARGET)) == TARGET.stream


@pytest.mark.parametrize("kind", ClaimKind)
def test_every_kind_of_claim_has_words_where_two_clash(kind: ClaimKind) -> None:
    claims = Claims(occupies=frozenset({Claim(kind, "the-key")}))
    both = [Claimant(Address("A", name), Status.RUNNING, False, claims) for name in ("a", "b")]
    (clash,) = clashes(both)
    assert clash.what.endswith(" the-key, as") and clash.later.name == "b" and not clash.warns
