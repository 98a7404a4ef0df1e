"""The property: whatever of a request is sent otherwise than it was, is named once, and nothing else is.

    python -m tests.manifests.converting.named --count 2000 --seed 1

draws that many requests with signed addresses, those of other networks, numbers as texts, pictures that
are not placed, hosts, regions and versions; converts each to a workspace, plans it, and compares the call of
its start with the request.
"""

import argparse
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from reconciler.calls import Call, EnvSecret, OwnId, PushUrl, UserSig
from reconciler.cloud.endpoint import Endpoint
from reconciler.errors import ManifestError
from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.converting.converter import Converted, Remark, convert
from reconciler.manifests.converting.requests import RawRequest, read_requests
from reconciler.manifests.converting.writer import write_documents
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.model import Path
from reconciler.planning.planner import make_plan
from reconciler.state.model import State
from reconciler.words import path_text

from .generator import requests
from .sdk import ACTIONS

NOW = 1_796_000_000.0
DAY = 86400
TX_TIMES = ("5F000000", "6B0D3A00", "77777777", "FFFFFFFF", "7000000", "tomorrow")
FOREIGN = (
    "rtmp://live.twitch.tv/app/key{}",
    "rtmps.example/none{}",
    "rtmp://a.rtmp.youtube.com/live2/k-{}",
    "rtmp://cdn.example.com/live/a{}?wsSecret=0123456789abcdef&wsTime=6B0D3A00",
    "rtmp://p-ep1.i.akamaientrypoint.net/EntryPoint/event_1_800@{}",
)
HOSTS = ("{}.tencentcloudapi.com", "{}.intl.tencentcloudapi.com", "{}.ap-guangzhou.tencentcloudapi.com")
SERVICES = {"StartPublishCdnStream": "trtc", "StartStreamIngest": "trtc", "CreateCloudRecording": "trtc"}
SERVICES |= {"StartPublishStream": "car", "StartPublishStreamWithURL": "car"}
REGIONS = ("ap-singapore", "ap-guangzhou")
_SIGNATURE = re.compile(r"(txsecret|txtime)=", re.IGNORECASE)
_NO_DIFFERENCE = (
    "the manifest is invalid",
    "has no room: the manifest sends the task's own room",
    "to send the same",
)
"""What is told beside differences: what validate will say, the room that is understood, advice."""


AS_TEXT = "a number is a text"


@dataclass
class Figures:
    """What was done."""

    requests: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    differences: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def service_of(action: str) -> str:
    return SERVICES.get(action, "live")


def drawn(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Requests as lines of a log have them, of each action in turn."""
    random, numbers = Random(seed), itertools.count(1)
    now = datetime.fromtimestamp(NOW, UTC)
    makers = {action: requests(action, random, numbers, now) for action in ACTIONS}
    for action in itertools.islice(itertools.cycle(ACTIONS), count):
        body = json.loads(json.dumps(next(makers[action])))
        _bend(body, random)
        line: dict[str, Any] = {"action": action, "request": body}
        if random.random() < 0.7:
            line["host"] = random.choice(HOSTS).format(service_of(action))
        if random.random() < 0.5:
            line["region"] = random.choice(REGIONS)
        if random.random() < 0.2:
            line["version"] = random.choice(("2017-01-01", "2019-07-22"))
        yield line


def _bend(body: dict[str, Any], random: Random) -> None:
    """Makes of a sound request one as scripts have them."""
    for entry in body.get("PublishCdnParams", ()):
        entry["PublishCdnUrl"] = _address(entry["PublishCdnUrl"], random)
    if "PublishStreamURL" in body:
        body["PublishStreamURL"] = _address(body["PublishStreamURL"], random)
    layout = body.get("VideoParams", {}).get("LayoutParams")
    if layout is not None and layout.get("MixLayoutMode", 1) != 4 and random.random() < 0.3:
        layout["MixLayoutList"] = [{"ImageWidth": 320, "ImageHeight": 180}] * random.randint(1, 3)
    if "RoomId" in body and body["RoomId"].isdigit() and random.random() < 0.2:
        body["RoomId"] = int(body["RoomId"])
    if random.random() < 0.4:
        _with_texts(body, random)


def _address(url: str, random: Random) -> str:
    fate, number = random.random(), random.randint(1, 10**9)
    if fate < 0.4:
        plain = "&".join(one for one in url.partition("?")[2].split("&") if one and not _SIGNATURE.match(one))
        signed = f"txSecret=canary{number}&txTime={random.choice(TX_TIMES)}"
        return f"{url.partition('?')[0]}?{plain}{'&' if plain else ''}{signed}"
    return (
        random.choice(FOREIGN)
        .replace("rtmps.example/none", "rtmp://live.bilibili.com/live-bvc/?s=")
        .format(number)
        if fate < 0.6
        else url
    )


def _with_texts(value: Any, random: Random) -> None:
    """Some numbers become texts, in place."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in list(items):
        if type(one) in (int, float) and name != "RoomId" and random.random() < 0.5:
            value[name] = str(one)
        else:
            _with_texts(one, random)


def check(lines: Iterator[dict[str, Any]]) -> Figures:
    """Every line converted, planned and compared."""
    figures = Figures()
    for line in lines:
        figures.requests[line["action"]] += 1
        check_text(json.dumps(line), figures)
    return figures


def converted(text: str) -> tuple[RawRequest, Converted]:
    """The one request of a file, and what it becomes with a workspace."""
    problems: list[str] = []
    (raw,) = read_requests(text.encode(), "q", None, lambda line, path, words: problems.append(words))
    assert not problems
    return raw, convert([raw], None, workspace=True, now=NOW)


def planned(found: Converted) -> tuple[Call, str]:
    """The call of the start of what was converted, and the endpoint of its workspace."""
    text = write_documents(found.documents, QUOTED_FIELDS)
    loaded = load(["-"], text.encode, LoadContext())
    plan = make_plan(loaded.settings, loaded.resources, State(), {}, now=NOW)
    (change,) = plan.changes
    endpoint = str(found.documents[0]["spec"].get("endpoint", "tencentcloud"))
    return change.steps[0].call, endpoint


def check_text(text: str, figures: Figures) -> None:
    """One request, in whatever form."""
    raw, found = converted(text)
    if found.problems or any(_NO_DIFFERENCE[0] in one.text for one in found.warnings):
        figures.refused += 1
        return
    try:
        call, endpoint = planned(found)
    except ManifestError as error:
        figures.wrong.append(f"{text}: {'; '.join(map(str, error.problems))} is not told")
        return
    told = [one for one in found.warnings if one.file]
    different = {path_text(path): words for path, words in differences(raw, call)}
    if raw.envelope.is_text:  # where all is text, a number that is one is no difference
        different = {path: words for path, words in different.items() if words != AS_TEXT}
    figures.differences.update(different.values())
    wrong = [
        f"{path}: {words} is not named" for path, words in different.items() if not _is_named(path, told)
    ]
    wrong += [f"{one} names no difference" for one in told if not _names(one, different)]
    named = Counter((path_text(one.path), one.text) for one in told)
    wrong += [f"{path} is named {count} times" for path, count in named.items() if count > 1]
    wrong += _of_envelope(raw, call, endpoint, told)
    figures.wrong += [f"{text}: {one}" for one in wrong]


def _is_named(path: str, told: list[Remark]) -> bool:
    if path.endswith("UserSig"):
        return any("apply makes UserSigs" in one.text for one in told)
    return any(_is_at_or_below(path, at) for at in (path_text(one.path) for one in told) if at)


def _names(one: Remark, different: Mapping[str, str]) -> bool:
    at = path_text(one.path)
    if not at or any(words in one.text for words in _NO_DIFFERENCE):
        return True
    return any(_is_at_or_below(path, at) for path in different)


def _is_at_or_below(path: str, at: str) -> bool:
    return path == at or path.startswith((f"{at}.", f"{at}["))


def _of_envelope(raw: RawRequest, call: Call, endpoint: str, told: list[Remark]) -> Iterator[str]:
    host, region, version = raw.envelope[:3]
    if host and ("intl" in host) is not (endpoint == "tencentcloud-intl"):
        yield f"{host} became {endpoint}"
    if host and "ap-" not in host and Endpoint.parse(endpoint).host(call.action.service) != host:
        yield f"{host} is not called at {endpoint}"
    words = " ".join(one.text for one in told)
    if region and call.region != region and f'region "{region}" is left out' not in words:
        yield f"{region} became {call.region}"
    if version and call.action.version != version and f'version "{version}" is replaced by' not in words:
        yield f"{version} became {call.action.version}"


def differences(raw: RawRequest, call: Call) -> Iterator[tuple[Path, str]]:
    """What is sent otherwise than it was, by its place in the request."""
    yield from _differences(raw.body, call.request, ())


def _differences(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        # A user of whom no room is named is sent with the task's own (see property.with_rooms).
        room = {"RoomId", "RoomIdType"} if path[-1:] == ("UserInfo",) and "RoomId" not in old else set()
        for name in {**old, **new}.keys() - room:
            yield from _differences(old.get(name), new.get(name), (*path, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _differences(one, other, (*path, index))
    elif words := _difference(old, new):
        # An ID of ours is told where the mainland site has it, though the other has it in the comment.
        yield (("SpecifyTaskId",) if isinstance(new, OwnId) else path), words


def _difference(old: Any, new: Any) -> str:
    """What is different of a value; empty if nothing is."""
    if isinstance(new, PushUrl):
        return _of_push(old, new)
    if isinstance(new, OwnId):
        kept = new.before in ("", "[") if old is None else new.before in (f"{old} [", f"{old}[")
        return "an ID is made" if kept else "another value"
    if isinstance(new, UserSig):
        return "" if old is None else "a UserSig is made anew"
    if isinstance(new, EnvSecret):
        return "a secret is a reference"
    if (new is None and old == []) or (type(old) is not bool and type(new) is float and old == new):
        return ""
    if type(old) is type(new) and old == new:
        return ""
    as_text = str(new).lower() if isinstance(new, bool) else str(new)
    return AS_TEXT if str(old) == as_text else "another value"


def _of_push(old: str, new: PushUrl) -> str:
    """The same address; its signature counts no less, for ten years at most."""
    address, _, query = old.partition("?")
    if new.only_query:
        address, query = new.url.partition("?")[0], old
    rest = "&".join(one for one in query.split("&") if one and not _SIGNATURE.match(one))
    assert new.url == (f"{address}?{rest}" if rest else address)
    said = re.search(r"txTime=([0-9A-Fa-f]+)(&|$)", query)
    wanted = int(said[1], 16) - NOW if said else 0
    usual = 30 * DAY if new.only_query else DAY
    assert max(min(wanted, 3650 * DAY), DAY) <= new.valid_for <= max(wanted + DAY, usual), (old, new)
    return "an address is signed anew"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    figures = check(drawn(given.seed, given.count))
    for action, count in figures.requests.items():
        print(f"{action:28} {count:6} requests")
    for words, count in figures.differences.most_common():
        print(f"{count:6} {words}")
    print(f"{figures.refused} refused, as no manifest can say them")
    for line in figures.wrong[:10]:
        print(line)
    print(f"{len(figures.wrong)} wrong")
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
