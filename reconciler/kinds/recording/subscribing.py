"""Whose sound and picture is recorded (reference fields, "RecordParams"; recordings §2)."""

import re
from typing import Annotated

from pydantic import Field

from reconciler.kinds.api import Api, Part
from reconciler.kinds.forms import pattern_validator
from reconciler.kinds.marks import SEEN, Many

MOST_USERS = 32
_USERS = r"[A-Za-z0-9_-]{1,32}(\.\*\$)?"
_PREFIX = re.compile(r"\.\*\$\Z")
_NO_USERS = (
    "not a TRTC user ID, or a beginning of some: 1 to 32 of the characters A-Z a-z 0-9 _ -, followed by .*$ "
    "for all users whose IDs begin so"
)
Users = Annotated[str, pattern_validator(_USERS, _NO_USERS, "moderator", "guest-.*$")]
UserList = Annotated[Annotated[tuple[Users, ...], Many, Field(max_length=MOST_USERS)] | None, SEEN]
LISTS = (
    "subscribe_audio_user_ids",
    "un_subscribe_audio_user_ids",
    "subscribe_video_user_ids",
    "un_subscribe_video_user_ids",
)


class Subscriptions(Part):
    """Whose sound and picture is recorded: user IDs, or beginnings of some such as `guest-.*$`."""

    subscribe_audio_user_ids: Annotated[UserList, Api(default=())] = None
    """Only the sound of these is recorded; default: of all."""
    un_subscribe_audio_user_ids: Annotated[UserList, Api(default=())] = None
    """The sound of these is not recorded."""
    subscribe_video_user_ids: Annotated[UserList, Api(default=())] = None
    """Only the picture of these is recorded; default: of all."""
    un_subscribe_video_user_ids: Annotated[UserList, Api(default=())] = None
    """The picture of these is not recorded."""
