"""A push address: as text, signed when it is sent, or held by a secret; and what it occupies."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from reconciler.calls import PushUrl, SecretRef
from reconciler.kinds.api import Api
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import Duration, PushAddress, SecretSource, seconds, text_or_ref
from reconciler.kinds.live import PushTarget, target_of
from reconciler.kinds.marks import IN_PLACE, ChangeEffect, Model
from reconciler.model import Claim, ClaimKind, Impact

RTMP_PORT = 1935
RECONNECT = ChangeEffect(changed=Impact.RECONNECT)
_SAME = Api(at=("",))
"""All that is said of a push becomes one text, the address."""


class PushAuth(Model):
    """From what txSecret and txTime of a push address are made when it is sent (signing §4)."""

    key: Annotated[SecretSource, RECONNECT, _SAME]
    """The push domain's key."""
    valid_for: Annotated[Duration, IN_PLACE, _SAME] = "24h"
    """For how long the signature lets the push connect, from when it is sent."""


class Push(Model):
    """One address that a stream is pushed to; a change of its text cuts that push."""

    url: Annotated[PushAddress, RECONNECT, _SAME]
    """`rtmp://DOMAIN/APP/STREAM`, or a reference to a secret that holds the address."""
    auth: Annotated[PushAuth | None, RECONNECT, _SAME] = None
    """What txSecret and txTime are made from when the address is sent."""

    def address(self, signed: Mapping[str, str]) -> str | SecretRef:
        """The address as text, or as what it is made from; a running push keeps its txTime."""
        if self.auth is None or isinstance(self.url, SecretSource):
            return text_or_ref(self.url)
        tx_time = signed.get(self.url)
        valid_for = seconds(self.auth.valid_for) if tx_time is None else 0
        return PushUrl(self.url, self.auth.key.ref(), valid_for, tx_time)

    def faults(self) -> list[Fault]:
        """The rules of an address."""
        if self.auth is None or not isinstance(self.url, SecretSource):
            return []
        return [
            Fault(
                ("auth",), "an address that a secret holds is sent as it is: drop auth, or write url as text"
            )
        ]

    def target(self) -> str:
        """What can be pushed to by one task at a time: domain/app/stream, or the reference.

        Another port than the usual one stands after the domain: it may well be another server, and
        the reference says nothing of ports.
        """
        if isinstance(self.url, SecretSource):
            return str(self.url.to_json())
        parts = urlsplit(self.url)
        port = int(parts.netloc.partition(":")[2] or RTMP_PORT)
        return f"{parts.hostname}{f':{port}' if port != RTMP_PORT else ''}{parts.path}"

    def claim(self) -> Claim:
        """The address among what a spec occupies."""
        return Claim(ClaimKind.PUSH, self.target())

    def live_target(self) -> PushTarget | None:
        """The live stream that the push would make on Tencent's CDN; None if it cannot be named."""
        return None if isinstance(self.url, SecretSource) else target_of(self.url)


def is_reference(claim: Claim) -> bool:
    """Whether a claim is on a push address that only a secret's name stands for: another's may be another."""
    return claim.kind is ClaimKind.PUSH and claim.key.startswith("{")
