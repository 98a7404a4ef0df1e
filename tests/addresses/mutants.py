"""Bugs on purpose of how addresses are read: each is switched on for a block, and a check must fail of it.

python -m tests.addresses.mutants
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from reconciler import plaintext
from reconciler.addresses import grammar, push
from reconciler.cloud import push_url
from reconciler.kinds import push as kinds_push
from reconciler.kinds.live import PushTarget

from ..mutants import Mutant, report
from .checks import all_hold, keys_are_hidden

SPLIT, FAULT = push.split_push, push.push_fault


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a module, replaced."""

    @contextmanager
    def switched() -> Iterator[None]:
        _forget()  # what was told without the bug
        try:
            with patch.multiple(owner, **attributes):
                yield
        finally:
            _forget()

    return switched


def _forget() -> None:
    for remembered in (SPLIT, FAULT):
        remembered.cache_clear()


def first_part(url: str) -> PushTarget | None:
    """The app is the first part of the path, and all else the stream: as it was."""
    found = SPLIT(url)
    app, _, stream = f"{found.app}/{found.stream}".partition("/")
    return PushTarget(found.host, app, stream)


def whole_path(url: str) -> Any:
    """The whole path is the stream that is signed."""
    found = SPLIT(url)
    return found._replace(stream=f"{found.app}/{found.stream}")


MUTANTS: dict[str, Mutant] = {
    "the question's stream is all behind the first part": changed(kinds_push, target_of=first_part),
    "the signature is of the whole path": changed(push_url, split_push=whole_path),
    "a port is any number": changed(grammar, _PORT=re.compile("[0-9]+")),
    "a host has any characters": changed(grammar, _HOST=re.compile("[^/]+")),
    "blanks are passed over": changed(push, letters_fault=lambda text: None),
    "a scheme in capitals is taken": changed(
        push, scheme_fault=lambda parts, schemes: None if parts and parts.scheme.lower() == "rtmp" else "no"
    ),
    "the form of Tencent's addresses is that of all": changed(kinds_push, tencent_fault=push.push_fault),
    "keys of other networks stand in clear": changed(plaintext, _replaced=lambda text, spans, change: text),
}


def main() -> int:
    """Prints what catches each."""
    return report(MUTANTS, (all_hold, keys_are_hidden))


if __name__ == "__main__":
    sys.exit(main())
