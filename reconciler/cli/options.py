"""Options that several commands share, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.placing import option_of
from reconciler.errors import UsageError
from reconciler.model import Address, Impact
from reconciler.plan.model import Selection as Chosen
from reconciler.planning.choice import Choice
from reconciler.planning.limits import Limits, Most
from reconciler.words import did_you_mean, nearest

if TYPE_CHECKING:
    from reconciler.kinds.workspace.safety import Most as DeclaredMost
    from reconciler.kinds.workspace.safety import Safety

paths_argument = click.argument("paths", nargs=-1, metavar="[PATH]...")
state_option = click.option(
    "--state",
    "state_file",
    type=click.Path(),
    callback=option_of,
    help="Use this state instead of the workspace's.",
)
kept_option = click.option(
    "--runner-keeps-state",
    "kept",
    is_flag=True,
    help="In CI: this runner keeps the state file between runs.",
)
new_state_option = click.option(
    "--new-state",
    "new_state",
    is_flag=True,
    help="Start with a new, empty state where none was written before.",
)
resign_option = click.option(
    "--resign",
    "resigned",
    multiple=True,
    metavar="ADDRESS",
    help="Sign the push addresses of this resource again; interrupts and reconnects its pushes.",
)
replace_option = click.option(
    "--replace", "replaced", multiple=True, metavar="ADDRESS", help="Restart this resource."
)
probe_option = click.option(
    "--probe",
    is_flag=True,
    help="First ask mixed and relayed streams, by an update that changes nothing, whether they run.",
)
no_cache_option = click.option(
    "--no-cache", "no_cache", is_flag=True, help="Read every manifest anew, changed or not."
)
plain_http_option = click.option(
    "--allow-plain-http",
    "plain_http",
    is_flag=True,
    help="Allow unencrypted calls to an http:// endpoint on another machine.",
)


Labels = Mapping[str, str]
_MOST_MEANT = 3


@dataclass(frozen=True, slots=True)
class Again:
    """What is done once more though nothing else is wanted: started anew, or signed anew; by address."""

    replace: tuple[str, ...] = ()
    resign: tuple[str, ...] = ()


NOTHING_AGAIN = Again()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources a command is about, as they were named on the command line."""

    targets: tuple[str, ...]
    excludes: tuple[str, ...]
    selects: tuple[str, ...]

    def choice(self, labels_by_address: Mapping[Address, Labels], again: Again = NOTHING_AGAIN) -> Choice:
        """What the planner is asked for; raises UsageError for an address that is not known."""
        known = set(labels_by_address)
        targets = {_known(text, known) for text in self.targets}
        excludes = {_known(text, known) for text in self.excludes}
        labels = [_label(text) for text in self.selects]

        def includes(address: Address, given: Mapping[str, str]) -> bool:
            return (
                (not targets or address in targets)
                and address not in excludes
                and all(given.get(key) == value for key, value in labels)
            )

        replaced = frozenset(_known(text, known) for text in again.replace)
        resigned = frozenset(_known(text, known) for text in again.resign)
        for what, named in (("replaced", replaced), ("signed again", resigned)):
            left_out = [one for one in sorted(named) if not includes(one, labels_by_address[one])]
            if left_out:
                raise UsageError(
                    f"{left_out[0]} is to be {what}, but is not selected",
                    "select it too, or remove --target, --exclude and --select",
                )
        return Choice(includes, replaced, resigned, selection=self._asked(targets, excludes))

    def _asked(self, targets: set[Address], excludes: set[Address]) -> Chosen | None:
        """What a plan tells of it; None where nothing was left out by it."""
        if not (targets or excludes or self.selects):
            return None
        return Chosen(tuple(sorted(targets)), tuple(sorted(excludes)), self.selects)


EVERYTHING = Selection((), (), ())


def again_options(command: Callable[..., int]) -> Callable[..., int]:
    """--replace and --resign, each repeatable; the command gets them as `again`."""

    @wraps(command)
    def called(*, replaced: tuple[str, ...], resigned: tuple[str, ...], **rest: Any) -> int:
        return command(again=Again(replaced, resigned), **rest)

    return replace_option(resign_option(called))


@dataclass(frozen=True, slots=True)
class Consent:
    """What was asked for by name beside what the workspace allows, and what was not."""

    allow: bool = False
    on_air: bool = False
    max_impact: Impact | None = None

    def limits(self, safety: Safety) -> Limits:
        """The limits of a workspace as this run has them."""
        declared = Impact(safety.max_impact) if safety.max_impact is not None else None
        given = [impact for impact in (declared, self.max_impact) if impact is not None]
        return Limits(
            stops=_most(safety.max_stops, self.allow),
            replaces=_most(safety.max_replaces, self.allow),
            max_impact=min(given, key=lambda impact: impact.rank, default=None),
            on_air=self.on_air,
        )


def _most(declared: DeclaredMost, allow: bool) -> Most:
    return Most() if allow else Most(declared.percent, declared.count)


NOTHING_MORE = Consent()


on_air_option = click.option(
    "--allow-on-air",
    "on_air",
    is_flag=True,
    help="Allow interrupting resources in the times that spec.protect protects.",
)


def consent_options(command: Callable[..., int]) -> Callable[..., int]:
    """--allow, --allow-on-air and --max-impact; the command gets them as `consent`."""

    @wraps(command)
    def called(*, allow: bool, on_air: bool, max_impact: str | None, **rest: Any) -> int:
        most = Impact(max_impact) if max_impact else None
        return command(consent=Consent(allow, on_air, most), **rest)

    for option in (
        click.option(
            "--max-impact",
            type=click.Choice(["none", "reconnect", "restart"]),
            help="Refuse a plan with a higher impact than this.",
        ),
        on_air_option,
        click.option(
            "--allow",
            is_flag=True,
            help="Allow stopping or replacing more tasks than the workspace's safety settings permit.",
        ),
    ):
        called = option(called)
    return called


def selection_options(command: Callable[..., int]) -> Callable[..., int]:
    """--target, --exclude and --select, each repeatable; the command gets them as `selection`."""

    @wraps(command)
    def called(
        *, targets: tuple[str, ...], excludes: tuple[str, ...], selects: tuple[str, ...], **rest: Any
    ) -> int:
        return command(selection=Selection(targets, excludes, selects), **rest)

    for option in (
        click.option(
            "--select",
            "selects",
            multiple=True,
            metavar="LABEL=VALUE",
            help="Only resources with this label (repeatable).",
        ),
        click.option(
            "--exclude",
            "excludes",
            multiple=True,
            metavar="ADDRESS",
            help="All except this resource (repeatable).",
        ),
        click.option(
            "--target", "targets", multiple=True, metavar="ADDRESS", help="Only this resource (repeatable)."
        ),
    ):
        called = option(called)
    return called


def _known(text: str, known: set[Address]) -> Address:
    shown = "`reconciler plan` and `state list` show the addresses"
    return one_of(text, known, "is neither in the manifests nor in the state", shown)


def one_of(text: str, known: Collection[Address], otherwise: str, shown: str) -> Address:
    """The address, which must be a known one; raises UsageError with the closest one that is.

    `otherwise` says what it is instead, and `shown` where the known ones are shown.
    """
    named = _named(text, known)
    if named:
        raise UsageError(f"{text!r} is not a valid address", f"{did_you_mean(named[:_MOST_MEANT])} {shown}")
    address = Address.parse(text)
    if address in known:
        return address
    meant = did_you_mean(nearest(text, map(str, known), 0.5))
    raise UsageError(f"{text} {otherwise}", f"{meant} {shown}".strip())


def _named(text: str, known: Collection[Address]) -> list[str]:
    """The addresses that a text without a kind may mean, by their names; none where it has one."""
    if "/" in text:
        return []
    close = nearest(text, sorted({one.name for one in known}), 0.7)
    return sorted(str(one) for one in known if one.name in close)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UsageError(f"{text!r} is not a label selector", "use --select LABEL=VALUE")
    return key, value
