"""The page of commands is as their help is, and that reads as text."""

import re
import subprocess
import sys
from pathlib import Path

from scripts import commands

ROOT = Path(__file__).parents[2]

SPACED = re.compile(r"^  \S.*?[a-z.,;:] {2,}\S", re.M)
"""A sentence with a run of spaces in it, as a paragraph has that keeps its source's indentation."""


def test_the_page_is_as_generated() -> None:
    """In a process of its own, as click keeps a command's help option from whoever asked for it first."""
    code = "from scripts import commands; print(commands.page(), end='')"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (ROOT / commands.PAGE).read_text() == made.stdout, "run python scripts/commands.py"


def test_no_paragraph_keeps_the_indentation_of_its_source() -> None:
    for context in commands.commands(commands.cli, "reconciler"):
        text, _, _ = context.get_help().partition("\nOptions:")
        paragraphs, _, _ = text.partition("  Arguments:")
        assert not SPACED.search(paragraphs), context.command_path
