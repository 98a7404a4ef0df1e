"""The receipt of a state in a database: compared before a run, kept after it, outside the database."""

from pathlib import Path

import click

from reconciler.backends.local.files import PosixFiles, replace_file
from reconciler.backends.local.regular import MAX_BYTES
from reconciler.backends.protocol import StateLocation
from reconciler.backends.receipts import MARK, Receipt, receipts_in
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import say
from reconciler.cli.standard_input import read_source
from reconciler.cli.world import backend_for
from reconciler.errors import StateError, UsageError

receipt_option = click.option(
    "--receipt",
    "receipt",
    metavar="FILE",
    help="Refuse to run if the database has lost what the receipt in FILE says was written. FILE is updated "
    "at the end.",
)


def check_receipt(location: StateLocation, file: str | None) -> None:
    """Raises StateError where the store has lost what the receipt in a file says that it has; see the option.

    A file that is not there yet says nothing; nor does no file. Raises UsageError for what is none.
    """
    if file is None:
        return
    receipts = backend_for(location).parts.receipts
    if receipts is None:
        raise UsageError(
            f"{location} does not issue receipts", "remove --receipt: it is only for a state in a database"
        )
    known = _read(file) if Path(file).exists() else None
    missing = known and receipts.missing(known)
    if missing:
        raise StateError(
            f"{location}: the database has lost acknowledged writes: {missing}",
            "the database failed over to a standby that was behind, or was restored: restore the records "
            "from another standby or a later backup; or check what that run did (its log) and what would "
            f"follow (`reconciler plan`), then apply without --receipt {file}; nothing was sent",
        )


def keep_receipt(receipt: Receipt, file: str | None) -> None:
    """Writes it to the file, if there is to be one, and to a log; that it cannot be kept fails nothing.

    A job's log that was given instead is left as it is.
    """
    if file is not None and not _is_log(file):
        try:
            replace_file(PosixFiles(), Path(file), f"{receipt.line}\n".encode(), receipt.run)
        except OSError as error:
            say(f"warning: {file}: the receipt cannot be written: {error.strerror}")
    if not current_environment().is_terminal("stderr"):
        say(receipt.line)


def _is_log(file: str) -> bool:
    """Whether a file has more than a receipt."""
    try:
        lines = Path(file).read_text(errors="replace").splitlines()
    except OSError:
        return False
    return any(not line.startswith(f"{MARK} ") for line in lines)


def _read(file: str) -> Receipt:
    """The newest receipt in a file; raises UsageError for one that has none."""
    try:
        found = receipts_in(read_source(file, MAX_BYTES).decode(errors="replace"))
    except ValueError as error:
        raise UsageError(
            f"{file}: a receipt is truncated or was altered ({error})", "use the complete file"
        ) from error
    if not found:
        raise UsageError(
            f"{file} has no receipt", "pass the file that an apply wrote with --receipt, or its log"
        )
    return max(found, key=lambda one: one.serial)
