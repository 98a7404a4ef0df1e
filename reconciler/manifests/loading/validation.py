"""All documents of a workspace validated and resolved, of many of them the second half by a helper."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.deferring import AllRead, Deferring, Heard, Reading, Turn
from reconciler.manifests.loading.helping import FEWEST
from reconciler.manifests.loading.notes import Notes, Told
from reconciler.manifests.loading.resolving import Made, Resolver
from reconciler.manifests.loading.validating import Surrounding, check_site, validate

AT_ONCE = 200
"""Documents that are read before the first of them is validated: one and the other by turns takes longer."""


class _Share(NamedTuple):
    """What came of documents of which none is wrong."""

    made: Made
    told: Told
    heard: list[Heard]


@dataclass(frozen=True, slots=True)
class Validation:
    """What documents are validated with; the defaults of the kinds that are `wrong` are not known.

    `deferring` has those that are read when their turn has come; None where all were read.
    """

    resolver: Resolver
    wrong: Container[str]
    around: Surrounding
    context: LoadContext
    notes: Notes
    deferring: Deferring | None = None

    def run(self) -> None:
        """Validates each document once those that it refers to are, and makes the resources.

        Raises NotPlain where documents that were deferred are not as expected.
        """
        for one in self.resolver.first():
            self._validate(one)
        reading = AllRead(self.resolver.others) if self.deferring is None else self.deferring
        turns, helper = reading.turns, self.context.helper
        if helper is None or len(turns) < FEWEST or self.context.keep or self.resolver.keeps_specs:
            self._resolve(turns, reading)
        else:
            first, second = turns[: len(turns) // 2], turns[len(turns) // 2 :]
            with helper.beside(lambda: self._share(second, reading)) as result:
                self._resolve(first, reading)
                self._take(result(), second, reading)
        reading.settle()
        self.resolver.finish()

    def _validate(self, one: Declaration) -> None:
        one.spec = validate(
            one, self.around, self.context, self.notes, incomplete=one.kind.name in self.wrong
        )
        check_site(one, self.resolver.surroundings.settings, self.notes)

    def _resolve(self, turns: Sequence[Turn], reading: Reading) -> list[Heard]:
        """Makes the resources of documents; gives what is left of those that were read for it."""
        heard: list[Heard] = []
        for first in range(0, len(turns), AT_ONCE):
            batch = turns[first : first + AT_ONCE]
            ones = [reading.take(turn) for turn in batch]
            for one in ones:
                self._validate(one)
                self.resolver.resolve(one)
            heard.extend(reading.pass_on(batch, ones))
        return heard

    def _share(self, turns: Sequence[Turn], reading: Reading) -> _Share | None:
        """What comes of documents; None where one is wrong: that is told where all others are."""
        before, mark = self.resolver.made(), self.notes.mark()
        heard = self._resolve(turns, reading)
        told = self.notes.since(mark)
        return None if told is None else _Share(self.resolver.made().after(before), told, heard)

    def _take(self, share: _Share | None, turns: Sequence[Turn], reading: Reading) -> None:
        """Adds what came of documents elsewhere; where nothing did, they are validated here."""
        if share is None:
            self._resolve(turns, reading)
            return
        self.resolver.add(share.made)
        self.notes.repeat(share.told)
        reading.adopt(turns, share.heard)
