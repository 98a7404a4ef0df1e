"""Standard input, output and error as every command has them, whatever the caller has made of them."""

import codecs
import errno
import os
import sys
from io import TextIOWrapper

from reconciler.errors import ReconcilerError

AGAIN = "run the command again; everything done so far is kept"
_REPLACED = "reconciler-replaced"
_PLAINER = {
    "→": "->",
    "…": "...",
    "—": "-",
    "\N{EN DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "“": '"',
    "”": '"',
}
"""What stands for characters that a terminal's encoding may lack, as those of old Windows do."""


class OutputError(ReconcilerError):
    """Results cannot be written where they were to go."""


class Results(TextIOWrapper):
    """Standard output: what cannot be written is an error. Whoever stops reading, as `head` does, is none."""

    def write(self, text: str, /) -> int:
        """Raises OutputError, and BrokenPipeError where nobody reads on."""
        try:
            return super().write(text)
        except OSError as error:
            raise _named(error) from error

    def flush(self) -> None:
        """Raises OutputError, and BrokenPipeError where nobody reads on."""
        try:
            super().flush()
        except OSError as error:
            raise _named(error) from error


class Messages(TextIOWrapper):
    """Standard error: what cannot be written there can be told nowhere, and what is at work goes on."""

    def write(self, text: str, /) -> int:
        """Never raises OSError."""
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Never raises OSError."""
        try:
            super().flush()
        except OSError:
            return


def _named(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError) or error.errno == errno.EIO:  # a terminal that is gone says EIO
        return error
    reason = error.strerror or str(error)
    return OutputError(
        f"cannot write to standard output: {reason}",
        f"free some space or redirect the output elsewhere, then {AGAIN}",
    )


def open_streams() -> None:
    """Streams that the caller has closed read nothing and go nowhere, instead of failing each use.

    Only the interpreter's own are replaced by ours: whoever has put others there keeps them.
    """
    for name, mode, flags in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_WRONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
    for name, ours in (("stdout", Results), ("stderr", Messages)):
        stream = getattr(sys, name)
        if type(stream) is TextIOWrapper:
            encoding, buffering = stream.encoding, stream.line_buffering
            setattr(sys, name, ours(stream.detach(), encoding, _REPLACED, line_buffering=buffering))
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_REPLACED)


def closed_streams() -> OutputError | None:
    """Why results could not be written to the end; None if they were, or if who was to read them has gone."""
    unwritten = None
    try:
        sys.stdout.flush()
    except OSError:
        _drop(sys.stdout.fileno())
    except OutputError as error:
        _drop(sys.stdout.fileno())
        unwritten = error
    return unwritten


def _drop(descriptor: int) -> None:
    """Lets what is left go nowhere: the interpreter would complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """What is written instead of characters that a stream's encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAINER.get(one, "?") for one in error.object[error.start : error.end]), error.end


codecs.register_error(_REPLACED, _replaced)
