"""A planned request becomes the body that is sent: secrets and TaskIds take their places.

Nothing else is added. What is made here (UserSigs, push credentials) exists for one call only;
what is worth keeping is the txTime text of each push address, from which the same address can be made again,
and what a task is known by or ends at: IDs of our own, and moments.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.calls import (
    Call,
    DigestedText,
    EnvSecret,
    FileSecret,
    OwnId,
    PushUrl,
    Request,
    SentMoment,
    StoredSecret,
    TaskIdOf,
    UserSig,
)
from reconciler.cloud.held_addresses import held_addresses
from reconciler.cloud.push_url import sign_push_url, tx_time_of
from reconciler.cloud.secrets import Vault
from reconciler.cloud.usersig import Pass, user_sig
from reconciler.errors import SecretError
from reconciler.late_values import PLAIN, in_clear, secrets_in
from reconciler.moments import rfc3339
from reconciler.plaintext import digest_of, has_digest, masked, secrets_behind, secrets_of


@dataclass(frozen=True, slots=True)
class ResolvedRequest:
    """A body in plain JSON values, full of secrets and so not shown by repr.

    `tx_times` has, for each PushUrl by its unsigned `url`, the txTime text that was used, and `signed_by`
    the digest of the key, where digests are made. `made` has the moments and IDs of our own, by their names.
    """

    body: dict[str, Any] = field(repr=False)
    tx_times: Mapping[str, str] = field(default_factory=dict)
    signed_by: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)


class SecretResolver:
    """Fills requests in; `clock` gives unix seconds, from which signatures are dated."""

    def __init__(self, vault: Vault, clock: Callable[[], float]) -> None:
        self._vault = vault
        self._clock = clock
        self._texts: dict[str, str] = {}
        self._digest_key = ""

    def digest_by(self, key: str) -> None:
        """From now on the keys of signatures are told apart by digests under a state's key."""
        self._digest_key = key

    def know(self, texts: Mapping[str, str]) -> None:
        """What texts with digests stand for in the manifests; their secrets are taken out of what is told."""
        self._texts.update(texts)
        for hidden, text in texts.items():
            self._vault.hide(*secrets_of(text), *secrets_behind(hidden, text))

    def check(self, calls: Sequence[Call]) -> None:
        """Raises one SecretError naming every secret of the calls that cannot be used.

        So it does where a push that is to stay as it is would be cut, as its key was rotated meanwhile.
        """
        stored = []
        for ref in (ref for call in calls for ref in secrets_in(call.request)):
            for text in in_clear(ref):
                whole(self._texts, text)
            if not isinstance(ref, DigestedText):
                stored.append(stored_secret(ref))
        self._vault.check(stored, (address for call in calls for address in held_addresses(call)))
        kept = (ref for call in calls for ref in secrets_in(call.request) if isinstance(ref, PushUrl))
        rotated = sorted({masked(ref.url) for ref in kept if self._is_rotated(ref)})
        if rotated:
            raise SecretError(
                f"the key that signed {', '.join(rotated)} was replaced: this update would interrupt pushes "
                "that are meant to stay connected",
                "plan again with --resign ADDRESS, which shows the interruption and signs the push addresses "
                "again; to do that later, set the former key until then",
            )

    def _is_rotated(self, push: PushUrl) -> bool:
        """Whether a push that keeps its signature was signed by another key than there is now."""
        known = push.signed_by if self._digest_key else None
        return known is not None and known != digest_of(self._vault.value(push.key), self._digest_key)

    def resolve_request(self, request: Request, task_ids: Mapping[str, str]) -> ResolvedRequest:
        """The body to send; `task_ids` are those learnt so far, by the step that learnt them.

        Raises SecretError for a secret that cannot be used, KeyError for a step not in `task_ids`.
        """
        now = int(self._clock())
        filling = _Filling(self._vault, now, task_ids, {}, self._texts, self._digest_key, {}, {})
        return ResolvedRequest(filling.fill(request), filling.tx_times, filling.signed_by, filling.made)


def whole(texts: Mapping[str, str], text: str) -> str:
    """The text with its secrets; raises SecretError where the manifests do not have it any more."""
    found = texts.get(text)
    if found is None:
        raise SecretError(
            f"{masked(text)!r}: its secret is recorded only as a digest, and no manifest has it",
            "add the address to the manifest again, as a reference to a secret that holds it",
        )
    return found


def stored_secret(ref: EnvSecret | FileSecret | UserSig | PushUrl) -> StoredSecret:
    """The stored secret behind a reference: itself, or the key it is made from."""
    return ref.key if isinstance(ref, UserSig | PushUrl) else ref


@dataclass(frozen=True, slots=True)
class _Filling:
    """One request being filled in at one moment."""

    vault: Vault
    now: int
    task_ids: Mapping[str, str]
    tx_times: dict[str, str]
    texts: Mapping[str, str]
    digest_key: str
    signed_by: dict[str, str]
    made: dict[str, str]

    def fill(self, value: Any) -> Any:
        if type(value) in PLAIN:  # most are, and to ask for each class of references takes its time
            return value
        if isinstance(value, dict | Mapping):
            return {name: item if type(item) in PLAIN else self.fill(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(item) for item in value]
        return self._late(value)

    def _late(self, value: Any) -> Any:
        """What takes the place of a late value."""
        match value:
            case EnvSecret() | FileSecret():
                return self.vault.value(value)
            case UserSig():
                holder = Pass(value.sdk_app_id, value.user_id, self.now, value.valid_for)
                return self.vault.made(user_sig(holder, self.vault.value(value.key)))
            case PushUrl():
                return self._push_url(value)
            case DigestedText():
                text = whole(self.texts, value.text)
                return text.partition("?")[2] if value.only_query else text
            case TaskIdOf():
                return self.task_ids[value.step]
            case SentMoment():
                return self.made.setdefault(value.name, rfc3339(self.now + value.after))
            case OwnId():
                own = self.made.setdefault(value.name, f"{value.prefix}{self.now}")
                return f"{value.before}{own}{value.after}"
        return value

    def _push_url(self, push: PushUrl) -> str:
        ends = self.now + push.valid_for
        expiry = tx_time_of(ends, decimal=push.decimal) if push.tx_time is None else push.tx_time
        url = whole(self.texts, push.url) if has_digest(push.url) else push.url
        key = self.vault.value(push.key)
        signed = sign_push_url(url, key, expiry)
        self.tx_times[push.url] = signed.tx_time
        if self.digest_key:
            self.signed_by[push.url] = digest_of(key, self.digest_key)
        for secret in secrets_of(signed.url):
            self.vault.made(secret)
        return signed.url.partition("?")[2] if push.only_query else signed.url
