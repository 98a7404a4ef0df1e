"""The list of sentences that users can read is as the code has them, so that a review sees each new one."""

import ast
import textwrap
from pathlib import Path

import pytest

from scripts import sentences

CODE = '''
"""What the module is for."""
HINT = "name a file"

@click.command()
def show() -> None:
    """Show what runs."""
    raise Refused(f"{path} is {'no file' if there else 'not there at all'}", hint="look for it")

def helper() -> None:
    """Help inside the code."""
    connection.execute("SELECT one FROM other")
'''


@pytest.mark.slow
def test_the_list_is_as_generated() -> None:
    assert Path(sentences.PAGE).read_text() == sentences.page(), "run python scripts/sentences.py"


def test_texts_and_the_help_of_commands_are_sentences_and_docstrings_are_not() -> None:
    told = list(sentences.of_code(ast.parse(textwrap.dedent(CODE))))
    assert "name a file" in told and "Show what runs." in told and "look for it" in told
    assert "not there at all" in told
    assert not {"What the module is for.", "Help inside the code."} & {*told}


@pytest.mark.parametrize(
    "text",
    [
        "FROM {schema}.run r JOIN {schema}.hold h ON h.workspace = r.id",
        "r.seq, r.first::text, r.ending",
        "default-src 'none'; style-src '{style}'",
        'svg <rect width="{width}" height',
        "%(objecttype) and %(objectsize)",
    ],
)
def test_what_only_looks_like_one_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(f"TEXT = {text!r}")
    assert sentences.sentences(path) == []


def test_what_is_raised_at_a_wrong_caller_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentences, "INTERNAL", (tmp_path / "planning",))
    for name in ("planning", "kinds"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.py").write_text(
            'raise ValueError(f"{kind} starts no task")\nraise StateError("the state is lost")\n'
        )
    assert sentences.sentences(tmp_path / "planning" / "one.py") == ["the state is lost"]
    assert len(sentences.sentences(tmp_path / "kinds" / "one.py")) == 2


def test_sql_is_no_sentence(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(CODE)
    assert not any("SELECT" in one for one in sentences.sentences(path))
