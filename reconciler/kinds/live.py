"""What several kinds ask of live streams: how a push target stands, one by one or a domain at a time.

DescribeLiveStreamState and DescribeLiveStreamOnlineList (reference fields, "Live"; semantics §11).
The vendor calls both unfit for critical decisions: what they do not say is not concluded.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from reconciler.model import Action, Call

VERSION = "2018-08-01"
STATE = Action("live", VERSION, "DescribeLiveStreamState", per_second=300, regional=False)
ONLINE_LIST = Action("live", VERSION, "DescribeLiveStreamOnlineList", per_second=100, regional=False)
PAGE_SIZE = 100
"""The most that both of the vendor's sites allow."""

_LIVE = "live"
ACTIVE, INACTIVE, FORBID = "active", "inactive", "forbid"


class PushTarget(NamedTuple):
    """What a push goes to: the push domain, the path, and the stream's name."""

    domain: str
    app: str
    stream: str

    def __str__(self) -> str:
        return f"{self.domain}/{self.app}/{self.stream}"

    def to_request(self) -> dict[str, Any]:
        """The three names as every Live action takes them."""
        return {"DomainName": self.domain, "AppName": self.app, "StreamName": self.stream}


PUSH = "push "
"""What the key of a push address begins with, among all that a spec occupies."""


def live_key(target: object) -> str:
    """The key of a live stream among what kinds need and open: a PushTarget, or what stands for one."""
    return f"{_LIVE} {target}"


def stream_name(key: str) -> str | None:
    """The live stream's name in a key, under whatever domain and path; None if it is not one's."""
    return key.split("/", 2)[2] if key.startswith(_LIVE) and key.count("/") > 1 else None


def target_of(url: str) -> PushTarget | None:
    """The target of a push address; None if its path is not APP/STREAM."""
    parts = urlsplit(url)
    app, _, stream = parts.path.strip("/").partition("/")
    return PushTarget(parts.hostname, app, stream) if parts.hostname and app and stream else None


def state_call(target: PushTarget) -> Call:
    """DescribeLiveStreamState."""
    return Call(STATE, "", target.to_request())


def state_in(response: Mapping[str, Any]) -> str | None:
    """active, inactive or forbid; None for an answer that says none of them."""
    state = response.get("StreamState")
    return str(state) if state in (ACTIVE, INACTIVE, FORBID) else None


def online_call(domain: str, page: int) -> Call:
    """One page of DescribeLiveStreamOnlineList; pages count from 1."""
    return Call(ONLINE_LIST, "", {"DomainName": domain, "PageNum": page, "PageSize": PAGE_SIZE})


def online_in(response: Mapping[str, Any]) -> tuple[set[PushTarget], int]:
    """(the targets on the page, which are all active; the number of pages)."""
    online = {
        PushTarget(str(one["DomainName"]), str(one["AppName"]), str(one["StreamName"]))
        for one in response.get("OnlineInfo", [])
    }
    return online, int(response.get("TotalPage", 1))
