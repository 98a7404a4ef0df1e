"""libyaml's events, and its complaints in words that help.

PyYAML's composer recurses in C and crashes on deep nesting; its parser does not. So only the
events are used, and whoever reads them decides when to stop.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

import yaml


class _Parser(Protocol):
    def get_event(self) -> yaml.Event | None: ...


# A PyYAML that was built without libyaml has only the parser in Python: slow, but it reads the same.
parser: Callable[[str], _Parser] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FAILURES = (yaml.YAMLError, ValueError, OverflowError)
"""What reading events can raise: YAML's own errors, and those of escapes that stand for no character."""

_END = "found unexpected end of stream"
_INDENT = "indent this line like its neighbours, with spaces"
_ADVICE = {
    "mapping values are not allowed": "quote a text that holds ': ', and give each key its own line",
    "cannot start any token": "indent with spaces, not tabs, and quote a text that begins with @, % or `",
    "tab character": "indent with spaces, not tabs",
    "end of stream": "close the quote or bracket",
    "expected ',' or": "close the bracket, or put a comma between the items",
    "could not find expected ':'": "write `key: value`, with a space after the colon",
    "did not find expected key": _INDENT,
    "did not find expected '-'": _INDENT,
    "<block end>": _INDENT,
    "invalid Unicode character escape": "write the character itself, or \\U and 8 hexadecimal digits",
    "unknown escape character": "write \\\\ for a backslash, or use single quotes",
    "incompatible YAML document": "write %YAML 1.2, or leave the line out",
    "unknown directive": "remove the line",
}


def events(text: str) -> Iterator[yaml.Event]:
    """The events of a text, one at a time; raises one of `FAILURES`."""
    return iter(parser(text).get_event, None)


def complaint(error: Exception) -> tuple[str, yaml.Mark | None]:
    """What to tell of a failure, and where it is (None: just after the last event)."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem is None:
        return "found an escape that stands for no character; write the character itself", None
    if _END in error.problem and error.context_mark:
        # Where the quote was opened says more than where the file ends.
        return f"not valid YAML: this is not closed; {_ADVICE['end of stream']}", error.context_mark
    return f"not valid YAML: {_told(error)}; {_advice(error.problem)}", error.problem_mark


def _told(error: yaml.MarkedYAMLError) -> str:
    return f"{error.problem} {error.context}" if error.context else str(error.problem)


def _advice(problem: str) -> str:
    found = (advice for part, advice in _ADVICE.items() if part in problem)
    return next(found, "write plain YAML, or JSON")
