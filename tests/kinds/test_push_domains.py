"""A push domain by its name is the same as the address in full, wherever a push is declared."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.calls import EnvSecret, PushUrl
from reconciler.cloud.push_url import sign_push_url, tx_time_of
from reconciler.kinds import KINDS
from reconciler.kinds.push_domains import short_forms
from reconciler.late_values import secret_from_json
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.model import Resource
from reconciler.planning.expiry import expiry_of_signature

from ..support import examples

names = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True)
domains = st.fixed_dictionaries(
    {"domain": st.just("push.example")},
    optional={"appName": st.sampled_from(["live", "studio"]), "isTencentCdn": st.booleans()},
)
keys = st.fixed_dictionaries(
    {"key": st.sampled_from([{"env": "STREAM_KEY"}, {"file": "push/key"}])},
    optional={
        "validFor": st.sampled_from(["2h", "90m"]),
        "txTimeFormat": st.sampled_from(["hex", "decimal"]),
    },
)
PLACES = {
    "MixStream": ["publish", "*"],
    "RelayStream": ["publish", "*"],
    "RenderStream": ["publish"],
    "LiveStream": [],
    "LiveMix": ["output"],
    "PullStream": ["publish"],
}
"""Where a push or a place of one is declared, by hand: a new one must be looked at."""


def test_every_place_of_a_push_takes_the_name_of_a_domain() -> None:
    found = {name: [list(steps) for steps, _ in short_forms(kind.spec)] for name, kind in KINDS.items()}
    assert {name: places for name, places in found.items() if places} == {
        name: [steps] for name, steps in PLACES.items()
    }


def full(domain: Mapping[str, Any], stream: str, *, says_whose: bool) -> dict[str, Any]:
    auth = {name: domain[name] for name in ("key", "validFor", "txTimeFormat") if name in domain}
    app = domain.get("appName", "live")
    whose = {"isTencentCdn": domain["isTencentCdn"]} if says_whose and "isTencentCdn" in domain else {}
    return {"url": f"rtmp://{domain['domain']}/{app}/{stream}", **({"auth": auth} if auth else {}), **whose}


def resources(specs: Mapping[str, Mapping[str, Any]], domain: Mapping[str, Any]) -> list[Resource]:
    settings = {
        "region": "ap-guangzhou",
        "endpoint": "simulator",
        "trtc": {"sdkAppId": 1400188366, "secretKey": {"env": "TRTC_SECRET_KEY"}},
        "pushDomains": {"main": domain, "spare": {"domain": "spare.example"}},
    }
    documents = [
        {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}
        for kind, spec in {"Workspace": settings, **specs}.items()
    ]
    text = "\n---\n".join(map(json.dumps, documents))
    return [
        replace(one, digest="", location=None) for one in load(["-"], text.encode, LoadContext()).resources
    ]


@examples(100)
@given(domains, st.one_of(st.just({}), keys), names)
def test_it_is_the_same_as_in_full(domain: dict[str, Any], key: dict[str, Any], stream: str) -> None:
    one = {**domain, **key}
    streams = [f"{stream}-{number}" for number in range(5)]
    short = [{"domain": "main", "stream": name} for name in streams]
    whole = [full(one, name, says_whose=True) for name in streams]
    app = {"appName": one["appName"]} if "appName" in one else {}
    written = [
        {
            "MixStream": {"room": 7, "publish": pushes[:2]},
            "RelayStream": {"room": 8, "user": {"userId": "anna"}, "publish": pushes[2:3]},
            "RenderStream": {"userId": "player", "publish": game},
            "LiveStream": {**place, "streamName": streams[4]},
            "LiveMix": {
                "inputs": [{"stream": "a"}, {"stream": "b"}],
                "output": {"stream": f"{stream}-mix", "type": "new", **place},
            },
        }
        for pushes, game, place in (
            (short, short[3], {"pushDomain": "main"}),
            (whole, full(one, streams[3], says_whose=False), {"domainName": one["domain"], **app}),
        )
    ]
    assert resources(written[0], one) == resources(written[1], one)


# How txTime is written


@pytest.mark.parametrize(("decimal", "text"), [(False, "5C271099"), (True, "1546064025")])
def test_the_moment_of_a_signature(decimal: bool, text: str) -> None:
    assert tx_time_of(0x5C271099, decimal=decimal) == text
    assert expiry_of_signature(text) == 0x5C271099
    signed = sign_push_url("rtmp://push.example/live/test", "e12c46f2612d5106e2034781ab261ca3", text)
    assert signed.url.endswith(f"&txTime={text}")


def test_moments_are_read_as_they_were_written() -> None:
    for moment in (10**9, 1798761600, 0xFFFFFFFF):
        assert {expiry_of_signature(tx_time_of(moment, decimal=one)) for one in (False, True)} == {moment}


@pytest.mark.parametrize("decimal", [False, True])
def test_a_push_url_is_read_back(decimal: bool) -> None:
    push = PushUrl("rtmp://push.example/live/a", EnvSecret("STREAM_KEY"), 60, decimal=decimal)
    assert secret_from_json(push.to_json()) == push
    assert ("txTimeFormat" in push.to_json()["pushUrl"]) is decimal
