"""What is promised of a state's place, owner and standing, as checks of the pure rules."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

from reconciler.backends import ownership
from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.errors import PlanRefused, StateError
from reconciler.kinds.workspace import endpoint, place
from reconciler.model import Impact, Status, Verb
from reconciler.plan import saved
from reconciler.plan.model import Plan
from reconciler.planning import former, gates
from reconciler.planning.planner import make_plan
from reconciler.running import standing
from reconciler.running.standing import Former, Place
from reconciler.state.model import Owner, State

from ..support import applied, loaded

PLAN = Plan(workspace="demo", lineage="", serial=0, fingerprint="")
GONE = StateError("it is missing", "put it back")
PRESENT, NEW = Snapshot(State("lineage", 1)), Snapshot()
MISSING = Snapshot(State(serial=1), missing=GONE)
OTHER = Former("/states/other.json", "other", ())
DOCUMENTS = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {name: before}
spec: {region: ap-guangzhou, trtc: {sdkAppId: 1400188366, secretKey: {env: TRTC_SECRET_KEY}}}
---
apiVersion: reconciler/v1
kind: IngestStream
metadata: {name: film}
spec: {room: 2, streamUrl: "https://example.com/film.mp4"}
---
apiVersion: reconciler/v1
kind: MixStream
metadata: {name: hall}
spec: {room: 1, publish: [{url: "rtmp://3891.livepush.myqcloud.com/live/hall"}]}
"""
RENAMED = DOCUMENTS.replace("{name: before}", "{name: after}")


def told(snapshot: Snapshot, kept: Place, *others: Former, starts: bool = True) -> tuple[list[str], bool]:
    """The gates that refuse, and whether anything is warned of."""
    found = standing.with_standing(PLAN, snapshot, kept, others, starts=starts)
    assert found.state_status == str(snapshot.standing) and found.state_location == kept.location
    return [str(one.gate) for one in found.refusals], bool(found.warnings)


def a_missing_state_is_never_begun_anew() -> None:
    for real, sends, new, starts in product((False, True), repeat=4):
        refused, warned = told(MISSING, Place("/x", "cloud", real, sends, new), OTHER, starts=starts)
        assert (refused, warned) == (["state"], False)
    (refusal,) = standing.with_standing(PLAN, MISSING, Place()).refusals
    assert GONE.message in refusal.message and str(GONE.hint) in refusal.message


def a_first_state_is_asked_for_where_calls_cost_money() -> None:
    for real, sends, new, starts in product((False, True), repeat=4):
        refused, warned = told(NEW, Place("/x", "cloud", real, sends, new), starts=starts)
        asked = real and not new
        assert refused == (["new-state"] if asked and sends and starts else [])
        assert warned == (asked and not (sends and starts))
        assert told(PRESENT, Place("/x", "cloud", real, sends, new), OTHER, starts=starts) == ([], False)


def another_state_of_the_same_is_told() -> None:
    own = replace(OTHER, is_own=True)
    for real, sends in product((False, True), repeat=2):
        here = Place("/x", "cloud", real, sends)
        assert told(NEW, here, OTHER) == told(NEW, here, own, OTHER) == (["state"], False)
        assert told(NEW, here, own) == ((["state"], False) if real else ([], True))
        assert told(NEW, Place("/x", "cloud", real, sends, new_state=True), OTHER) == ([], False)
    for is_own, words in ((True, "--state"), (False, "renamed")):
        here = Place("/x", real=True)
        found = standing.with_standing(PLAN, NEW, here, [replace(OTHER, is_own=is_own)])
        message = found.refusals[0].message
        assert words in message and "/x" in message and f"--from {OTHER.location}`" in message


def a_renamed_workspace_is_known_by_what_it_starts() -> None:
    entries = applied(loaded(DOCUMENTS)).entries

    def known(text: str) -> list[str]:
        return [one.name for one in former.same_resources(loaded(text).resources, entries)]

    assert known(RENAMED) == ["film", "hall"]
    other_rooms = RENAMED.replace("room: 2", "room: 3")
    assert known(other_rooms) == ["hall"]
    assert known(other_rooms.replace("live/hall", "live/other").replace("room: 1", "room: 4")) == []
    assert known(RENAMED.replace("{name: hall}", "{name: other}")) == ["film", "other"]
    over = {address: replace(one, status=Status.ENDED) for address, one in entries.items()}
    assert former.same_resources(loaded(RENAMED).resources, over) == ()


def a_start_of_what_may_run_counts_as_a_restart() -> None:
    workspace = loaded(DOCUMENTS)
    for state, impact in (
        (State(), Impact.START),
        (State("lineage", 1), Impact.RESTART),
        (State(serial=1), Impact.RESTART),
        (State("lineage", 2, cleared="run"), Impact.START),
    ):
        plan = make_plan(workspace.settings, workspace.resources, state, {}, now=0)
        assert [(one.verb, one.impact) for one in plan.changes] == [(Verb.START, impact)] * 2, state
        refused = gates.refusals(plan.changes, {}, gates.Limits(max_impact=Impact.RECONNECT), 0)
        assert [one.gate for one in refused] == (["max-impact"] if impact is Impact.RESTART else [])
        many = [replace(one, address=one.address) for one in plan.changes] * 5
        shares = gates.refusals(many, {}, gates.Limits(), 0)
        assert [one.gate for one in shares] == (["replaces"] if impact is Impact.RESTART else [])


def an_owner_is_compared_whole() -> None:
    found = Owner("demo", "tencentcloud")
    for wanted in (None, found, Owner("demo"), Owner("", "tencentcloud")):
        ownership.check_owner(found, wanted, "/x")
    for wanted in (Owner("other", "tencentcloud"), Owner("demo", "simulator"), Owner("other")):
        try:
            ownership.check_owner(found, wanted, "/x")
        except StateError as error:
            assert "state rebind" in str(error.hint)
        else:
            raise AssertionError(f"{wanted} has it")


def a_plan_is_for_one_cloud() -> None:
    for cloud, meant in (("", "a"), ("a", "a")):
        saved.check_cloud(replace(PLAN, cloud=cloud), meant)
    try:
        saved.check_cloud(replace(PLAN, cloud="a"), "b")
    except PlanRefused as error:
        assert "a" in error.message and "b" in error.message
    else:
        raise AssertionError("it goes to another cloud")


def a_cloud_is_one_however_it_is_written() -> None:
    one = {
        "http://127.0.0.1:9527",
        "http://127.0.0.1:9527/",
        "HTTP://127.0.0.1:9527",
        "http://a:b@127.0.0.1:9527",
    }
    assert {endpoint.cloud_of(text) for text in one} == {"http://127.0.0.1:9527"}
    assert endpoint.cloud_of("https://API.example.com:443/") == "https://api.example.com"
    assert endpoint.cloud_of("http://[::1]:80") == "http://[::1]"
    apart = ["tencentcloud", "tencentcloud-intl", "simulator", "http://127.0.0.1:1", "http://127.0.0.1:2"]
    apart += ["https://127.0.0.1:1", "http://localhost:1"]
    assert len({endpoint.cloud_of(text) for text in apart}) == len(apart)
    assert [endpoint.is_real(text) for text in apart] == [True, True, *[False] * 5]
    assert "word" not in endpoint.cloud_of("http://user:word@host:port")


def a_place_follows_the_document() -> None:
    declared = place.Declared("demo", None, "/project/env/prod")
    for there, root in (
        ({"/project/.git"}, "/project"),
        ({"/project/.git", "/project/env/state"}, "/project/env"),
        ({"/here/.git"}, "/project/env/prod"),
        ({"/state"}, ""),
    ):
        found = place.state_path(place.Given("", "", "/here"), declared, there.__contains__)
        assert found == f"{root}/state/demo.json"
    relative = replace(declared, state="kept.json")
    assert place.state_path(place.Given("", "", "/here"), relative, bool) == "/project/env/prod/kept.json"
    assert place.state_path(place.Given("", "v.json", "/here"), relative, bool) == "/here/v.json"
    assert place.state_path(place.Given("o.json", "v.json", "/here"), relative, bool) == "/here/o.json"


def a_lock_alone_is_no_state() -> None:
    assert [one.standing for one in (PRESENT, NEW, MISSING)] == list(Standing)


CHECKS: tuple[Callable[[], None], ...] = (
    a_missing_state_is_never_begun_anew,
    a_first_state_is_asked_for_where_calls_cost_money,
    another_state_of_the_same_is_told,
    a_renamed_workspace_is_known_by_what_it_starts,
    a_start_of_what_may_run_counts_as_a_restart,
    an_owner_is_compared_whole,
    a_plan_is_for_one_cloud,
    a_cloud_is_one_however_it_is_written,
    a_place_follows_the_document,
    a_lock_alone_is_no_state,
)
