"""A bare repository with a forge around it: pull requests, and the API of GitHub and GitLab on loopback."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_writes-to-the-forge"
BOT = {"login": "github-actions[bot]", "id": 41}
_ROUTES = (
    ("GET", r"/repos/acme/streams/issues/(\d+)/comments", "list_comments"),
    ("POST", r"/repos/acme/streams/issues/(\d+)/comments", "add_comment"),
    ("PATCH", r"/repos/acme/streams/issues/comments/(\d+)", "change_comment"),
    ("GET", r"/repos/acme/streams/pulls", "list_pulls"),
    ("GET", r"/repos/acme/streams/issues", "list_issues"),
    ("POST", r"/repos/acme/streams/issues", "add_issue"),
    ("PATCH", r"/repos/acme/streams/issues/(\d+)", "change_issue"),
    ("GET", r"/user", "user"),
    ("GET", r"/projects/7/merge_requests/(\d+)/notes", "list_comments"),
    ("POST", r"/projects/7/merge_requests/(\d+)/notes", "add_comment"),
    ("PUT", r"/projects/7/merge_requests/\d+/notes/(\d+)", "change_comment"),
)


def git(where: Path, *arguments: str) -> str:
    """What git says; as somebody whose settings play no part."""
    ran = subprocess.run(
        [
            "git",
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "init.defaultBranch=main",
            *arguments,
        ],
        cwd=where,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, f"git {' '.join(arguments)}: {ran.stderr}"
    return ran.stdout.strip()


@dataclass
class Forge:
    """`comments` are by the number of their pull request, `issues` the repository's own."""

    bare: Path
    work: Path
    url: str = ""
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _ids: int = 1000

    # The repository

    def commit(self, branch: str, files: dict[str, str | None]) -> str:
        """A commit on a branch, which is made from main if it is new; its ID."""
        existing = git(self.bare, "branch", "--list", branch)
        if existing:
            git(self.work, "fetch", "--quiet", "origin")
            git(self.work, "checkout", "--quiet", "-B", branch, f"origin/{branch}")
        else:
            git(self.work, "checkout", "--quiet", "-B", branch)
        for name, text in files.items():
            path = self.work / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "--message", "change")
        git(self.work, "push", "--quiet", "origin", branch)
        return git(self.work, "rev-parse", "HEAD")

    def merge(self, branch: str) -> str:
        """Merges the branch into main; the merge commit's ID."""
        git(self.work, "fetch", "--quiet", "origin")
        git(self.work, "checkout", "--quiet", "-B", "main", "origin/main")
        git(self.work, "merge", "--quiet", "--no-ff", "--message", "merge", f"origin/{branch}")
        git(self.work, "push", "--quiet", "origin", "main")
        return git(self.work, "rev-parse", "HEAD")

    def pull_request(self, number: int, branch: str, owner: str = "acme") -> dict[str, Any]:
        """The event of a pull request, whose merged form the bare repository gets as GitHub would make it."""
        head = git(self.bare, "rev-parse", branch)
        git(self.work, "fetch", "--quiet", "origin")
        git(self.work, "checkout", "--quiet", "--detach", "origin/main")
        git(self.work, "merge", "--quiet", "--no-ff", "--message", "merged", f"origin/{branch}")
        git(self.work, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{number}/merge")
        pull = {
            "number": number,
            "state": "open",
            "head": {"sha": head, "ref": branch, "repo": {"full_name": f"{owner}/streams"}},
            "base": {"sha": git(self.bare, "rev-parse", "main"), "repo": {"full_name": "acme/streams"}},
            "_owner": owner,
        }
        self.pulls = [one for one in self.pulls if one["number"] != number] + [pull]
        return {"action": "synchronize", "pull_request": pull}

    # The API

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.requests.append(f"{method} {parts.path}")
        for wanted, pattern, name in _ROUTES:
            match = re.fullmatch(pattern, parts.path)
            if match and wanted == method:
                found = getattr(self, f"_{name}")(*map(int, match.groups()), query=query, body=body)
                if isinstance(found, list):
                    size, page = int(query["per_page"]), int(query["page"])
                    found = found[(page - 1) * size : page * size]
                return 200, found
        return 404, {"message": "Not Found"}

    def _list_comments(self, number: int, **_: Any) -> Any:
        return self.comments.get(number, [])

    def _add_comment(self, number: int, body: Any, **_: Any) -> Any:
        return self.say(number, body["body"], BOT)

    def say(self, number: int, body: str, user: dict[str, Any]) -> dict[str, Any]:
        """Somebody's comment."""
        assert len(body) <= 65_536
        self._ids += 1
        comment = {"id": self._ids, "body": body, "user": user, "author": user}
        self.comments.setdefault(number, []).append(comment)
        return comment

    def _change_comment(self, number: int, body: Any, **_: Any) -> Any:
        found = next(one for all_ in self.comments.values() for one in all_ if one["id"] == number)
        found.update(body)
        return found

    def _list_pulls(self, query: dict[str, str], **_: Any) -> Any:
        return [
            pull
            for pull in self.pulls
            if pull["state"] == query["state"] and f"{pull['_owner']}:{pull['head']['ref']}" == query["head"]
        ]

    def _list_issues(self, query: dict[str, str], **_: Any) -> Any:
        return [one for one in self.issues if one["state"] == "open" and query["labels"] in one["labels"]]

    def _add_issue(self, body: Any, **_: Any) -> Any:
        issue = {"number": len(self.issues) + 1, "state": "open", "user": BOT, **body}
        self.issues.append(issue)
        return issue

    def _change_issue(self, number: int, body: Any, **_: Any) -> Any:
        self.issues[number - 1].update(body)
        return self.issues[number - 1]

    def _user(self, **_: Any) -> Any:
        return BOT


@contextmanager
def forge_at(root: Path) -> Iterator[Forge]:
    """A forge with an empty bare repository and a clone of it."""
    bare, work = root / "forge.git", root / "author"
    bare.mkdir()
    git(bare, "init", "--quiet", "--bare")
    git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    work.mkdir()
    git(work, "init", "--quiet")
    git(work, "remote", "add", "origin", bare.as_uri())
    forge = Forge(bare, work)

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if TOKEN in (token, self.headers.get("PRIVATE-TOKEN")):
                code, found = forge.answer(self.command, self.path, body)
            else:
                code, found = 401, {"message": "Bad credentials"}
            data = json.dumps(found).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = _serve

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    forge.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield forge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
