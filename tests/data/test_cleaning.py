"""Cleaning: every limit at its edge, every drop counted under its first reason."""

import random

import pytest

from repro.data.cleaning import Cleaning, CleaningCounts, clean
from repro.errors import BadInput


@pytest.mark.parametrize(
    ("settings", "source", "target", "reason"),
    [
        ({}, "a", "b", None),
        ({}, "", "b", "empty"),
        ({}, "a", " \t ", "empty"),
        ({"min_words": 2}, "a b", "a b", None),
        ({"min_words": 2}, "a b", "a", "too_short"),
        ({"max_words": 3}, "a b c", "a  b \tc", None),
        ({"max_words": 3}, "a b c", "a b c d", "too_long"),
        ({"max_words": 3}, "a b c d", "a b c", "too_long"),
        ({"max_characters": 5}, "abcde", "ä", None),
        ({"max_characters": 5}, "ä", "abcdef", "too_long"),
        ({"max_ratio": 1.5}, "a b c", "a b", None),
        ({"max_ratio": 1.5}, "a b", "a b c d", "ratio"),
        ({"max_ratio": 1.5}, "a b c d", "a b", "ratio"),
        ({"drop_identical": True}, "a b", " a b ", "identical"),
        ({"drop_identical": True}, "a b", "A b", None),
        ({"max_words": 2, "max_ratio": 1}, "a b c", "a", "too_long"),
    ],
)
def test_reason_at_the_edge_of_each_limit(settings, source: str, target: str, reason: str | None) -> None:
    assert Cleaning.from_settings(settings).reason_to_drop(source, target) == reason


def test_every_pair_is_kept_or_counted_and_order_stays() -> None:
    rng = random.Random(1)
    pairs = [(" ".join("ab"[: rng.randint(0, 2)] * rng.randint(0, 6)), "c " * rng.randint(0, 9)) for _ in range(500)]
    cleaning = Cleaning(min_words=1, max_words=7, max_ratio=2.0, drop_duplicates=True)
    counts = CleaningCounts()
    kept = list(clean(pairs, cleaning, counts))

    expected = []
    for source, target in pairs:
        sizes = sorted((len(source.split()), len(target.split())))
        if sizes[0] >= 1 and sizes[1] <= 7 and sizes[1] <= 2 * sizes[0] and (source, target) not in expected:
            expected.append((source, target))
    assert kept == expected
    assert counts.kept == len(expected)
    assert counts.kept + counts.dropped == len(pairs)
    assert min(counts.empty, counts.too_long, counts.ratio, counts.duplicate) > 0
    half = len(pairs) // 2
    parts = CleaningCounts(), CleaningCounts()
    without_duplicates = Cleaning(min_words=1, max_words=7, max_ratio=2.0)
    for stretch, part in zip((pairs[:half], pairs[half:]), parts, strict=True):
        list(clean(stretch, without_duplicates, part))
    whole = CleaningCounts()
    list(clean(pairs, without_duplicates, whole))
    assert parts[0] + parts[1] == whole


def test_a_duplicate_is_the_same_pair_not_the_same_side() -> None:
    counts = CleaningCounts()
    pairs = [("a", "b"), ("a", "c"), ("b", "b"), ("a", "b"), ("b", "a")]
    assert list(clean(pairs, Cleaning(drop_duplicates=True), counts)) == [*pairs[:3], pairs[4]]
    assert counts == CleaningCounts(kept=4, duplicate=1)


def test_cleaning_streams() -> None:
    counts = CleaningCounts()

    def endless():
        while True:
            yield ("", "b")
            yield ("a", "b")

    kept = clean(endless(), Cleaning(), counts)
    assert [next(kept), next(kept)] == [("a", "b")] * 2
    assert counts == CleaningCounts(kept=2, empty=2)


def test_counts_read_well() -> None:
    assert str(CleaningCounts(kept=9_990, too_long=7, ratio=3)) == "kept 9,990; dropped 10: 7 too long, 3 ratio"
    assert str(CleaningCounts(kept=5)) == "kept 5; dropped 0"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_word": 3}, "no setting 'max_word'; it has min_words, max_words"),
        ({"max_words": 0}, "max_words is 0"),
        ({"max_words": True}, "max_words is True"),
        ({"max_ratio": 0.5}, "max_ratio is 0.5"),
        ({"max_ratio": "big"}, "max_ratio is 'big'"),
        ({"min_words": None}, "min_words is None"),
        ({"max_ratio": float("nan")}, "max_ratio is nan"),
        ({"drop_identical": 1}, "drop_identical is 1"),
        ({"min_words": 5, "max_words": 3}, "max_words 3 is below min_words 5"),
    ],
)
def test_settings_that_make_no_sense(settings, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Cleaning.from_settings(settings)
