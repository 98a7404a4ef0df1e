"""What tasks that run lack to be recorded: taken from the options, or asked; never made up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from reconciler.cli.environment import current_environment
from reconciler.cli.given_moment import moment
from reconciler.cli.import_sources import sequence_number
from reconciler.errors import UsageError
from reconciler.kinds.importing import Fact
from reconciler.planning.imports.judging import Judge
from reconciler.planning.imports.said import Row, Said
from reconciler.reports.escape import safe
from reconciler.words import listed

_MOST_NAMED = 5
_FIELDS: Mapping[Fact, str] = {
    Fact.ROBOT: "robot",
    Fact.SINCE: "since",
    Fact.SEQUENCE_NUMBER: "sequence_number",
    Fact.PAUSED_SINCE: "paused_since",
}
_PROMPTS: Mapping[Fact, tuple[str, Callable[[str], Any]]] = {
    Fact.ROBOT: ("the robot's user ID", str),
    Fact.SINCE: ("when it started, or the earliest possible time, such as 2026-11-21T10:00:00Z", moment),
    Fact.SEQUENCE_NUMBER: (
        "the highest SequenceNumber of its updates, or any higher number; 0 if none",
        lambda text: sequence_number(int(text)),
    ),
    Fact.PAUSED_SINCE: ("when it was paused, such as 2026-11-21T10:00:00Z", moment),
}


@dataclass(frozen=True, slots=True)
class Completion:
    """Fills in what tasks lack: what `given` has for all of them, then what is answered on a terminal."""

    given: Mapping[Fact, Any]

    def complete(self, judge: Judge, told: Sequence[Said | Row]) -> Sequence[Said | Row]:
        """The tasks with what is said of them by then; without a terminal nothing is asked."""
        filled = [self._filled(judge, one, self.given) if isinstance(one, Said) else one for one in told]
        environment = current_environment()
        if not (environment.is_terminal("stdin") and environment.is_terminal("stderr")):
            return filled
        lacking = {index: judge.lacks(one) for index, one in enumerate(filled) if isinstance(one, Said)}
        answers: dict[int, dict[Fact, Any]] = {index: {} for index in lacking}
        for fact in Fact:
            for group in _groups(fact, [index for index, facts in lacking.items() if fact in facts]):
                names = listed([_address(filled[index]) for index in group], _MOST_NAMED)
                answer = _asked(fact, names, lacking[group[0]][fact])
                for index in group:
                    answers[index][fact] = answer
        return [
            self._filled(judge, one, answers[index]) if isinstance(one, Said) else one
            for index, one in enumerate(filled)
        ]

    def _filled(self, judge: Judge, said: Said, values: Mapping[Fact, Any]) -> Said:
        lacks = judge.lacks(said)
        found = {
            _FIELDS[fact]: value for fact, value in values.items() if fact in lacks and value is not None
        }
        return replace(said, facts=replace(said.facts, **found))


def _groups(fact: Fact, lacking: Sequence[int]) -> list[list[int]]:
    """Those that are asked about at once: a robot is one task's own, a bound may hold for all."""
    if fact is Fact.ROBOT:
        return [[index] for index in lacking]
    return [list(lacking)] if lacking else []


def _address(one: Said | Row) -> str:
    return one.address


def _asked(fact: Fact, names: str, why: str) -> Any:
    """The answer, asked again while it is none."""
    words, read = _PROMPTS[fact]

    def value(text: str) -> Any:
        try:
            return read(text)
        except UsageError as error:
            raise click.BadParameter(f"{error.message}: {error.hint}") from error
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not a whole number") from error

    click.echo(safe(f"{names}: {why}"), err=True)
    return click.prompt(f"  {words}", value_proc=value, err=True)
