"""`reconciler explain`: what a kind or a field is, from the same source as docs/manifests.md."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from reconciler.cli.environment import current_environment
from reconciler.cli.options import one_of, paths_argument
from reconciler.cli.resolved import field_rows
from reconciler.cli.world import DEFAULT_PATHS, read_workspace
from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.kinds.base import Kind
from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.converting.writer import write_document
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.reading.reader import read_documents
from reconciler.reports.escape import safe
from reconciler.reports.page import Page, plain
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
@click.argument("what", required=False, metavar="[KIND[.FIELD]... | ADDRESS]")
@paths_argument
def command(what: str | None, paths: tuple[str, ...]) -> int:
    """Explain a kind or field: its type, default, name in the API, the effect of a change, and an example.

    Without an argument, list the kinds. `[]` and `spec.` can be omitted from a field's path.

    With the ADDRESS of a resource, such as MixStream/hall-a, list its fields and values and where each comes
    from: its manifest, the workspace's defaults or push domains, or an override. Reads the manifests below
    each PATH (default: manifests).
    """
    columns = current_environment().columns or _WIDEST
    page = Page(min(columns, _WIDEST), color=False, least=_NARROWEST)
    if what is None:
        _list(page, [(name, summary(kind)) for name, kind in KINDS.items()])
        page.line()
        page.line(plain("`reconciler explain KIND` lists its fields."))
        click.echo(page.text(), nl=False)
        return 0
    if "/" in what:
        _write_resource(page, what, read_workspace(paths or DEFAULT_PATHS, keep=True))
        click.echo(page.text(), nl=False)
        return 0
    if paths:
        raise UsageError("a kind is not explained by manifests", "give an address, KIND/NAME, or no PATH")
    try:
        found = find(what, Header)
    except Unknown as error:
        raise UsageError(error.message, error.hint) from error
    if found.field is None:
        _write_kind(page, found.kind)
    else:
        _write_field(page, found, found.field)
    click.echo(page.text(), nl=False)
    return 0


def _write_resource(page: Page, what: str, workspace: Workspace) -> None:
    """Every field of one document of the manifests; raises UsageError where it is not among them."""
    by_address = {one.address: one for one in workspace.declared}
    shown = "`reconciler render --resolved` prints all of them"
    one = by_address[one_of(what, by_address, "is no resource in the manifests", shown)]
    page.line(plain(what))
    _paragraph(page, f"Declared at {safe(one.place)}.")
    page.line()
    _list(page, list(field_rows(one, workspace)))


def _write_kind(page: Page, kind: Kind) -> None:
    page.line(plain(kind.name))
    _paragraph(page, summary(kind))
    _list_fields(page, Found(kind))
    _example(page, sample_text(kind))


def _write_field(page: Page, found: Found, one: Field) -> None:
    page.line(plain(found.title))
    for number, sort in enumerate((*found.others, one)):
        if number:
            page.line()
        _write_sort(page, sort)
    _list_fields(page, found)
    _example(page, _sample(found, one))


def _write_sort(page: Page, one: Field) -> None:
    """What a field means, and takes."""
    only = one.facts.api.only
    site = f" On the {SITES[only]} site only." if only else ""
    _paragraph(page, meaning(one.model, one.facts.attribute) + site)
    page.line()
    told = {
        "type": type_words(one),
        "default": default_words(one),
        "in the API": "" if one.inner else ", ".join(one.around.at),
        "on change": change_words(one),
    }
    for term, text in told.items():
        if text:
            _define(page, term, _TERM, text)


def _fields(found: Found) -> Iterator[tuple[str, str]]:
    """The fields right below, of a kind those of its spec, each with what it means."""
    known = known_fields(found.kind, Header)
    for names in children(found.names, known):
        path, one = known[names]
        need = "Required. " if one.info.is_required() else ""
        if names[0] not in _AROUND or found.names:
            yield _last(path), need + meaning(one.model, one.facts.attribute)


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


def _paragraph(page: Page, text: str) -> None:
    page.hanging([plain(_unquoted(text))], _MARGIN)


def _define(page: Page, term: str, room: int, text: str) -> None:
    """A term and what is said of it, at its right."""
    lead = f"{' ' * _MARGIN}{term:<{room}}"
    page.hanging([plain(_unquoted(text))], len(lead), [plain(lead)])


def _list(page: Page, rows: Sequence[tuple[str, str]]) -> None:
    """Terms, all with the same room."""
    room = max((len(term) for term, _ in rows), default=0) + _MARGIN
    for term, text in rows:
        _define(page, term, room, text)


def _list_fields(page: Page, found: Found) -> None:
    rows = list(_fields(found))
    if rows:
        page.line()
        page.line(plain("Fields:"))
        _list(page, rows)


def _example(page: Page, text: str) -> None:
    if text:
        page.line()
        page.line(plain("Example:"))
        for line in text.splitlines():
            page.line((" " * _MARGIN + line, ""))


def _unquoted(text: str) -> str:
    """Without the marks of code, which a page has and a terminal needs not."""
    return text.replace("`", "")
