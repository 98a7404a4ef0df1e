"""Advice that led nowhere, brought back: each with the situation and the code in which it shows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from reconciler.applying import advice, change_execution, results, step_execution
from reconciler.cloud import client, translate
from reconciler.errors import Gone

Mutant = Callable[[], AbstractContextManager[Any]]


def changed(owner: Any, **attributes: Any) -> Mutant:
    """Attributes of a class or a module, replaced."""
    return lambda: patch.multiple(owner, **attributes)


def _of_the_code_alone(error: Any, change: Any, step: Any) -> Any:
    return error


def _whatever_it_names(action: Any, error: Any, redact: Any, *, names_task: bool = True) -> Any:
    return translate.translate(action, error, redact)


class Never(Exception):
    """What is never raised."""


MUTANTS: dict[str, tuple[Mutant, str, str, str]] = {
    "what is to begin is said to have ended": (
        changed(translate, Effect=type("Effect", (), {"START": None, "OTHER": None})),
        "a first start of a mix",
        "ResourceNotFound",
        "application, room and users",
    ),
    "a start is told of its TaskId": (
        changed(client, translate=_whatever_it_names),
        "a first start of an ingest",
        "InvalidParameter.TaskId",
        "correct",
    ),
    "a TaskId that is not known is used again": (
        changed(step_execution, UnknownTask=Never),
        "a mix that runs is changed",
        "InvalidParameter.TaskId",
        "robot",
    ),
    "what cannot be stopped is to be corrected in a manifest that is gone": (
        changed(change_execution, advise=_of_the_code_alone),
        "a mix is removed",
        "InvalidParameter",
        "state rm",
    ),
    "what ends at once is started again and again": (
        changed(advice, Gone=Never),
        "an ingest is paused as it starts",
        "FailedOperation.TaskNotExist",
        "right after its start",
    ),
    "what is uncertain is told as failed": (
        changed(results, Exists=Gone),
        "a first start of an ingest",
        "FailedOperation.TaskExist",
        "uncertain",
    ),
}
