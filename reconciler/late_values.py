"""Requests with their late values (secrets, TaskIds, moments): as JSON and back, and what stands in them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.calls import (
    DigestedText,
    EnvSecret,
    FileSecret,
    OwnId,
    PushUrl,
    SecretRef,
    SentMoment,
    StoredSecret,
    TaskIdOf,
    UserSig,
    sent_text,
)
from reconciler.plaintext import has_digest, without_digests

PLAIN = frozenset({str, int, bool, float, type(None)})
"""The types of most values of a request: nothing is inside of one."""


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
        decimal = made.get("txTimeFormat") == "decimal"
        said = (made.get("txTime"), made.get("signedBy"))
        return PushUrl(made["url"], key, made["validForSeconds"], *said, decimal, "onlyQuery" in made)
    return stored_secret_from_json(data)


def secrets_in(value: Any) -> Iterator[SecretRef]:
    """Every secret that a request refers to, as often as it does."""
    if type(value) in PLAIN:
        return
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, dict | Mapping):
        for item in value.values():
            if type(item) not in PLAIN:
                yield from secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) not in PLAIN:
                yield from secrets_in(item)


def request_to_json(value: Any) -> Any:
    """A request as JSON: a secret as `{"$secret": …}`, a later TaskId as `{"$taskIdOf": step}`.

    What is made when it is sent is `{"$moment": …}` or `{"$ownId": …}`.
    """
    if type(value) in PLAIN:  # most are, and to ask for each class of references takes its time
        return value
    if isinstance(value, SecretRef):
        return {"$secret": value.to_json()}
    if isinstance(value, TaskIdOf):
        return {"$taskIdOf": value.step}
    if isinstance(value, SentMoment):
        return {"$moment": {"name": value.name, "after": value.after}}
    if isinstance(value, OwnId):
        around = {"before": value.before, "after": value.after}
        return {"$ownId": {"name": value.name, "prefix": value.prefix, **around}}
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
        if "$moment" in value:
            return SentMoment(str(value["$moment"]["name"]), int(value["$moment"]["after"]))
        if "$ownId" in value:
            made = value["$ownId"]
            return OwnId(*(str(made[key]) for key in ("name", "prefix", "before", "after")))
        return {key: request_from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [request_from_json(item) for item in value]
    return value


def referred(value: Any) -> Any:
    """JSON in which each text with digests is a reference to what it stands for."""
    return _texts_changed(value, sent_text)


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
    if isinstance(value, DigestedText):
        text = change(value.text)
        return text.partition("?")[2] if value.only_query and isinstance(text, str) else text
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
