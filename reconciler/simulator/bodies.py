"""The body of a request, within limits of size and time."""

import asyncio

from starlette.requests import Request

MOST_BODY_BYTES = 10 * 1024 * 1024
"""The API's own limit; a longer body is read on for a while, so that the client hears what is wrong."""
MOST_FORM_BYTES = 1024 * 1024
MOST_QUERY_BYTES = 32 * 1024
MOST_READ_BYTES = 64 * 1024 * 1024
MOST_BODY_SECONDS = 30.0


class BodyError(Exception):
    """A body that is not read to its end; `status` is what HTTP calls it."""

    def __init__(self, status: int, message: str) -> None:
        """Keep both; the connection cannot be used again."""
        super().__init__(message)
        self.status = status


async def read_body(request: Request) -> bytes:
    """Read the body to its end, but keep no more of it than shows that it is too large; raises BodyError."""
    length = request.headers.get("content-length", "0")
    if int(length) > MOST_READ_BYTES:  # digits, or the server would have refused it
        raise _too_large()
    try:
        async with asyncio.timeout(MOST_BODY_SECONDS):
            return await _read(request)
    except TimeoutError:
        raise BodyError(408, f"the body did not arrive within {MOST_BODY_SECONDS:g} seconds") from None


async def _read(request: Request) -> bytes:
    kept, total = bytearray(), 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > MOST_READ_BYTES:
            raise _too_large()
        if len(kept) <= MOST_BODY_BYTES:
            kept += chunk
    return bytes(kept)


def _too_large() -> BodyError:
    return BodyError(
        413, f"the body is larger than {MOST_READ_BYTES} bytes; the API accepts {MOST_BODY_BYTES}"
    )
