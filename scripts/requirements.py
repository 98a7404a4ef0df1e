"""Writes requirements/: the lowest versions of pyproject.toml, and the locked ones with their hashes.

    python scripts/requirements.py           # lowest.txt alone, from pyproject.toml
    python scripts/requirements.py --lock    # and every locked file anew, by `uv pip compile`

Run from the repository's root. A locked file names versions and hashes and no place to take them from, so
that it holds wherever packages come from. Each but tools.txt and build.txt is a part of all.txt.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("requirements")
LOWEST = FOLDER / "lowest.txt"
ALL = FOLDER / "all.txt"
RUN_TIME = ("simulator", "callbacks", "png", "socks", "postgres", "watch", "notify", "traces")
"""The extras that users choose; all others are for working on the house."""
LOCK_COMMAND = "python scripts/requirements.py --lock"
_FLOOR = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?[~>]=([0-9.]+)(?:,.*)?")


@dataclass(frozen=True, slots=True)
class Lock:
    """A locked file: which extras of pyproject.toml it has, or what is named here instead."""

    path: Path
    extras: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def declared() -> dict[str, tuple[str, ...]]:
    """What pyproject.toml requires, by extra; the run time's own by an empty name, the build's by `build`."""
    read = tomllib.loads(Path("pyproject.toml").read_text())
    project = read["project"]
    extras = {name: tuple(wanted) for name, wanted in project["optional-dependencies"].items()}
    return {"": tuple(project["dependencies"]), "build": tuple(read["build-system"]["requires"]), **extras}


def floors() -> Iterator[tuple[str, str]]:
    """(name, lowest version) of each direct dependency of the run time and its extras; raises ValueError."""
    wanted = declared()
    for requirement in (one for extra in ("", *RUN_TIME) for one in wanted[extra]):
        found = _FLOOR.fullmatch(requirement)
        if found is None:
            raise ValueError(f"{requirement} has no lower bound; write NAME>=VERSION")
        yield found[1].lower(), found[2]


def lowest_text() -> str:
    """The constraints that hold each direct dependency at its lowest version."""
    lines = sorted({f"{name}=={version}" for name, version in floors()})
    return "\n".join(["# Written by `python scripts/requirements.py` from pyproject.toml.", *lines, ""])


def locks() -> tuple[Lock, ...]:
    """Every locked file, the one that bounds the others first."""
    extras = tuple(extra for extra in declared() if extra not in ("", "build"))
    parts = (Lock(FOLDER / f"{extra}.txt", (extra,)) for extra in RUN_TIME)
    tools = ("cyclonedx-bom>=7.5,<8", "mkdocs-material>=9.6,<10", "pip-audit>=2.10,<3")
    return (
        Lock(ALL, extras),
        Lock(FOLDER / "run.txt"),
        *parts,
        Lock(FOLDER / "build.txt", named=declared()["build"]),
        Lock(FOLDER / "tools.txt", named=tools),
    )


def compiled(lock: Lock) -> str:
    """The locked file's text; needs `uv` and a package index, raises CalledProcessError."""
    extras = [part for extra in lock.extras for part in ("--extra", extra)]
    bound = ["--constraint", str(ALL)] if lock.path != ALL and not lock.named else []
    command = [
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    # No place of this machine, and nothing that says which index it asked.
    command += [
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-annotate",
        "--no-header",
        *bound,
        *extras,
    ]
    given = "\n".join(lock.named)
    source = "-" if lock.named else "pyproject.toml"
    found = subprocess.run([*command, source], input=given, capture_output=True, text=True, check=True)
    return f"# Written by `{LOCK_COMMAND}`.\n{found.stdout}"


def main(arguments: list[str]) -> None:
    """Writes the files."""
    FOLDER.mkdir(exist_ok=True)
    LOWEST.write_text(lowest_text())
    for lock in locks() if "--lock" in arguments else ():
        lock.path.write_text(compiled(lock))


if __name__ == "__main__":
    main(sys.argv[1:])
