"""Cases of rules: how their files are read, what manifests they make, and what is told of those."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from reconciler.errors import ManifestError, Problem
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.plan.saved import SavedPlan, saved_to_json
from reconciler.planning.planner import make_plan
from reconciler.state.model import State

from ...support import TESTS, applied

RULES = TESTS / "kinds" / "rules"
OUTCOMES = ("refused", "warned", "accepted", "sends")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")

Document = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One entry of a file of cases; its keys are told in test_rules.py."""

    rule: str
    base: str
    set: Mapping[str, Any] = field(default_factory=dict)
    workspace: Mapping[str, Any] = field(default_factory=dict)
    extra: tuple[Document, ...] = ()
    listed: frozenset[str] = frozenset()
    applied: Mapping[str, Any] | None = None
    refused: str = ""
    warned: tuple[str, ...] = ()
    accepted: bool = False
    sends: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The rule, what is expected, and what was laid over the base, cut to a readable length."""
        outcome = next(name for name in OUTCOMES if getattr(self, name))
        laid = {**self.workspace, **self.set}
        what = ", ".join(f"{path}={value!r}" for path, value in laid.items()) or "as it is"
        return f"{self.rule} {outcome}: {self.base} {what[:90]}"

    def documents(self, laid: Mapping[str, Any] | None = None) -> dict[str, list[Document]]:
        """The documents of each file; `laid` in place of what the case lays over its base."""
        base, workspace = _base(self.base), _base("Workspace")
        _lay(workspace["spec"], self.workspace)
        target = workspace if self.base == "Workspace" else base
        _lay(target["spec"], self.set if laid is None else laid)
        files = {"Workspace.yaml": [workspace]}
        if self.base != "Workspace":
            files[f"{self.base}.yaml"] = [base]
        return {**files, **({"with.yaml": list(self.extra)} if self.extra else {})}


@dataclass(frozen=True)
class Told:
    """What the loader says of manifests: why they are refused, or what they come to."""

    problems: tuple[Problem, ...]
    workspace: Workspace | None

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is told and stops nothing; nothing of manifests that are refused."""
        return self.workspace.warnings if self.workspace is not None else ()

    def lines(self) -> list[str]:
        """All of it as it reads in a golden file."""
        warnings = [f"warning: {one}" for one in self.warnings]
        return [*map(str, self.problems), *warnings] or ["nothing is told"]


class _Loader(yaml.CSafeLoader):
    """YAML with two tags for what is too long to write."""


def _times(loader: _Loader, node: yaml.SequenceNode) -> str:
    """`!times [3, a]` is `aaa`."""
    count, text = loader.construct_sequence(node)
    return str(text) * int(count)


def _each(loader: _Loader, node: yaml.SequenceNode) -> list[Any]:
    """`!each [2, {userId: "u{}"}]` is `[{userId: u1}, {userId: u2}]`."""
    count, item = loader.construct_sequence(node, deep=True)
    return [_numbered(item, number) for number in range(1, count + 1)]


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _numbered(inner, number) for key, inner in value.items()}
    if isinstance(value, list):
        return [_numbered(inner, number) for inner in value]
    return value.replace("{}", str(number)) if isinstance(value, str) else value


_Loader.add_constructor("!times", _times)
_Loader.add_constructor("!each", _each)


class _Dumper(yaml.CSafeDumper):
    """YAML without anchors, which manifests may not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def cases_in(file: Path) -> list[Case]:
    """The cases of a file, in order."""
    return [_case(dict(entry)) for entry in yaml.load(file.read_text(), _Loader)]


def _case(entry: dict[str, Any]) -> Case:
    outcomes = [name for name in OUTCOMES if name in entry]
    assert len(outcomes) == 1, f"{entry} has {outcomes or 'no outcome'}"
    warned = entry.pop("warned", [])
    return Case(
        extra=tuple(entry.pop("with", [])),
        listed=frozenset(entry.pop("listed", [])),
        warned=(warned,) if isinstance(warned, str) else tuple(warned),
        **entry,
    )


def _base(name: str) -> Document:
    return deepcopy(_read_base(name))


@cache
def _read_base(name: str) -> Document:
    document: Document = yaml.load((RULES / "bases" / f"{name}.yaml").read_text(), yaml.CSafeLoader)
    return document


def _lay(spec: Document, values: Mapping[str, Any]) -> None:
    for path, value in values.items():
        _put(spec, steps(path), deepcopy(value))


def steps(path: str) -> list[str | int]:
    """`slots[0].name` as its steps, `slots`, 0 and `name`."""
    return [int(index) if index else name for index, name in _STEP.findall(path)]


def _put(whole: Any, path: list[str | int], value: Any) -> None:
    """Sets what is at a path, making what is missing on the way; None takes it out."""
    for step, following in pairwise(path):
        _grow(whole, step, [] if isinstance(following, int) else {})
        whole = whole[step]
    if value is None:
        del whole[path[-1]]
        return
    _grow(whole, path[-1], None)
    whole[path[-1]] = value


def _grow(whole: Any, step: str | int, empty: Any) -> None:
    """A place for a step: a key, or an element right after the last one."""
    if isinstance(step, int):
        assert step <= len(whole), f"there is no element before [{step}]"
        whole.extend([empty] * (step == len(whole)))
    else:
        whole.setdefault(step, empty)


def at(value: Any, path: str) -> Any:
    """What is at a path; None if nothing is."""
    for step in steps(path):
        there = dict(enumerate(value)) if isinstance(value, list) else value
        if not isinstance(there, dict) or step not in there:
            return None
        value = there[step]
    return value


def told(case: Case, root: Path, laid: Mapping[str, Any] | None = None) -> Told:
    """What the loader says of the case's files, which are written below `root`, the working directory."""
    files = case.documents(laid)
    for name, documents in files.items():
        text = yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
        (root / name).write_text(text)
    try:
        workspace = load(sorted(files, reverse=True), _no_input, LoadContext(secret_names=case.listed))
    except ManifestError as error:
        return Told(error.problems, None)
    return Told((), workspace)


def _no_input() -> bytes:
    raise AssertionError("standard input was not asked for")


def requests(case: Case, root: Path) -> Iterator[tuple[str, Any]]:
    """(action, request) of every call that is planned, after `applied` was applied where it is given."""
    state = State()
    if case.applied is not None:
        before = told(case, root, case.applied).workspace
        assert before is not None, "what was applied is refused"
        state = applied(before)
    now = told(case, root).workspace
    assert now is not None, "what is planned is refused"
    plan = make_plan(now.settings, now.resources, state, {}, now=0)
    saved = saved_to_json(SavedPlan(plan, ""))
    for change in saved["changes"]:
        for call in change["calls"]:
            yield call["action"], call["request"]
