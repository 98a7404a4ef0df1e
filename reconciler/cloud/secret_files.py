"""Files that hold a secret, all below one directory.

A manifest names such a file, and so must not be able to name any other: the path may not climb,
a link may not lead out, and what is opened must be a regular file.
"""

import os
import stat
from pathlib import Path

from reconciler.errors import SecretError

LARGEST_SECRET = 64 * 1024
"""Bytes of a file with a secret."""


class SecretDirectory:
    """Reads files below one directory (`RECONCILER_SECRETS_DIR`), or none if there is no directory."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def read(self, name: str) -> str:
        """A file's text without its last line break; raises SecretError for whatever is not allowed.

        Links are followed as long as they end below the directory, as mounted secrets need.
        """
        if self._directory is None:
            raise SecretError(
                f"cannot read secret file {name!r}: no secrets directory is set",
                "set RECONCILER_SECRETS_DIR to its directory",
            )
        data, problem = _read_below(self._directory, name)
        if problem:
            raise SecretError(
                f"cannot read secret file {name!r}: {problem}",
                "use a regular, readable text file below RECONCILER_SECRETS_DIR",
            )
        return data.removesuffix("\n").removesuffix("\r")


def _read_below(directory: Path, name: str) -> tuple[str, str]:
    """The text and "", or "" and what is wrong; an exception could carry a part of the secret."""
    if ".." in Path(name).parts or "\0" in name:
        return "", "the path leaves the secrets directory"
    try:
        root = directory.resolve(strict=True)
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root):
            return "", "the path leaves the secrets directory"
        return _read_text(path)
    except UnicodeDecodeError:
        return "", "it is not UTF-8 text"
    except (OSError, RuntimeError) as error:
        return "", getattr(error, "strerror", None) or "it is a symbolic link loop"


def _read_text(path: Path) -> tuple[str, str]:
    # Opened without following links or waiting, so that a swapped link or a pipe cannot do harm.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return "", "it is not a regular file"
        data = file.read(LARGEST_SECRET + 1)
    return (
        ("", f"it is larger than {LARGEST_SECRET} bytes")
        if len(data) > LARGEST_SECRET
        else (data.decode(), "")
    )
