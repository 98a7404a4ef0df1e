"""A manifest file's content is replaced: in one step, keeping its mode, and nothing but that very file.

What was formatted was read a moment before. So the file is looked at once more: a link, something
that is no regular file, and a file that somebody has changed since are left alone.
"""

import os
import stat

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Unwritable(Exception):
    """The file cannot be replaced; the message says why and what to do."""


def replace_text(path: str, before: bytes, after: bytes, token: str) -> None:
    """Puts `after` in the place of a file that holds `before`; raises Unwritable, and changes nothing then.

    `token` makes the name of the temporary file beside it, which is hidden, so that no reader of
    manifests takes it for one.
    """
    directory, name = os.path.split(path)
    try:
        at = os.open(directory or os.curdir, _DIRECTORY)
        try:
            _replace(at, name, before, after, f".{name}.{token}.tmp")
            os.fsync(at)
        finally:
            os.close(at)
    except OSError as error:
        raise Unwritable(f"cannot be written: {error.strerror}") from error


def _replace(at: int, name: str, before: bytes, after: bytes, temporary: str) -> None:
    mode = _checked(at, name, before)
    descriptor = os.open(temporary, _CREATE, 0o600, dir_fd=at)
    try:
        with open(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        os.rename(temporary, name, src_dir_fd=at, dst_dir_fd=at)
    except BaseException:
        os.unlink(temporary, dir_fd=at)
        raise


def _checked(at: int, name: str, before: bytes) -> int:
    """The file's mode, if it may be replaced."""
    if stat.S_ISLNK(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
        raise Unwritable("found a symbolic link, which is not overwritten; pass the file itself")
    if not os.access(name, os.W_OK, dir_fd=at):
        raise Unwritable("found a file without write permission; check its permissions")
    with open(os.open(name, _READ, dir_fd=at), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unwritable("not a regular file; use - for standard input")
        if file.read(len(before) + 1) != before:
            raise Unwritable(
                "changed while it was being formatted, so it was left unchanged; format it again"
            )
    return stat.S_IMODE(status.st_mode)
