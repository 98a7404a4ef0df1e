"""`reconciler explain`: what a kind or a field is, from the same source as docs/manifests.md."""

from collections.abc import Iterable, Iterator, Mapping
from shutil import get_terminal_size
from textwrap import wrap
from typing import Any

import click

from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind
from reconciler.kinds.reading import QUOTED_FIELDS
from reconciler.manifests.loader import Header
from reconciler.manifests.reader import read_documents
from reconciler.manifests.writer import write_document
from reconciler.schema.changes import change_words
from reconciler.schema.lookup import Found, Unknown, children, find, known_fields
from reconciler.schema.meanings import meaning, summary
from reconciler.schema.remarks import SITES
from reconciler.schema.samples import FILE, sample_of, sample_text
from reconciler.schema.survey import Field
from reconciler.schema.words import default_words, type_words

_AROUND = frozenset(str(info.alias) for info in Header.model_fields.values())
"""The fields around every spec."""
_MARGIN, _TERM = 2, 12
_WIDEST, _NARROWEST = 100, 40


@click.command("explain")
@click.argument("what", required=False, metavar="[KIND[.FIELD]...]")
def command(what: str | None) -> int:
    """Tell what a kind or a field is: type, default, the API's name, what a change does, an example.

    Without an argument, list the kinds. `[]` and `spec.` may be left out of a field's path.
    """
    if what is None:
        rows = [(name, summary(kind)) for name, kind in KINDS.items()]
        _print([*_listed("", rows), "", "`reconciler explain KIND` tells of its fields."])
        return 0
    try:
        found = find(what, Header)
    except Unknown as error:
        raise UsageError(error.message, error.hint) from error
    _print(_of_kind(found.kind) if found.field is None else _of_field(found, found.field))
    return 0


def _of_kind(kind: Kind) -> Iterator[str]:
    yield kind.name
    yield from _text(summary(kind))
    yield from _listed("Fields:", _fields(Found(kind)))
    yield from _example(sample_text(kind))


def _of_field(found: Found, one: Field) -> Iterator[str]:
    yield found.title
    only = one.told.api.only
    site = f" On the {SITES[only]} site only." if only else ""
    yield from _text(meaning(one.model, one.told.attribute) + site)
    yield ""
    told = {
        "type": type_words(one),
        "default": default_words(one),
        "in the API": "" if one.inner else ", ".join(one.around.at),
        "a change": change_words(one),
    }
    for term, text in told.items():
        yield from _hanging(term, _TERM, text) if text else ()
    yield from _listed("Fields:", _fields(found))
    yield from _example(_sample(found, one))


def _fields(found: Found) -> Iterator[tuple[str, str]]:
    """The fields right below, of a kind those of its spec, each with what it means."""
    known = known_fields(found.kind, Header)
    for names in children(found.names, known):
        path, one = known[names]
        need = "Required. " if one.info.is_required() else ""
        if names[0] not in _AROUND or found.names:
            yield _last(path), need + meaning(one.model, one.told.attribute)


def _last(path: str) -> str:
    """The last name of a path, with what says that it is many."""
    return path.removesuffix(".*").rpartition(".")[2] + (".*" if path.endswith(".*") else "")


def _sample(found: Found, one: Field) -> str:
    document = _document(found.kind)
    in_spec = found.names[0] not in _AROUND
    around = document.get("spec", {}) if in_spec else document
    value = sample_of(found.path, one, around)
    if value is None:
        return ""
    return write_document({"spec": value} if in_spec else value, QUOTED_FIELDS)


def _document(kind: Kind) -> Mapping[str, Any]:
    return next(read_documents(sample_text(kind).encode(), FILE)).value


# The page


def _print(lines: Iterable[str]) -> None:
    click.echo("\n".join(lines).strip("\n"))


def _width() -> int:
    return max(min(get_terminal_size((_WIDEST, 24)).columns, _WIDEST), _NARROWEST)


def _text(text: str) -> list[str]:
    margin = " " * _MARGIN
    return wrap(_unquoted(text), _width(), initial_indent=margin, subsequent_indent=margin)


def _hanging(term: str, room: int, text: str) -> list[str]:
    """A term and what is said of it, at its right."""
    lead = f"{' ' * _MARGIN}{term:<{room}}"
    below = " " * len(lead)
    return wrap(
        _unquoted(text),
        _width(),
        initial_indent=lead,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _listed(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    found = list(rows)
    room = max((len(term) for term, _ in found), default=0) + _MARGIN
    yield from ["", title] if found else ()
    for term, text in found:
        yield from _hanging(term, room, text)


def _example(text: str) -> Iterator[str]:
    yield from ["", "Example:", *(" " * _MARGIN + line for line in text.splitlines())] if text else ()


def _unquoted(text: str) -> str:
    """Without the marks of code, which a page has and a terminal needs not."""
    return text.replace("`", "")
