"""GitHub's expressions, as far as the workflows here use them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<op>\|\||&&|==|!=|!|\(|\)|,)|'(?P<text>(?:[^']|'')*)'|(?P<path>[A-Za-z_][\w-]*(?:\.[\w-]+)*))"
)
Functions = Mapping[str, Callable[..., Any]]


class Expression:
    """Evaluates one text between ${{ and }}; what it does not know is an error, not an empty text."""

    def __init__(self, text: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._contexts, self._functions = contexts, functions
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match, f"not understood: {text[at:]!r} in {text!r}"
            kind = str(match.lastgroup)
            self._tokens.append((kind, match[kind]))
            at = match.end()

    def value(self) -> Any:
        found = self._or()
        assert not self._tokens, f"left over: {self._tokens}"
        return found

    def _next(self, *operators: str) -> str:
        if self._tokens and self._tokens[0][0] == "op" and self._tokens[0][1] in operators:
            return self._tokens.pop(0)[1]
        return ""

    def _or(self) -> Any:
        left = self._and()
        while self._next("||"):
            right = self._and()
            left = left or right
        return left

    def _and(self) -> Any:
        left = self._equal()
        while self._next("&&"):
            right = self._equal()
            left = left and right
        return left

    def _equal(self) -> Any:
        left = self._unary()
        while operator := self._next("==", "!="):
            right = self._unary()
            left = (_comparable(left) == _comparable(right)) is (operator == "==")
        return left

    def _unary(self) -> Any:
        if self._next("!"):
            return not self._unary()
        if self._next("("):
            found = self._or()
            assert self._next(")")
            return found
        kind, text = self._tokens.pop(0)
        if kind == "text":
            return text.replace("''", "'")
        assert kind == "path", text
        if self._next("("):
            arguments = []
            while not self._next(")"):
                arguments.append(self._or())
                self._next(",")
            return self._functions[text](*arguments)
        if text in ("true", "false"):
            return text == "true"
        return self._look_up(text)

    def _look_up(self, path: str) -> Any:
        first, *rest = path.split(".")
        found = self._contexts[first]
        for key in rest:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def interpolate(value: Any, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """A value of a workflow with its expressions filled in; one that is nothing else keeps its type."""
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{\{((?:(?!\}\}).)*)\}\}", value, re.DOTALL)
    if whole:
        return Expression(whole[1], contexts, functions).value()
    return re.sub(
        r"\$\{\{(.*?)\}\}",
        lambda match: as_text(Expression(match[1], contexts, functions).value()),
        value,
        flags=re.DOTALL,
    )


def condition(text: str, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """An `if`: success() is understood unless it names a status function itself."""
    inner = text.removeprefix("${{").removesuffix("}}").strip() if text.startswith("${{") else text
    if not re.search(r"\b(always|cancelled|failure|success)\(", inner):
        inner = f"success() && ({inner})"
    return bool(Expression(inner, contexts, functions).value())


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _comparable(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else "" if value is None else value
