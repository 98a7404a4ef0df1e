"""The cloud's front door: one URL for every action, faults and latency included."""

import asyncio
import json
import logging
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from . import services
from .bodies import MOST_BODY_BYTES, MOST_FORM_BYTES, MOST_QUERY_BYTES, BodyError, read_body
from .cloud import Cloud, parameters_of, read
from .errors import ApiError
from .faults import Fault
from .received import FORM, Received

LOG = logging.getLogger(__name__)


class Cut(Response):
    """No answer: the connection is gone, as after a network failure."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort the transport, then wait until the server has noticed."""
        scope["state"]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the client, and how many seconds later."""

    response: Response
    delay: float = 0.0


def answer(content: dict[str, Any]) -> Response:
    """Wrap an answer the cloud's way: HTTP 200, success or not (errors.md)."""
    headers = {"Date": formatdate(usegmt=True)}
    return Response(json.dumps({"Response": content}), headers=headers, media_type="application/json")


def error(code: str, message: str) -> dict[str, Any]:
    """The content of a refusal."""
    return {"Error": {"Code": code, "Message": message}, "RequestId": str(uuid.uuid4())}


class Gateway:
    """Receives requests, one at a time on the world and many at a time on the wire."""

    def __init__(self, cloud: Cloud, latency: float) -> None:
        """Answer for a cloud, each time after `latency` seconds."""
        self._cloud = cloud
        self._latency = latency

    async def handle(self, request: Request) -> Response:
        """Serve one request; an unforeseen failure is told as InternalError and logged."""
        try:
            body = await read_body(request)
        except BodyError as problem:
            return Response(str(problem), problem.status, {"Connection": "close"}, "text/plain")
        try:
            with self._cloud.store.transaction():
                query = request.scope["query_string"].decode("latin-1")
                reply = self._receive(Received(request.method, dict(request.headers), body, query))
                self._cloud.callbacks.note()
        except Exception:
            LOG.exception("the simulator failed on a request")
            reply = Reply(answer(error("InternalError", "The simulator failed; see its log.")))
        if pause := self._latency + reply.delay:
            await asyncio.sleep(pause)
        return reply.response

    def _receive(self, received: Received) -> Reply:
        at = self._cloud.settle()
        action = named(received)
        fault = self._cloud.faults.strike(action)
        content, reply = self._under(fault, received, at)
        code = None if content is None else content.get("Error", {}).get("Code")
        self._cloud.calls.record(action, at, recorded(received), content, code)
        return reply

    def _under(
        self, fault: Fault | None, received: Received, at: float
    ) -> tuple[dict[str, Any] | None, Reply]:
        kind = "" if fault is None else fault.kind
        if fault is not None and kind == "error":
            content = error(fault.code, fault.message)
            return content, Reply(answer(content))
        if kind == "http-500":
            return None, Reply(Response("Internal Server Error", 500, media_type="text/plain"))
        if fault is not None and kind == "late":
            self._cloud.postpone(received, at, fault.seconds)
        if kind in ("drop-request", "late"):
            return None, Reply(Cut())
        content = self._execute(received, at)
        if kind == "drop-response":
            return None, Reply(Cut())
        return content, Reply(answer(content), 0.0 if fault is None else fault.seconds)

    def _execute(self, received: Received, at: float) -> dict[str, Any]:
        try:
            if (most := most_bytes(received)) < max(len(received.body), len(received.query)):
                raise ApiError("RequestSizeLimitExceeded", f"The request is larger than {most} bytes.")
            return {**self._cloud.execute(received, at), "RequestId": str(uuid.uuid4())}
        except ApiError as refusal:
            return error(refusal.code, refusal.message)


def most_bytes(received: Received) -> int:
    """How much a request may hold: it depends on its method and signature (signing.md §1)."""
    if received.method == "GET":
        return MOST_QUERY_BYTES
    return MOST_FORM_BYTES if received.names_its_signer_in_parameters else MOST_BODY_BYTES


def named(received: Received) -> str:
    """The action that a request names, if it can be read."""
    if "x-tc-action" in received.headers or not received.names_its_signer_in_parameters:
        return received.headers.get("x-tc-action", "")
    try:
        return received.pairs().get("Action", "")
    except ApiError:
        return ""


def recorded(received: Received) -> dict[str, Any]:
    """The request as it is written down; what cannot be read leaves nothing to write."""
    if len(received.body) > MOST_BODY_BYTES:
        return {}
    try:
        if received.method == "GET" or received.content_type == FORM:
            return parameters_of(received, services.named(named(received)))
        return read(received.body)
    except ApiError:
        return {}
