"""What is said of bytes that are no JSON."""

import json

import pytest

from reports.checking.json_faults import parsed_with_faults
from tests.reports.checking.records import right_record


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "f is empty; copy it again"),
        (b" \n", "f is empty; copy it again"),
        (b'{"a": 1,\n "b": [1, 2', "f ends too early, on line 2; copy it again"),
        (b'{"a": "some te', "f ends too early, on line 1; copy it again"),
        (b'{"a": 1}}', "f is not JSON: line 1: Extra data; write it again"),
        (
            b'{"a": 1,\n b: 2}',
            "f is not JSON: line 2: Expecting property name enclosed in double quotes; write it again",
        ),
        (b"\xff\xfe", "f is not JSON: it is not UTF-8; write it again"),
        (b'{"a": {"b": [1, NaN]}}', "f: a.b[1] is NaN; it must be a finite number"),
        (b'{"a": -Infinity}', "f: a is minus infinite; it must be a finite number"),
        (b'{"a": 1e999}', "f: a is infinite; it must be a finite number"),
        (b"[" * 150 + b"]" * 150, "f cannot be read: it is nested deeper than 100; write it again"),
        (b"[" * 100_000, "f cannot be read: it is nested too deep or is too large; write it again"),
    ],
)
def test_what_is_no_json(raw, sentence):
    content, found = parsed_with_faults(raw, "f")
    assert content is None
    assert [str(it) for it in found] == [sentence]


def test_each_number_that_is_none_is_named():
    _, found = parsed_with_faults(b'{"a": NaN, "b": {"c": Infinity}}', "f")
    assert [it.key for it in found] == ["a", "b.c"]


def test_a_key_that_is_there_twice():
    content, found = parsed_with_faults(b'{"seed": 1, "a": [{"b": NaN, "b": NaN}], "seed": 2, "c": NaN}', "f")
    assert content is None
    assert [str(it) for it in found] == [
        "f: b occurs twice; remove one of the two",
        "f: seed occurs twice; remove one of the two",
        "f: a[0].b is NaN; it must be a finite number",
        "f: c is NaN; it must be a finite number",
    ]


def test_half_a_character_is_named_and_a_whole_one_is_none():
    raw = rb'{"a": "\ud83d\ude42", "b": {"c": ["x", "\ud83d"]}, "\ude42": []}'
    content, found = parsed_with_faults(raw, "f")
    assert content["a"] == "\N{SLIGHTLY SMILING FACE}"
    assert [str(it) for it in found] == [
        "f: b.c[1] holds half a character (a lone surrogate); write the file again",
        "f: \\ude42 holds half a character (a lone surrogate); write the file again",
    ]


def test_every_beginning_of_a_record_breaks_off():
    """Wherever a copy stops, no beginning of a record passes, and most are known for what they are."""
    raw = json.dumps(right_record()).encode()
    said = [str(parsed_with_faults(raw[:end], "f")[1][0]) for end in range(1, len(raw), 997)]
    assert all("ends too early" in it or "not JSON" in it for it in said)
    assert sum("ends too early" in it for it in said) > 0.9 * len(said)


def test_what_is_right_is_handed_on():
    content = right_record()
    assert parsed_with_faults(json.dumps(content).encode(), "f") == (content, [])
