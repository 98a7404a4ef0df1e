"""The vocabulary every room shares: addresses, verbs, impacts, secrets, calls and resources.

All of it is plain, frozen data; nothing here knows a kind, a file or the network.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from reconciler.errors import ErrorMeaning, UsageError
from reconciler.plaintext import has_digest, without_digests

Path = tuple[str | int, ...]

_ADDRESS = re.compile(r"(?P<kind>[A-Z][A-Za-z0-9]*)/(?P<name>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)")


_PLAIN_PART = re.compile(r"[A-Za-z0-9_-]{1,60}")
_SHOWN = 60


class Address(NamedTuple):
    """`Kind/name`, unique in a workspace; sorts by kind, then name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Reads `Kind/name`; raises UsageError for anything else."""
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise UsageError(
                f"{text!r} is not an address", "write Kind/name, as `reconciler state list` prints it"
            )
        return cls(match["kind"], match["name"])


class Verb(StrEnum):
    """What a change does; a closed set, and what steers. `unchanged` stands only in drift reports."""

    START = "start"
    UPDATE = "update"
    RESUME = "resume"
    PAUSE = "pause"
    STOP = "stop"
    REPLACE = "replace"
    FORGET = "forget"
    UNCHANGED = "unchanged"


class Impact(StrEnum):
    """What a change interrupts, from nothing to the end of the task; ordered by `rank`."""

    NONE = "none"
    START = "start"
    RECONNECT = "reconnect"
    RESTART = "restart"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """0 for the mildest; the worst of several is the one with the highest rank."""
        return list(Impact).index(self)


def worst(impacts: "list[Impact]") -> Impact:
    """The gravest of the impacts; `none` of an empty list."""
    return max(impacts, key=lambda impact: impact.rank, default=Impact.NONE)


class Status(StrEnum):
    """How something stands, as wanted by a manifest or as recorded after an apply.

    `uncertain` is only ever recorded: a call was sent whose outcome nobody knows.
    `ended` is only ever recorded: the cloud said that the task is gone.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    UNCERTAIN = "uncertain"
    ENDED = "ended"


class Effect(StrEnum):
    """What a call does to a task; `other` calls set switches or only ask."""

    START = "start"
    UPDATE = "update"
    STOP = "stop"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Observation:
    """What the cloud was seen to say of a recorded resource, and in which words.

    `status` is None where nothing may be concluded. `silent` tells that nothing is heard of
    something that should be: a reason to look, not to act. `at` is in unix seconds.
    """

    status: Status | None
    evidence: str
    at: float
    silent: bool = False


class ClaimKind(StrEnum):
    """What a claim is on: a push address, a robot in its room, a robot's name, a session, a live stream."""

    PUSH = "push"
    ROBOT = "robot"
    NAME = "name"
    SESSION = "render"
    LIVE = "live"


class Claim(NamedTuple):
    """Something that a spec occupies, needs or opens: what it is of, and which one; sorts by both."""

    kind: ClaimKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


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
    `valid_for` is 0 then.
    """

    url: str
    key: StoredSecret
    valid_for: int
    tx_time: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The recipe, without the key's value."""
        recipe: dict[str, Any] = {
            "url": self.url,
            "key": self.key.to_json(),
            "validForSeconds": self.valid_for,
        }
        return {"pushUrl": recipe if self.tx_time is None else {**recipe, "txTime": self.tx_time}}


@dataclass(frozen=True, slots=True)
class DigestedText:
    """A text that a manifest has in clear, with digests in the place of its secrets (see plaintext).

    Its values are known to the process that read the manifests alone, so no saved plan can hold it.
    """

    text: str

    def to_json(self) -> dict[str, Any]:
        """The text with its digests."""
        return {"digested": self.text}


SecretRef = EnvSecret | FileSecret | UserSig | PushUrl | DigestedText


@dataclass(frozen=True, slots=True)
class TaskIdOf:
    """The TaskId that an earlier step of the same plan will be told; `step` names that step."""

    step: str


Request = Mapping[str, Any]
"""A request body: JSON values, and SecretRef or TaskIdOf where the value is only known later."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the API: its service, version, name and pace.

    `per_second` is the documented limit (semantics §9). `effect` is what it does to a task, and `by_name`
    tells that the answer has no TaskId: what it starts is known by a name alone.
    `regional` tells whether X-TC-Region is needed (semantics §8). `gone_when` is the answer's
    field and value by which it says without an error that the task has ended (semantics §10).
    `once` tells that it is not repeated after a lost answer, though it makes nothing with an ID: the
    first could arrive when something else is wanted by then, and nothing in it says that it is old.
    `errors` has the codes that mean something else of this action than of others.
    """

    service: str
    version: str
    name: str
    per_second: int
    regional: bool = True
    effect: Effect = Effect.OTHER
    gone_when: tuple[str, str] | None = None
    once: bool = False
    errors: Mapping[str, ErrorMeaning] = field(default_factory=dict, hash=False)
    by_name: bool = False

    @property
    def starts(self) -> bool:
        """Whether it makes a task with an ID of its own: repeated after a lost answer it could make two."""
        return self.effect is Effect.START and not self.by_name


PACE = 0.9
"""The share of each action's limit that is used: what network jitter leaves safe (client §3)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One complete request to the cloud; nothing is added to it but signatures and secrets."""

    action: Action
    region: str
    request: Request


Send = Callable[[Call, dict[str, Any]], dict[str, Any]]


Before = Callable[[], float | None]
"""What is done right before an attempt; gives the unix seconds to sign it with, or None for now."""


class Attempts(Protocol):
    """Sends a call, maybe several times; `before` is done right before each attempt.

    It comes after all waiting, and what it raises is raised. It gives the moment that the attempt is
    signed with, in unix seconds, and None for now: a process that is stopped in between and woken
    much later then sends what the API refuses (AuthFailure.SignatureExpire, docs/reference/signing.md).
    """

    def __call__(self, call: Call, body: dict[str, Any], before: Before = lambda: None) -> dict[str, Any]:
        """The answer's Response; raises CloudError."""


"""Sends a call with its resolved body and gives the answer's Response; raises CloudError."""


def stored_secret_from_json(data: Mapping[str, Any]) -> StoredSecret:
    """The inverse of EnvSecret.to_json and FileSecret.to_json; raises KeyError on other shapes."""
    return EnvSecret(str(data["env"])) if "env" in data else FileSecret(str(data["file"]))


def secret_from_json(data: Mapping[str, Any]) -> SecretRef:
    """The inverse of each SecretRef's to_json; raises KeyError on shapes it does not know."""
    if "userSig" in data:
        made = data["userSig"]
        return UserSig(
            made["sdkAppId"], made["userId"], stored_secret_from_json(made["key"]), made["validForSeconds"]
        )
    if "pushUrl" in data:
        made = data["pushUrl"]
        key = stored_secret_from_json(made["key"])
        return PushUrl(made["url"], key, made["validForSeconds"], made.get("txTime"))
    return stored_secret_from_json(data)


def secrets_in(value: Any) -> Iterator[SecretRef]:
    """Every secret that a request refers to, as often as it does."""
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item)


_PLAIN = frozenset({str, int, bool, float, type(None)})


def request_to_json(value: Any) -> Any:
    """A request as JSON: a secret as `{"$secret": …}`, a later TaskId as `{"$taskIdOf": step}`."""
    if type(value) in _PLAIN:  # most are, and to ask for each class of references takes its time
        return value
    if isinstance(value, SecretRef):
        return {"$secret": value.to_json()}
    if isinstance(value, TaskIdOf):
        return {"$taskIdOf": value.step}
    if isinstance(value, Mapping):
        return {key: request_to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [request_to_json(item) for item in value]
    return value


def request_from_json(value: Any) -> Any:
    """The inverse of request_to_json."""
    if isinstance(value, Mapping):
        if "$secret" in value:
            return secret_from_json(value["$secret"])
        if "$taskIdOf" in value:
            return TaskIdOf(str(value["$taskIdOf"]))
        return {key: request_from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [request_from_json(item) for item in value]
    return value


def referred(value: Any) -> Any:
    """A request in which each text with digests is a reference to what it stands for."""
    return _texts_changed(value, lambda text: DigestedText(text) if has_digest(text) else text)


def without_secrets(value: Any) -> Any:
    """A request in which texts lack what they have digests for: for a task that only ends another.

    What is recorded has no values of secrets that a manifest had in clear.
    """
    return _texts_changed(value, without_digests, of_push=without_digests)


def _texts_changed(value: Any, change: Callable[[str], Any], of_push: Callable[[str], str] = str) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, PushUrl):
        return replace(value, url=of_push(value.url))
    if isinstance(value, Mapping):
        return {key: _texts_changed(item, change, of_push) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_texts_changed(item, change, of_push) for item in value]
    return value


def in_clear(value: Any) -> Iterator[str]:
    """The texts of a request, with their digests, of which a manifest has the secrets in clear."""
    for ref in secrets_in(value):
        if isinstance(ref, DigestedText):
            yield ref.text
        elif isinstance(ref, PushUrl) and has_digest(ref.url):
            yield ref.url


def path_text(path: Path) -> str:
    """A path as people write it: `spec.publish[0].url`, `metadata.labels["a/b"]`."""
    return "".join(map(_part_text, path)).removeprefix(".")


def path_order(path: Path) -> list[tuple[str, int]]:
    """What paths are sorted by: names as texts, places in lists as numbers."""
    return [("", part) if isinstance(part, int) else (part, 0) for part in path]


def _part_text(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN_PART.fullmatch(part):
        return f".{part}"
    return f"[{json.dumps(part if len(part) <= _SHOWN else part[:_SHOWN] + '...')}]"


def canonical_json(value: Any) -> str:
    """One text for equal values: sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(*parts: str) -> str:
    """`sha256:` and the hex digest of the parts, told apart by their lengths."""
    hasher = hashlib.sha256()
    for part in parts:
        data = part.encode()
        hasher.update(f"{len(data)}:".encode())
        hasher.update(data)
    return f"sha256:{hasher.hexdigest()}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the manifests something stands; `line` counts from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Resource:
    """One desired resource, resolved: nothing in `spec` refers to another document any more.

    `spec` is the kind's validated spec as plain JSON; `uses` are the other documents it was
    resolved from, each with a digest of its text; `digest` covers the texts of all of them and the
    kind's schema version.
    """

    address: Address
    spec: Mapping[str, Any]
    wanted: Status
    labels: Mapping[str, str]
    digest: str
    uses: Mapping[Address, str] = field(default_factory=dict)
    location: Location | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
