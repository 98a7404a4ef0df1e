"""What several kinds ask of live streams: how a push target stands, one by one or a domain at a time.

DescribeLiveStreamState and DescribeLiveStreamOnlineList (reference fields, "Live"; semantics §11).
The vendor calls both unfit for critical decisions: what they do not say is not concluded.
"""

from functools import lru_cache, partial
from typing import Any, NamedTuple

from reconciler.addresses.push import split_push
from reconciler.calls import Action, Call
from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.questions import Key, Listing, Page, Question, Response
from reconciler.kinds.sites import Site

VERSION = "2018-08-01"
STATE = Action("live", VERSION, "DescribeLiveStreamState", per_second=300, regional=False)
ONLINE_LIST = Action("live", VERSION, "DescribeLiveStreamOnlineList", per_second=100, regional=False)
PAGE_SIZE, LARGE_PAGE_SIZE = 100, 10_000
"""Streams on a page: the most that both of the vendor's sites allow (fields, "Live"), and what else is tried.

The mainland allows 300,000 and advises one page with all that are live; a page of ten thousand is far below
the largest answer that is read, however long their names are.
"""
FEWEST = 10
"""The fewest that a page can have."""

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


def live_claim(target: PushTarget) -> Claim:
    """A live stream among what kinds need and open."""
    return Claim(ClaimKind.LIVE, str(target))


def stream_name(claim: Claim) -> str | None:
    """The name of the live stream that is claimed, under whatever domain and path; None of anything else."""
    return claim.key.rpartition("/")[2] if claim.kind in (ClaimKind.LIVE, ClaimKind.FEED) else None


def target_of(url: str) -> PushTarget | None:
    """The target of a push address; None if it does not name one."""
    address = split_push(url)
    found = PushTarget(address.host, address.app, address.stream)
    return found if all(found) else None


def state_call(target: PushTarget) -> Call:
    """DescribeLiveStreamState."""
    return Call(STATE, "", target.to_request())


def state_question(target: PushTarget) -> Question:
    """How a stream stands; the list of a domain's active ones tells it of many."""
    return Question(target, partial(state_call, target), _state_in, _listing(target.domain))


@lru_cache(maxsize=1000)
def _listing(domain: str) -> Listing:
    """The list of a domain's active streams."""
    return Listing((domain,), partial(_online_call, domain), _sizes, _online_in, absent=INACTIVE)


def asked_again(key: Key) -> Question | None:
    """The question that has this key, by which it is kept; None for one about anything but a live stream."""
    return state_question(PushTarget(*key)) if len(key) == len(PushTarget._fields) else None


def _state_in(response: Response) -> str | None:
    """active, inactive or forbid; None for an answer that says none of them."""
    state = response.get("StreamState")
    return str(state) if state in (ACTIVE, INACTIVE, FORBID) else None


def _sizes(site: Site | None) -> tuple[int, ...]:
    """The sizes of pages to try; calls may go to another site than the one that a workspace names."""
    return (PAGE_SIZE,) if site is Site.INTERNATIONAL else (LARGE_PAGE_SIZE, PAGE_SIZE)


def _online_call(domain: str, page: int, size: int) -> Call:
    """One page of DescribeLiveStreamOnlineList; pages count from 1."""
    return Call(ONLINE_LIST, "", {"DomainName": domain, "PageNum": page, "PageSize": size})


def _online_in(response: Response) -> Page:
    """The targets on the page, which are all active."""
    online: dict[Key, str] = {
        PushTarget(str(one["DomainName"]), str(one["AppName"]), str(one["StreamName"])): ACTIVE
        for one in response.get("OnlineInfo", [])
    }
    return Page(online, int(response.get("TotalPage", 1)))
