"""What the machine that runs a step offers beside the log: outputs, a summary, and who else reads the log."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SHORTEST_MASK = 4
"""Characters; to hide every "1" of a log would hide the log."""


class Host:
    """The runner: GitHub's where its variables are set, else one that has only a log."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._github = environ.get("GITHUB_ACTIONS") == "true"

    def output(self, name: str, value: str) -> None:
        """Sets a step's output; one line."""
        assert value.isprintable()
        self._append("GITHUB_OUTPUT", f"{name}={value}\n")

    def summary(self, markdown: str) -> None:
        """Adds to the page that is shown for the run."""
        self._append("GITHUB_STEP_SUMMARY", f"{markdown.rstrip()}\n\n")

    def mask(self, values: Iterable[str]) -> None:
        """Lets the runner hide these values wherever the log would show them."""
        for value in values:
            if self._github and len(value) >= _SHORTEST_MASK:
                print(f"::add-mask::{_escaped(value)}", flush=True)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """GitHub takes no line of the log for a command meanwhile: a manifest's text may look like one."""
        token = secrets.token_hex(16)
        if self._github:
            print(f"::stop-commands::{token}", flush=True)
        try:
            yield
        finally:
            if self._github:
                print(f"::{token}::", flush=True)

    def _append(self, variable: str, text: str) -> None:
        if file := self._environ.get(variable):
            with Path(file).open("a", encoding="utf-8") as opened:
                opened.write(text)


def _escaped(value: str) -> str:
    """As a workflow command wants its value (GitHub, Workflow commands)."""
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
