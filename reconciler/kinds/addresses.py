"""Fields that are addresses: a text by its grammar, or a reference to a secret that holds all of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo

from reconciler.addresses.grammar import parts_of
from reconciler.addresses.media import IMAGE_PATTERN, SOURCE_PATTERN, image_fault, source_fault
from reconciler.addresses.push import FORM, PATTERN, is_foreign, is_signed, key_spans, push_fault
from reconciler.kinds.fields import SecretSource
from reconciler.kinds.forms import JsonSchemaHint, text_keywords
from reconciler.kinds.marks import is_recorded
from reconciler.plaintext import NO_SPANS, Spans

Beside = Mapping[str, Any]
"""The object that an address stands in, as a manifest or a request has it."""


def _no_key(text: str, beside: Beside) -> Spans:
    return NO_SPANS


@dataclass(frozen=True, slots=True)
class AddressText:
    """Of a field whose text is an address, or the arguments of one: it may hold a secret in clear.

    `keys` are the secrets of its own that such an address has, beside what any of them may have.
    """

    keys: Callable[[str, Beside], Spans] = _no_key

    def keys_beside(self, beside: Beside) -> Callable[[str], Spans]:
        """The same of addresses in one object."""
        return lambda text: self.keys(text, beside)


def push_keys(text: str, beside: Beside) -> Spans:
    """The key to a stream of another network, unless it is a signature that lets the push in."""
    declared = beside.get("isTencentCdn") is False
    if beside.get("auth") is not None or not is_foreign(text, declared=declared):
        return NO_SPANS
    return key_spans(text)


ADDRESS = AddressText()
_PUSH = AddressText(push_keys)


def address_validator(message_of: Callable[[str], str | None]) -> AfterValidator:
    """A validator that says in which way a text is no such address; what was recorded is left as it is."""

    def check(value: str, info: ValidationInfo) -> str:
        message = None if is_recorded(info) else message_of(value)
        if message is None:
            return value
        raise ValueError(message)

    return AfterValidator(check)


def secret_or_text(value: Any) -> str:
    """Which of the two a value is written as: the tag that chooses how it is read."""
    return "text" if isinstance(value, str) else "secret"


def _push_message(value: str) -> str | None:
    if is_signed(value):
        return (
            "a signed address is a secret: remove txSecret and txTime and add auth: {key: {env: "
            "STREAM_PUSH_KEY}}; apply then signs the address"
        )
    fault = push_fault(value)
    return fault and f"not a push address: {fault}; use {FORM}"


def _source_message(value: str) -> str | None:
    parts = parts_of(value)
    if parts is not None and parts.userinfo is not None:
        return (
            "a user name and password are secrets: put the whole address in a secret, as in {env: "
            "STREAM_SOURCE}"
        )
    fault = source_fault(value)
    return fault and f"not a stream to pull: {fault}; {_SOURCE_ADVICE}"


def _image_message(value: str) -> str | None:
    fault = image_fault(value)
    return fault and f"not an address that the API can fetch: {fault}; {_IMAGE_ADVICE}"


_PUSH_HINT = JsonSchemaHint(
    text_keywords(PATTERN, f"not a push address: use {FORM}")
    | {
        "not": {"pattern": "[?&]([Tt][Xx][Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Xx][Tt][Ii][Mm][Ee])="},
        "examples": ["rtmp://3891.livepush.myqcloud.com/live/town-hall"],
    }
)
_PushUrl = Annotated[str, address_validator(_push_message), _PUSH_HINT]
PushText = Annotated[
    Annotated[_PushUrl, Tag("text")] | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    _PUSH,
]
"""A push address as text, or a reference to one that holds a stream key."""

_SOURCE_ADVICE = "use an http://, https:// or rtmp:// URL"
_SOURCE_HINT = JsonSchemaHint(
    text_keywords(SOURCE_PATTERN, f"not a stream to pull: {_SOURCE_ADVICE}")
    | {"examples": ["https://media.example/film.mp4"]}
)
_SourceUrl = Annotated[str, address_validator(_source_message), _SOURCE_HINT]
SourceAddress = Annotated[
    Annotated[_SourceUrl, Tag("text")] | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    ADDRESS,
]
"""Where a stream is pulled from, or a reference to a secret that holds it."""

_IMAGE_ADVICE = (
    "use http:// or https:// and the characters A-Z a-z 0-9 - . _ ~ : / ? # [ ] @ ! & ( ) * + , % = ; |"
)
_IMAGE_HINT = JsonSchemaHint(
    text_keywords(IMAGE_PATTERN, f"not an address that the API can fetch: {_IMAGE_ADVICE}")
    | {"examples": ["https://media.example/stage.png"]}
)
_ImageUrl = Annotated[str, address_validator(_image_message), _IMAGE_HINT]
ImageAddress = Annotated[
    Annotated[_ImageUrl, Tag("text")] | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    ADDRESS,
]
"""An image's address as text, or a reference to a secret that holds it."""

AnyAddress = Annotated[
    Annotated[Annotated[str, Field(min_length=1)], Tag("text")] | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    ADDRESS,
]
"""Any other address, or the arguments of one, as text, or a reference to a secret that holds it."""
