"""`reconciler schema`: JSON Schema, for editors."""

from difflib import get_close_matches

import click

from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.manifests.loader import Header
from reconciler.schema import document_schema, manifest_schema, schema_text


@click.command("schema")
@click.argument("kind", required=False)
def command(kind: str | None) -> int:
    """Print the JSON Schema (2020-12) of KIND's documents, or of any document of a manifest.

    Editors complete and check manifests by it.
    """
    if kind is None:
        node = manifest_schema(Header)
    elif kind in KINDS:
        node = document_schema(KINDS[kind], Header)
    else:
        close = get_close_matches(kind, KINDS, 1, 0.5)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UsageError(f"there is no kind {kind!r}", f"{guess}name one of {', '.join(KINDS)}, or none")
    # JSON is UTF-8, whatever a terminal's encoding is.
    click.echo(schema_text(node).encode(), nl=False)
    return 0
