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
class JsonSchemaHint:
    """Stands beside a validator in an annotation; `keywords` are laid over what the type itself says."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Node:
        """The type's schema with the keywords."""
        return {**handler(schema), **self.keywords}


@dataclass(frozen=True, eq=False)
class PatternValidator(AfterValidator):
    """A validator of texts together with its hint."""

    hint: JsonSchemaHint

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Node:
        """The text's schema with the hint."""
        return self.hint.__get_pydantic_json_schema__(schema, handler)


def text_hint(pattern: str, words: str, *examples: str) -> JsonSchemaHint:
    """The hint for texts that match the pattern as a whole; `words` are what is said of others."""
    return JsonSchemaHint(text_keywords(pattern, words) | ({"examples": list(examples)} if examples else {}))


def text_keywords(pattern: str, words: str) -> Node:
    """The same as keywords; `patternErrorMessage` is what editors show instead of the pattern."""
    return {"type": "string", "pattern": f"^({pattern})$", "patternErrorMessage": words}


def pattern_validator(pattern: str, words: str, *examples: str) -> PatternValidator:
    """A validator that wants a text to match a pattern, and says in words what it may be."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise ValueError(words)

    return PatternValidator(check, text_hint(pattern, words, *examples))
