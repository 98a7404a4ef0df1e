"""Each page's examples in every form, and the short form of `python -m tests.manifests.converting.named`."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest

from reconciler.kinds import KINDS
from reconciler.kinds.converting import addresses, neighbours, reading, types, validity
from reconciler.kinds.workspace import convert
from reconciler.manifests.converting import converter, envelope
from reconciler.simulator.services import ACTIONS as SERVED

from ...support import TESTS
from .named import Figures, check, check_text, drawn, service_of

SEEDS = json.loads((TESTS / "flow" / "data" / "seeds.json").read_text())
OTHERS = json.loads((TESTS / "golden" / "convert" / "other-examples" / "requests.json").read_text())
# The fourth of the others, a forbid, was to end in 2018: there is nothing left of it to do.
EXAMPLES = [*SEEDS, *(one for one in OTHERS if "ResumeTime" not in one["request"])]
VERSIONS = {"trtc": "2019-07-22", "live": "2018-08-01", "car": "2022-01-10"}

Example = Mapping[str, Any]


def entry(example: Example, host: str) -> str:
    """As a log has it."""
    region = {"region": "ap-singapore"} if host.startswith("trtc") else {}
    return json.dumps({"action": example["action"], "host": host, "request": example["request"], **region})


def post(example: Example, host: str) -> str:
    """As the pages print it."""
    region = "X-TC-Region: ap-singapore\n" if host.startswith("trtc") else ""
    head = (
        f"POST / HTTP/1.1\nHost: {host}\nContent-Type: application/json\nX-TC-Action: {example['action']}\n"
    )
    body = json.dumps(example["request"], indent=4)
    return f"{head}{region}<Common request parameters>\n\n{body}\n"


def get(example: Example, host: str) -> str:
    """As the page of ResumeLiveStream prints it."""
    common = {"Action": example["action"], "Version": VERSIONS[host.partition(".")[0]]}
    region = {"Region": "ap-singapore"} if host.startswith("trtc") else {}
    pairs = dict(flat(example["request"]))
    query = urlencode({**common, **region, **pairs}).replace("&", "\n&")
    return f"https://{host}/?{query}\n&<Common request parameters>\n"


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    items = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if items is None:
        yield name, json.dumps(value) if isinstance(value, bool) else str(value)
        return
    for key, one in items:
        yield from flat(one, f"{name}.{key}" if name else str(key))


@pytest.mark.parametrize("site", ["", "intl."])
@pytest.mark.parametrize("form", [entry, post, get])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: str(one.get("name", one["action"])))
def test_an_example_keeps_request_host_and_region(
    example: Example, form: Callable[[Example, str], str], site: str
) -> None:
    """In whatever form: what differs is the UserSig, and the secrets that became references."""
    host = f"{service_of(example['action'])}.{site}tencentcloudapi.com"
    figures = Figures()
    check_text(form(example, host), figures)
    assert figures.wrong == []
    allowed = {"a UserSig is made anew", "a secret is a reference", "an address is signed anew"}
    assert figures.differences.keys() <= allowed
    assert figures.refused == 0 or site


def test_what_differs_is_named() -> None:
    figures = check(drawn(20261130, 90))
    assert figures.wrong == []
    assert figures.differences.keys() >= {
        "a number is a text",
        "a UserSig is made anew",
        "a secret is a reference",
        "an address is signed anew",
    }


def test_no_action_of_ours_is_a_neighbour() -> None:
    known = {action.name for kind in KINDS.values() for action in getattr(kind, "actions", ())}
    asked = {action.name for action in SERVED}
    assert not known & neighbours.NEIGHBOURS.keys()
    assert not asked & neighbours.NEIGHBOURS.keys() - {"DescribeConcurrentCount"}


def silent(self: Any, text: str) -> None:
    """Tells nothing."""


MUTANTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "numbers that are texts are not told": lambda: patch.object(
        converter,
        "with_types",
        lambda body, spec, at, *, told: types.with_types(body, spec, at, told=False),
    ),
    "the end of a signature is forgotten": lambda: patch.object(
        addresses, "validity_of", lambda query, now: validity.validity_of("", now)
    ),
    "the host is forgotten": lambda: patch.object(
        converter, "inferred_workspace", lambda specs, hosts: convert.inferred_workspace(specs)
    ),
    "the region is forgotten": lambda: patch.object(converter, "read_envelope", lambda *what: {}),
    "a version is not told": lambda: patch.object(envelope.Reading, "warn", silent),
    "UserSigs are left out silently": lambda: patch.object(
        reading.Reading, "drop_user_sig", lambda self, robot: None
    ),
    "what is left out is told, and its parts as well": lambda: patch.object(
        reading.Reading, "leave_out", reading.Reading.warn
    ),
}
CAUGHT_BY = 90
LEFT_OUT: dict[str, Any] = json.loads(json.dumps(SEEDS[2]))
LEFT_OUT["request"]["VideoParams"]["LayoutParams"]["MixLayoutMode"] = 3
LEFT_OUT["request"]["VideoParams"]["LayoutParams"]["MixLayoutList"][0]["ImageWidth"] = "320"


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_each_bug_on_purpose_is_caught(name: str) -> None:
    bent = [LEFT_OUT, *drawn(7, CAUGHT_BY)]
    with MUTANTS[name]():
        try:
            wrong = check(iter(bent)).wrong
        except AssertionError as error:
            wrong = [str(error)]
    assert wrong
