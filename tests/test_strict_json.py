"""Only JSON that every client can read is read."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.strict_json import JSON, JSONTextError, parse

DOUBLE = "Expected a number within a double's range"
SURROGATE = "Expected Unicode characters, received a lone surrogate"

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**308), 10**308)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_a_byte_order_mark_is_ignored() -> None:
    assert parse(b"\xef\xbb\xbf" + '{"a": "é"}'.encode()) == {"a": "é"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "received an empty body"),
        (b" \n\t", "received an empty body"),
        (b"{", "at line 1 column 2"),
        (b'{"a" 1}', "Expected JSON, but at line 1 column 6"),
        (b"{} {}", "Extra data"),
        (b"\n\n]", "at line 3 column 1"),
        (b"'a'", "Expected JSON"),
        (b'"a\nb"', "Invalid control character"),
        (b"\xef\xbb\xbf", "Expected JSON, but at line 1 column 1"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "Expected JSON, but at line 1 column 1"),
        (b'\xef\xbb\xbf"\xff"', "Expected UTF-8, received byte 0xff at 1"),
        (b'"\xff"', "Expected UTF-8, received byte 0xff at 1"),
        (b'"\xed\xa0\x80"', "Expected UTF-8, received byte 0xed at 1"),
        ('{"a": 1}'.encode("utf-16"), "Expected UTF-8"),
        (b"NaN", "received NaN"),
        (b"[Infinity]", "received Infinity"),
        (b'{"a": -Infinity}', "received -Infinity"),
        (b"1e309", DOUBLE),
        (b"-1e309", DOUBLE),
        (b"9" * 309, DOUBLE),
        (b"9" * 5000, DOUBLE),
        (b'"\\ud800"', SURROGATE),
        (b'{"\\udfff": 1}', SURROGATE),
        (b'["\\ude00\\ud83d"]', SURROGATE),
        (b"[" * 129 + b"]" * 129, "Expected at most 128 levels of nesting"),
        (b"[" * 100_000, "Expected at most 128 levels of nesting"),
        (b'{"a":' * 100_000, "Expected at most 128 levels of nesting"),
    ],
)
def test_what_is_not_strict_json_is_refused(text: bytes, words: str) -> None:
    with pytest.raises(JSONTextError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            b'{"a": [1, 2.5, "\\ud83e\\udd96", null, true]}',
            {"a": [1, 2.5, "\U0001f996", None, True]},
        ),
        (b"1e308", 1e308),
        (b"-1" + b"0" * 308, -(10**308)),
        (b"1e-400", 0.0),
        (b' "a" ', "a"),
        (b'"\\\\ud800"', "\\ud800"),
        ("\u2028".join('""').encode(), "\u2028"),
    ],
)
def test_strict_json_is_read(text: bytes, value: JSON) -> None:
    assert parse(text) == value


def test_a_number_is_refused_where_it_stops_being_a_double() -> None:
    largest = int(1.7976931348623157e308)
    assert parse(str(largest).encode()) == largest
    with pytest.raises(JSONTextError):
        parse(str(2 * largest).encode())


@given(VALUES)
def test_whatever_is_written_is_read_back(value: JSON) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_as_json_loads_reads_them_or_refused(text: bytes) -> None:
    try:
        value = parse(text)
    except JSONTextError:
        return
    assert value == json.loads(text)
    assert not (isinstance(value, float) and math.isinf(value))
