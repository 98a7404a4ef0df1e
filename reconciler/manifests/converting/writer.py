"""Values -> the YAML of a manifest, in the one style that the examples have.

Block style, keys in the order they come in, no line folded, and every text in quotes that any YAML,
1.1 or 1.2, could take for something else: the reader here takes fewer things for numbers than
other tools do, and a manifest is read by those as well.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import yaml

SEPARATOR = "---\n"
_WIDE = 1 << 30
_WORDS = frozenset({"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<"})
# Whatever begins as a number does and has nothing but what numbers, times and dates of any YAML have.
_NUMBER_LIKE = re.compile(
    r"[-+]?0[xob][0-9a-f_]*|[-+]?\.?[0-9][0-9eotz_.,:+\- ]*|[-+]?\.(?:inf|nan)", re.IGNORECASE
)


def is_ambiguous(value: str) -> bool:
    """Whether any YAML could take the text for something else where it is not in quotes."""
    return value.lower() in _WORDS or _NUMBER_LIKE.fullmatch(value) is not None


class _Quoted(str):
    """A text that is quoted whatever it is."""


class _Dumper(yaml.SafeDumper):
    """Lists indented below their keys, nothing aliased, and double quotes only."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indents a list below its key, as PyYAML does not."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Writes a value out as often as it stands there: manifests have no aliases."""
        return True

    def choose_scalar_style(self) -> Any:
        """Double quotes in the place of any others, which can write everything."""
        return super().choose_scalar_style() and '"'


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    quoted = is_ambiguous(value) or not value.isprintable() or isinstance(value, _Quoted)
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if quoted else None)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Quoted, _text)


def write_document(value: Mapping[str, Any], quoted: Collection[str] = ()) -> str:
    """One document, ending in a line break; texts of the fields `quoted` are in quotes whatever they are."""
    return str(
        yaml.dump(
            _marked(value, frozenset(quoted)),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=False,
            width=_WIDE,
        )
    )


def write_documents(values: Iterable[Mapping[str, Any]], quoted: Collection[str] = ()) -> str:
    """All documents, separated by `---` lines."""
    return SEPARATOR.join(write_document(value, quoted) for value in values)


def _marked(value: Any, quoted: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _Quoted(one) if key in quoted and isinstance(one, str) else _marked(one, quoted)
            for key, one in value.items()
        }
    return [_marked(one, quoted) for one in value] if isinstance(value, list | tuple) else value
