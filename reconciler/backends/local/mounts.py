"""What is mounted where, as Linux tells it; elsewhere nothing is known."""

import os
import re
from pathlib import Path

_OCTAL = re.compile(r"\\([0-7]{3})")


def mounts() -> list[tuple[str, str]]:
    """(where, kind of file system) of every mount of this process, the latest last; none but on Linux."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) > 4 and after:
            found.append((_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]), after.split(" ")[0]))
    return found


def file_system_of(path: Path) -> str:
    """The kind of file system of the mount that a directory is below; "" if it is not told."""
    real = os.path.realpath(path)
    best, kind = "", ""
    for point, found in mounts():
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind


def is_mount_point(path: Path) -> bool:
    """Whether something is mounted at this very name, as a container mounts a single file."""
    real = os.path.join(os.path.realpath(path.parent), path.name)
    return any(point == real for point, _ in mounts())
