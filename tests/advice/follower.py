"""Does what the command line says after an error, and nothing else, until there is nothing to do."""

import re
from dataclasses import dataclass

from ..flow.kit import Kit, Ran

ADVICE = re.compile(r"^ *hint: (.*)$", re.MULTILINE)
COMMAND = re.compile(r"(?:reconciler )?(state (?:rm|import)|apply --replace) ([A-Z]\w+/[\w.-]+)([^,;]*)")
AGAIN = re.compile(r"(?:(?P<first>.+), then )?run the command again(?:: .*)?$")
APPLY: tuple[str, ...] = ("apply", "--auto-approve")
DESTROY: tuple[str, ...] = ("destroy", "--auto-approve")
MOST_ROUNDS = 3
"""The advice of one error may lead to another one, and that out."""


class NoWayOut(AssertionError):
    """What was said to do has led nowhere."""


@dataclass
class Follower:
    """A person who reads what is printed; `highest` is what they know of others' SequenceNumbers."""

    kit: Kit
    highest: int = 0
    prefers_replace: bool = False
    command: tuple[str, ...] = APPLY
    """What is run, and run again."""

    def follow(self, ran: Ran) -> list[str]:
        """Every advice that was followed; raises NoWayOut where it does not end in an empty plan."""
        followed: list[str] = []
        for _ in range(MOST_ROUNDS):
            if ran.code == 0:
                break
            advice = self._advice(ran)
            followed.append(advice)
            ran = self._done(advice)
        end = self._end()
        if ran.code or end:
            raise NoWayOut(f"{followed} ends in {ran.out}{ran.err}{end}")
        return followed

    def _end(self) -> str:
        """What is left to do; empty if nothing is."""
        if self.command == DESTROY:
            # One that is stopped stays recorded for as long as a lost call may still arrive.
            rows = self.kit.run("state", "list").out.splitlines()
            return "\n".join(row for row in rows if row.split()[1] != "stopped")
        plan = self.kit.run("plan", "--detailed-exitcode")
        return f"{plan.out}{plan.err}" if plan.code else ""

    def _advice(self, ran: Ran) -> str:
        found = list(dict.fromkeys(ADVICE.findall(ran.err)))
        if len(found) != 1:
            raise NoWayOut(f"{len(found)} advices in {ran.err}")
        return found[0]

    def _done(self, advice: str) -> Ran:
        """The first of what is offered, or the last."""
        ways = advice.split("; or ")
        way = ways[-1] if self.prefers_replace else ways[0]
        last, found = None, AGAIN.search(way)
        first = way if found is None else found["first"]
        if first:
            # Whatever a person does outside is done: it is no longer refused.
            self.kit.faults()
        for verb, address, rest in COMMAND.findall(first or ""):
            words = [*verb.split(), address, *rest.replace("HIGHEST", str(self.highest)).split()]
            last = self.kit.run(*words, *(["--auto-approve"] if verb.startswith("apply") else []))
            if last.code:
                raise NoWayOut(f"{words} ends in {last.out}{last.err}")
        if found is not None:
            last = self.kit.run(*self.command)
        if last is None:
            raise NoWayOut(f"nothing to do is named in {advice}")
        return last
