"""A watch in a process of its own, as flows start it; what it says is looked for, never slept for."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from .kit import Kit

PATIENCE = 120.0


def eventually(found: Callable[[], object], what: Callable[[], str], seconds: float = PATIENCE) -> float:
    """Waits until something is so; how many seconds that took."""
    began = time.monotonic()
    while not found():
        assert time.monotonic() - began < seconds, what()
        time.sleep(0.1)
    return time.monotonic() - began


@dataclass
class Watch:
    """A watch that runs; what it says goes to a file."""

    process: "subprocess.Popen[bytes]"
    err: Any
    out: Any

    def said(self) -> str:
        return str(self.err.read_text())

    def hears(self, text: str, seconds: float = PATIENCE) -> float:
        return eventually(
            lambda: text in self.said(), lambda: f"{text!r} was never said:\n{self.said()}", seconds
        )

    @property
    def url(self) -> str:
        eventually(lambda: "listening on " in self.out.read_text(), self.said)
        found = re.search(r"listening on (\S+)", self.out.read_text())
        assert found
        return found[1]

    def get(self, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"{self.url}{path}", timeout=30, **more)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


Starter = Callable[..., Watch]


@contextmanager
def watches(kit: Kit) -> Iterator[Starter]:
    """Starts watches, which are gone afterwards; none has let a traceback out."""
    started: list[Watch] = []

    def start(*arguments: str, **variables: str) -> Watch:
        number = len(started)
        out, err = kit.root / f"out-{number}", kit.root / f"err-{number}"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "reconciler", "watch", "--listen", "127.0.0.1:0", *arguments],
                cwd=kit.root,
                env={**os.environ, **variables},
                stdout=stdout,
                stderr=stderr,
            )
        started.append(Watch(process, err, out))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.process.kill()
            one.process.wait()
    assert not [one.said() for one in started if "Traceback" in one.said()]
