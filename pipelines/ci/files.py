"""The files of a step: reports go into a directory made for the run, and nothing is read through a link.

A branch can hold anything under the names that a step writes: a link to the runner's own files, a pipe,
a directory that leads elsewhere. So the directory is new, ours alone (0700), and not behind a link of
the checkout; what is read back is a plain file of limited size.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from ci.errors import StepError

MOST_TEXT_BYTES = 512 * 1024
MOST_COPIED_BYTES = 1024 * 1024 * 1024
WORK_TREES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def new_directory(named: Path | None, environ: Mapping[str, str]) -> Path:
    """The directory for the reports of this run, which nothing else made; raises StepError.

    Without a name it is a fresh one where the runner keeps what is temporary, outside the checkout.
    """
    if named is None:
        return Path(tempfile.mkdtemp(prefix="reconciler-reports-", dir=environ.get("RUNNER_TEMP") or None))
    refuse_links(named, environ)
    try:
        named.parent.mkdir(parents=True, exist_ok=True)
        named.mkdir(mode=0o700)
    except FileExistsError as error:
        raise StepError(
            f"{named} is there already, and reports go into a directory made for the run: remove it, from "
            "the branch if it is committed, or name another by PIPELINE_REPORTS"
        ) from error
    except OSError as error:
        raise StepError(f"{named}: the directory cannot be made: {error.strerror}") from error
    return named


def refuse_links(path: Path, environ: Mapping[str, str]) -> None:
    """Raises StepError where the path leads through a link that stands in the checkout."""
    here = Path(os.path.abspath(path))
    trees = [Path.cwd(), *(Path(environ[name]).resolve() for name in WORK_TREES if environ.get(name))]
    for part in (*reversed(here.parents), here):
        if part.is_symlink() and any(part.parent.resolve().is_relative_to(tree) for tree in trees):
            raise StepError(f"{path}: {part} is a symbolic link of the checkout; remove it, none is followed")


def read_text(path: Path, environ: Mapping[str, str]) -> str:
    """The text of a plain file of at most MOST_TEXT_BYTES; raises StepError for any other."""
    with _opened(path, environ) as file:
        data = file.read(MOST_TEXT_BYTES + 1)
    if len(data) > MOST_TEXT_BYTES:
        raise StepError(f"{path}: longer than {MOST_TEXT_BYTES} bytes")
    return data.decode(errors="replace")


def copy_plain(path: Path, to: Path, environ: Mapping[str, str]) -> None:
    """Copies a plain file to a name that is free; raises StepError for any other, and for one too large."""
    with _opened(path, environ) as file:
        if os.fstat(file.fileno()).st_size > MOST_COPIED_BYTES:
            raise StepError(f"{path}: larger than {MOST_COPIED_BYTES} bytes")
        try:
            with to.open("xb") as copy:
                shutil.copyfileobj(file, copy)
        except OSError as error:
            raise StepError(f"{path}: cannot be copied to {to}: {error.strerror}") from error


def _opened(path: Path, environ: Mapping[str, str]) -> IO[bytes]:
    refuse_links(path, environ)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise StepError(f"{path}: cannot be read: {error.strerror}") from error
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise StepError(f"{path}: not a plain file")
