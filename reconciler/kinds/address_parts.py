"""Parts of a push address that are fields of their own: domain, app and stream."""

import re
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from reconciler.addresses.grammar import HOST, SEGMENT
from reconciler.kinds.forms import JsonSchemaHint, text_hint
from reconciler.kinds.marks import is_recorded

_LONGEST = 255


def _bounded(pattern: str) -> str:
    return rf"(?=.{{1,{_LONGEST}}}$){pattern}"


def _part(pattern: str, words: str) -> tuple[AfterValidator, JsonSchemaHint]:
    """A validator of a part of a push address, which what was recorded need not pass, and its hint."""
    compiled = re.compile(pattern)

    def check(value: str, info: ValidationInfo) -> str:
        if is_recorded(info) or (len(value) <= _LONGEST and compiled.fullmatch(value)):
            return value
        raise ValueError(words)

    return AfterValidator(check), text_hint(_bounded(pattern), words)


_NAME = f"1 to {_LONGEST} characters without spaces, ? or #"
Domain = Annotated[
    str,
    *_part(
        HOST, f"not a domain: 1 to {_LONGEST} of the characters A-Z a-z 0-9 - and ., without spaces, / ? or #"
    ),
]
AppName = Annotated[str, *_part(f"{SEGMENT}+(/{SEGMENT}+)*", f"{_NAME}; / is allowed only between parts")]
StreamName = Annotated[str, *_part(f"{SEGMENT}+", f"1 to {_LONGEST} characters without spaces, / ? or #")]
