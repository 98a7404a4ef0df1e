"""Messages of a watch on their way: by Apprise, to addresses that are secrets."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from reconciler.calls import EnvSecret
from reconciler.cli.connection import vault_for
from reconciler.cli.environment import current_environment
from reconciler.cloud.redact import Redactor
from reconciler.errors import SecretError, UsageError, installing
from reconciler.kinds.workspace.notify import Notify
from reconciler.watching.events import Event, EventKind
from reconciler.watching.notifying import Message, Recipient, messages_of


def addressed(workspace: str, events: Sequence[Event], notify: Sequence[Notify]) -> list[Message]:
    """The messages of a round, each with its recipient's address as the secret is now; raises SecretError."""
    named = {_name(one): one for one in notify}
    recipients = [Recipient(name, _kinds(one)) for name, one in named.items()]
    found = messages_of(workspace, events, recipients)
    return [replace(one, address=_address(named[one.to])) for one in found]


def check_installed(notify: Sequence[Notify]) -> None:
    """Raises UsageError where somebody is to be told and what tells them is not installed."""
    if notify:
        _apprise()


def send(message: Message) -> str:
    """Sends a message; "" or why that was not possible. No reason has the address or what is answered."""
    library = _apprise()
    app = library.Apprise()
    if not app.add(message.address):
        return "its address is not a URL that Apprise knows"
    delivered = app.notify(title=message.title, body=message.text, body_format="text")
    return "" if delivered else f"{message.address.partition('://')[0]}:// did not take it"


def _apprise() -> Any:
    try:
        library = import_module("apprise")
    except ModuleNotFoundError as error:
        raise UsageError(
            "spec.notify needs apprise, which is not installed", f"install it with {installing('notify')}"
        ) from error
    # It logs addresses, which are secrets; what is worth knowing is told by us.
    logging.getLogger("apprise").disabled = True
    return library


def _kinds(one: Notify) -> frozenset[EventKind] | None:
    return None if one.events is None else frozenset(map(EventKind, one.events))


def _name(one: Notify) -> str:
    secret = one.to.ref()
    return secret.name if isinstance(secret, EnvSecret) else secret.path


def _address(one: Notify) -> str:
    environment = current_environment()
    vault = vault_for(environment.variables, environment.secret_names, Redactor(), None)
    try:
        return vault.value(one.to.ref())
    except SecretError as error:
        raise SecretError(f"spec.notify: {error.message}", error.hint) from error
