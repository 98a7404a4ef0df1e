"""An error answer of the API becomes one of our errors, classed by what the caller should do.

Only the code is looked at, not the message: that text is for people, changes with the language header,
and may quote what was sent. The one exception is a number, where a kind says that a code needs it.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.calls import Action
from reconciler.cloud.codes import MEANINGS
from reconciler.errors import CloudError
from reconciler.meanings import ErrorAdvice, ErrorMeaning, NumberedErrors
from reconciler.model import Effect

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class ApiError:
    """What `Response.Error` said, and the RequestId beside it, all as received."""

    code: str
    message: str
    request_id: str


def meaning_of(code: str) -> ErrorMeaning:
    """The meaning of the full code, else of the longest part before a dot, else the caller's fault."""
    while code:
        if code in MEANINGS:
            return MEANINGS[code]
        code = code.rpartition(".")[0]
    return ErrorMeaning.CALLER


def translate(
    action: Action, error: ApiError, redact: Callable[[str], str], *, names_task: bool = True
) -> CloudError:
    """The exception to raise: it names action, code, the API's words and the RequestId, and has a hint.

    What the action itself says of a code goes first. `names_task` tells whether the request has a TaskId,
    without which that is not what is wrong. `redact` takes secret values out of a text; control
    and invisible characters go as well.
    """
    advice = _said(action, error) or _usual(action, error.code, names_task=names_task).value
    code, words, request_id = (
        printable(redact(text)) for text in (error.code, error.message, error.request_id)
    )
    message = redact(f"{action.name}: {code}: {words} (RequestId {request_id or 'not given'})")
    return advice.error(message, code=code, request_id=request_id, hint=advice.hint)


def _said(action: Action, error: ApiError) -> ErrorAdvice | None:
    """What the action itself says of a code; None where it means what it means of any other."""
    said = action.errors.get(error.code)
    if isinstance(said, NumberedErrors):
        said = said.of(error.message)
    return said.value if isinstance(said, ErrorMeaning) else said


def _usual(action: Action, code: str, *, names_task: bool) -> ErrorMeaning:
    """What a code means of an action that says nothing of it."""
    meaning = meaning_of(code)
    if meaning is ErrorMeaning.ENDED and action.effect in (Effect.START, Effect.OTHER):
        return ErrorMeaning.ABSENT  # nothing was there yet that could have ended
    if meaning is ErrorMeaning.TASK_ID and not names_task:
        return ErrorMeaning.CALLER
    return meaning


def printable(text: str) -> str:
    """The text on one line, without characters that could steer a terminal, and of bounded length."""
    shown = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join(shown.split())[:_LONGEST]
