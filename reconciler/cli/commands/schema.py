"""`reconciler schema`: JSON Schema, for editors."""

import click

from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.manifests.loading.header import Header
from reconciler.schema import document_schema, manifest_schema, schema_text
from reconciler.words import guess


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
        meant = guess(kind, KINDS, 0.5)
        raise UsageError(f"there is no kind {kind!r}", f"{meant}name one of {', '.join(KINDS)}, or none")
    # JSON is UTF-8, whatever a terminal's encoding is.
    click.echo(schema_text(node).encode(), nl=False)
    return 0
