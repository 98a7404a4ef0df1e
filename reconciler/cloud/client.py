"""One attempt at one call: serialise once, sign those bytes, send those bytes, read the answer.

Whether to try again is not decided here. An answer that cannot be understood is an unknown
outcome, since the request behind it did arrive somewhere.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.calls import Call
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.failures import HeldBack, NoAnswer, Unreachable
from reconciler.cloud.signing import Credentials, signed_headers
from reconciler.cloud.stopped import stopped_before
from reconciler.cloud.translate import ApiError, translate
from reconciler.cloud.transport import Transport
from reconciler.errors import CloudError, CredentialsRefused, NotSent, OutcomeUnknown
from reconciler.meanings import ErrorMeaning

TIMEOUT = (5.0, 15.0)
"""Seconds to connect, and for the whole answer."""


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to the API; `clock` gives unix seconds, `redact` takes secrets out of the API's words."""

    transport: Transport
    credentials: Credentials
    endpoint: Endpoint
    clock: Callable[[], float]
    redact: Callable[[str], str]
    timeout: tuple[float, float] = TIMEOUT

    def send(self, call: Call, body: dict[str, Any], moment: float | None = None) -> dict[str, Any]:
        """The answer's `Response` object; raises a CloudError (reference errors.md).

        It is signed with the moment, in unix seconds, or else with now.
        """
        action, service = call.action, call.action.service
        payload = json.dumps(body).encode()
        headers = signed_headers(
            self.credentials,
            service=service,
            host=self.endpoint.host(service),
            action=action.name,
            version=action.version,
            region=call.region if action.regional else "",
            timestamp=int(self.clock() if moment is None else moment),
            body=payload,
        )
        status, answer = self._post(call, headers, payload)
        if status != 200:
            raise _unknown(call, f"the response was HTTP {status}", f"http-{status}")
        return self._read(call, answer)

    def _post(self, call: Call, headers: dict[str, str], payload: bytes) -> tuple[int, bytes]:
        service = call.action.service
        try:
            return self.transport.post(self.endpoint.url(service), headers, payload, self.timeout)
        except Unreachable as failure:
            reason = f"{call.action.name}: {self.endpoint.host(service)}: {failure}"
            held = isinstance(failure, HeldBack)
            error: CloudError = stopped_before(call) if held else _not_sent(reason, failure)
        except NoAnswer as failure:
            error = _unknown(call, str(failure), "no-answer")
        raise error

    def _read(self, call: Call, answer: bytes) -> dict[str, Any]:
        response = _response(answer)
        if response is None:
            raise _unknown(call, "the response is not from the API", "unreadable")
        if "Error" in response:
            raise self._error(call, response)
        return response

    def _error(self, call: Call, response: dict[str, Any]) -> CloudError:
        error = response["Error"]
        if not isinstance(error, dict) or not isinstance(error.get("Code"), str):
            return _unknown(call, "the response is not from the API", "unreadable")
        told = ApiError(error["Code"], str(error.get("Message", "")), str(response.get("RequestId", "")))
        return translate(call.action, told, self.redact, names_task="TaskId" in call.request)


def _not_sent(reason: str, failure: Unreachable) -> CloudError:
    """A proxy that refuses would refuse every other call as well, so that the run had better end."""
    if failure.lasting:
        return CredentialsRefused(reason, code="proxy-refused", hint=failure.hint)
    return NotSent(reason, code="unreachable", hint=failure.hint)


def _unknown(call: Call, reason: str, code: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"{call.action.name}: {reason}", code=code, hint=ErrorMeaning.FAULT.value.hint)


def _response(answer: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    response = document.get("Response") if isinstance(document, dict) else None
    return response if isinstance(response, dict) else None
