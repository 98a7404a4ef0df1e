"""How a pull task is asked after: by its TaskId, by an ID of ours, or in the list by its comment."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from reconciler.calls import Call
from reconciler.kinds.base import Subject
from reconciler.kinds.pull_stream.actions import DESCRIBE
from reconciler.kinds.pull_stream.requests import MARK, TOKEN
from reconciler.kinds.questions import Key, Listing, Page, Question, Response
from reconciler.kinds.sites import Site

PAGE_SIZE = 20
"""The most that the API lists at once."""
NOT_THERE: Mapping[str, Any] = {}
"""The answer where there is no such task."""


def question_about(subject: Subject, *, known_by_id: bool) -> Question | None:
    """The question for a task; `known_by_id` tells whether the site takes IDs of ours.

    None where nothing is known that it could be found by.
    """
    region, listing = subject.spec.region or "", _listing(subject.spec.region or "")
    if subject.task_id is not None:
        call = partial(_about, region, {"TaskId": subject.task_id})
        return Question(_key(region, str(subject.task_id)), call, _only, listing)
    own = subject.spec.specify_task_id or subject.made.get(TOKEN)
    if own is None:
        return None
    if known_by_id:
        return Question(_key(region, own), partial(_about, region, {"SpecifyTaskId": own}), _only)
    return Question(_key(region, own), None, _only, listing)


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
    for task in _tasks(response):
        mark = MARK.search(task.get("Comment") or "")
        for name in (task.get("TaskId"), mark[1] if mark else None):
            if name:
                found[_key(region, str(name))] = task
    return Page(found, int(response.get("TotalPage") or 1))
