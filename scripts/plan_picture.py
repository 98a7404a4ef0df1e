"""Draws docs/plan.svg: a plan of a changed demo, as a terminal shows it.

Run from the repository's root: python scripts/plan_picture.py
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

from reconciler.backends.local.location import file_location
from reconciler.cli.world import backend_for, read_workspace
from reconciler.planning.planner import make_plan
from reconciler.reports.text import render_text
from reconciler.reports.view import view_of
from reconciler.state.model import Owner

EDITS = [
    (
        "layouts.yaml",
        "{name: guest-1, locationX: 960, locationY: 0,",
        "{name: guest-1, locationX: 960, locationY: 20,",
    ),
    ("streams.yaml", "live/town-hall-french", "live/hall-fr"),
    ("relay.yaml", "spec:\n", "spec:\n  state: stopped\n"),
]
WIDTH = 92


def main() -> None:
    """Applies a copy of the demo, edits it, plans, and draws the plan."""
    root = Path.cwd()
    with tempfile.TemporaryDirectory() as temporary:
        shutil.copytree(root / "manifests" / "demo", Path(temporary) / "manifests")
        os.chdir(temporary)
        Path("state").mkdir()
        apply = [sys.executable, "-m", "reconciler", "apply", "--auto-approve"]
        subprocess.run(apply, check=True, capture_output=True)
        for name, old, new in EDITS:
            path = Path("manifests") / name
            text = path.read_text()
            assert old in text, old
            path.write_text(text.replace(old, new))
        workspace = read_workspace(())
        state = backend_for(file_location("state/demo.json")).snapshot(Owner("demo")).state
        plan = make_plan(workspace.settings, workspace.resources, state, {}, now=time.time())
        os.chdir(root)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ reconciler plan manifests/demo", style="bold"))
    view = view_of(plan, "/srv/live/state/demo.json", cloud="the simulator")
    console.print(Text.from_ansi(render_text(view, width=WIDTH, color=True)))
    svg = console.export_svg(title="reconciler plan", unique_id="plan")
    # The fonts that rich names are fetched from elsewhere; the picture stands by itself without.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    (root / "docs" / "plan.svg").write_text(svg)


if __name__ == "__main__":
    main()
