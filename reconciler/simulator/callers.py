"""Who may ask: programs of this machine, and no page that a browser on it happens to show.

A page can send requests to any port of its reader's machine, and by a name of its own that comes to
stand for 127.0.0.1 (DNS rebinding) it can read the answers. Such requests bear the page's name as Host,
its Origin, or the content type of a form, which needs no leave from the server.
"""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ADMIN = "/_admin"
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
MOST_QUOTED = 100
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:@/\\?#\s]+)(?::[0-9]{0,5})?")
_OF_THE_API = re.compile(r"([a-z0-9-]+\.)+tencentcloudapi\.com")


class Callers:
    """Hands on what is meant for this server, and answers the rest with what it takes instead."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        """Guard an application; `names` are hosts that it goes by beside those of the loopback."""
        self._app = app
        self._names = {name.lower().rstrip(".") for name in names} - {"0.0.0.0", "::", "[::]"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it without reading its body."""
        headers = Headers(scope=scope)
        refused = self._foreign(headers, scope["path"]) or _of_a_page(headers)
        if refused is None and scope["path"].startswith(ADMIN):
            refused = _of_a_form(headers)
        await (refused or self._app)(scope, receive, send)

    def _foreign(self, headers: Headers, path: str) -> JSONResponse | None:
        """A refusal of another Host than ours; the API's own are for calls and not for the test surface."""
        host = headers.get("host", "")
        match = _HOST.fullmatch(host)
        name = match["name"].lower().rstrip(".") if match else ""
        is_call = not path.startswith(ADMIN)
        if is_loopback(name) or name in self._names or (is_call and _OF_THE_API.fullmatch(name)):
            return None
        return _refusal(
            421,
            f"the simulator only answers this machine, but this request's Host is {_quoted(host)}; use "
            "http://127.0.0.1:PORT, or start it with --host-name NAME",
        )


def is_loopback(name: str) -> bool:
    """Whether a host in lower case, an IPv6 address in brackets, is this machine for everybody."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _of_a_page(headers: Headers) -> JSONResponse | None:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    try:
        ours = origin is None or urlsplit(origin).netloc.lower() == headers["host"].lower()
    except ValueError:
        ours = False
    if ours and site in ("none", "same-origin"):
        return None
    sender = _quoted(origin) if origin is not None else "another site"
    return _refusal(403, f"sent by a web page of {sender}, which is not allowed; use curl or another program")


def _of_a_form(headers: Headers) -> JSONResponse | None:
    for value in headers.getlist("content-type"):
        kind = value.partition(";")[0].strip().lower()
        if kind in FORMS:
            return _refusal(
                415,
                f"{kind} is what web forms send; send JSON with Content-Type: application/json",
            )
    return None


def _refusal(status: int, message: str) -> JSONResponse:
    # The body is not read, so the connection cannot be used again.
    return JSONResponse({"error": message}, status, {"Connection": "close"})


def _quoted(text: str) -> str:
    return ascii(text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}...")
