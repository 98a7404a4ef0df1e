"""The state by hand: `state pull`, an editor, `state push`. What counts is what the file says."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ..support import one_in
from .kit import Kit, wait_until
from .test_mix_stream import HALL, SIDE
from .test_state_commands import START, UPDATE, applied, task_of, untouched

__all__ = ["applied"]
Document = dict[str, Any]


def pulled(kit: Kit, *options: str) -> Document:
    ran = kit.run("state", "pull", *options)
    assert ran.code == 0, ran.err
    return dict(json.loads(ran.out))


def saved(kit: Kit, document: Any, **how: Any) -> str:
    text = document if isinstance(document, str) else json.dumps(document, **{"indent": 2, **how})
    (kit.root / "edited.json").write_text(text)
    return "edited.json"


def edited(kit: Kit, edit: Callable[[Document], object]) -> str:
    """What was pulled, edited as with an editor: the line of its checksum stays, and fits no longer."""
    document = pulled(kit)
    edit(document)
    return saved(kit, document)


def hall(document: Document) -> Document:
    return dict.__getitem__(document["resources"], HALL)  # type: ignore[no-any-return]


# What is edited is what the state says


def test_an_edited_task_id_becomes_what_the_state_says(applied: Kit) -> None:
    before = applied.entry(HALL)
    ran = applied.run("state", "push", edited(applied, lambda one: hall(one).update(taskId="T-9")))
    assert ran.code == 0, ran.err
    assert f"{HALL}: taskId" in ran.out
    assert (
        f"{HALL} is no longer recorded with TaskId {before['taskId']}, which may still be running" in ran.out
    )
    assert {**applied.entry(HALL), "taskId": before["taskId"]} == before
    assert applied.state()["serial"] == 2
    applied.assert_settled()


def test_an_edited_spec_is_planned_against_the_manifests(applied: Kit) -> None:
    """Also though the digest beside it is still that of the documents it was made from."""
    push = edited(applied, lambda one: hall(one)["spec"]["video"]["encode"].update(bitRate=900))
    ran = applied.run("state", "push", push)
    assert ran.code == 0 and f"{HALL}: spec.video.encode.bitRate" in ran.out, ran.err
    (change,) = applied.changes()
    assert (change["address"], change["verb"]) == (HALL, "update")
    assert [(one["before"], one["after"]) for one in change["fields"]] == [(900, 1500)]
    applied.apply()


def test_an_edit_back_to_what_the_manifests_say_settles(applied: Kit) -> None:
    applied.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    assert list(applied.verbs()) == [HALL, SIDE]

    def follow(one: Document) -> None:
        for entry in one["resources"].values():
            entry["spec"]["layout"]["slots"][1]["locationX"] = 630

    assert applied.run("state", "push", edited(applied, follow)).code == 0
    applied.assert_settled()


def test_an_edited_label_chooses(applied: Kit) -> None:
    push = edited(applied, lambda one: hall(one).update(labels={"event": "spring"}))
    assert applied.run("state", "push", push).code == 0
    assert applied.entry(HALL)["labels"] == {"event": "spring"}


def test_a_record_that_is_taken_out_is_told(applied: Kit) -> None:
    task = task_of(applied, SIDE)
    ran = applied.run("state", "push", edited(applied, lambda one: one["resources"].pop(SIDE)))
    assert (
        ran.code == 0
        and f"{SIDE}: removed from the state" in ran.out
        and f"TaskId {task}, which may" in ran.out
    )
    assert list(applied.state()["resources"]) == [HALL]


FORMS: Mapping[str, Callable[[Document], str]] = {
    "as it is": lambda one: json.dumps(one, indent=2),
    "in one line": json.dumps,
    "in another order": lambda one: json.dumps(dict(reversed(one.items())), sort_keys=True, indent=7),
    "with blank lines": lambda one: json.dumps(one, indent=2).replace("\n", "\n\n\r\n"),
    "without its checksum": lambda one: json.dumps({k: v for k, v in one.items() if k != "checksum"}),
    "with a byte order mark": lambda one: "\ufeff" + json.dumps(one),
    "without what a run notes": lambda one: json.dumps(
        {k: v for k, v in one.items() if k not in ("run", "usedPlans", "digestKey", "cloud")}
    ),
    "with a serial that was raised": lambda one: json.dumps({**one, "serial": one["serial"] + 1}),
    "with other digests": lambda one: re.sub('"digest": "[^"]*"', '"digest": ""', json.dumps(one)),
}


@pytest.mark.parametrize("form", FORMS)
def test_how_it_is_written_does_not_matter(applied: Kit, form: str) -> None:
    before = applied.state_path.read_bytes()
    ran = applied.run("state", "push", saved(applied, FORMS[form](pulled(applied))))
    assert ran.code == 0 and "is unchanged; state serial 1" in ran.out, ran.err
    assert applied.state_path.read_bytes() == before


# What cannot be


def set_at(*path: str | int, to: Any) -> Callable[[Document], object]:
    """Puts a value at a path of the entry of the hall; None takes the key out."""

    def edit(one: Document) -> None:
        place: Any = one["resources"][HALL]
        for part in path[:-1]:
            place = place[part]
        if to is None:
            del place[path[-1]]
        else:
            place[path[-1]] = to

    return edit


def renamed(old: str, new: str) -> Callable[[Document], object]:
    def edit(one: Document) -> None:
        one["resources"][new] = one["resources"].pop(old)

    return edit


AT_HALL = 'resources["MixStream/hall"]'
SECRET = "https://media.example/x.png?token=s3cr3t-in-clear"
WRONG: list[tuple[str, Callable[[Document], object], str]] = [
    ("key", set_at("taksId", to="T"), f"{AT_HALL}.taksId: unknown key; did you mean taskId?"),
    ("top", lambda one: one.update(Serial=3), "Serial: unknown key; did you mean serial?"),
    ("missing", set_at("status", to=None), f"{AT_HALL}: status is missing"),
    ("task", set_at("taskId", to=5), f"{AT_HALL}.taskId: found 5; allowed: a string"),
    (
        "status",
        set_at("status", to="runing"),
        "found 'runing'; did you mean running? allowed: running, paused",
    ),
    (
        "number",
        set_at("sequenceNumber", to=-1),
        ".sequenceNumber: found -1; allowed: a whole number, 0 or more",
    ),
    ("moment", set_at("startedAt", to="soon"), ".startedAt: found a string; allowed: a time such as 2026-"),
    ("labels", set_at("labels", to={"a": 1}), ".labels.a: found 1; allowed: a string"),
    ("spec", set_at("spec", to=[]), ".spec: found a list; allowed: an object"),
    (
        "serial",
        lambda one: one.update(serial="9"),
        "serial: found a string; allowed: a whole number, 0 or more",
    ),
    ("resources", lambda one: one.update(resources=[]), "resources: found a list; allowed: an object"),
    ("field", set_at("spec", "room", to=1.5), f"{AT_HALL}.spec.room: found 1.5"),
    ("unknown field", set_at("spec", "rom", to=1), f"{AT_HALL}.spec.rom: "),
    ("word", set_at("spec", "state", to="runs"), f"{AT_HALL}.spec.state: found "),
    ("address", renamed(HALL, "hall"), "'hall' is not a valid address: use Kind/name"),
    ("kind", renamed(HALL, "MixStreem/hall"), "kind MixStreem is never recorded; did you mean MixStream?"),
    ("layout", renamed(HALL, "MixLayout/hall"), "kind MixLayout is never recorded"),
    ("kinds", set_at("kind", to="RelayStream"), ".kind: found RelayStream at an address of kind MixStream"),
    ("tried", set_at("attempted", to=[{"room": None}]), f"{AT_HALL}.attempted[0].room: found"),
    (
        "switch",
        set_at("status", to="allowed"),
        ".status: found allowed for a MixStream; allowed: running, pau",
    ),
    ("ended", set_at("status", to="ended"), ".taskId: only a running task has a TaskId"),
    ("no task", set_at("taskId", to=None), f"{AT_HALL}: a running resource needs a taskId"),
    ("version", set_at("schemaVersion", to=9), ".schemaVersion: found 9; allowed: 1"),
    (
        "secret",
        set_at("spec", "layout", "background", to={"imageUrl": SECRET}),
        f"{AT_HALL}.spec.layout.background.imageUrl: a plain-text secret, which a state must not contain",
    ),
]


@pytest.mark.parametrize("case", one_in(2, WRONG, lambda case: str(case[0])))
def test_a_mistake_is_told_with_its_place(
    applied: Kit, case: tuple[str, Callable[[Document], object], str]
) -> None:
    _, edit, words = case
    for force in ((), ("--force",)):
        said = untouched(applied, "push", edited(applied, edit), *force)
        assert words in said and "it has 1 problem" in said, said
        assert "hint: correct the file; or start over from the output of `reconciler state pull`" in said
        assert "s3cr3t-in-clear" not in said
    line = int(re.search(r"edited\.json:(\d+): ", said)[1])  # type: ignore[index]
    text = (applied.root / "edited.json").read_text().splitlines()
    path = re.search(r"edited\.json:\d+: (\S+?): ", said)
    last = path[1].rpartition(".")[2].rstrip('"]').rpartition('"')[2] if path else "formatVersion"
    assert last in text[line - 1] or "missing" in words, text[line - 1]


def test_every_mistake_is_told_at_once(applied: Kit) -> None:
    def edit(one: Document) -> None:
        one.update(Serial=1)
        for address in (HALL, SIDE):
            one["resources"][address].update(taskId=1, status=2)

    assert "it has 5 problems" in untouched(applied, "push", edited(applied, edit))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("formatVersion: 1\nworkspace: demo\n", "is not valid JSON, so it is not a state"),
        ('{"formatVersion": 1,\n "serial": }', "line 2 column 12"),
        ('{"formatVersion": 1, "serial": 1, "serial": 2}', "occurs twice in one object"),
        ('{"formatVersion": 9}', "state format 9 is not supported"),
        ("[" * 100000, "is not valid JSON"),
    ],
)
def test_what_is_no_state_is_not_pushed(applied: Kit, text: str, words: str) -> None:
    said = untouched(applied, "push", "--force", saved(applied, text))
    assert words in said and "hint: " in said


# What does not follow


def test_an_edit_of_an_older_version_is_refused(applied: Kit) -> None:
    push = edited(applied, lambda one: hall(one).update(taskId="T-9"))
    applied.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    applied.apply()
    said = untouched(applied, "push", push)
    assert (
        "its serial is 1, but serial 2 was written here" in said and "reconciler state push --force" in said
    )
    raised = json.loads((applied.root / push).read_text()) | {"serial": 2}
    assert "edited from a different version of serial 2" in untouched(applied, "push", saved(applied, raised))


@pytest.mark.slow
def test_what_was_pulled_in_the_middle_of_a_run_does_not_replace_what_it_recorded(applied: Kit) -> None:
    """The run ends after the pull: pushed then, the edit would lose what it has started."""
    applied.edit("streams.yaml", "room: 295066\n", "room: 295067\n")
    applied.faults({"action": START, "nth": 1, "kind": "delay", "seconds": 2})
    process = applied.spawn("apply", "--auto-approve")
    wait_until(lambda: applied.calls()[-1]["action"] == START and len(applied.calls()) == 4)
    document = pulled(applied)
    process.communicate()
    applied.faults()
    assert applied.state()["serial"] == 2
    for key in ("", "checksum"):
        document.pop(key, None)
        hall(document)["labels"] = {"edited": key or "yes"}
        assert "was written here" in untouched(applied, "push", saved(applied, document))


@pytest.mark.slow
def test_an_edit_waits_for_what_an_interrupted_run_left(applied: Kit) -> None:
    applied.edit("layouts.yaml", "locationX: 640", "locationX: 630")
    applied.faults({"action": UPDATE, "count": 9, "kind": "delay", "seconds": 30})
    process = applied.spawn("apply", "--auto-approve")
    wait_until(lambda: sum(call["action"] == UPDATE for call in applied.calls()) == 2)
    process.kill()
    process.communicate()
    applied.faults()
    document = pulled(applied)
    before = json.dumps(document, indent=2)
    hall(document)["taskId"] = "T-9"
    said = untouched(applied, "push", saved(applied, document))
    assert "lacks what an interrupted run did" in said
    assert "`reconciler state pull > FILE`" in said and "`reconciler state push FILE`" in said
    ran = applied.run("state", "push", saved(applied, before))
    assert ran.code == 0 and not applied.state_path.with_name("demo.journal").exists(), ran.err
    assert applied.state()["resources"] == json.loads(before)["resources"]
    assert applied.run("state", "push", edited(applied, lambda one: hall(one).update(labels={}))).code == 0
    applied.apply()


def test_an_edit_where_nothing_tells_what_was_there_is_pushed_by_force(applied: Kit) -> None:
    """A checksum that does not fit may as well be a bit that has flipped."""
    push = edited(applied, lambda one: hall(one).update(taskId="T-9"))
    applied.forget_all()
    ran = applied.run("state", "push", push)
    assert ran.code == 1 and "there is no state here to compare it with" in ran.err and "--force" in ran.err
    assert applied.run("state", "push", push, "--force").code == 0
    assert task_of(applied, HALL) == "T-9"


def test_a_state_edited_in_its_place_is_taken_over(applied: Kit) -> None:
    text = applied.state_path.read_text()
    applied.state_path.write_text(text.replace(task_of(applied, HALL), "T-by-hand"))
    ran = applied.run("plan")
    advice = f"reconciler state push {applied.state_path} --state {applied.state_path}"
    assert ran.code == 1 and f"`{advice}`" in ran.err
    assert applied.run(*advice.split()[1:]).code == 0
    assert task_of(applied, HALL) == "T-by-hand" and applied.state()["serial"] == 2


def test_an_edit_for_another_cloud_is_refused(applied: Kit) -> None:
    push = edited(applied, lambda one: one.update(cloud="tencentcloud"))
    said = untouched(applied, "push", push)
    assert "it was applied to tencentcloud" in said and "reconciler state push --force" in said


def test_an_edit_for_another_workspace_is_refused(applied: Kit) -> None:
    push = edited(applied, lambda one: one.update(workspace="other"))
    said = untouched(applied, "push", push, "--force")
    assert "of workspace 'other', not 'demo'" in said and "`reconciler state rebind`" in said
