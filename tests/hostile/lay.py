"""The other end of laying.py: makes the inputs."""

import sys
from pathlib import Path

from .inputs import MADE
from .laying import Laid, told


def lay(path: Path) -> None:
    """Writes each input to the file, tells of it, and waits until it is no longer needed."""
    for name, made in MADE.items():
        data = made.make()
        path.write_bytes(data)
        expected = made.expected
        print(told(Laid(name, len(data), expected.code, expected.says, expected.alone)), flush=True)
        del data
        sys.stdin.readline()


if __name__ == "__main__":
    lay(Path(sys.argv[1]))
