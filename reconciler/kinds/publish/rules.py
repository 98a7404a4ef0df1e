"""The rules of publish tasks between their fields, and with what surrounds them (semantics §2 to §8)."""

from collections.abc import Iterator
from dataclasses import replace

from reconciler.addresses.networks import is_another, is_tencent
from reconciler.addresses.push import split_push
from reconciler.kinds.base import Fault, Settings
from reconciler.kinds.publish.fields import Publish
from reconciler.kinds.publish.spec import PublishSpec
from reconciler.kinds.rooms import room_words, twin_faults
from reconciler.model import Path


def spec_faults(spec: PublishSpec) -> Iterator[Fault]:
    """The rules that a spec breaks by itself."""
    yield from _audio_faults(spec)
    if not spec.publish and not spec.feed_back_rooms:
        yield Fault(("publish",), "the stream has no destination: add an entry to publish or feedBackRooms")
    yield from _push_faults(spec)
    yield from twin_faults(spec.rooms())
    if spec.sei is not None:
        yield from (Fault(("sei", *f.path), f.message, f.warns) for f in spec.sei.faults())
        if spec.encoded() is None:
            text = "SEI requires video, but the stream is audio only"
            yield Fault(("sei",), text, warns=True)
    if spec.record is not None:
        yield from (Fault(("record", *f.path), f.message, f.warns) for f in spec.record.faults())
    if spec.stop is not None and spec.stop.record_key is not None:
        yield from _stop_faults(spec)


def _audio_faults(spec: PublishSpec) -> Iterator[Fault]:
    for fault in spec.sound().faults():
        yield Fault(("audio", "encode", *fault.path), fault.message, fault.warns)


def _push_faults(spec: PublishSpec) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, one in enumerate(spec.publish):
        if one.target() in seen:
            yield Fault(("publish", index, "url"), "the stream is already pushed to this address")
        seen.add(one.target())
        yield from (Fault(("publish", index, *f.path), f.message, f.warns) for f in one.faults())
        yield from _network_faults(one, ("publish", index))


def _network_faults(push: Publish, at: Path) -> Iterator[Fault]:
    """A push that the API would bill as one to another network than it goes to."""
    host = split_push(push.url).host if isinstance(push.url, str) else ""
    if push.is_tencent_cdn is False and is_tencent(host):
        text = (
            f"{host} is Tencent's own CDN, but with false the push is billed as one to another CDN: remove "
            "isTencentCdn"
        )
        yield Fault((*at, "isTencentCdn"), text, warns=True)
    if push.is_tencent_cdn is not False and is_another(host):
        text = (
            f"{host} belongs to another network, but the API would take it for Tencent's: add isTencentCdn: "
            "false"
        )
        yield Fault((*at, "url"), text, warns=True)


def _stop_faults(spec: PublishSpec) -> Iterator[Fault]:
    key = spec.record.record_key if spec.record is not None else None
    if spec.stop is not None and key != spec.stop.record_key:
        found = f"record.recordKey is {key}" if key else "the stream has no record.recordKey"
        text = f"ends a recording that this stream is not part of: {found}"
        yield Fault(("stop", "recordKey"), text, warns=True)


def surrounded_faults(given: PublishSpec, resolved: PublishSpec, settings: Settings) -> Iterator[Fault]:
    """The rules that take the resolved spec: its robots have names, and the vendor's site is known."""
    encode = resolved.encoded()
    if encode is not None:
        found = encode.faults(settings.site)
        yield from (Fault(("video", "encode", *f.path), f.message, f.warns) for f in found)
    yield from _robot_faults(resolved)
    of_workspace = given.region is None and given.sdk_app_id is None
    yield from (replace(fault, of_workspace=of_workspace) for fault in _region_faults(resolved))


def _robot_faults(spec: PublishSpec) -> Iterator[Fault]:
    """One robot twice in a room, or one of them among those that are mixed."""
    robots: dict[tuple[int | str, str | None], Path] = {(spec.room, spec.agent.user_id): ("agent", "userId")}
    for index, room in enumerate(spec.feed_back_rooms):
        here = (room.room, room.user_id)
        if here == (spec.room, spec.agent.user_id):
            yield Fault(("agent", "userId"), "is already a feedBackRooms robot of the same room")
        elif here in robots:
            text = f"the stream is already fed back into {room_words(room.room)} with this robot"
            yield Fault(("feedBackRooms", index), text)
        elif room.user_id in {user_id for _, user_id in robots}:
            text = f"{room.user_id!r} is already another robot of this stream: each robot needs its own ID"
            yield Fault(("feedBackRooms", index, "userId"), text)
        robots.setdefault(here, ("feedBackRooms", index))
    for path, user in spec.shown():
        there = (user.room if user.room is not None else spec.room, user.user_id)
        if there in robots:
            whose = "the task's own robot" if robots[there][0] == "agent" else "a robot of its feedBackRooms"
            text = f"{user.user_id!r} in {room_words(there[0])} is {whose}: a stream cannot mix itself"
            yield Fault((*path, "userId"), text)


def _region_faults(spec: PublishSpec) -> Iterator[Fault]:
    """The one document that ties regions to applications knows three beginnings (semantics §8)."""
    app = str(spec.sdk_app_id or "")
    served: tuple[str, ...] = ()
    if app.startswith("1400"):
        served = ("ap-beijing", "ap-shanghai", "ap-guangzhou", "ap-hongkong")
    elif app.startswith(("200", "400")):
        served = ("ap-singapore",)
    if served and spec.region is not None and spec.region not in served:
        text = (
            f"found {spec.region}; the documented regions of applications "
            f"{app[: 4 if len(served) > 1 else 3]}… are "
        )
        yield Fault(("region",), text + ", ".join(served), warns=True)
