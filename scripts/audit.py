"""Looks the locked dependencies up among the known vulnerabilities, where the database can be reached.

    build/tools/bin/python scripts/audit.py    # in the environment of requirements/tools.txt

Exit code 0: none is known, or nothing could be asked, which one line says; 1: there are some, each told.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

LOCKED = Path("requirements") / "all.txt"
COMMAND = ("pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json")


def asked() -> tuple[list[dict[str, Any]], str]:
    """(what the database says of each locked dependency, why it says nothing)."""
    command = [sys.executable, "-m", *COMMAND, "--requirement", str(LOCKED)]
    found = subprocess.run(command, capture_output=True, text=True)
    try:
        return json.loads(found.stdout)["dependencies"], "the database knows none of them"
    except ValueError:
        return [], (found.stderr.splitlines() or ["pip-audit says nothing"])[-1].strip()


def told(dependencies: Sequence[dict[str, Any]], reason: str) -> Iterator[str]:
    """A line for each vulnerability, then one for what was looked up."""
    known = [one for one in dependencies if "skip_reason" not in one]
    for one in known:
        for found in one["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version"
            yield f"{one['name']} {one['version']}: {found['id']}, mended in {fixed}"
    if not known:
        yield f"vulnerabilities: not looked up, as no database can be reached from here: {reason}"
        return
    yield f"vulnerabilities: {len(known)} of {len(dependencies)} locked dependencies looked up"


def main() -> int:
    """Prints what is found."""
    dependencies, reason = asked()
    print(*told(dependencies, reason), sep="\n")
    return 1 if any(one.get("vulns") for one in dependencies) else 0


if __name__ == "__main__":
    sys.exit(main())
