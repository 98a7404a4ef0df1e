"""A push address: as text, signed when it is sent, or held by a secret; and what it occupies."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict

from reconciler.addresses.networks import is_another, is_tencent
from reconciler.addresses.push import FORM, key_spans, push_fault, split_push, tencent_fault
from reconciler.calls import PushUrl, SecretRef
from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.address_parts import StreamName
from reconciler.kinds.addresses import PushText
from reconciler.kinds.api import NOWHERE, Api
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import Duration, SecretSource, TxTimeFormat, seconds, text_or_ref
from reconciler.kinds.live import PushTarget, target_of
from reconciler.kinds.marks import ChangeEffect, Model
from reconciler.kinds.push_domains import DomainName, PushDomain, Shortened, ShortForm, either_form
from reconciler.model import Impact
from reconciler.plaintext import with_digests

RECONNECT = ChangeEffect(changed=Impact.RECONNECT)
FROM_THE_NEXT = ChangeEffect(
    note="takes effect with the next signature: at a restart, or in place with `apply --resign`"
)
NOT_TENCENTS = "not a push address of Tencent's CDN"
_SAME = Api(at=("",))
"""All that is said of a push becomes one text, the address."""


class PushAuth(Model):
    """From what txSecret and txTime of a push address are made when it is sent (signing §4)."""

    key: Annotated[SecretSource, RECONNECT, _SAME]
    """The push domain's key."""
    valid_for: Annotated[Duration, FROM_THE_NEXT, _SAME] = "24h"
    """How long a signature lets the push connect, from when it is sent; a change takes effect with
    the next signature."""
    tx_time_format: Annotated[TxTimeFormat | None, FROM_THE_NEXT, _SAME] = None
    """How txTime is written: `hex` or `decimal`; default: hex. A change takes effect with the next
    signature."""


def _push_of(domain: PushDomain, beside: Mapping[str, Any]) -> dict[str, Any]:
    return domain.push(str(beside["stream"]))


class Push(Shortened):
    """One address that a stream is pushed to; a change of its text cuts that push."""

    short_form: ClassVar = ShortForm("domain", ("stream",), ("url", "auth"), _push_of)
    model_config = ConfigDict(json_schema_extra=either_form(("url",), ("domain", "stream")))

    elsewhere: ClassVar[str] = ""
    """What is told of an address that does not have Tencent's form, as it may be another network's."""

    url: Annotated[PushText, RECONNECT, _SAME]
    """`rtmp://DOMAIN/APP/STREAM`, or a reference to a secret that holds the address."""
    auth: Annotated[PushAuth | None, RECONNECT, _SAME] = None
    """How apply makes txSecret and txTime when it sends the address."""
    domain: DomainName = None
    """A push domain of the workspace's `pushDomains`; in place of `url` and `auth`, with `stream`."""
    stream: Annotated[StreamName | None, NOWHERE] = None
    """The stream name on that push domain."""

    def address(self, signed: Mapping[str, str]) -> str | SecretRef:
        """The address as text, or as what it is made from; a running push keeps its txTime."""
        if self.auth is None or isinstance(self.url, SecretSource):
            return text_or_ref(self.url)
        tx_time = signed.get(self.url)
        valid_for = seconds(self.auth.valid_for) if tx_time is None else 0
        decimal = tx_time is None and self.auth.tx_time_format == "decimal"
        return PushUrl(self.url, self.auth.key.ref(), valid_for, tx_time, decimal=decimal)

    @property
    def is_foreign(self) -> bool:
        """Whether it goes to another network, where the address is the key to the stream."""
        return self.auth is None and is_another(self._host())

    @property
    def has_tencent_form(self) -> bool:
        """Whether the address is to be one of Tencent's CDN; a signature is made of its stream's name."""
        return self.auth is not None or is_tencent(self._host())

    def faults(self) -> list[Fault]:
        """The rules of an address."""
        if isinstance(self.url, SecretSource):
            text = "an address from a secret is sent unchanged: remove auth, or write url as text"
            return [] if self.auth is None else [Fault(("auth",), text)]
        return list(_form_faults(self.url, self.elsewhere)) if self.has_tencent_form else []

    def secret_words(self) -> str:
        """The address in words, where it is made from a secret when it is sent; "" where it is not."""
        if isinstance(self.url, SecretSource):
            held = " ".join(f"{source} {name}" for source, name in self.url.to_json().items())
            return f"the address in {held}"
        return "" if self.auth is None else self.url

    def target(self) -> str:
        """What can be pushed to by one task at a time: domain/app/stream, or the reference.

        Of another network's address it is the whole text, as any part of it may tell two streams apart there,
        with a digest in the place of what may be its key.
        """
        if isinstance(self.url, SecretSource):
            return str(self.url.to_json())
        if self.is_foreign:
            return with_digests(self.url, "", key_spans)
        address = split_push(self.url)
        return f"{address.place}/{address.app}/{address.stream}"

    def claim(self) -> Claim:
        """The address among what a spec occupies."""
        return Claim(ClaimKind.PUSH, self.target())

    def live_target(self) -> PushTarget | None:
        """The live stream that the push would make on Tencent's CDN; None if it cannot be named."""
        return None if isinstance(self.url, SecretSource) or self.is_foreign else target_of(self.url)

    def _host(self) -> str:
        return "" if isinstance(self.url, SecretSource) else split_push(self.url).host


def _form_faults(url: str, elsewhere: str) -> Iterator[Fault]:
    fault = tencent_fault(url)
    if fault is not None:
        yield Fault(("url",), f"{NOT_TENCENTS}: {fault}; use {FORM}{elsewhere}")
        return
    _, _, app, stream = split_push(url)
    if "/" in app:
        text = f"{app!r} is taken as the app and {stream!r} as the stream; only {FORM} is documented"
        yield Fault(("url",), text, warns=True)


def held_push_fault(text: str, beside: Mapping[str, Any]) -> str | None:
    """In which way an address that a secret holds cannot be sent, in an object that says no network."""
    return tencent_fault(text) if is_tencent(split_push(text).host) else push_fault(text)


def is_reference(claim: Claim) -> bool:
    """Whether a claim is on a push address that only a secret's name stands for: another's may be another."""
    return claim.kind is ClaimKind.PUSH and claim.key.startswith("{")
