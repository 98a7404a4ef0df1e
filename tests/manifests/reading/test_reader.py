"""The reader: what each scalar means, what is refused and where, and that nothing breaks it."""

import json
import os
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ManifestError, Problem
from reconciler.manifests.reading import events, guard
from reconciler.manifests.reading.reader import Document, read_documents
from reconciler.words import path_text

from ...hostile.corpus import CHARACTERS, CORPUS, ESCAPES
from ...support import examples

SOUND = textwrap.dedent("""\
    # an example
    apiVersion: reconciler/v1
    kind: MixStream
    metadata: {name: town-hall, labels: {team: events}}
    spec:
      room: 295066
      layout:
        slots:
          - {user: alice, locationX: 0}
          - user: bob
            locationX: 640
      note: |
        two
        lines
    """)


def read(text: str | bytes) -> list[Document]:
    return list(read_documents(text.encode() if isinstance(text, str) else text, "f.yaml"))


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(ManifestError) as caught:
        read(text)
    return caught.value.problems


SCALARS = [
    *[(word, True) for word in ("true", "True", "TRUE")],
    *[(word, False) for word in ("false", "False", "FALSE")],
    *[(word, None) for word in ("null", "Null", "NULL", "~", "")],
    *[
        (word, word)
        for word in ("yes", "no", "on", "off", "Yes", "NO", "y", "n", "tRUE", "nULL", "nil", "None")
    ],
    *[("0", 0), ("-0", 0), ("7", 7), ("+7", 7), ("-7", -7), ("9" * 19, int("9" * 19))],
    *[(text, text) for text in ("012", "00", "-012", "0o17", "0x1F", "0xFF0000", "0b1", "1_000", "1,000")],
    *[("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("1e3", 1000.0), ("1E-2", 0.01), ("0.10", 0.1)],
    *[(text, text) for text in ("012.5", "012e3", "1e", "e3", ".", "+", "1.2.3", "--1", "+-1", "1 2")],
    *[(text, text) for text in ("12:30", "190:20:30", "2024-01-01", "2024-13-45", "2024-01-01T00:00:00Z")],
    *[(text, text) for text in ("inf", "nan", ".infinity", "..", "10%", "=", "a<<b", "١٢")],
    *[('"1"', "1"), ("'true'", "true"), ('""', ""), ("'~'", "~"), ('"<<"', "<<"), ('"\\t\\n\\r"', "\t\n\r")],
]


@pytest.mark.parametrize(("written", "value"), SCALARS)
def test_scalar(written: str, value: Any) -> None:
    (document,) = read(f"a: {written}\n")
    assert document.value == {"a": value}
    assert type(document.value["a"]) is type(value)


REFUSED = [
    ("a: .nan", 1, 4, "a", "found .nan; only finite numbers"),
    ("a: -.INF", 1, 4, "a", "found -.INF"),
    ("a: [0, .inf]", 1, 8, "a[1]", "quote it if it is text"),
    ("a: 1e999", 1, 4, "a", "a number that is too large"),
    ("a: " + "1" * 20, 1, 4, "a", "an integer of 20 digits; the limit is 19"),
    ("a: " + "1" * 5000, 1, 4, "a", "an integer of 5000 digits"),
    ("a: 1." + "1" * 80, 1, 4, "a", "a number of 82 characters; the limit is 64"),
    ("a: &x 1", 1, 4, "a", "quote a text that begins with &"),
    ("a: &x [1]", 1, 4, "a", "found an anchor"),
    ("a: *x", 1, 4, "a", "found an alias"),
    ("a: !!str 1", 1, 4, "a", "found a tag"),
    ("a: !x {b: 1}", 1, 4, "a", "found a tag"),
    ("a: ! x", 1, 4, "a", "found a tag"),
    ("a: 1\n<<: {b: 1}", 2, 1, '["<<"]', "found a merge key"),
    ("%TAG !e! tag:e\n---\na: 1", 1, 1, "", "found a %TAG directive"),
    ("%YAML 1.2\n%TAG !e! tag:e\n---\na: 1", 2, 1, "", "found a %TAG directive"),
    ("%YAML 1.3\n---\na: 1", 1, 1, "", "write %YAML 1.2"),
    ("a:\n  1: x", 2, 3, "a", 'a key that is read as a number; keys must be text; write "1"'),
    ("a: {true: x}", 1, 5, "a", "read as true or false"),
    ("? \n: x", 1, 2, "", "read as nothing"),
    ("a: {[b]: c}", 1, 5, "a", "a key that is a list or mapping"),
    ("a: {{b: c}: d}", 1, 5, "a", "a key that is a list or mapping"),
    ("a:\n  b: 1\n  c: 2\n  b: 3", 4, 3, "a.b", 'found the key "b" twice'),
    ('{"a": 1, "a": 2}', 1, 10, "a", 'found the key "a" twice'),
    ("- a", 1, 1, "", "found a list; a document must be a mapping"),
    ("text", 1, 1, "", "found a single value"),
    ("--- ~", 1, 5, "", "found a single value"),
    ("a: 'x\x1b'", 1, 6, "", "found the character U+001B"),
    ("a: 1\nb: é\u202e", 2, 5, "", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
    ('a:\n- "\\e"', 2, 3, "a[0]", "an escape for U+001B"),
    (b"a: 1\nb: \xc3\xa9\xff", 2, 5, "", "the byte 0xFF, which is not UTF-8"),
    ("a: 1".encode("utf-16"), 1, 1, "", "found UTF-16"),
    ("a: " + "x" * 65_537, 1, 4, "a", "a string of 65537 characters; the limit is 65536"),
    ("a: " + "[" * 32, 1, 35, "a" + "[0]" * 31, "more than 32 levels"),
    ("a: [" + "x," * 50_000 + "]", 1, 99_999, "a[49997]", "more than 50000 values"),
    ("a: 1\n--- # x\nb: " + "x" * 1024 * 1024, 2, 1, "", "a document of 1048587 bytes; the limit is 1048576"),
    ("a: b: c", 1, 5, "", "quote a text that holds ': '"),
    ("a: 1\n\tb: 2", 2, 1, "", "indent with spaces, not tabs"),
    ("a: @x", 1, 4, "", "quote a text that begins with @"),
    ("a: 1\nb: 'x\nc: 2", 2, 4, "", "not closed"),
    ("a: [1\nb: 2\n", 2, 2, "", "close the bracket"),
    ("a: [1", 1, 6, "", "close the bracket"),
    ("é: [1\r\n\r\n", 2, 1, "", "close the bracket"),
    ("a: 1\n---\nb: {c: 1\n---\nd: 1", 3, 9, "", "close the bracket"),
    ("a: 1\nbcd", 2, 4, "", "with a space after the colon"),
    ("a:\n  b: 1\n c: 2", 3, 2, "", "indent this line"),
    ('a: "\\q"', 1, 5, "", "write \\\\ for a backslash"),
    ('a: "\\ud83d\\ude00"', 1, 7, "", "write the character itself, or \\U"),
    ("!%C0%80 a: 1", 1, 1, "", "an escape that stands for no character"),
    ("%FOO\n---\na: 1", 1, 5, "", "remove the line"),
    ("%TAG !a! x\n" * 17 + "---\na: 1", 17, 1, "", "more than 16 lines that begin with %"),
    ("- a\n" + "%TAG !a! x\n" * 17, 18, 1, "", "more than 16 lines that begin with %"),
    ("a: 1\r---\r\n" + "%YAML 1.2\r" * 17, 19, 1, "", "more than 16 lines that begin with %"),
]


@pytest.mark.parametrize(("text", "line", "column", "path", "message"), REFUSED)
def test_refused(text: str | bytes, line: int, column: int, path: str, message: str) -> None:
    (problem,) = problems(text)
    assert (problem.file, problem.line, problem.column, problem.path) == ("f.yaml", line, column, path)
    assert message in problem.message


@pytest.mark.parametrize("char", CHARACTERS)
def test_forbidden_character(char: str) -> None:
    (problem,) = problems(f"a: 1\nb: 'é{char}'\n")
    assert (problem.line, problem.column) == (2, 6)
    assert f"U+{ord(char):04X}" in problem.message
    assert char not in problem.message


@pytest.mark.parametrize("escape", ESCAPES)
def test_forbidden_escape(escape: str) -> None:
    (problem,) = problems(f'a: 1\nb: "x{escape}"\n')
    assert (problem.line, problem.column, problem.path) == (2, 4, "b")


def test_limits_are_exact() -> None:
    assert read("a: " + "[" * 31 + "]" * 31)
    assert read("a: " + "x" * 65_536)
    assert read("a: [" + "x," * 49_995 + "]")
    assert read("a: 1 #" + "x" * (1024 * 1024 - 6))


def test_file_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(b" " * (guard.MAX_FILE_BYTES + 1))
    assert (problem.line, problem.column) == (0, 0)
    assert "split it" in problem.message
    monkeypatch.setattr("reconciler.manifests.reading.chunks.MAX_DOCUMENTS", 3)
    assert len(read("a: 1\n" + "---\na: 1\n" * 2)) == 3
    (problem,) = problems("a: 1\n" + "---\na: 1\n" * 3)
    assert problem.line == 6
    assert "split this file" in problem.message


def test_no_more_values_than_the_size_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    # A file of 250 bytes may have 60 and 50 more; each of these documents counts as 17, the last as 10.
    monkeypatch.setattr(guard, "MAX_EVENTS", 60)
    document = "a: [1,2,3]\n---\n"
    assert len(read((document * 5).ljust(250, "#"))) == 5
    (problem,) = problems((document * 7).ljust(250, "#"))
    assert (problem.line, problem.column) == (12, 1)
    assert "found more values and documents than 110, the limit for a file of 250 bytes" in problem.message


@pytest.mark.slow
def test_a_dense_file_is_given_up() -> None:
    dense = "--- {a: [" + "1," * 40_000 + "]}\n"
    assert len(read(dense)) == 1
    (problem,) = problems(dense * 10)
    assert problem.line > 1
    assert "split this file" in problem.message


SECRETS = [
    "&hunter2",
    "*hunter2",
    "!hunter2",
    "!!hunter2",
    "!<hunter2>",
    "&hunter2 !hunter2 x",
    "1e31337",
    ".nan",
]


@pytest.mark.parametrize("written", SECRETS)
def test_what_may_be_a_password_is_not_shown(written: str) -> None:
    for problem in problems(f"key: {written}\n"):
        assert "hunter2" not in str(problem)
        assert "31337" not in str(problem)


def test_line_breaks_of_every_system_stand_for_the_same() -> None:
    text = "# x\n%YAML 1.2\n---\na: |\n  b\n  c\n...\n# y\n---\n{a: 1}\n--- # z\n\n a: 2\n... # end\n"
    plain = [(document.value, document.text, document.line) for document in read(text)]
    assert [value["a"] for value, _, _ in plain] == ["b\nc\n", 1, 2]
    for line_break in ("\r\n", "\r"):
        found = read(text.replace("\n", line_break))
        assert [(document.value, document.text, document.line) for document in found] == plain
        (problem,) = problems(text.replace("a: 2", "a: @").replace("\n", line_break))
        assert (problem.line, problem.column) == (13, 5)


def test_places_of_deep_and_wide_documents() -> None:
    pair = "[], {b: [1]}, "
    (document,) = read("a: " + "[" * 28 + pair * 5_000 + "]" * 28)
    path = ("a", *[0] * 27)
    assert document.where((*path, 0)) == (1, 32)
    assert document.where((*path, 9_999)) == (1, 32 + 4_999 * len(pair) + len("[], "))
    assert document.where((*path, 9_999, "b", 0)) == (1, 32 + 4_999 * len(pair) + len("[], {b: ["))


def test_every_problem_of_a_file_is_reported() -> None:
    found = problems("a: 1\na: 2\nb: &x .nan\n---\nc: [\n---\nd: {e: 1, e: 2}\n")
    assert [(p.line, p.column) for p in found] == [(2, 1), (3, 4), (3, 4), (5, 5), (7, 11)]
    assert [p.line for p in found if p.path] == [2, 3, 3, 7]


def test_sound_documents_come_before_the_error() -> None:
    seen = []
    with pytest.raises(ManifestError):
        for document in read_documents(b"a: 1\n---\nb: '\n---\nc: 3\n", "f"):
            seen.append(document.value)
    assert seen == [{"a": 1}, {"c": 3}]


def test_a_hopeless_file_is_given_up() -> None:
    found = problems("k: v\n" * 1000)
    assert len(found) == guard.MAX_PROBLEMS + 1
    assert found[0].line == 0
    assert "and stopped" in found[0].message


@pytest.mark.parametrize(
    ("text", "values", "lines"),
    [
        ("", [], []),
        ("# only\n", [], []),
        ("---\n---\n# x\n---", [], []),
        ("...\n...\n", [], []),
        ("---\n...\n---\na: 1\n...\n# c\n...\n", [1], [4]),
        ("\ufeffa: 1", [1], [1]),
        ("a: 1\r\n---\r\na: 2\r\n", [1, 2], [1, 3]),
        ("a: 1\r---\ra: 2\r", [1, 2], [1, 3]),
        ("%YAML 1.1\n---\na: 1\n...\n# x\n%YAML 1.2\n---\na: 2\n", [1, 2], [3, 8]),
        ("a: 1\n...\na: 2\n", [1, 2], [1, 3]),
        ("--- {a: 1}\n--- {a: 2} # x\n---\n\n a: 3\n", [1, 2, 3], [1, 2, 5]),
        ("--- # x\na: 1\n", [1], [2]),
        ("a: |\n  ---\n---\na: 2\n", ["---\n", 2], [1, 4]),
        ("{a: x\n%y}\n---\na: 2\n", ["x %y", 2], [1, 4]),
        ("a: 1\n----: x\n", [1], [1]),
    ],
)
def test_document_boundaries(text: str, values: list[Any], lines: list[int]) -> None:
    found = read(text)
    assert [document.value["a"] for document in found] == values
    assert [document.line for document in found] == lines


@pytest.mark.parametrize(
    "body",
    [
        SOUND,
        "a: 1",
        "a:\n",
        "a: |\n  x\n",
        "a: |+\n  x\n\n\n",
        "a: >-\n  x\n  y\n",
        "a: |+\n\n",
        "  a:\n    b: 1\n",
        "{a: [1, 2]}",
        '{\n\t"a": {"b": null}\n}',
        "a: é 😀\nb: '😀'\n",
        "? a\n: b\n",
    ],
)
def test_text_is_the_documents_own(body: str) -> None:
    (alone,) = read(body)
    assert alone.file == "f.yaml"
    whole = body if body.endswith("\n") else body + "\n"
    for above in ("", "# x\n\n", "z: 1\n---\n", "---\n{z: 1}\n...\n---\n"):
        for below in ("", "# y\n", "---\nz: 2\n", "...\n"):
            moved = next(d for d in read(above + whole + below) if "z" not in d.value)
            assert (moved.text, moved.value) == (alone.text, alone.value)
    (again,) = read(alone.text)
    assert (again.text, again.value) == (alone.text, alone.value)


def test_text_of_a_flow_document_is_the_same_beside_its_marker() -> None:
    first, second = read('{"a": 1}\n--- {"a": 1}\n')
    assert first.text == second.text
    assert [first.where(("a",)), second.where(("a",))] == [(1, 7), (2, 11)]


PLACES = [
    ((), (5, 1), (5, 1)),
    (("kind",), (6, 7), (6, 1)),
    (("metadata", "labels", "team"), (7, 44), (7, 38)),
    (("spec",), (9, 3), (8, 1)),
    (("spec", "layout", "slots"), (12, 7), (11, 5)),
    (("spec", "layout", "slots", 0), (12, 9), (12, 9)),
    (("spec", "layout", "slots", 0, "locationX"), (12, 34), (12, 23)),
    (("spec", "layout", "slots", 1, "locationX"), (14, 20), (14, 9)),
    (("spec", "note"), (15, 9), (15, 3)),
    (("spec", "missing", "deeper"), (9, 3), (9, 3)),
    (("spec", "layout", "slots", 7, "user"), (12, 7), (12, 7)),
    (("spec", "room", "x"), (9, 9), (9, 9)),
]


@pytest.mark.parametrize(("path", "value", "key"), PLACES)
def test_places(path: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]) -> None:
    document = read("a: 1\n\n---\n" + SOUND)[1]
    assert document.where(path) == value
    assert document.where_key(path) == key


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("spec", "slots", 0, "locationX"), "spec.slots[0].locationX"),
        (("metadata", "labels", "a/b.c"), 'metadata.labels["a/b.c"]'),
        ((0, "é\x1b"), '[0]["\\u00e9\\u001b"]'),
        (("x" * 100,), f'["{"x" * 60}..."]'),
    ],
)
def test_path_text(path: tuple[str | int, ...], text: str) -> None:
    assert path_text(path) == text


def outcome(data: bytes) -> list[Any] | tuple[Problem, ...]:
    try:
        return [document.value for document in read_documents(data, "f")]
    except ManifestError as error:
        return error.problems


def test_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("name", CORPUS)
def test_hostile(name: str) -> None:
    began = time.process_time()
    found = outcome(CORPUS[name])
    assert time.process_time() - began < 15
    assert all(str(problem).isprintable() for problem in found if isinstance(problem, Problem))


WORST = """
import resource, sys
from tests.hostile.corpus import CORPUS
from reconciler.errors import ManifestError
from reconciler.manifests.reading.reader import read_documents
worst = dict(list(CORPUS.items())[:: int(sys.argv[1])])
worst["dense"] = CORPUS["many empty lists"] * 50
worst["large"] = b"---\\na: {b: [1, 2, 3], c: %s}\\n" % (b"some text " * 10) * 100_000
resource.setrlimit(resource.RLIMIT_AS, (300 * 2**20, 300 * 2**20))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in worst.values():
    try:
        for document in read_documents(data, "f"):
            pass
    except ManifestError:
        pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.share(1)
@pytest.mark.slow
@pytest.mark.parametrize("step", [60, 1])
def test_hostile_input_stays_within_memory(step: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", WORST, str(step)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 150


def mutate(source: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randint(1, 6)):
        at = source.randrange(len(changed))
        piece = source.choice(
            [b"[", b"{", b"}", b"'", b'"', b"\n", b"\t", b": ", b"- ", b"&a ", b"*a", b"!t ", b"---\n"]
        )
        kind = source.randrange(4)
        if kind == 0:
            changed[at] = source.randrange(256)
        elif kind == 1:
            del changed[at : at + source.randint(1, 20)]
        elif kind == 2:
            changed[at:at] = piece
        else:
            changed[at:at] = changed[: source.randint(1, 80)]
        changed = changed or bytearray(b"a")
    return bytes(changed)


def test_mutated_documents() -> None:
    source = random.Random(20240101)
    seeds = [
        SOUND.encode(),
        json.dumps(yaml.safe_load(SOUND)).encode(),
        *(v for v in CORPUS.values() if 0 < len(v) < 300),
    ]
    for _ in range(3000):
        data = mutate(source, source.choice((seeds[0], source.choice(seeds))))
        for found in outcome(data):
            assert not isinstance(found, Problem) or str(found).isprintable(), data


def test_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = outcome(SOUND.encode()), read(SOUND)[0].text
    small = {name: data for name, data in CORPUS.items() if len(data) < 2000}
    sound = {name: outcome(data) for name, data in small.items()}
    monkeypatch.setattr(events, "parser", yaml.SafeLoader)
    assert (outcome(SOUND.encode()), read(SOUND)[0].text) == expected
    for name, data in small.items():
        found = outcome(data)
        assert [type(item) for item in found[:1]] == [type(item) for item in sound[name][:1]], name


_ALLOWED = st.characters(codec="utf-8").filter(lambda char: not guard.forbidden(char))
_TEXTS = st.text(_ALLOWED, max_size=12)
_NUMBERS = st.integers(-(10**19) + 1, 10**19 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_LEAVES = st.none() | st.booleans() | _NUMBERS | _TEXTS
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@examples(150)
@given(st.dictionaries(_TEXTS, _TREES, max_size=4))
def test_round_trip_of_json(data: dict[str, Any]) -> None:
    for indent in (None, 2):
        (document,) = read(json.dumps(data, ensure_ascii=False, indent=indent))
        assert document.value == data


class Dumper(yaml.SafeDumper):
    """Quotes every text, since PyYAML writes for YAML 1.1; numbers are written as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


@pytest.mark.slow
@examples(150)
@given(st.dictionaries(_TEXTS, _TREES, max_size=4), st.booleans(), st.booleans())
def test_round_trip_of_yaml(data: dict[str, Any], flow: bool, unicode: bool) -> None:
    text = yaml.dump_all([data, data], Dumper=Dumper, default_flow_style=flow, allow_unicode=unicode)
    assert [document.value for document in read(text)] == [data, data]


_PLAIN = st.text("abcXYZ019 -_./é:#'\"", max_size=12)


@examples(150)
@given(
    st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), _PLAIN | st.integers(-999, 999), max_size=5)
)
def test_round_trip_of_safe_dump(data: dict[str, Any]) -> None:
    # What 1.1 quotes 1.2 may leave plain, never the other way round, but for `1e3` and the like.
    text = yaml.safe_dump(data, allow_unicode=True)
    expected = yaml.load(text, Loader=yaml.BaseLoader)
    for key, value in ((key, value) for document in read(text) for key, value in document.value.items()):
        assert value == data[key] or (type(value) is float and value == float(expected[key]))


def walk(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from walk(item, (*path, step))


@examples(100)
@given(
    st.dictionaries(_TEXTS, _TREES, max_size=4),
    st.sampled_from([None, 1, 4]),
    st.sampled_from(["", "--- ", "---\n"]),
)
def test_where_points_at_the_value_and_its_key(data: dict[str, Any], indent: int | None, marker: str) -> None:
    text = "a: 1\n---\nb: 2\n" + (marker or "---\n\n  ") + json.dumps(data, ensure_ascii=False, indent=indent)
    lines = text.split("\n")
    document = read(text)[-1]
    for path, value in walk(data):
        line, column = document.where(path)
        assert lines[line - 1][column - 1 :].startswith(
            json.dumps(value, ensure_ascii=False, indent=indent)[:1]
        )
        line, column = document.where_key(path)
        if path and isinstance(path[-1], str):
            assert lines[line - 1][column - 1 :].startswith(json.dumps(path[-1], ensure_ascii=False) + ":")
