"""Who is seen and heard in a mixed stream, and how its picture is laid out."""

from collections.abc import Iterator, Mapping

from reconciler.kinds.essence import Essential, Role, user_words, users_words
from reconciler.kinds.mix_stream.picture import LayoutUse
from reconciler.kinds.mix_stream.spec import MixStreamSpec


def picture_essentials(spec: MixStreamSpec) -> Iterator[Essential]:
    """The users who are named, and the layout."""
    if spec.video is not None:
        layout = spec.layout or LayoutUse()
        yield from _seen(layout, spec.room)
        mode = layout.mode or "floating"
        yield Essential(("layout", "mode"), "layout", f"{mode}{_slots(layout)}", mode)
    heard = [user_words(user, spec.room) for user in spec.audio.heard()]
    if heard:
        at = ("audio", "subscribeAudioList")
        yield Essential(at, "heard", users_words(heard), heard, Role.CONTENT)


def _seen(layout: LayoutUse, room: int | str) -> Iterator[Essential]:
    users = {slot: user_words(user, room) for slot, user in layout.users.items()}
    if users:
        words = users_words(f"{user} in {slot}" for slot, user in users.items())
        yield Essential(("layout", "users"), "users", words, _texts(users), Role.CONTENT)
    if layout.max_video_user is not None:
        big = user_words(layout.max_video_user, room)
        yield Essential(("layout", "maxVideoUser"), "big", big, big, Role.CONTENT)


def _slots(layout: LayoutUse) -> str:
    slots = layout.slots or ()
    free = sum(slot.name not in layout.users for slot in slots)
    if not slots:
        return ""
    opened = f" ({free} open)" if free else ""
    return f", {len(slots)} slot{'s' if len(slots) != 1 else ''}{opened}"


def _texts(users: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(users.items()))
