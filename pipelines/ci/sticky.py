"""One comment, and one issue, that is renewed instead of joined by others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ci.forge import Api

LABEL = "reconciler-drift"


class Comments(Protocol):
    """The comments under one change that our own account wrote."""

    def mine(self) -> Iterator[tuple[int, str]]:
        """(id, body) of each; what others wrote is never touched, whatever its first line."""

    def create(self, body: str) -> None:
        """Adds one."""

    def update(self, number: int, body: str) -> None:
        """Replaces the body of one."""


def stick(comments: Comments, body: str) -> str:
    """Renews the comment that has the same first line, or adds one: created, updated or unchanged."""
    mark = _first_line(body)
    for number, old in comments.mine():
        if _first_line(old) == mark:
            if _same(old, body):
                return "unchanged"
            comments.update(number, body)
            return "updated"
    comments.create(body)
    return "created"


@dataclass(frozen=True, slots=True)
class GitHubComments:
    """Those of a pull request (GitHub REST, Issue comments)."""

    api: Api
    repository: str
    number: int
    author: str

    def mine(self) -> Iterator[tuple[int, str]]:
        """See Comments."""
        for comment in self.api.all(f"/repos/{self.repository}/issues/{self.number}/comments"):
            if (comment.get("user") or {}).get("login") == self.author:
                yield int(comment["id"]), str(comment.get("body") or "")

    def create(self, body: str) -> None:
        """See Comments."""
        self.api.call("POST", f"/repos/{self.repository}/issues/{self.number}/comments", {"body": body})

    def update(self, number: int, body: str) -> None:
        """See Comments."""
        self.api.call("PATCH", f"/repos/{self.repository}/issues/comments/{number}", {"body": body})


@dataclass(frozen=True, slots=True)
class GitLabNotes:
    """Those of a merge request (GitLab REST, Notes), written by the token's own user."""

    api: Api
    project: int
    number: int

    def mine(self) -> Iterator[tuple[int, str]]:
        """See Comments."""
        me = self.api.call("GET", "/user")["id"]
        for note in self.api.all(self._path):
            if (note.get("author") or {}).get("id") == me and not note.get("system"):
                yield int(note["id"]), str(note.get("body") or "")

    def create(self, body: str) -> None:
        """See Comments."""
        self.api.call("POST", self._path, {"body": body})

    def update(self, number: int, body: str) -> None:
        """See Comments."""
        self.api.call("PUT", f"{self._path}/{number}", {"body": body})

    @property
    def _path(self) -> str:
        return f"/projects/{self.project}/merge_requests/{self.number}/notes"


@dataclass(frozen=True, slots=True)
class Issues:
    """The open issues of a GitHub repository that tell of drift (GitHub REST, Issues)."""

    api: Api
    repository: str
    author: str

    def tell(self, title: str, body: str) -> str:
        """Renews the open issue with the same first line, or opens one: created, updated or unchanged."""
        issue = self._open(_first_line(body))
        if issue is None:
            self.api.call(
                "POST", f"/repos/{self.repository}/issues", {"title": title, "body": body, "labels": [LABEL]}
            )
            return "created"
        if _same(str(issue.get("body") or ""), body):
            return "unchanged"
        self._change(issue, {"body": body})
        return "updated"

    def close(self, body: str) -> str:
        """Closes the open issue with the same first line, if there is one: closed or unchanged."""
        issue = self._open(_first_line(body))
        if issue is None:
            return "unchanged"
        self._change(issue, {"body": body, "state": "closed", "state_reason": "completed"})
        return "closed"

    def _open(self, mark: str) -> dict[str, Any] | None:
        query = {"state": "open", "labels": LABEL}
        for issue in self.api.all(f"/repos/{self.repository}/issues", query):
            ours = (issue.get("user") or {}).get("login") == self.author and "pull_request" not in issue
            if ours and _first_line(str(issue.get("body") or "")) == mark:
                return issue
        return None

    def _change(self, issue: dict[str, Any], change: dict[str, Any]) -> None:
        self.api.call("PATCH", f"/repos/{self.repository}/issues/{int(issue['number'])}", change)


def _first_line(body: str) -> str:
    return body.partition("\n")[0].strip()


def _same(one: str, other: str) -> bool:
    """Forges store line ends and blank ends their own way."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
