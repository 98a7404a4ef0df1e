"""Reading files of raw requests: every form, every limit, and what is told with which line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.converting.requests import RawRequest, read_requests
from reconciler.manifests.reading import guard

Told = tuple[int, tuple[str | int, ...], str]
BODY = {"UserId": "a"}
LINE = json.dumps({"action": "Start", "request": BODY})


def found(data: str | bytes, action: str | None = None) -> tuple[list[RawRequest], list[Told]]:
    told: list[Told] = []
    raw = data.encode() if isinstance(data, str) else data
    requests = list(read_requests(raw, "file", action, lambda *what: told.append(what)))
    return requests, told


def places(data: str, action: str | None = None) -> list[tuple[int, int | None, str, Any]]:
    requests, told = found(data, action)
    assert told == []
    return [(one.line, one.index, one.action, one.body) for one in requests]


def test_one_request_with_whatever_beside_it() -> None:
    whole = {"version": "2019-07-22", "action": "Start", "request": BODY, "response": {"x": ["\u202e"]}}
    assert places(json.dumps(whole, indent=2)) == [(1, None, "Start", BODY)]
    assert places(f"\n\n  {LINE}  \r\n") == [(3, None, "Start", BODY)]


def test_requests_one_after_another() -> None:
    expected = [(1, None, "Start", BODY), (3, None, "Start", BODY)]
    assert places(f"{LINE}\n\n{LINE}") == expected
    pretty = json.dumps(json.loads(LINE), indent=1)
    assert [line for line, *_ in places(f"{pretty}\n{pretty}\n")] == [1, 7]


def test_lists() -> None:
    expected = [(2, 0, "Start", BODY), (3, 1, "Start", BODY)]
    assert places(f"[\n{LINE},\n{LINE}\n]\n") == expected
    assert places(f"[{LINE}]\n[{LINE}]") == [(1, 0, "Start", BODY), (2, 0, "Start", BODY)]
    assert places(f"[ ]\n{LINE}") == [(2, None, "Start", BODY)]


def test_bare_bodies() -> None:
    body = json.dumps(BODY)
    expected = [(1, None, "Stop", BODY), (2, 0, "Stop", BODY), (2, 1, "Stop", BODY), (3, None, "Stop", BODY)]
    assert places(f"{body}\n[{body}, {body}]\n{LINE.replace('Start', 'Stop')}", "Stop") == expected


def test_a_broken_line_hides_no_other() -> None:
    requests, told = found(f'{LINE}\n{{"action": nothing}}\n{LINE}\n{LINE[:-1]}\n{LINE}')
    assert [one.line for one in requests] == [1, 3, 5]
    assert told == [
        (2, (), "not valid JSON: expecting value (column 11)"),
        (4, (), f"not valid JSON: expecting ',' delimiter (column {len(LINE)})"),
    ]


@pytest.mark.parametrize("text", ["", " \n", "[]", "\ufeff"])
def test_nothing_at_all(text: str) -> None:
    assert found(text) == ([], [(0, (), "found no request")])


def test_bytes_that_are_no_text() -> None:
    assert found(b'{"a": 1}\n\n"\xff"') == (
        [],
        [(3, (), "found bytes that are not UTF-8; save the file as UTF-8")],
    )
    _, told = found(LINE.encode("utf-16"))
    assert told == [(1, (), "found bytes that are not UTF-8; save the file as UTF-8")]


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_FILE_BYTES", 100)
    _, told = found("[" + " " * 100)
    assert told == [(0, (), "the file is larger than the limit of 100 bytes; split it")]


def test_a_request_that_is_too_large() -> None:
    large = json.dumps({"a": ["x" * 1000] * (guard.MAX_DOCUMENT_BYTES // 1000)})
    requests, told = found(f"{{}}\n[{{}}, {large}]\n{{}}", "A")
    assert [one.line for one in requests] == [1, 2, 3]
    assert told == [(2, (1,), "found a request larger than the limit of 1048576 bytes")]


def test_too_many_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_DOCUMENTS", 2)
    requests, told = found("{}\n{}\n{}\n{}", "A")
    assert len(requests) == 2
    assert told == [(3, (), "more than 2 requests; split this file")]


def test_a_text_that_is_too_long() -> None:
    long = "x" * (guard.MAX_SCALAR_CHARACTERS + 1)
    _, told = found(json.dumps({"action": "A", "request": {"a": [long]}}))
    assert told == [(1, ("a", 0), f"found a string of {len(long)} characters; the limit is {len(long) - 1}")]


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_deep_nesting(bracket: str) -> None:
    _, told = found(bracket * 200_000 + f"\n{LINE}", "A")
    assert any("levels of nesting" in message for _, _, message in told)


def test_what_only_looks_like_a_number() -> None:
    assert found('{"a": -Infinity}', "A")[1] == [(1, (), "not valid JSON: -Infinity is not a JSON number")]
    for number in ("1e400", "9" * 20, "-" + "9" * 100_000):
        assert found(f'{{"a": {number}}}', "A")[1] == [(1, ("a",), "found a number that is too large")]
    assert places(f'{{"a": {"9" * 19}}}', "A")[0][3] == {"a": int("9" * 19)}


def test_what_is_not_the_request_is_not_looked_at() -> None:
    whole = f'{{"action": "A", "note": "\\u202e", "big": {"9" * 30}, "request": {{}}}}'
    assert places(whole) == [(1, None, "A", {})]


bodies = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(max_codepoint=126, min_codepoint=32)),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text("abc", max_size=3), below, max_size=3)
    ),
    max_leaves=10,
)


@given(
    st.lists(st.dictionaries(st.text("abc", max_size=3), bodies, max_size=3), min_size=1, max_size=5),
    st.booleans(),
)
def test_whatever_is_written_is_read(several: list[dict[str, Any]], as_list: bool) -> None:
    text = json.dumps(several, indent=1) if as_list else "\n".join(map(json.dumps, several))
    requests, told = found(text, "A")
    assert told == []
    assert [one.body for one in requests] == several


@given(st.text('[]{}",:a1 \n', max_size=60))
def test_no_text_is_too_much_for_it(text: str) -> None:
    requests, told = found(text, "A")
    assert requests or told


PIECES = st.sampled_from(
    [
        *(
            "POST / HTTP/1.1\n",
            "GET /?Action=A&B=1 HTTP/1.1\n",
            "https://a.example/?Action=A",
            "https://[::1/?A=1",
        ),
        *(
            "Host: a.example\n",
            "X-TC-Action: A\n",
            '{"UserId": "a"}\n',
            "{",
            "[",
            "&A.0.B=1",
            "&A.B=2",
            "<x>",
            "<",
        ),
        *("\n", "  ", "\t", "&", "=", "%zz", "%00", ".", "é", "text", "\r\n"),
    ]
)


@given(st.lists(PIECES, max_size=12), st.sampled_from([None, "Start"]))
def test_no_request_in_text_is_too_much(pieces: list[str], action: str | None) -> None:
    """Each is read or told with a line that there is."""
    text = "POST / HTTP/1.1\n" + "".join(pieces)
    requests, told = found(text, action)
    assert requests or told
    assert all(0 <= line <= text.count("\n") + 1 for line, _, _ in told)
    assert all(isinstance(one.body, dict) and one.action for one in requests)


@pytest.mark.parametrize(
    "line", [f"A:{' ' * 40_000}x{' ' * 40_000}x", "<" * 80_000, "&" * 80_000, "a." * 40_000]
)
def test_a_long_line_is_read_in_time(line: str) -> None:
    text = f"POST / HTTP/1.1\n{line}\nhttps://a.example/?{line}=1\n"
    assert found(text, "Start")[1]
