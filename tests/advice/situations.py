"""What an apply can be about when the API refuses a call of it: a world made for that, and the call."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from ..flow.kit import Kit, Later
from .follower import APPLY, DESTROY

HALL, FILM, GAME, TALK = "MixStream/hall", "IngestStream/film", "RenderStream/game", "LiveStream/talk"

MIX = """
    apiVersion: reconciler/v1
    kind: MixStream
    metadata: {name: hall}
    spec:
      room: 295066
      publish: [{url: rtmp://3891.livepush.myqcloud.com/live/hall}]
      video: {encode: {fps: 15, bitRate: 1500, gop: 2}}
      layout:
        mode: custom
        canvas: {width: 1280, height: 720}
        slots: [{name: one, imageWidth: 1280, imageHeight: 720}]
        users: {one: {userId: anna}}
"""
INGEST = """
    apiVersion: reconciler/v1
    kind: IngestStream
    metadata: {name: film}
    spec: {room: 7, streamUrl: https://media.example/film.mp4, repeatNum: -1, volume: 50}
"""
RENDER = """
    apiVersion: reconciler/v1
    kind: RenderStream
    metadata: {name: game}
    spec: {userId: player-1}
"""
LIVE = """
    apiVersion: reconciler/v1
    kind: LiveStream
    metadata: {name: talk}
    spec: {domainName: 3891.livepush.myqcloud.com, streamName: talk, state: forbidden}
"""
STREAM = "stream.yaml"
OTHER_PICTURE = ("userId: anna", "userId: berta")
OTHER_RATE = ("  layout:", "  audio: {encode: {bitRate: 96}}\n  layout:")
OTHER_FILM = ("repeatNum: -1", "repeatNum: 3")
LOUDER = ("volume: 50", "volume: 60")
PAUSED = ("volume: 50", "volume: 50, state: paused")
TO_URL = ("player-1", "player-1, publish: {url: rtmp://3891.livepush.myqcloud.com/live/game}")
REASON = ("state: forbidden", "state: forbidden, reason: too loud")
DROPPED = ("state: forbidden", "state: forbidden, drop: true")

Step = Callable[[Kit, Later], None]


def applied(kit: Kit, later: Later) -> None:
    """As the manifests say it, all of it is done."""
    assert kit.run("apply", "--auto-approve").code == 0


def changed(old: str, new: str) -> Step:
    """The manifest says something else by now."""

    def step(kit: Kit, later: Later) -> None:
        kit.edit(STREAM, old, new)

    return step


def removed(kit: Kit, later: Later) -> None:
    """The manifest is gone."""
    kit.write(STREAM, "")


def lost(action: str) -> Step:
    """An apply in which nobody has heard what came of that call."""

    def step(kit: Kit, later: Later) -> None:
        kit.faults({"action": action, "kind": "http-500", "count": 99})
        assert kit.run("apply", "--auto-approve").code == 1
        kit.faults()

    return step


def five_minutes(kit: Kit, later: Later) -> None:
    """What was lost can no longer arrive."""
    later(340)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is done before an apply in which `action` is refused, and what that is about."""

    address: str
    manifest: str
    action: str
    before: tuple[Step, ...] = ()
    manifest_edits: tuple[tuple[str, str], ...] = field(default=())
    command: tuple[str, ...] = APPLY

    def prepare(self, kit: Kit, later: Later) -> None:
        """Makes the world of it."""
        text = textwrap.dedent(self.manifest)
        for old, new in self.manifest_edits:
            assert old in text
            text = text.replace(old, new)
        kit.write(STREAM, text)
        for step in self.before:
            step(kit, later)


START_MIX, UPDATE_MIX, STOP_MIX = "StartPublishCdnStream", "UpdatePublishCdnStream", "StopPublishCdnStream"
START_FILM, UPDATE_FILM, STOP_FILM = "StartStreamIngest", "UpdateStreamIngest", "StopStreamIngest"
START_GAME, STOP_GAME = "StartPublishStream", "StopPublishStream"
FORBID, RESUME = "ForbidLiveStream", "ResumeLiveStream"

SITUATIONS = {
    "a first start of a mix": Situation(HALL, MIX, START_MIX),
    "a mix that runs is changed": Situation(HALL, MIX, UPDATE_MIX, (applied, changed(*OTHER_PICTURE))),
    "a mix is removed": Situation(HALL, MIX, STOP_MIX, (applied, removed)),
    "a mix is replaced, and not stopped": Situation(HALL, MIX, STOP_MIX, (applied, changed(*OTHER_RATE))),
    "a mix is replaced, and not started": Situation(HALL, MIX, START_MIX, (applied, changed(*OTHER_RATE))),
    "a start of a mix was lost": Situation(HALL, MIX, START_MIX, (lost(START_MIX),)),
    "a start of a mix was lost, and it is removed": Situation(
        HALL, MIX, START_MIX, (lost(START_MIX), removed)
    ),
    "a start of a mix was lost, it is removed, and not stopped": Situation(
        HALL, MIX, STOP_MIX, (lost(START_MIX), removed)
    ),
    "a stop of a mix was lost": Situation(HALL, MIX, STOP_MIX, (applied, removed, lost(STOP_MIX))),
    "a mix is made sure of": Situation(HALL, MIX, UPDATE_MIX, (lost(START_MIX), applied, five_minutes)),
    "a mix is destroyed": Situation(HALL, MIX, STOP_MIX, (applied,), command=DESTROY),
    "an ingest is destroyed": Situation(FILM, INGEST, STOP_FILM, (applied,), command=DESTROY),
    "a render is destroyed": Situation(GAME, RENDER, STOP_GAME, (applied,), command=DESTROY),
    "a first start of an ingest": Situation(FILM, INGEST, START_FILM),
    "an ingest that runs is changed": Situation(FILM, INGEST, UPDATE_FILM, (applied, changed(*LOUDER))),
    "an ingest is paused": Situation(FILM, INGEST, UPDATE_FILM, (applied, changed(*PAUSED))),
    "an ingest goes on": Situation(
        FILM, INGEST, UPDATE_FILM, (applied, changed(*reversed(PAUSED))), manifest_edits=(PAUSED,)
    ),
    "an ingest is paused as it starts": Situation(FILM, INGEST, UPDATE_FILM, manifest_edits=(PAUSED,)),
    "an ingest is removed": Situation(FILM, INGEST, STOP_FILM, (applied, removed)),
    "an ingest is replaced, and not started": Situation(
        FILM, INGEST, START_FILM, (applied, changed(*OTHER_FILM))
    ),
    "a start of an ingest was lost": Situation(FILM, INGEST, START_FILM, (lost(START_FILM),)),
    "a start of an ingest was lost, and its robot stays": Situation(
        FILM, INGEST, "RemoveUser", (lost(START_FILM),)
    ),
    "a start of an ingest was lost, and it is removed": Situation(
        FILM, INGEST, "RemoveUser", (lost(START_FILM), removed)
    ),
    "a first start of a render": Situation(GAME, RENDER, START_GAME),
    "a first start of a render to an address": Situation(
        GAME, RENDER, "StartPublishStreamWithURL", manifest_edits=(TO_URL,)
    ),
    "a render is removed": Situation(GAME, RENDER, STOP_GAME, (applied, removed)),
    "a render is replaced, and not stopped": Situation(GAME, RENDER, STOP_GAME, (applied, changed(*TO_URL))),
    "a start of a render was lost": Situation(GAME, RENDER, STOP_GAME, (lost(START_GAME),)),
    "a render is made sure of": Situation(
        GAME, RENDER, START_GAME, (lost(START_GAME), applied, five_minutes)
    ),
    "a first forbid": Situation(TALK, LIVE, FORBID),
    "a forbid is changed": Situation(TALK, LIVE, FORBID, (applied, changed(*REASON))),
    "a stream is forbidden and not dropped": Situation(
        TALK, LIVE, "DropLiveStream", manifest_edits=(DROPPED,)
    ),
    "a stream is allowed": Situation(TALK, LIVE, RESUME, (applied, changed("state: forbidden", ""))),
}
