"""What a pull task pushes to in its own account: a push address, sent as domain, path, name and arguments."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from reconciler.addresses.networks import is_tencent
from reconciler.addresses.push import FORM, split_push, tencent_fault
from reconciler.calls import DigestedText, PushUrl, SecretRef
from reconciler.kinds.addresses import PushText
from reconciler.kinds.api import Api
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import Duration, SecretSource, TxTimeFormat, seconds
from reconciler.kinds.live import PushTarget
from reconciler.kinds.marks import RESTART
from reconciler.kinds.push import NOT_TENCENTS, Push, PushAuth
from reconciler.plaintext import NO_SPANS, Span, Spans, has_digest

_BEFORE_KEY = re.compile(r"[a-z]+://[^/?#]+(?:/[^/?#]*/|/?\?|/)")
_PLACE = Api(at=("/DomainName", "/AppName", "/StreamName", "/PushArgs"))
_ARGS = Api(at=("/PushArgs",))


def relay_keys(text: str, beside: Mapping[str, Any]) -> Spans:
    """Where the key to a stream elsewhere stands: all that follows the app, or the port."""
    found = _BEFORE_KEY.match(text)
    if found is None or found.end() == len(text) or is_tencent(split_push(text).host):
        return NO_SPANS
    return (Span(found.end(), len(text)),)


class PullAuth(PushAuth):
    """From what txSecret and txTime are made when the task is started; no update can make them anew."""

    key: Annotated[SecretSource, RESTART, _ARGS]
    """The push domain's key."""
    valid_for: Annotated[Duration, RESTART, _ARGS] = "30d"
    """How long the signature lets the push connect, from the start of the task: longer than the task is to
    run, as it also connects again after each interruption."""
    tx_time_format: Annotated[TxTimeFormat | None, RESTART, _ARGS] = None
    """How txTime is written: `hex` or `decimal`; default: hex."""


class Target(Push):
    """A push address of the account; a task keeps the one that it was started with."""

    url: Annotated[PushText, RESTART, _PLACE]
    """`rtmp://DOMAIN/APP/STREAM`, with arguments of the push after a `?`."""
    auth: Annotated[PullAuth | None, RESTART, _ARGS] = None
    """How apply makes txSecret and txTime when it starts the task."""

    def faults(self) -> list[Fault]:
        """The rules of an address that is sent in parts."""
        if isinstance(self.url, SecretSource):
            text = "is sent in its parts: write it as text, and what is secret of it in pushArgs or auth"
            return [Fault(("url",), text)]
        if self.is_foreign:
            return [Fault(("url",), "another network's address: use toUrl, which is pushed to as a whole")]
        fault = tencent_fault(self.url)
        return [] if fault is None else [Fault(("url",), f"{NOT_TENCENTS}: {fault}; use {FORM}")]

    @property
    def place(self) -> PushTarget:
        """Domain, path and stream name, as they are written."""
        url = str(self.url)
        address, domain = split_push(url), url.partition("://")[2].partition("/")[0]
        return PushTarget(domain, address.app, address.stream)

    @property
    def query(self) -> str:
        """The arguments that the address has itself."""
        return str(self.url).partition("?")[2]

    def arguments(self) -> str | SecretRef | None:
        """PushArgs: the address's own, with the signature made from the key."""
        if self.auth is None:
            url = str(self.url)
            return DigestedText(url, only_query=True) if has_digest(url) else self.query or None
        decimal = self.auth.tx_time_format == "decimal"
        valid_for = seconds(self.auth.valid_for)
        return PushUrl(str(self.url), self.auth.key.ref(), valid_for, decimal=decimal, only_query=True)
