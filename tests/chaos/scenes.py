"""What is wanted in a run: a few resources of each kind, each in a few ways, and any choice of them.

Each document is read by itself and once; a choice is put together from the resources that came of it,
so that a hundred thousand sets of manifests need no YAML.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from random import Random

from reconciler.claims import Claim, ClaimKind
from reconciler.kinds import managed
from reconciler.kinds.records import claims_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Resource, Status

from ..support import loaded

ABSENT = ""
"""The way of a resource that the manifests do not name."""

HEAD = "apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"

MIX = """
  room: {room}
  publish: [{{url: rtmp://push.example/live/{push}{auth}}}]
  video: {{encode: {{width: 1280, height: 720, fps: 15, bitRate: {rate}, gop: 2}}}}
"""
RELAY = """
  room: "{room}"
  user: {{userId: {user}}}
  publish: [{{url: rtmp://push.example/live/{push}}}]
"""
INGEST = """
  room: {room}
  streamUrl: https://media.example/{file}.mp4
  repeatNum: -1
  volume: {volume}
"""
RENDER = """
  userId: {user}
  publish: {{url: rtmp://push.example/live/{push}}}
"""
PULL = """
  sourceUrls: [rtmp://feeds.example/live/{source}]
  publish: {{url: rtmp://push.example/live/{push}}}
"""
RECORD = """
  room: {room}
  record: {{recordMode: mix{lists}}}
  storage: {{cloudVod: {{tencentVod: {{expireTime: {keep}}}}}}}
  mixLayout: {{mode: {mode}}}
"""
SWITCH = """
  domainName: push.example
  streamName: hall
"""
WALL = """
  inputs: [{{stream: {left}, slot: left}}, {{stream: {right}, slot: right}}]
  layout:
    {{canvas: {{width: 1280, height: 720}}, mode: custom, preset: {preset}, slots: [left, right]}}
  output: {{stream: {output}, type: new, domainName: push.example}}
"""
STOPPED, PAUSED, FORBIDDEN = "  state: stopped\n", "  state: paused\n", "  state: forbidden\n"

HALL = {"room": 1, "push": "hall", "rate": 1500, "auth": ""}
SIDE = {"room": 3, "push": "side", "rate": 900, "auth": ""}
GUEST = {"room": "lounge", "user": "alice", "push": "guest"}
FILM = {"room": 5, "file": "film", "volume": 80}
FEED = {"source": "main", "push": "feed"}
GAME = {"user": "player", "push": "game"}
CAMERAS = {"left": "camera_1", "right": "camera_2", "preset": "side-by-side", "output": "wall"}
DESK = {"left": "camera_3", "right": "camera_4", "preset": "side-by-side", "output": "desk"}
TAPE = {"room": 1, "lists": "", "keep": 0, "mode": "grid"}
ALICE = ", subscribeStreamUserIds: {subscribeAudioUserIds: [alice]}"
SESSION = "  sessionId: mine\n"
ROBOT = "  agent: {userId: robot}\n"
AUTH = ", auth: {key: {env: STREAM_KEY}}"

WAYS: Mapping[Address, Mapping[str, str]] = {
    Address("MixStream", "hall"): {
        "plain": MIX.format(**HALL),
        "other rate": MIX.format(**HALL | {"rate": 2500}),
        "other push": MIX.format(**HALL | {"push": "hall-2"}),
        "signed push": MIX.format(**HALL | {"auth": AUTH}),
        "other room": MIX.format(**HALL | {"room": 2}),
        "own robot": MIX.format(**HALL) + ROBOT,
        "guest's push": MIX.format(**HALL | {"push": "guest"}),
        "stopped": MIX.format(**HALL) + STOPPED,
    },
    Address("MixStream", "side"): {
        "plain": MIX.format(**SIDE),
        "other rate": MIX.format(**SIDE | {"rate": 1200}),
        "hall's push": MIX.format(**SIDE | {"push": "hall"}),
        "own robot": MIX.format(**SIDE) + ROBOT,
        "hall's robot": MIX.format(**SIDE | {"room": 1}) + ROBOT,
    },
    Address("RelayStream", "guest"): {
        "plain": RELAY.format(**GUEST),
        "other user": RELAY.format(**GUEST | {"user": "bob"}),
        "other room": RELAY.format(**GUEST | {"room": "patio"}),
        "other push": RELAY.format(**GUEST | {"push": "guest-2"}),
        "stopped": RELAY.format(**GUEST) + STOPPED,
    },
    Address("IngestStream", "film"): {
        "plain": INGEST.format(**FILM),
        "other film": INGEST.format(**FILM | {"file": "other"}),
        "louder": INGEST.format(**FILM | {"volume": 100}),
        "other room": INGEST.format(**FILM | {"room": 6}),
        "string room": INGEST.format(**FILM | {"room": '"5"'}),
        "paused": INGEST.format(**FILM) + PAUSED,
        "stopped": INGEST.format(**FILM) + STOPPED,
    },
    Address("RenderStream", "game"): {
        "plain": RENDER.format(**GAME),
        "other push": RENDER.format(**GAME | {"push": "game-2"}),
        "other user": RENDER.format(**GAME | {"user": "other"}),
        "stopped": RENDER.format(**GAME) + STOPPED,
    },
    Address("RenderStream", "match"): {
        "plain": RENDER.format(**GAME | {"user": "other", "push": "match"}),
        "game's user": RENDER.format(**GAME | {"push": "match"}),
        "game's push": RENDER.format(**GAME | {"user": "third"}),
        "stopped": RENDER.format(user="other", push="match") + STOPPED,
    },
    Address("PullStream", "feed"): {
        "plain": PULL.format(**FEED),
        "other source": PULL.format(**FEED | {"source": "other"}),
        "fewer events": PULL.format(**FEED) + "  callbackEvents: [TaskAlarm]\n",
        "other push": PULL.format(**FEED | {"push": "feed-2"}),
        "guest's push": PULL.format(**FEED | {"push": "guest"}),
        "paused": PULL.format(**FEED) + PAUSED,
        "stopped": PULL.format(**FEED) + STOPPED,
    },
    Address("Recording", "hall"): {
        "plain": RECORD.format(**TAPE),
        "other layout": RECORD.format(**TAPE | {"mode": "floating"}),
        "alice alone": RECORD.format(**TAPE | {"lists": ALICE}),
        "kept for a day": RECORD.format(**TAPE | {"keep": 86400}),
        "other room": RECORD.format(**TAPE | {"room": 2}),
        "string room": RECORD.format(**TAPE | {"room": '"1"'}),
        "mixes' robot": RECORD.format(**TAPE) + "  userId: robot\n",
        "stopped": RECORD.format(**TAPE) + STOPPED,
    },
    Address("LiveStream", "hall"): {
        "allowed": SWITCH,
        "forbidden": SWITCH + FORBIDDEN,
        "until later": SWITCH + FORBIDDEN + "  resumeTime: 2027-03-01T00:00:00Z\n",
    },
    Address("LiveMix", "wall"): {
        "plain": WALL.format(**CAMERAS),
        "other preset": WALL.format(**CAMERAS | {"preset": "picture-in-picture"}),
        "other guest": WALL.format(**CAMERAS | {"right": "camera_5"}),
        "other output": WALL.format(**CAMERAS | {"output": "wall_2"}),
        "own session": WALL.format(**CAMERAS) + SESSION,
        "own session, other output": WALL.format(**CAMERAS | {"output": "wall_2"}) + SESSION,
        "in place": WALL.format(**CAMERAS).replace(
            "stream: wall, type: new, domainName: push.example", "stream: camera_1"
        ),
        "stopped": WALL.format(**CAMERAS) + STOPPED,
    },
    Address("LiveMix", "desk"): {
        "plain": WALL.format(**DESK),
        "other guest": WALL.format(**DESK | {"right": "camera_5"}),
        "wall's session": WALL.format(**DESK) + SESSION,
        "wall's output": WALL.format(**DESK | {"output": "wall"}),
        "stopped": WALL.format(**DESK) + STOPPED,
    },
}

Choice = tuple[tuple[Address, str], ...]
"""Which resources are in the manifests, in order, and each in which way."""


@cache
def resource(address: Address, way: str) -> Resource:
    """The resource of an address in one of its ways."""
    head = HEAD.format(kind=address.kind, name=address.name)
    (found,) = loaded(head + WAYS[address][way]).resources
    return found


EMPTY = loaded("")


@lru_cache(maxsize=100_000)
def manifests(choice: Choice) -> Workspace:
    """The manifests that hold what was chosen."""
    resources = tuple(resource(address, way) for address, way in choice)
    return replace(EMPTY, resources=resources, count=len(resources))


FIRST = 3
"""A run begins with one of the first ways of a resource, so that there are not too many beginnings."""


def first(random: Random, addresses: Iterable[Address]) -> Choice:
    """Manifests about these addresses to begin with."""
    return _fitting((address, random.choice([*WAYS[address]][:FIRST])) for address in addresses)


def edited(random: Random, addresses: Iterable[Address], before: Choice) -> Choice:
    """Manifests about these addresses; each is as it was before, or in any of its ways, or not there."""
    ways = dict(before)
    for address in addresses:
        if random.random() < 0.7:
            ways[address] = random.choice((*WAYS[address], ABSENT))
    return _fitting((address, ways.get(address, ABSENT)) for address in addresses)


def _fitting(ways: Iterable[tuple[Address, str]]) -> Choice:
    """What is there, without what would take a push or a robot that another has: the loader refuses that."""
    taken, chosen = set[Claim](), []
    for address, way in ways:
        if way is not ABSENT and not taken & (held := occupied(address, way)):
            chosen.append((address, way))
            taken |= held
    return tuple(chosen)


@cache
def occupied(address: Address, way: str) -> frozenset[Claim]:
    """What only one resource can have: pushes and robots where it runs, the push that it forbids."""
    kind, found = managed(address), resource(address, way)
    claims = claims_of(kind, kind.read(found.spec))
    if found.wanted is Status.FORBIDDEN:
        return frozenset(Claim(ClaimKind.PUSH, claim.key) for claim in claims.opens)
    return claims.occupies if found.wanted in (Status.RUNNING, Status.PAUSED) else frozenset()
