"""Only where the rooms are put together is it known which backend it is."""

import ast
from pathlib import Path

import pytest

import reconciler

ROOT = Path(reconciler.__file__).parent
TOGETHER = ROOT / "cli" / "world.py"
"""Where a backend is chosen for a location."""
FOR_ANY_FILE = {"files", "regular", "streamed", "location", "packing"}
"""What of the local backend's rooms is about any file, such as a saved plan or the path of --state."""
SPEAKERS = [
    path
    for room in ("cli", "running", "applying", "planning", "observing", "reports")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path != TOGETHER
]


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_who_speaks_to_a_backend_knows_the_protocol_alone(path: Path) -> None:
    named = {
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reconciler.backends.local")
    }
    allowed = {f"reconciler.backends.local.{name}" for name in FOR_ANY_FILE}
    assert named <= (allowed if path.is_relative_to(ROOT / "cli") else set())
