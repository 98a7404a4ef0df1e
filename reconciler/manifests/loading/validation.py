"""All documents of a workspace validated and resolved, of many of them the second half by a helper."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.helping import FEWEST
from reconciler.manifests.loading.notes import Notes, Told
from reconciler.manifests.loading.resolving import Made, Resolver
from reconciler.manifests.loading.validating import Surrounding, check_site, validate


class _Share(NamedTuple):
    """What came of documents of which none is wrong."""

    made: Made
    told: Told


@dataclass(frozen=True, slots=True)
class Validation:
    """What documents are validated with; the defaults of the kinds that are `wrong` are not known."""

    resolver: Resolver
    wrong: Container[str]
    around: Surrounding
    context: LoadContext
    notes: Notes

    def run(self) -> None:
        """Validates each document once those that it refers to are, and makes the resources."""
        for one in self.resolver.first():
            self._validate(one)
        others, helper = self.resolver.others, self.context.helper
        if helper is None or len(others) < FEWEST or self.context.keep or self.resolver.keeps_specs:
            self._resolve(others)
        else:
            first, second = others[: len(others) // 2], others[len(others) // 2 :]
            with helper.beside(lambda: self._share(second)) as result:
                self._resolve(first)
                self._take(result(), second)
        self.resolver.finish()

    def _validate(self, one: Declaration) -> None:
        one.spec = validate(
            one, self.around, self.context, self.notes, incomplete=one.kind.name in self.wrong
        )
        check_site(one, self.resolver.surroundings.settings, self.notes)

    def _resolve(self, ones: Sequence[Declaration]) -> None:
        for one in ones:
            self._validate(one)
            self.resolver.resolve(one)

    def _share(self, ones: Sequence[Declaration]) -> _Share | None:
        """What comes of documents; None where one is wrong: that is told where all others are."""
        before, mark = self.resolver.made(), self.notes.mark()
        self._resolve(ones)
        told = self.notes.since(mark)
        return None if told is None else _Share(self.resolver.made().after(before), told)

    def _take(self, share: _Share | None, ones: Sequence[Declaration]) -> None:
        """Adds what came of documents elsewhere; where nothing did, they are validated here."""
        if share is None:
            self._resolve(ones)
            return
        self.resolver.add(share.made)
        self.notes.repeat(share.told)
        for one in ones:
            one.lighten()
