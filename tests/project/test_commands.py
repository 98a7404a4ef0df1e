"""The page of commands is as their help is, and that reads as text."""

import re

from scripts import commands

SPACED = re.compile(r"^  \S.*?[a-z.,;:] {2,}\S", re.M)
"""A sentence with a run of spaces in it, as a paragraph has that keeps its source's indentation."""


def test_the_page_is_as_generated() -> None:
    assert commands.PAGE.read_text() == commands.page(), "run python scripts/commands.py"


def test_no_paragraph_keeps_the_indentation_of_its_source() -> None:
    for context in commands.commands(commands.cli, "reconciler"):
        text, _, _ = context.get_help().partition("\nOptions:")
        paragraphs, _, _ = text.partition("  Arguments:")
        assert not SPACED.search(paragraphs), context.command_path
