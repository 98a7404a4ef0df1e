"""The way to the cloud and back, inside the process, and everything that befalls a request on it.

A request arrives now, never, or up to five minutes later, which is when its signature expires
(reference errors, "AuthFailure.SignatureExpire"); once or twice; and its answer comes, or does not.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random
from typing import Any, Protocol

from ..fake_cloud import Denied
from .behind import Direct, Way

SIGNATURE_SECONDS = 300.0
UPDATE = "UpdatePublishCdnStream"
UNHEARD = ("unreachable", "throttled", "no capacity")
"""Fates of a request that surely has no effect, and whose SequenceNumber may be used again."""


class Cloud(Protocol):
    """Whatever answers requests."""

    def serve(self, action: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request that arrives now; raises Denied."""
        ...


@dataclass
class Clock:
    """Virtual time in unix seconds."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Letter:
    """A request on its way; `signed` is the moment in its signature, in unix seconds."""

    action: str
    region: str
    params: Mapping[str, Any]
    signed: float = inf


Fate = Callable[["Wire", Letter], dict[str, Any]]


@dataclass
class Weather:
    """What befalls requests: a share of them meet one of the `fates`, by name."""

    random: Random
    fates: tuple[str, ...] = ()
    share: float = 0.0

    def fate(self) -> str:
        if not self.fates or self.random.random() >= self.share:
            return ""
        return self.random.choice(self.fates)

    def delay(self) -> float:
        """How much later a late request arrives: soon, so that several cross, at any time, or at the last."""
        if self.random.random() < 0.2:
            return SIGNATURE_SECONDS
        return self.random.uniform(0.0, self.random.choice((2.0, 30.0, SIGNATURE_SECONDS)))


OUTAGE = "in an outage"


@dataclass(frozen=True, slots=True)
class Outage:
    """Some time in which every request meets the same fate, such as that nobody is there."""

    begins: float = 0.0
    ends: float = 0.0
    fate: str = ""

    def hits(self, now: float) -> bool:
        return self.begins <= now < self.ends


@dataclass
class Wire:
    """A Transport to a cloud on a virtual clock; `overlap` is called while a request is under way.

    `fates` are what can befall requests, by name; "" is that it arrives and is answered. The `way` says
    what a caller is told whose request is lost.
    `tally` counts what befell requests. `sent` has, by TaskId, the last SequenceNumber that was
    sent and with which parameters; `broken` what was wrong with those numbers.
    """

    cloud: Cloud
    clock: Clock
    weather: Weather
    fates: Mapping[str, Fate]
    way: Way = field(default_factory=Direct)
    tally: dict[str, int] = field(default_factory=dict)
    overlap: Callable[[], None] = lambda: None
    log: list[str] = field(default_factory=list)
    sent: dict[str, tuple[int, str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    outage: Outage = Outage()
    _late: list[tuple[float, int, Letter]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> tuple[int, bytes]:
        signed = float(headers["X-TC-Timestamp"])
        letter = Letter(headers["X-TC-Action"], headers.get("X-TC-Region", ""), json.loads(body), signed)
        fate = self._fate(letter)
        self.note(letter, fate or "sent")
        self.overlap()
        self.clock.sleep(0.05)
        self.deliver()
        answer = self.fates[fate](self, letter)
        self.overlap()
        return 200, json.dumps({"Response": {"RequestId": "r", **answer}}).encode()

    def _fate(self, letter: Letter) -> str:
        """What befalls a request; an update is outdated only by a stranger's, and so at its first attempt."""
        away = self.outage.hits(self.clock.now)
        fate = self.outage.fate if away else self.weather.fate()
        if letter.action == UPDATE:
            known = self.sent.get(letter.params["TaskId"], (0, ""))[0] == letter.params["SequenceNumber"]
            fate = "" if known and fate == "outdated" else fate
            self._audit(letter, heard=fate not in UNHEARD)
        elif fate == "outdated":
            fate = ""
        if away:
            self.tally[OUTAGE] = self.tally.get(OUTAGE, 0) + 1
        elif fate:
            self.tally[fate] = self.tally.get(fate, 0) + 1
        return fate

    def deliver(self) -> None:
        """Everything that is due by now arrives, each at its own moment."""
        while self._late and self._late[0][0] <= self.clock.now:
            due, _, letter = heappop(self._late)
            if due > letter.signed + SIGNATURE_SECONDS:  # it left long after it was signed
                self.note(letter, "arrives too late, and is refused")
                continue
            self.note(letter, f"arrives late, due {due - 1_800_000_000:.0f}")
            self.serve(letter)

    def serve(self, letter: Letter) -> dict[str, Any]:
        """The content of the answer to a request that arrives now."""
        try:
            return self.cloud.serve(letter.action, letter.region, letter.params)
        except Denied as refusal:
            return error(str(refusal))

    def put_off(self, letter: Letter) -> None:
        due = self.clock.now + self.weather.delay()
        heappush(self._late, (due, next(self._order), letter))

    def note(self, letter: Letter, what: str) -> None:
        name = letter.params.get("TaskId") or letter.params.get("RoomId") or letter.params.get("UserId", "")
        name = name or letter.params.get("MixStreamSessionId", "")
        number = letter.params.get("SequenceNumber", "")
        self.log.append(
            f"{self.clock.now - 1_800_000_000:7.1f} {letter.action} {name} {number}: {what}".replace(
                " :", ":"
            )
        )

    def _audit(self, letter: Letter, *, heard: bool) -> None:
        """A SequenceNumber never falls, and is sent again with the same parameters only (semantics §3).

        One that surely was not `heard` may be used for something else.
        """
        task, number = letter.params["TaskId"], letter.params["SequenceNumber"]
        text = json.dumps(letter.params, sort_keys=True)
        last, said = self.sent.get(task, (0, ""))
        if number < last or (number == last and text != said):
            self.broken.append(f"SequenceNumber {number} of {task} after {last}")
        if heard:
            self.sent[task] = (number, text)


def error(code: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": "told by the cloud"}}
