"""Writes docs/schema: the JSON Schema of each kind's documents, of any one of a manifest, and of a status.

Run from the repository's root: python scripts/schemas.py
"""

from collections.abc import Iterator
from pathlib import Path

from reconciler.kinds import KINDS
from reconciler.manifests.loading.header import Header
from reconciler.plan.schema import status_schema
from reconciler.schema import document_schema, manifest_schema, schema_text

FOLDER = Path("docs") / "schema"
PLAN = FOLDER / "plan.json"
"""The schema of reports of plans, which is not one of manifests."""


def files() -> Iterator[tuple[Path, str]]:
    """Every file of the folder with its text."""
    yield FOLDER / "manifest.json", schema_text(manifest_schema(Header))
    for kind in KINDS.values():
        yield FOLDER / f"{kind.name}.json", schema_text(document_schema(kind, Header))
    yield FOLDER / "status.json", schema_text(status_schema())


def main() -> None:
    """Writes the files, and removes those of kinds that are gone."""
    FOLDER.mkdir(exist_ok=True)
    written = dict(files())
    for path in set(FOLDER.glob("*.json")) - {*written, PLAN}:
        path.unlink()
    for path, text in written.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
