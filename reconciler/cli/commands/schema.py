"""`reconciler schema`: JSON Schema, for editors."""

import click

from reconciler.cli.world import read_settings
from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.manifests.loading.header import Header
from reconciler.schema import NO_DEFAULTS, document_schema, manifest_schema, schema_text
from reconciler.words import guess


@click.command("schema")
@click.argument("kind", required=False)
@click.option(
    "--workspace",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Fit the schema to the workspace below PATH: what its defaults give is not required.",
)
def command(kind: str | None, paths: tuple[str, ...]) -> int:
    """Print the JSON Schema (2020-12) for one KIND or for any manifest. Editors use it to complete and check
    manifests.
    """
    defaults = read_settings(paths).defaults if paths else NO_DEFAULTS
    if kind is None:
        node = manifest_schema(Header, defaults)
    elif kind in KINDS:
        node = document_schema(KINDS[kind], Header, defaults)
    else:
        meant = guess(kind, KINDS, 0.5)
        raise UsageError(
            f"unknown kind {kind!r}", f"{meant}use one of {', '.join(KINDS)}, or no argument for all kinds"
        )
    # JSON is UTF-8, whatever a terminal's encoding is.
    click.echo(schema_text(node).encode(), nl=False)
    return 0
