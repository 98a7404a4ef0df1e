"""Resources that end again and again: after some starts they are left alone until the manifests change."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.applying.results import ChangeResult, Result
from reconciler.model import Address, Verb

MOST_RESTARTS = 5
WITHIN = 600.0
"""Starts of one resource by a watch, in so many seconds, after which it is not started again."""

_STARTS = (Verb.START, Verb.REPLACE)


class Restraint:
    """Counts what was started; `now` is unix seconds throughout."""

    def __init__(self) -> None:
        self._starts: defaultdict[Address, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_RESTARTS))
        self._version = ""
        self._kept: dict[Address, str] = {}

    def follow(self, version: str) -> None:
        """Forgets everything where the manifests are others than before."""
        if version != self._version:
            self._starts.clear()
            self._kept.clear()
        self._version = version

    def note(self, results: Iterable[ChangeResult], now: float) -> None:
        """Counts the starts among the results of a run."""
        for one in results:
            if one.change.verb not in _STARTS or one.result is not Result.DONE:
                continue
            starts = self._starts[one.change.address]
            starts.append(now)
            if len(starts) == MOST_RESTARTS and now - starts[0] <= WITHIN:
                self._kept[one.change.address] = (
                    f"{one.change.address} was started {MOST_RESTARTS} times within {WITHIN / 60:g} minutes "
                    "and is not started again: change its manifest, or start it with "
                    f"`reconciler apply --target {one.change.address}`"
                )

    def settle(self, running: Iterable[Address], now: float) -> None:
        """Lets go of what runs, as after an apply by hand, once its last start is long enough ago."""
        for address in set(running) & self._kept.keys():
            if now - self._starts[address][-1] > WITHIN:
                del self._kept[address], self._starts[address]

    def to_json(self) -> dict[str, Any]:
        """All of it, for whoever makes the next round; as `recall` reads it."""
        return {
            "version": self._version,
            "starts": {str(address): list(starts) for address, starts in self._starts.items() if starts},
            "kept": {str(address): why for address, why in self._kept.items()},
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Makes it what another one was, of whoever made the round before."""
        self._version = str(kept.get("version", ""))
        self._starts.clear()
        for text, starts in kept.get("starts", {}).items():
            self._starts[Address.parse(text)].extend(map(float, starts))
        self._kept = {Address.parse(text): str(why) for text, why in kept.get("kept", {}).items()}

    @property
    def kept(self) -> Mapping[Address, str]:
        """What is left alone, each with why."""
        return dict(self._kept)
