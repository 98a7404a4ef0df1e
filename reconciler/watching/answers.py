"""What all pages that a watch serves have in common: headers, and how probes and strangers are answered."""

from starlette.responses import PlainTextResponse, Response

from reconciler.watching.access import Access

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


def probe(why: str) -> Response:
    """200 unless something is wrong, which is said."""
    return PlainTextResponse(f"{why or 'ok'}\n", 503 if why else 200, HEADERS)


def denied(access: Access) -> Response:
    """That one may not look, and how one might."""
    if not access.token and not access.header:
        return PlainTextResponse("ask for it by a name of this machine, such as localhost\n", 421, HEADERS)
    challenge = {"www-authenticate": 'Basic realm="reconciler", charset="UTF-8"'} if access.token else {}
    return PlainTextResponse("not allowed to look\n", 401 if challenge else 403, {**HEADERS, **challenge})
