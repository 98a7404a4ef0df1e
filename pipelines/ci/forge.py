"""The API of GitHub or GitLab, as far as comments and issues need it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from ci.errors import StepError

_SECONDS = 30
_PAGE = 100
_MOST_PAGES = 100
_MOST_BYTES = 64 * 1024 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Api:
    """Calls of one API with one token."""

    def __init__(self, root: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(root)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise StepError(f"{root} is no https address; a token is not sent there")
        self._root = root.rstrip("/")
        self._headers = {"Content-Type": "application/json", "User-Agent": "reconciler", **headers}
        self._opener = urllib.request.build_opener(_NoRedirects)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON; raises StepError for any other than a success."""
        request = urllib.request.Request(
            f"{self._root}{path}",
            method=method,
            headers=self._headers,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode(errors="replace")
            raise StepError(f"{method} {path} was answered {error.code}: {said}") from error
        except (OSError, ValueError) as error:
            raise StepError(f"{method} {path} had no usable answer: {error}") from error

    def all(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """The items of every page of a list; raises StepError, also for a list without end."""
        for page in range(1, _MOST_PAGES + 1):
            asked = {**(query or {}), "per_page": str(_PAGE), "page": str(page)}
            items = self.call("GET", f"{path}?{urlencode(asked)}")
            yield from items
            if len(items) < _PAGE:
                return
        raise StepError(f"{path} has more than {_PAGE * _MOST_PAGES} items")


def github(environ: Mapping[str, str]) -> Api:
    """GitHub's API with the step's token; raises StepError without one."""
    return Api(
        environ.get("GITHUB_API_URL") or "https://api.github.com",
        {
            "Authorization": f"Bearer {_needed(environ, 'GITHUB_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )


def gitlab(environ: Mapping[str, str]) -> Api:
    """GitLab's API with a project's access token; raises StepError without one."""
    token = _needed(environ, "RECONCILER_GITLAB_TOKEN")
    return Api(_needed(environ, "CI_API_V4_URL"), {"PRIVATE-TOKEN": token})


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name)
    if not value:
        raise StepError(f"{name} is not set")
    return value
