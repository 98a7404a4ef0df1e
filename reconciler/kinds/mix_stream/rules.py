"""The rules of a mixed stream between sound, picture and rooms (reference semantics §2, §4 and §5)."""

from collections.abc import Iterator

from reconciler.kinds.base import Fault
from reconciler.kinds.fields import User
from reconciler.kinds.mix_stream.picture import LayoutUse
from reconciler.kinds.mix_stream.spec import MixStreamSpec
from reconciler.kinds.publish.fields import AudioUser
from reconciler.kinds.rooms import are_twins, room_words
from reconciler.model import Path

MOST_INPUTS = 16


def mix_faults(spec: MixStreamSpec) -> Iterator[Fault]:
    """The rules that the spec breaks by itself."""
    layout = spec.layout
    if layout is not None and spec.video is None:
        yield Fault(("layout",), "a stream without video cannot have a layout: add video, or remove layout")
    if layout is not None:
        yield from layout.reference_faults()
    yield from _list_faults(spec)


def _list_faults(spec: MixStreamSpec) -> Iterator[Fault]:
    """What is wrong inside the audio lists and between them."""
    lists = {
        "subscribeAudioList": spec.audio.subscribe_audio_list or (),
        "unSubscribeAudioList": spec.audio.un_subscribe_audio_list or (),
    }
    for name, users in lists.items():
        yield from _repeats(users, spec.room, ("audio", name))
    if len(lists["subscribeAudioList"]) > MOST_INPUTS:
        text = f"names {len(lists['subscribeAudioList'])} users; the limit is {MOST_INPUTS}"
        yield Fault(("audio", "subscribeAudioList"), text, warns=True)
    heard = {_who(user, spec.room) for user in lists["subscribeAudioList"]}
    for index, user in enumerate(lists["unSubscribeAudioList"]):
        at = ("audio", "unSubscribeAudioList", index)
        if _who(user, spec.room) in heard:
            yield Fault(at, f"{user.user_id!r} is in both lists, so the user is not heard", warns=True)
        if user.sound_level is not None:
            yield Fault((*at, "soundLevel"), "only used in subscribeAudioList", warns=True)


def _repeats(users: tuple[AudioUser, ...], room: int | str, at: Path) -> Iterator[Fault]:
    seen: set[tuple[int | str, str]] = set()
    for index, user in enumerate(users):
        if _who(user, room) in seen:
            yield Fault((*at, index), f"{user.user_id!r} is already in the list", warns=True)
        seen.add(_who(user, room))


def room_faults(spec: MixStreamSpec, layout: LayoutUse | None) -> Iterator[Fault]:
    """What is wrong with the rooms of those who are seen and heard; `layout` has its mode and slots."""
    if spec.video is None:
        return
    mode = (layout.mode if layout is not None else None) or "floating"
    if mode != "custom":
        yield from _strangers(spec, mode)
    elif layout is not None:
        yield from _guests(spec, layout)
        yield from _unseen(spec, layout)


def _listed(spec: MixStreamSpec) -> Iterator[tuple[Path, int | str, str]]:
    """Every user of the audio lists: its path, room and name."""
    lists = (
        ("subscribeAudioList", spec.audio.heard()),
        ("unSubscribeAudioList", spec.audio.un_subscribe_audio_list or ()),
    )
    for name, users in lists:
        for index, user in enumerate(users):
            yield ("audio", name, index), *_who(user, spec.room)


def _strangers(spec: MixStreamSpec, mode: str) -> Iterator[Fault]:
    """Users of other rooms, where the mode mixes one room only."""
    for path, room, name in _listed(spec):
        if room != spec.room:
            text = f"{name!r} is in {room_words(room)}; mode {mode} mixes only one room, the stream's"
            yield Fault((*path, "room"), f"{text} {room_words(spec.room)}")


def _guests(spec: MixStreamSpec, layout: LayoutUse) -> Iterator[Fault]:
    """Users of other rooms in the slots of a custom layout."""
    bound = {slot: _who(user, spec.room) for slot, user in layout.users.items()}
    away = {room for room, _ in bound.values() if room != spec.room}
    if away and not spec.audio.heard():
        text = (
            f"the layout shows users of other rooms ({', '.join(sorted(map(room_words, away)))}), and "
            "without an "
        )
        text += "allowlist a guest who is also brought into the stream's room is heard twice: "
        if any(are_twins(room, spec.room) for room in away):
            text += f"use the stream's {room_words(spec.room)} if that is the same room, or else "
        yield Fault(("audio", "subscribeAudioList"), text + "set this to the users to be heard")
    seen: dict[str, set[int | str]] = {}
    for room, name in bound.values():
        seen.setdefault(name, set()).add(room)
    for path, room, name in _listed(spec):
        if name in seen and room not in seen[name]:
            there = ", ".join(map(room_words, seen[name]))
            text = (
                f"{name!r} is in {room_words(room)} here and in {there} in the layout: write the same room "
                "in both"
            )
            yield Fault((*path, "room"), text)


def _unseen(spec: MixStreamSpec, layout: LayoutUse) -> Iterator[Fault]:
    """Users who are to be heard and have no slot, where every slot is another's (semantics §4)."""
    if not all(slot.name in layout.users for slot in layout.slots or ()):
        return
    seen = {_who(user, spec.room) for user in layout.users.values()}
    for index, user in enumerate(spec.audio.heard()):
        if _who(user, spec.room) not in seen:
            text = f"{user.user_id!r} has no slot, and every slot is taken: "
            text += "it is unconfirmed whether such a user is heard"
            yield Fault(("audio", "subscribeAudioList", index), text, warns=True)


def _who(user: User, room: int | str) -> tuple[int | str, str]:
    return (user.room_in(room), user.user_id)
