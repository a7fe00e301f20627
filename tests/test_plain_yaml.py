"""YAML is read in one way: as YAML 1.2 reads it, and what looks like something else is refused with the remedy."""

import math
import time
from pathlib import Path

import pytest
import yaml

from repro import plain_yaml
from repro.errors import BadInput
from repro.plain_yaml import DEEPEST, parse_yaml

SHIPPED = [
    path
    for room in ("ablations", "lightning_configs", "reports")
    for path in sorted((Path(__file__).parents[1] / room).rglob("*.yaml"))
]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("+1.5e+3", 1500.0),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1.0", 1.0),
        ("-0", 0),
        ("+12", 12),
        ("0x1F", 31),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("~", None),
        ("Null", None),
        ("", None),
        ("TRUE", True),
        ("false", False),
        ("'no'", "no"),
        ('"1e-3"', "1e-3"),
        ("!!str no", "no"),
        ("y", "y"),
        ("norwegian", "norwegian"),
        ("1.2.3", "1.2.3"),
        ("00:12:00:00", "00:12:00:00"),
        ("1e", "1e"),
        ("=", "="),
        ("- 1", [1]),
        ("{a: [1e1, b]}", {"a": [10.0, "b"]}),
    ],
)
def test_values(text, value):
    found = parse_yaml(text, "mine.yaml")
    assert found == value
    assert type(found) is type(value)


def test_nan():
    assert math.isnan(parse_yaml(".nan", "mine.yaml"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((word, f"put {word} in quotes") for word in ("no", "Yes", "ON", "off")),
        ("2020-01-01", "a date; put 2020-01-01 in quotes"),
        ("2001-12-14 21:59:43.10 -5", "a date"),
        ("010", "octal"),
        ("08", "octal"),
        ("0o17", "octal"),
        ("1:30", "base 60"),
        ("12:00:00:00", "base 60"),
        ("0b101", "binary"),
        ("1_000", "write 1000"),
        ("1_0.5", "write 10.5"),
        ("1e999", "too large for a number"),
        ("1" * 5000, "5000 digits"),
        ("!!python/object:os.system {}", "tag"),
        ("!!int 3", "tag"),
    ],
)
@pytest.mark.parametrize("where", ["a: {}", "a: [x, {}]", "{}: a"])
def test_what_looks_like_something_else_is_refused_with_file_line_and_remedy(value, said, where):
    if value.startswith("!") and where.startswith("{}"):
        value = "!!float 3"
    with pytest.raises(BadInput, match=said) as told:
        parse_yaml("# first\n" + where.replace("{}", value, 1), "mine.yaml")
    assert str(told.value).startswith("mine.yaml, line 2: ")


def nested(depth: int) -> str:
    return "a: " + "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &a [*a]", "refers to nothing that ends before it"),
        ("a: &a {b: {c: *a}}", "refers to nothing that ends before it"),
        ("a: *b", "refers to nothing"),
        (nested(20_000), "nested lists and mappings"),
        ("\n".join("  " * depth + "a:" for depth in range(200)), "nested lists and mappings"),
        ("a0: &a0 [1]\n" + "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)), "values"),
        # Each alias lies deep within the next anchor: no level is deeper than 40 where it stands.
        (
            f"a0: &a0 {'[' * 40}{']' * 40}\n"
            + "\n".join(f"a{n}: &a{n} {'[' * 30}*a{n - 1}{']' * 30}" for n in range(1, 40)),
            "nested lists and mappings",
        ),
        ("a: \udce9", "not valid UTF-8"),
        ("a: 1\nb: 2\na: 3", "a occurs twice"),
        ("? [a]\n: b", "keys must be text or numbers"),
        ("a: 1\n---\nb: 2", "second document"),
        ("a: [1", "not YAML"),
        ("a: \x1b", "not YAML"),
        ("a: " + "x" * (plain_yaml.LARGEST + 1), "characters"),
        ("a: {<<: 3}", "must refer to mappings"),
    ],
)
def test_size_depth_and_aliases_are_bounded(text, said):
    began = time.process_time()
    with pytest.raises(BadInput, match=said):
        parse_yaml(text, "mine.yaml")
    assert time.process_time() - began < 2


def test_an_anchor_said_anew_means_the_new_one():
    assert parse_yaml("[&a 1, *a, &a 2, *a]", "mine.yaml") == [1, 1, 2, 2]


def test_mappings_are_merged_as_before():
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {<<: [*a, *b], x: 0}\nd: {<<: *a}\n"
    assert parse_yaml(text, "mine.yaml") == yaml.safe_load(text)


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_shipped_files_hold_nothing_that_readers_disagree_about(path):
    """But for numbers without a point, which YAML 1.1 takes for text."""
    text = path.read_text(encoding="utf-8")
    assert repr(parse_yaml(text, str(path))) == repr(yaml.safe_load(text))


def test_an_alias_may_lie_as_deep_as_what_it_repeats():
    deep = "[" * (DEEPEST - 2) + "]" * (DEEPEST - 2)
    content = parse_yaml(f"a: &a {deep}\nb: [*a]", "mine.yaml")
    assert content["b"] == [content["a"]]
    with pytest.raises(BadInput, match="nested lists"):
        parse_yaml(f"a: &a {deep}\nb: [[*a]]", "mine.yaml")
