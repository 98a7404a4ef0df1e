"""The blocks of a publish task's request that an update sends each for itself (reference semantics §3)."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.base import Subject
from reconciler.kinds.fields import publish_room
from reconciler.kinds.publish.fields import FeedBackRoom, Publish
from reconciler.kinds.robots import robot_request

PUSHES = ("PublishCdnParams",)
Blocks = dict[tuple[str, ...], Any]
"""What an update can send each for itself: the block's path in the request, and the whole block."""


def same_push(push: Publish, base: Any) -> bool:
    """Whether a base has the same push: the same address, key and network."""

    def seen(one: Publish) -> tuple[Any, ...]:
        return (one.url, one.auth and one.auth.key, one.is_tencent_cdn is not False)

    return any(seen(push) == seen(one) for one in base.publish)


def nested(blocks: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Blocks by their paths as the parts of a request."""
    request: dict[str, Any] = {}
    for path, block in blocks.items():
        inside = request
        for name in path[:-1]:
            inside = inside.setdefault(name, {})
        inside[path[-1]] = block
    return request


def _feedback_entry(room: FeedBackRoom, subject: Subject) -> dict[str, Any]:
    """One entry of FeedBackRoomParams."""
    return {**publish_room(room.room), **robot_request(room, subject)}


def target_blocks(spec: Any, subject: Subject) -> Blocks:
    """The blocks that say where a stream goes, with what is sent beside it."""
    blocks: Blocks = {}
    if spec.publish:
        blocks[PUSHES] = [target.to_request(subject.signed) for target in spec.publish]
    if spec.feed_back_rooms:
        rooms = [_feedback_entry(room, subject) for room in spec.feed_back_rooms]
        blocks[("FeedBackRoomParams",)] = rooms
    if spec.sei is not None:
        blocks[("SeiParams",)] = spec.sei.to_request()
    return blocks
