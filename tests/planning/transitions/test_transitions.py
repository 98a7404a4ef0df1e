"""What changing each field needs, row by row of the reference, from two documents to the planned call."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.late_values import request_to_json
from reconciler.planning.planner import make_plan
from reconciler.simulator.parameters import Field
from reconciler.simulator.services import ACTIONS
from tests.support import applied, loaded

HERE = Path(__file__).parent
BASES: dict[str, Any] = yaml.load((HERE / "bases.yaml").read_text(), yaml.CSafeLoader)
ROWS: list[dict[str, Any]] = yaml.load((HERE / "rows.yaml").read_text(), yaml.CSafeLoader)
KEYS = {"row", "says", "base", "before", "after", "verb", "impact", "visible", "why", "sends"}
NAMING = {"SdkAppId", "TaskId", "SequenceNumber", "WithTranscoding"}
IMPACTS = {"restart": {"restart"}, "reconnect": {"reconnect", "none"}, "in place": {"none", "stop"}}


def put(spec: Any, path: str, value: Any) -> None:
    """Sets, or with None takes out, what stands at `a.b[0].c`."""
    *way, last = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
    for part in way:
        spec = spec[part] if isinstance(part, int) else spec.setdefault(part, {})
    if value is None:
        spec.pop(last, None)
    elif isinstance(last, int) and last == len(spec):
        spec.append(value)
    else:
        spec[last] = value


def edited(document: dict[str, Any], edits: dict[str, Any] | None) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    for path, value in (edits or {}).items():
        put(changed["spec"], path, value)
    return changed


def text(document: dict[str, Any]) -> str:
    head = {"apiVersion": "reconciler/v1", "kind": document["kind"], "metadata": {"name": "one"}}
    return str(yaml.safe_dump({**head, "spec": document["spec"]}, sort_keys=False))


def documents(row: dict[str, Any]) -> tuple[str, str]:
    before = edited(BASES[row["base"]], row.get("before"))
    return text(before), text(edited(before, row["after"]))


def name(row: dict[str, Any]) -> str:
    return f"{row['row']} {row['says']} {row['verb']}"


PLANNED = [row for row in ROWS if "kind" not in row["after"]]


@pytest.mark.parametrize("row", PLANNED, ids=name)
def test_row(row: dict[str, Any]) -> None:
    assert row.keys() <= KEYS
    before, after = map(loaded, documents(row))
    plan = make_plan(after.settings, after.resources, applied(before), {}, now=0)
    if row["verb"] is None:
        assert plan.changes == () and plan.unchanged == 1
        return
    (change,) = plan.changes
    assert (change.verb, change.impact) == (row["verb"], row["impact"])
    assert change.visible == row.get("visible", change.visible)
    assert row.get("why", "") in change.reason
    if "sends" in row:
        sent = [request_to_json(step.call.request) for step in change.steps]
        blocks = [{name: block for name, block in one.items() if name not in NAMING} for one in sent]
        assert blocks == ([] if row["sends"] is None else [row["sends"]])


@pytest.mark.parametrize("row", PLANNED, ids=name)
def test_the_plan_is_no_better_than_the_reference(row: dict[str, Any]) -> None:
    """What the reference calls a restart is one; what it leaves open is never taken for in place."""
    if row["verb"] is None or row["base"] == "forbidden":
        return
    if row["says"] == "unconfirmed":
        assert row["impact"] in ("restart", "reconnect")
    else:
        assert row["impact"] in IMPACTS[row["says"]]


def test_mixing_and_relaying_are_two_resources() -> None:
    """WithTranscoding goes with the kind: to change it is to stop the one and start the other."""
    before, after = loaded(text(BASES["mix"])), loaded(text(BASES["relay"]))
    plan = make_plan(after.settings, after.resources, applied(before), {}, now=0)
    assert [(str(change.address), change.verb) for change in plan.changes] == [
        ("MixStream/one", "stop"),
        ("RelayStream/one", "start"),
    ]
    assert plan.changes[1].after == (plan.changes[0].address,)


# Complete: every field that a start can hold has its row, or is below one that has


PREFIXES = {
    "VideoParams.LayoutParams.MixLayoutList[].": "McuLayout.",
    "VideoParams.LayoutParams.": "LayoutParams.",
}
STARTS = {"StartPublishCdnStream": "", "StartStreamIngest": "StartStreamIngest."}
DEPRECATED = ("VideoEncodeParams", "AudioEncodeParams", "SourceUrl")


def paths_in(field: Field, path: str) -> list[str]:
    if field.kind == "list" and field.item is not None:
        return paths_in(field.item, f"{path}[]")
    if not field.fields:
        return [path]
    return [found for name, inner in field.fields.items() for found in paths_in(inner, f"{path}.{name}")]


def started() -> list[str]:
    found = []
    for action in ACTIONS:
        if action.name in STARTS:
            fields = {name: one for name, one in action.fields.items() if name not in DEPRECATED}
            paths = [path for name, one in fields.items() for path in paths_in(one, name)]
            found += [STARTS[action.name] + path for path in paths]
    return found


@pytest.mark.parametrize("path", started())
def test_every_field_of_a_start_has_its_row(path: str) -> None:
    for long, short in PREFIXES.items():
        if path.startswith(long):
            path = short + path.removeprefix(long)
            break
    rows = {row["row"] for row in ROWS}
    parts = re.split(r"(?<=[^.])(?=\.|\[)", path)
    beginnings = {"".join(parts[: count + 1]) for count in range(len(parts))}
    assert beginnings & rows, path
