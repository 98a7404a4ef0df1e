"""Numbered changes of a store, each as SQL in the package: expand first, contract a release later."""

from importlib.resources import files

from reconciler.backends.postgres.versions import RELEASES, VERSION

LEAST = {1: (1, 1), 2: (1, 1), 3: (1, 1)}
"""What has to be known after each migration, to read and to write: the same as long as it only adds."""

_LOCK = 0x7265636F6E63696C
"""One number for all who migrate at a time; the lock ends with the transaction, as a pooler needs it."""


def migration(number: int, schema: str) -> str:
    """The SQL of one migration, with the version that it leaves."""
    text = files("reconciler.backends.postgres").joinpath("migrations", f"{number:04}.sql").read_text()
    reader, writer = LEAST[number]
    return text.replace("{{schema}}", schema) + (
        f"\nINSERT INTO {schema}.store (version, min_reader, min_writer, needs) "
        f"VALUES ({number}, {reader}, {writer}, '{RELEASES[number]}')\n"
        "ON CONFLICT (one) DO UPDATE SET version = excluded.version, min_reader = excluded.min_reader, "
        "min_writer = excluded.min_writer, needs = excluded.needs, changed = clock_timestamp();\n"
    )


def script(after: int, schema: str) -> str:
    """All migrations behind one, as one transaction that waits for nobody longer than a moment."""
    parts = [migration(number, schema) for number in range(after + 1, VERSION + 1)]
    return "\n".join(
        [
            "BEGIN;",
            "SET LOCAL lock_timeout = '5s';",
            f"SELECT pg_advisory_xact_lock({_LOCK});",
            *parts,
            "COMMIT;",
        ]
    )
