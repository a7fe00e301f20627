"""Digests of content: equal for equal content however it came about, different for whatever differs."""

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.figures.content_digest import NoDigest, content_digest
from reports.figures.measurements import Mean
from tests.reports.records import planted


@dataclass
class Named:
    name: str
    numbers: list[float]


def painter(points: Any, wide: bool = False) -> Callable[[], object]:
    def paint() -> object:
        return points, wide

    return paint


def other_painter(points: Any) -> Callable[[], object]:
    def paint() -> object:
        return points

    return paint


DIFFERENT: list[Any] = [
    None,
    True,
    1,
    1.0,
    "1",
    b"1",
    [],
    [1],
    [[1]],
    [1, 2],
    [12],
    ["1", "2"],
    ["12", ""],
    {"a": 1},
    {"a": 1, "b": 2},
    {"b": 2, "a": 1},
    {1: "a"},
    {"1": "a"},
    {1},
    float("inf"),
    -0.0,
    0.0,
    Path("a"),
    np.arange(3),
    np.arange(3.0),
    np.arange(3).reshape(3, 1),
    Named("a", [1.0]),
    Named("a", [1.5]),
    Mean(1.0, None, None, 1),
    painter([1, 2]),
    painter([1, 3]),
    painter([1, 2], wide=True),
    other_painter([1, 2]),
    functools.partial(painter, [1, 2]),
    functools.partial(painter, [1, 2], wide=True),
    planted("g", "r", 1, {"m": 1.0}),
    planted("g", "r", 1, {"m": 1.5}),
]


def test_what_differs_has_another_digest() -> None:
    digests = [content_digest(value) for value in DIFFERENT]
    same = [(a, b) for (a, x), (b, y) in itertools.combinations(enumerate(digests), 2) if x == y]
    assert not same, [(DIFFERENT[a], DIFFERENT[b]) for a, b in same]


def test_equal_content_has_one_digest_whoever_made_it() -> None:
    for make in (
        lambda: {"a": [1, (2.5, None)], "b": {"c", "d", "e"}},
        lambda: Named("a", [1.0, math.nan]),
        lambda: painter([1, {"x": 2}]),
        lambda: functools.partial(painter, [1], wide=True),
        lambda: planted("g", "r", 1, {"m": 1.0}),
        lambda: np.linspace(0, 1, 7),
    ):
        assert content_digest(make()) == content_digest(make())
    assert content_digest({"d", "c", "e"}) == content_digest({"e", "d", "c"})


def test_a_change_of_what_a_function_refers_to_is_seen() -> None:
    points = [1.0, 2.0]
    paint = painter(points)
    before = content_digest(paint)
    points.append(3.0)
    assert content_digest(paint) != before


def test_a_record_is_digested_once() -> None:
    record, known = planted("g", "r", 1, {"m": 1.0}), {}  # type: ignore[var-annotated]
    first = content_digest([record, record], known=known)
    assert [entry[0] for entry in known.values()] == [record]
    assert content_digest([record, record], known=known) == first == content_digest([record, record])


def test_what_has_no_content_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w") as file:
        for value in (file, object(), {"a": object()}, iter([1]), painter(object())):
            with pytest.raises(NoDigest):
                content_digest(value)


def test_what_contains_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(NoDigest, match="nested too deep"):
        content_digest(ring)
