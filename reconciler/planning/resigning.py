"""Pushes that are signed anew in place: by one update that sends all addresses, and cuts those that change.

It is asked for by name, or follows from callbacks: once all pushes have given up and a signature has expired,
nothing is cut by it. An update with new signatures that was never answered may have arrived: it is sent
once more with the same ones, which cuts nothing that has them already.
"""

from collections.abc import Iterator

from reconciler.errors import UsageError
from reconciler.model import Impact, Path, Status
from reconciler.moments import rfc3339
from reconciler.plaintext import masked
from reconciler.plan.model import PlannedField
from reconciler.planning.cases import Case
from reconciler.planning.ends import expiry_of_signature
from reconciler.planning.signing import Signing
from reconciler.words import path_text


def signing_of(case: Case) -> Signing:
    """What an update of the case does with signatures."""
    if case.resigning:
        return Signing.ANEW
    return Signing.AGAIN if _is_in_doubt(case) else Signing.KEPT


def signing_fields(case: Case) -> tuple[PlannedField, ...]:
    """What is told of each push that is cut and set up again for its signature alone."""
    if signing_of(case) is Signing.KEPT or case.desired is None or case.kind.signs is None:
        return ()
    pushes = case.kind.signs.made_from_secrets(case.desired.spec)
    return tuple(_field(case, path, address) for path, address in pushes)


def check_resign(case: Case) -> None:
    """Raises UsageError where signing anew is asked for of what cannot be signed anew in place."""
    if case.address not in case.choice.resign:
        return
    for problem, hint in _problems(case):
        raise UsageError(f"{case.address} {problem}", hint)


def _problems(case: Case) -> Iterator[tuple[str, str]]:
    signs, desired = case.kind.signs, case.desired
    if desired is None or desired.resource.wanted is not Status.RUNNING:
        yield "is not declared running, so it has no push to sign again", "remove --resign"
    elif signs is None:
        hint = f"`reconciler apply --replace {case.address}` restarts it, which interrupts it"
        yield f"is a {case.address.kind}, whose pushes cannot be signed again in place", hint
    elif not signs.made_from_secrets(desired.spec):
        yield (
            "has no push address that is made with a secret",
            "there is nothing to sign again: remove --resign",
        )


def _is_in_doubt(case: Case) -> bool:
    """Whether it is not known if the last signatures were taken in: an update of nothing else was lost."""
    entry = case.entry
    return entry is not None and case.kind.signs is not None and entry.spec in entry.attempted


def _field(case: Case, path: Path, address: str) -> PlannedField:
    tx_time = case.entry.signed.get(address) if case.entry is not None else None
    until = "" if tx_time is None else f"until {rfc3339(expiry_of_signature(tx_time))}"
    if signing_of(case) is Signing.ANEW:
        before, after = f"signed {until}".rstrip() if until else "as it was sent", "signed again"
    else:
        before, after = "signature in force unknown", f"signed {until}".rstrip()
    impact = Impact.NONE if case.is_cut_off else Impact.RECONNECT
    return PlannedField(
        path_text(("spec", *path)), before, after, impact, visible=False, hits=masked(address)
    )
