"""How a pull task is asked after: by its TaskId, by an ID of ours, or in the list by its comment."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from reconciler.calls import Call
from reconciler.kinds.base import Subject
from reconciler.kinds.pull_stream.actions import DESCRIBE
from reconciler.kinds.pull_stream.requests import MARK, TOKEN, prefix_of
from reconciler.kinds.questions import Key, Listing, Page, Question, Response
from reconciler.kinds.sites import Site

PAGE_SIZE = 20
"""The most that the API lists at once."""
NOT_THERE: Mapping[str, Any] = {}
"""The answer where there is no such task."""


def question_about(subject: Subject, *, known_by_id: bool) -> Question | None:
    """The question for a task; `known_by_id` tells whether the site takes IDs of ours.

    By an ID of ours every task is found that its starts can have made, also where the one with the TaskId was
    deleted before a late start arrived. None where nothing is known that it could be found by.
    """
    region, listing = subject.spec.region or "", _listing(subject.spec.region or "")
    own = subject.spec.specify_task_id or subject.made.get(TOKEN)
    if subject.task_id is not None and (own is None or not subject.doubled):
        call = partial(_about, region, {"TaskId": subject.task_id})
        return Question(_key(region, str(subject.task_id)), call, _only, listing)
    if own is None:
        return None
    if known_by_id:
        return Question(_key(region, own), partial(_about, region, {"SpecifyTaskId": own}), _only)
    return Question(_key(region, own), None, _only, listing)


def recognising(subject: Subject) -> tuple[Question, ...]:
    """What finds a task that is not recorded: the mark that its comment has on the international site, and
    where it pushes to, which the list tells of what goes to the account's own domains.
    """
    region, publish = subject.spec.region or "", subject.spec.publish
    names = [prefix_of(subject), *([_target(publish.place.to_request())] if publish is not None else [])]
    return tuple(Question(_key(region, name), None, _only, _listing(region)) for name in names)


def _target(said: Mapping[str, Any]) -> str:
    return "/".join(str(said.get(name) or "") for name in ("DomainName", "AppName", "StreamName"))


def _key(region: str, name: str) -> Key:
    return ("pull task", region, name)


def _about(region: str, what: Mapping[str, Any]) -> Call:
    return Call(DESCRIBE, region, what)


def _listing(region: str) -> Listing:
    key, page, read = ("pull tasks", region), partial(_page, region), partial(_listed, region)
    return Listing(key, page, _sizes, read, NOT_THERE, newest_first=True)


def _sizes(site: Site | None) -> tuple[int, ...]:
    """The same on either site."""
    return (PAGE_SIZE,)


def _page(region: str, page: int, size: int) -> Call:
    """One page; they count from 1, and begin with what was changed last."""
    return _about(region, {"PageNum": page, "PageSize": size})


def _tasks(response: Response) -> list[Mapping[str, Any]]:
    return list(response.get("TaskInfos") or [])


def _only(response: Response) -> Mapping[str, Any]:
    return next(iter(_tasks(response)), NOT_THERE)


def _listed(region: str, response: Response) -> Page:
    found: dict[Key, Any] = {}
    for task in reversed(_tasks(response)):  # of several by one name, what was changed last is kept
        mark = MARK.search(task.get("Comment") or "")
        for name in (task.get("TaskId"), *(mark.groups() if mark else ()), _target(task)):
            if name:
                found[_key(region, str(name))] = task
    return Page(found, int(response.get("TotalPage") or 1))
