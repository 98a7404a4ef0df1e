"""Leaks on purpose: each is switched on for the length of a block, and a check must fail of it.

python -m tests.secrets.mutants
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from hashlib import sha256
from typing import Any
from unittest.mock import patch

from reconciler import kinds, plaintext
from reconciler.cloud import readings, redact, secrets
from reconciler.cloud.readings import Reading
from reconciler.cloud.resolve import SecretResolver
from reconciler.kinds import api, concealing
from reconciler.plan.model import Plan, Step
from reconciler.planning import fields
from reconciler.state import journal
from reconciler.state.journal import Record
from reconciler.state.model import State

from .checks import CHECKS

Mutant = Callable[[], AbstractContextManager[Any]]
READINGS, REPLAY, BASE64 = readings.readings, journal.replay, readings._base64


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""
    return lambda: patch.multiple(owner, **attributes)


def plain_alone(text: str) -> Iterator[Reading]:
    yield next(iter(READINGS(text)))


def one_offset(letters: bytes) -> Iterator[tuple[bytes, Any, Any]]:
    yield next(iter(BASE64(letters)))


def without_key(state: State, records: Iterable[Record], source: str, base: str = "") -> State:
    return replace(REPLAY(state, records, source, base), digest_key=state.digest_key)


MUTANTS: dict[str, Mutant] = {
    "only the plain form of a secret is masked": changed(redact, readings=plain_alone),
    "base64 is looked through from its first letter alone": changed(readings, _base64=one_offset),
    "an encoding in another is not looked through": changed(readings, DEPTH=0),
    "what a manifest has in clear is not told to the second net": changed(
        SecretResolver, know=lambda self, texts: self._texts.update(texts)
    ),
    "a digest has no key": changed(
        plaintext, digest_of=lambda value, key: sha256(value.encode()).hexdigest()
    ),
    "the value is kept where it stands": changed(concealing, with_digests=lambda text, key, keys: text),
    "an old state keeps what it has": changed(concealing, conceal_entry=lambda entry, address, key: entry),
    "every digest is alike": changed(plaintext, digest_of=lambda value, key: "0" * 64),
    "an object of the API has digests": changed(api, sent_text=lambda text: text),
    "an address has digests": changed(kinds.fields, sent_text=lambda text: text),
    "digests are shown": changed(fields, masked=lambda text: text),
    "a plan with a secret in clear is saved": changed(Plan, in_clear=lambda self: ()),
    "the journal has no key": changed(journal, replay=without_key),
    "each run has a key of its own": changed(
        State, keyed=lambda self, fresh: replace(self, digest_key=fresh)
    ),
    "a secret is used as it was copied": changed(secrets, dirt_of=lambda value: None),
    "what is sent only after an answer is not checked": changed(Step, every_call=lambda self: (self.call,)),
    "userinfo and parameters are no secrets": changed(plaintext, secret_spans=lambda text: ()),
}


def caught_by(mutant: Mutant) -> str | None:
    """The first check that fails of a mutant."""
    with mutant():
        for name, check in CHECKS.items():
            try:
                check()
            except AssertionError:
                return name
    return None


def main() -> int:
    found = {name: caught_by(mutant) for name, mutant in MUTANTS.items()}
    for name, check in found.items():
        print(f"{name:60} {check or 'NOT CAUGHT'}")
    caught = sum(check is not None for check in found.values())
    print(f"{caught} of {len(found)} caught")
    return 0 if caught == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
