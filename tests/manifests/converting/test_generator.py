"""The generator knows every field that the SDK's classes have, and draws each of them."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from .generator import requests
from .rules import FITS
from .sdk import ACTIONS, all_fields, fields_of, request_class
from .values import DEPRECATED, REQUIRED, VALUES

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = {one.key: one for action in ACTIONS for one in all_fields(request_class(action))}
DRAWN = 1500


def test_a_new_field_of_the_sdk_is_noticed() -> None:
    scalars = {key for key, one in FIELDS.items() if one.model is None}
    assert scalars - DEPRECATED == VALUES.keys()
    assert scalars >= DEPRECATED


def test_what_is_said_of_fields_is_said_of_fields_that_there_are() -> None:
    assert FIELDS.keys() >= REQUIRED
    assert {one.owner for one in FIELDS.values()} >= FITS.keys()


def said(body: Mapping[str, Any], model: type[Any]) -> Iterator[str]:
    """The key of every field that a request has."""
    for one in fields_of(model):
        value = body.get(one.name)
        if one.name not in body:
            continue
        yield one.key
        for inner in (value or []) if one.many else [value]:
            if one.model is not None:
                yield from said(inner, one.model)


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[dict[str, Any]]]:
    numbers, random = itertools.count(1), Random(7)
    makers = {action: requests(action, random, numbers, NOW) for action in ACTIONS}
    return {action: list(itertools.islice(maker, DRAWN)) for action, maker in makers.items()}


@pytest.mark.slow
def test_every_field_is_drawn(drawn: dict[str, list[Any]]) -> None:
    found: Counter[str] = Counter()
    for action, bodies in drawn.items():
        for body in bodies:
            found.update(said(body, request_class(action)))
    assert found.keys() == FIELDS.keys() - DEPRECATED
    assert min(found.values()) >= 20


@pytest.mark.slow
@pytest.mark.parametrize("action", ACTIONS)
def test_requests_are_subsets_of_all_kinds(drawn: dict[str, list[Any]], action: str) -> None:
    sizes = Counter(len(body) for body in drawn[action])
    optional = [one for one in fields_of(request_class(action)) if one.key not in REQUIRED | DEPRECATED]
    assert len(sizes) > min(len(optional), 3)


def test_the_same_seed_draws_the_same() -> None:
    def some(seed: int) -> list[Any]:
        return list(
            itertools.islice(requests("StartPublishCdnStream", Random(seed), itertools.count(), NOW), 50)
        )

    assert some(1) == some(1)
    assert some(1) != some(2)


@pytest.mark.slow
def test_no_two_requests_have_one_robot_or_address(drawn: dict[str, list[Any]]) -> None:
    everything = [body for bodies in drawn.values() for body in bodies]
    robots = [body.get("AgentParams", body).get("UserId") for body in everything]
    named = [robot for robot in robots if robot is not None]
    assert len(set(named)) == len(named) == DRAWN * 5
    pushes = [one["PublishCdnUrl"] for body in everything for one in body.get("PublishCdnParams", ())]
    assert len(set(pushes)) == len(pushes) > DRAWN
