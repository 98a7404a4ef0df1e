"""What a LiveStream's document has."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict

from reconciler.kinds.address_parts import AppName, Domain, StreamName
from reconciler.kinds.api import NOWHERE, Spec
from reconciler.kinds.forms import JsonSchemaHint, text_hint
from reconciler.kinds.marks import RESTART
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.push_domains import DomainName, Shortened, ShortForm, either_form, place_of
from reconciler.kinds.timing import Timed
from reconciler.moments import unix_seconds

_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")

_NO_MOMENT = "not a time in UTC: use a time such as 2026-12-31T18:00:00Z, at most 90 days ahead"
_MOMENT = text_hint(_TIME.pattern, _NO_MOMENT, "2026-12-31T18:00:00Z")
MAX_REASON = 2048


def _utc(value: str) -> str:
    if _TIME.fullmatch(value) is None:
        raise ValueError(_NO_MOMENT)
    try:
        unix_seconds(value)
    except ValueError:
        raise ValueError(f"{_NO_MOMENT}; the date must exist") from None
    return value


def _reason(value: str) -> str:
    if len(value.encode()) <= MAX_REASON:
        return value
    raise ValueError(f"at most {MAX_REASON} bytes")


class LiveStreamSpec(Preventable, Timed, Shortened, Spec):
    """The fields of the document; without a resumeTime the API lifts the forbidden state after seven days.

    `drop` cuts the running push by a call of its own as well, which a push domain that belongs
    to a domain group needs (semantics §14).
    """

    short_form: ClassVar = ShortForm("pushDomain", (), ("domainName", "appName"), place_of)
    model_config = ConfigDict(
        json_schema_extra=either_form(("streamName", "domainName"), ("streamName", "pushDomain"))
    )

    state: Annotated[Literal["allowed", "forbidden"], NOWHERE] = "allowed"
    """The desired state: whether the stream may be pushed."""
    push_domain: Annotated[DomainName, RESTART] = None
    """A push domain of the workspace's `pushDomains`, in place of `domainName` and `appName`."""
    domain_name: Annotated[Domain, RESTART]
    """The push domain."""
    app_name: Annotated[AppName, RESTART] = "live"
    """The path of the stream: the part between the domain and the stream name."""
    stream_name: Annotated[StreamName, RESTART]
    """The stream name, the last part of its address."""
    resume_time: Annotated[str, AfterValidator(_utc), _MOMENT] | None = None
    """When the forbidden state ends, in UTC and at most 90 days ahead; default: after seven days."""
    reason: Annotated[str, AfterValidator(_reason), JsonSchemaHint({"maxLength": MAX_REASON})] | None = None
    """The reason why the stream is forbidden, at most 2048 bytes; stored by the API."""
    drop: Annotated[bool, NOWHERE] = False
    """Whether to also end a running push with DropLiveStream, which domains in a domain group need."""
