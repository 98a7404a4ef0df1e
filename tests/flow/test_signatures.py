"""Push signatures that expire: what is told of them, and how they are made anew without a restart."""

import hashlib
import json
import re
import time
from typing import Any

import pytest

from reconciler.moments import rfc3339

from ..simulator.simulator_client import Client
from .conftest import SECRETS
from .kit import Kit, Later

DOMAIN = "3891.livepush.myqcloud.com"
MIX = f"""
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: hall}}
spec:
  room: 295066
  publish:
    - url: rtmp://{DOMAIN}/live/hall
      auth: {{key: {{env: STREAM_PUSH_KEY}}, validFor: 2h}}
    - url: rtmp://{DOMAIN}/live/plain
"""
HALL = "MixStream/hall"
RENDER = f"""
apiVersion: reconciler/v1
kind: RenderStream
metadata: {{name: game}}
spec:
  userId: player
  publish: {{url: "rtmp://{DOMAIN}/live/game", auth: {{key: {{env: STREAM_PUSH_KEY}}}}}}
"""


@pytest.fixture
def applied(kit: Kit) -> Kit:
    kit.write("mix.yaml", MIX)
    kit.apply()
    return kit


def pushed(kit: Kit) -> str:
    """The signed address that the task pushes to now."""
    (task,) = kit.running()
    return str(task["request"]["PublishCdnParams"][0]["PublishCdnUrl"])


def expiry(kit: Kit) -> int:
    """Until when the address that the task pushes to can connect, in unix seconds."""
    found = re.search(r"txTime=([0-9A-F]{8})$", pushed(kit))
    assert found is not None
    return int(found[1], 16)


def cut(kit: Kit, passed: float, stream: str = "hall") -> None:
    """Breaks the push, as the network does: it tries to connect again at once. `passed` seconds of time."""
    client = Client(kit.url, None)
    named = {"DomainName": DOMAIN, "AppName": "live", "StreamName": stream}
    keys = {name: SECRETS[f"TENCENTCLOUD_{name.upper()}"] for name in ("secret_id", "secret_key")}
    assert client.code("DropLiveStream", named, timestamp=int(time.time() + passed), **keys) == ""
    client.session.close()


def in_calendar(plan: dict[str, Any], what: str) -> dict[str, Any]:
    (one,) = [one for one in plan["expiries"] if one["what"] == what]
    return dict(one)


def test_an_expired_signature_stays_in_the_calendar_and_is_warned_of(applied: Kit, later: Later) -> None:
    plan = applied.plan()
    ends = in_calendar(plan, "push signature")
    assert (ends["soon"], "expired" in ends, plan["warnings"]) == (False, False, [])
    assert "breaks after that cannot reconnect" in ends["note"] and f"--resign {HALL}" in ends["note"]
    later(2 * 3600 + 1)
    plan = applied.plan()
    assert plan["changes"] == []
    over = in_calendar(plan, "push signature")
    assert (over["at"], over["expired"], over["soon"]) == (rfc3339(expiry(applied)), True, True)
    (warning,) = plan["warnings"]
    assert f"push signature expired since {over['at']}" in warning
    assert "cannot reconnect" in warning and f"`reconciler apply --resign {HALL}`" in warning


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
@pytest.mark.parametrize("command", ["plan", "drift"])
def test_every_report_tells_it(applied: Kit, later: Later, form: str, command: str) -> None:
    later(2 * 3600 + 1)
    ran = applied.run(command, "--format", form)
    assert ran.code == 0
    text = " ".join(re.sub(r"<[^>]*>|`", "", ran.out).split())
    at = rfc3339(expiry(applied))
    assert f"expired since {at}" in text and "push signature" in text and f"--resign {HALL}" in text


def test_a_push_is_signed_anew_in_place(applied: Kit, later: Later) -> None:
    task, address, was = applied.entry(HALL)["taskId"], pushed(applied), expiry(applied)
    later(2 * 3600 + 1)
    (change,) = applied.changes("--resign", HALL)
    assert (change["verb"], change["impact"]) == ("update", "reconnect")
    assert [call["action"] for call in change["calls"]] == ["UpdatePublishCdnStream"]
    assert [(one["path"], one["before"], one["impact"]) for one in change["fields"]] == [
        ("spec.publish[0].auth", f"signed until {rfc3339(was)}", "reconnect")
    ]
    assert f"interrupted and reconnected: rtmp://{DOMAIN}/live/hall" in change["reason"]
    assert applied.plan("--resign", HALL)["warnings"] == []
    assert applied.run("apply", "--auto-approve", "--max-impact", "none", "--resign", HALL).code == 1
    assert pushed(applied) == address
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    assert applied.entry(HALL)["taskId"] == task == applied.running()[0]["taskId"]
    assert expiry(applied) > was + 2 * 3600
    assert applied.entry(HALL)["signed"] == {f"rtmp://{DOMAIN}/live/hall": f"{expiry(applied):X}"}
    plan = applied.plan()
    assert (plan["changes"], plan["warnings"]) == ([], [])
    assert "expired" not in in_calendar(plan, "push signature")


def test_it_can_be_saved_and_is_sent_as_it_was_planned(applied: Kit, later: Later) -> None:
    was = expiry(applied)
    later(60)
    assert applied.run("plan", "--resign", HALL, "--out", "resign.json").code == 0
    ran = applied.run("apply", "--auto-approve", "resign.json")
    assert ran.code == 0, ran.err
    assert expiry(applied) >= was + 60
    applied.assert_settled()


def test_a_key_that_was_rotated_behind_its_reference(
    applied: Kit, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_PUSH_KEY", "the-rotated-key")
    later(1)
    assert applied.changes() == []
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    tx_time = f"{expiry(applied):X}"
    secret = hashlib.md5(f"the-rotated-keyhall{tx_time}".encode()).hexdigest()
    assert f"txSecret={secret}&" in pushed(applied)


def test_a_rotated_key_cuts_nothing_that_a_plan_does_not_tell(
    applied: Kit, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another entry of the list sends every address once more, and with another key this one would differ."""
    assert set(applied.entry(HALL)["signedBy"]) == set(applied.entry(HALL)["signed"])
    assert SECRETS["STREAM_PUSH_KEY"] not in applied.state_path.read_text()
    was = pushed(applied)
    monkeypatch.setenv("STREAM_PUSH_KEY", "the-rotated-key")
    applied.edit("mix.yaml", "  publish:\n", "  audio: {subscribeAudioList: [{userId: alice}]}\n  publish:\n")
    applied.apply()
    another = f"    - url: rtmp://{DOMAIN}/live/other\n"
    applied.edit("mix.yaml", "live/plain\n", f"live/plain\n{another}")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "none")
    calls = len(applied.calls())
    ran = applied.run("apply", "--auto-approve")
    assert ran.code == 1 and "would interrupt pushes that are meant to stay connected" in " ".join(
        ran.err.split()
    )
    assert "--resign ADDRESS" in ran.err and "the-rotated-key" not in ran.out + ran.err
    assert (len(applied.calls()), pushed(applied)) == (calls, was)
    assert applied.run("plan", "--out", "saved.json").code == 0
    assert applied.run("apply", "--auto-approve", "saved.json").code == 1 and pushed(applied) == was
    (change,) = applied.changes("--resign", HALL)
    assert change["impact"] == "reconnect"
    later(1)
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    assert pushed(applied) != was
    applied.edit("mix.yaml", "live/other", "live/third")
    applied.apply()


def test_a_state_that_does_not_tell_by_which_key_is_taken_as_it_is(
    applied: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of before are: what is not known is not held against anybody."""
    pulled = applied.run("state", "pull")
    edited = json.loads(pulled.out)
    del edited["resources"][HALL]["signedBy"]
    (applied.root / "edited.json").write_text(json.dumps(edited))
    assert applied.run("state", "push", "edited.json").code == 0
    monkeypatch.setenv("STREAM_PUSH_KEY", "the-rotated-key")
    applied.edit("mix.yaml", "live/plain", "live/other")
    assert applied.run("apply", "--auto-approve").code == 0


def test_an_address_that_a_secret_holds_is_sent_as_it_is_by_now(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAM_ADDRESS", f"rtmp://{DOMAIN}/live/hall?txSecret=old&txTime=7FFFFFFF")
    signed = MIX.split("    - url")[0] + "    - url: {env: STREAM_ADDRESS}\n"
    kit.write("mix.yaml", signed)
    kit.apply()
    monkeypatch.setenv("STREAM_ADDRESS", f"rtmp://{DOMAIN}/live/hall?txSecret=new&txTime=7FFFFFFF")
    assert kit.changes() == []
    (change,) = kit.changes("--resign", HALL)
    assert (change["impact"], change["fields"][0]["path"]) == ("reconnect", "spec.publish[0].url")
    assert kit.run("apply", "--auto-approve", "--resign", HALL).code == 0
    assert "txSecret=new" in pushed(kit)
    kit.assert_settled()


def test_what_else_has_changed_goes_with_it(applied: Kit, later: Later) -> None:
    later(60)
    was = expiry(applied)
    applied.edit("mix.yaml", "  publish:\n", "  audio: {subscribeAudioList: [{userId: alice}]}\n  publish:\n")
    (change,) = applied.changes("--resign", HALL)
    assert [call["action"] for call in change["calls"]] == ["UpdatePublishCdnStream"]
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    request = applied.running()[0]["request"]
    assert request["AudioParams"]["SubscribeAudioList"][0]["UserInfo"]["UserId"] == "alice"
    assert expiry(applied) >= was + 60


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drop-request", "drop-response"])
def test_a_signature_whose_answer_was_lost_is_sent_once_more(applied: Kit, later: Later, kind: str) -> None:
    """With the very text that it was sent with: what has it already is not cut a second time."""
    later(2 * 3600 + 1)
    was = pushed(applied)
    applied.faults({"action": "UpdatePublishCdnStream", "nth": 1, "count": 20, "kind": kind})
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 1
    applied.faults()
    sent = pushed(applied)
    assert (sent == was) is (kind == "drop-request")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"]) == ("update", "reconnect")
    assert "outcome of the last update is unknown" in change["reason"]
    applied.apply()
    assert expiry(applied) == int(next(iter(applied.entry(HALL)["signed"].values())), 16)
    if kind == "drop-response":
        assert pushed(applied) == sent
    assert applied.plan()["warnings"] == [] and "attempted" not in applied.entry(HALL)


def test_silence_names_an_expired_signature_as_its_cause(applied: Kit, later: Later) -> None:
    applied.edit("mix.yaml", f"    - url: rtmp://{DOMAIN}/live/plain\n", "")
    applied.apply()
    cut(applied, 0)
    assert applied.live()["hall"] == "active"
    later(2 * 3600 + 1)
    assert applied.live()["hall"] == "active"
    assert applied.run("drift", "--detailed-exitcode").code == 0
    cut(applied, 2 * 3600 + 1)
    assert applied.live()["hall"] == "inactive"
    drift = applied.run("drift", "--format", "json", "--detailed-exitcode")
    assert drift.code == 2
    for words in ('"silent"', "expired at", "the likely cause", f"apply --resign {HALL}"):
        assert words in drift.out, words
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    assert applied.live()["hall"] == "active"
    assert applied.run("drift", "--detailed-exitcode").code == 0


def test_a_validity_says_from_when_it_counts(applied: Kit, later: Later) -> None:
    was = pushed(applied)
    applied.edit("mix.yaml", "validFor: 2h", "validFor: 24h")
    (change,) = applied.changes()
    (field,) = change["fields"]
    assert (change["verb"], change["impact"], change["calls"]) == ("update", "none", [])
    assert "takes effect with the next signature" in field["why"] and "apply --resign" in field["why"]
    assert "takes effect with the next signature" in " ".join(applied.run("plan").out.split())
    applied.apply()
    assert pushed(applied) == was
    later(1)
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    assert expiry(applied) > int(was[-8:], 16) + 21 * 3600


def test_a_moment_in_decimal_digits_counts_from_the_next_signature_on(applied: Kit, later: Later) -> None:
    was = pushed(applied)
    applied.edit("mix.yaml", "validFor: 2h", "validFor: 2h, txTimeFormat: decimal")
    (change,) = applied.changes()
    assert (change["verb"], change["impact"], change["calls"]) == ("update", "none", [])
    applied.apply()
    assert pushed(applied) == was
    later(1)
    assert applied.run("apply", "--auto-approve", "--resign", HALL).code == 0
    moment = pushed(applied).rpartition("=")[2]
    assert len(moment) == 10 and int(moment) > int(was[-8:], 16)
    applied.assert_settled()
    later(3 * 3600)  # its end is known as that of one in hexadecimal digits is
    assert "expired" in applied.run("plan").out


REFUSED = {
    "nothing that is signed": (MIX.split("      auth")[0], HALL, "made with a secret"),
    "what is wanted stopped": (
        MIX.replace("  room:", "  state: stopped\n  room:"),
        HALL,
        "not declared running",
    ),
    "a kind that takes no update": (RENDER, "RenderStream/game", "--replace RenderStream/game"),
    "what is not there": (MIX, "MixStream/other", "neither in the manifests nor in the state"),
}


@pytest.mark.parametrize(("text", "address", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve")], ids=["plan", "apply"])
def test_what_cannot_be_signed_anew_is_refused(
    kit: Kit, text: str, address: str, words: str, command: tuple[str, ...]
) -> None:
    kit.write("mix.yaml", text)
    ran = kit.run(*command, "--resign", address)
    assert ran.code == 64 and words in " ".join(ran.err.split())
    assert kit.calls() == []


def test_it_is_chosen_too_and_not_given_beside_a_saved_plan(applied: Kit) -> None:
    ran = applied.run("apply", "--auto-approve", "--resign", HALL, "--exclude", HALL)
    assert ran.code == 64 and "to be signed again, but is not selected" in ran.err
    assert applied.run("plan", "--out", "saved.json").code == 0
    assert applied.run("apply", "--auto-approve", "--resign", HALL, "saved.json").code == 64


def test_a_start_signs_anew_by_itself(kit: Kit) -> None:
    kit.write("mix.yaml", MIX)
    (change,) = kit.changes("--resign", HALL)
    assert (change["verb"], change["impact"]) == ("start", "start")


def test_what_has_ended_by_itself_is_told_offline(kit: Kit, later: Later) -> None:
    """A pause and a forbid, of which the state alone tells."""
    ingest = "{room: 7, STATEstreamUrl: 'https://films.example/a.flv', repeatNum: -1}"
    text = f"apiVersion: reconciler/v1\nkind: IngestStream\nmetadata: {{name: news}}\nspec: {ingest}\n"
    kit.write("news.yaml", text.replace("STATE", ""))
    kit.apply()
    kit.write("news.yaml", text.replace("STATE", "state: paused, "))
    kit.apply()
    later(12 * 3600 + 1)
    plan = kit.plan("--no-refresh")
    assert in_calendar(plan, "the pause")["expired"] is True
    (warning,) = plan["warnings"]
    assert "the pause expired since" in warning and "has ended: an apply starts it again" in warning
    kit.write("news.yaml", text.replace("STATE", ""))
    plan = kit.plan("--no-refresh")
    assert [one["verb"] for one in plan["changes"]] == ["resume"]
    assert any("the pause expired since" in one for one in plan["warnings"])
    assert kit.verbs() == {"IngestStream/news": "start"}
    kit.apply()
    assert kit.plan()["warnings"] == []


def test_a_forbid_that_has_ended_stays_in_the_calendar(kit: Kit, later: Later) -> None:
    until = rfc3339(time.time() + 3600)
    spec = f'{{domainName: push.example, streamName: a, state: forbidden, resumeTime: "{until}"}}'
    kit.write(
        "live.yaml", f"apiVersion: reconciler/v1\nkind: LiveStream\nmetadata: {{name: a}}\nspec: {spec}\n"
    )
    kit.apply()
    later(3601)
    plan = kit.plan("--no-refresh")
    over = in_calendar(plan, "the forbidden state")
    assert (over["at"], over["expired"]) == (until, True) and "can be pushed again" in over["note"]
    (warning,) = plan["warnings"]
    assert "has passed" in warning and plan["changes"] == []
