"""A thin server that also lists live streams: as many as are asked for are pushed to every domain.

    python -m benchmarks.online_server --streams 10000 [--latency 0.08]

It prints its port, and checks nothing. DescribeLiveStreamOnlineList and DescribeLiveStreamState answer as
docs/reference/fields.md, "Live", has it; every other call gets a new TaskId.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from benchmarks.thin_server import Answers, answer, header, next_answer, serve


class Online(Answers):
    """A connection to who knows of so many live streams."""

    def __init__(self, latency: float, streams: int) -> None:
        super().__init__(latency)
        self._streams = streams

    def answer(self, head: bytes, body: bytes) -> bytes:
        """The answer to a call."""
        action = header(head, b"x-tc-action")
        if action == b"DescribeLiveStreamState":
            return answer({"StreamState": "active"})
        if action == b"DescribeLiveStreamOnlineList":
            return answer(self._page(json.loads(body)))
        return next_answer()

    def _page(self, request: Mapping[str, Any]) -> dict[str, Any]:
        size, page = int(request.get("PageSize", 10)), int(request.get("PageNum", 1))
        numbers = range((page - 1) * size, min(page * size, self._streams))
        online = [
            {"DomainName": request["DomainName"], "AppName": "live", "StreamName": f"stage-{one:05}"}
            for one in numbers
        ]
        pages = -(-self._streams // size)
        return {
            "TotalNum": self._streams,
            "TotalPage": pages,
            "PageNum": page,
            "PageSize": size,
            "OnlineInfo": online,
        }


if __name__ == "__main__":
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--streams", type=int, required=True)
    options.add_argument("--latency", type=float, default=0.0)
    chosen = options.parse_args()
    asyncio.run(serve(partial(Online, chosen.latency, chosen.streams)))
