"""What validators let through, in the words of JSON Schema: editors and the documentation are told by it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic_core import CoreSchema

Node = dict[str, Any]
"""A piece of JSON Schema."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """Stands beside a validator in an annotation; `keywords` are laid over what the type itself says."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Node:
        """The type's schema with the keywords."""
        return {**handler(schema), **self.keywords}


@dataclass(frozen=True, eq=False)
class Worded(AfterValidator):
    """A validator of texts together with their form."""

    form: Form

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Node:
        """The text's schema with its form."""
        return self.form.__get_pydantic_json_schema__(schema, handler)


def text_form(pattern: str, words: str, *examples: str) -> Form:
    """The form of texts that match the pattern as a whole; `words` are what is said of others."""
    return Form(text_keywords(pattern, words) | ({"examples": list(examples)} if examples else {}))


def text_keywords(pattern: str, words: str) -> Node:
    """The same as keywords; `patternErrorMessage` is what editors show instead of the pattern."""
    return {"type": "string", "pattern": f"^({pattern})$", "patternErrorMessage": words}


def worded(pattern: str, words: str, *examples: str) -> Worded:
    """A validator that wants a text to match a pattern, and says in words what it may be."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise ValueError(words)

    return Worded(check, text_form(pattern, words, *examples))
