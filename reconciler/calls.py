"""What is sent: actions with their pace, calls, and requests with their late values (secrets, TaskIds)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from reconciler.errors import CloudError
from reconciler.meanings import SaidMeaning
from reconciler.model import Effect
from reconciler.plaintext import has_digest


@dataclass(frozen=True, slots=True)
class EnvSecret:
    """A secret held by an environment variable."""

    name: str

    def to_json(self) -> dict[str, Any]:
        """`{"env": NAME}`, as in manifests."""
        return {"env": self.name}


@dataclass(frozen=True, slots=True)
class FileSecret:
    """A secret held by a file below the secrets directory."""

    path: str

    def to_json(self) -> dict[str, Any]:
        """`{"file": PATH}`, as in manifests."""
        return {"file": self.path}


StoredSecret = EnvSecret | FileSecret


@dataclass(frozen=True, slots=True)
class UserSig:
    """A TRTC UserSig to be made when the call is sent (reference signing §2); `valid_for` in seconds."""

    sdk_app_id: int
    user_id: str
    key: StoredSecret
    valid_for: int

    def to_json(self) -> dict[str, Any]:
        """The recipe, without the key's value."""
        return {
            "userSig": {
                "sdkAppId": self.sdk_app_id,
                "userId": self.user_id,
                "key": self.key.to_json(),
                "validForSeconds": self.valid_for,
            }
        }


@dataclass(frozen=True, slots=True)
class PushUrl:
    """A push address to be signed with txSecret and txTime when the call is sent (signing §4).

    `valid_for` is in seconds. `tx_time`, where given, is the very text that the running push
    was signed with: the same text makes the same address, and so leaves the push alone;
    `valid_for` is 0 then. `signed_by` is the digest of the key that it was signed with, where that is
    recorded: another key would make another address. `decimal` says how a new txTime is written, else in hex.
    With `only_query` what is sent is the query of that address alone.
    """

    url: str
    key: StoredSecret
    valid_for: int
    tx_time: str | None = None
    signed_by: str | None = None
    decimal: bool = False
    only_query: bool = False

    def to_json(self) -> dict[str, Any]:
        """The recipe, without the key's value."""
        recipe: dict[str, Any] = {
            "url": self.url,
            "key": self.key.to_json(),
            "validForSeconds": self.valid_for,
        }
        form = "decimal" if self.decimal else None
        kept: dict[str, Any] = {"txTime": self.tx_time, "signedBy": self.signed_by, "txTimeFormat": form}
        kept["onlyQuery"] = self.only_query or None
        return {"pushUrl": recipe | {name: text for name, text in kept.items() if text is not None}}


@dataclass(frozen=True, slots=True)
class DigestedText:
    """A text that a manifest has in clear, with digests in the place of its secrets (see plaintext).

    Its values are known to the process that read the manifests alone, so no saved plan can hold it.
    With `only_query` what is sent is the query of an address alone.
    """

    text: str
    only_query: bool = False

    def to_json(self) -> dict[str, Any]:
        """The text with its digests."""
        return {"digested": self.text}


def sent_text(text: str) -> str | DigestedText:
    """What a request has for a text of a spec: the very text, unless it holds digests."""
    return DigestedText(text) if has_digest(text) else text


SecretRef = EnvSecret | FileSecret | UserSig | PushUrl | DigestedText


@dataclass(frozen=True, slots=True)
class TaskIdOf:
    """The TaskId that an earlier step of the same plan will be told; `step` names that step."""

    step: str


@dataclass(frozen=True, slots=True)
class SentMoment:
    """A moment that a request says without a manifest having declared it: `after` seconds after it is sent.

    Sent as RFC 3339 in UTC, and recorded under `name` among what was made for the task.
    """

    name: str
    after: int


@dataclass(frozen=True, slots=True)
class OwnId:
    """An ID of our own for what a call starts, another for each start: the prefix, and the moment it is sent.

    It is recorded under `name` among what was made for the task, and sent between two texts, as in a comment.
    """

    name: str
    prefix: str
    before: str = ""
    after: str = ""


MadeValue = SentMoment | OwnId

Request = Mapping[str, Any]
"""A request body: JSON values, and SecretRef, TaskIdOf or MadeValue where the value is only known later."""


class LaterRequest(Mapping[str, Any]):
    """A request that is made when it is first looked into, as most plans are read without their requests.

    What makes it is to give an equal one each time, as two threads may ask at once.
    """

    __slots__ = ("_held",)

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self._held: Callable[[], dict[str, Any]] | dict[str, Any] = make

    def _made(self) -> dict[str, Any]:
        held = self._held
        if not isinstance(held, dict):
            self._held = held = held()
        return held

    def __getitem__(self, name: str) -> Any:
        return self._made()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    def __repr__(self) -> str:
        return repr(self._made())


AddressCheck = Callable[[str, Mapping[str, Any]], str | None]
"""In which way a text, sent in that object of a request, is no address; None if it is one."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the API: its service, version, name and pace.

    `per_second` is the documented limit (semantics §9). `effect` is what it does to a task, and `by_name`
    tells that the answer has no TaskId: what it starts is known by a name alone.
    `regional` tells whether X-TC-Region is needed (semantics §8), and `regions` has those in which it is
    served, by the word for the vendor's site. `gone_when` is the answer's
    field and value by which it says without an error that the task has ended (semantics §10).
    `once` tells that it is not repeated after a lost answer, though it makes nothing with an ID: the
    first could arrive when something else is wanted by then, and nothing in it says that it is old.
    `token` is the request's field for an ID of the caller's own: the same request again is the same task, so
    that it may be repeated; where the task goes `by_name`, what runs under that ID is set to what it says.
    `errors` has the codes that mean something else of this action than of others, with a hint of the kind's
    own where that helps. `addresses` has, by the
    field that it is sent in, in which way an address is none, where a secret may hold it.
    """

    service: str
    version: str
    name: str
    per_second: int
    regional: bool = True
    effect: Effect = Effect.OTHER
    gone_when: tuple[str, str] | None = None
    once: bool = False
    errors: Mapping[str, SaidMeaning] = field(default_factory=dict, hash=False)
    by_name: bool = False
    token: str = ""
    addresses: Mapping[str, AddressCheck] = field(default_factory=dict, hash=False)
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def tells_id(self) -> bool:
        """Whether it makes a task with a TaskId, which its answer tells."""
        return self.effect is Effect.START and not self.by_name

    @property
    def sets_by_id(self) -> bool:
        """Whether it starts what does not run under an ID of the caller's own, and else updates it."""
        return self.effect is Effect.START and self.by_name and self.token != ""


PACE = 0.9
"""The share of each action's limit that is used: what network jitter leaves safe (client §3)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One complete request to the cloud; nothing is added to it but signatures and secrets."""

    action: Action
    region: str
    request: Request

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again after an answer that was lost: no second task could come of it."""
        known = bool(self.action.token) and self.request.get(self.action.token) is not None
        return not self.action.once and (known or not self.action.tells_id)


Send = Callable[[Call, dict[str, Any]], dict[str, Any]]
"""Sends a call with its resolved body and gives the answer's Response; raises CloudError."""


class Before(Protocol):
    """What is done right before an attempt; gives the unix seconds to sign it with, or None for now.

    `failures` is what came of the attempts of this call so far, in their order.
    """

    def __call__(self, failures: Sequence[CloudError] = ()) -> float | None:
        """The moment; what it raises is raised instead of sending."""
        ...


def nothing_before(failures: Sequence[CloudError] = ()) -> None:
    """Nothing is done before an attempt, which is signed with the moment that it is sent."""


class Attempts(Protocol):
    """Sends a call, maybe several times; `before` is done right before each attempt.

    It comes after all waiting, and what it raises is raised. It gives the moment that the attempt is
    signed with, in unix seconds, and None for now: a process that is stopped in between and woken
    much later then sends what the API refuses (AuthFailure.SignatureExpire, docs/reference/signing.md).
    """

    def __call__(self, call: Call, body: dict[str, Any], before: Before = nothing_before) -> dict[str, Any]:
        """The answer's Response; raises CloudError."""
