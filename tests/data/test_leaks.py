"""Leaks: a training pair with a held-out line on either side is found, and nothing else is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from repro.data.corpora import find_corpus
from repro.data.corpus import Corpus
from repro.data.leaks import LeakCounts, held_out_lines, without_leaks


@dataclass(frozen=True)
class Given:
    """A part that is its pairs."""

    given: tuple[tuple[str, str], ...]

    def pairs(self) -> Iterator[tuple[str, str]]:
        return iter(self.given)

    def identity(self) -> dict[str, Any]:
        return {}


TRAIN = (
    ("A dog.", "Ein Hund."),
    ("A cat.", "Eine Katze."),  # both sides in dev
    ("  a   CAT. ", "Ein Kater."),  # the source, but for case and spaces
    ("A tomcat.", "eine katze."),  # the target, but for case
    ("A cat", "Eine Katze"),  # punctuation counts
    ("Eine Katze.", "A cat."),  # the sides do not mix
    ("A bird.", "Ein Fisch."),  # a source and a target of different test pairs
    ("", "Ein Pferd."),  # a blank line in a test set says nothing
)
CORPUS = Corpus(
    "planted",
    ("en", "de"),
    {
        "train": (Given(TRAIN),),
        "dev": (Given((("A cat.", "Eine Katze."),)),),
        "test": (Given((("A bird.", "Ein Vogel."),)), Given((("A fish.", "Ein Fisch."), ("", "")))),
    },
)


def test_planted_leaks_are_dropped_and_counted_by_side() -> None:
    counts = LeakCounts()
    kept = list(without_leaks(CORPUS.pairs("train"), held_out_lines(CORPUS), counts))
    assert kept == [TRAIN[0], TRAIN[4], TRAIN[5], TRAIN[7]]
    assert counts == LeakCounts(kept=4, both_sides=2, source=1, target=1)
    assert counts.dropped == 4
    assert str(counts) == "dropped: 4 in dev or test (2 both sides, 1 source, 1 target)"
    assert str(LeakCounts(kept=1)) == "dropped: 0 in dev or test"
    assert counts + LeakCounts(1, 2, 3, 4) == LeakCounts(5, 4, 4, 5)


def test_memory_is_sixteen_bytes_a_held_out_line() -> None:
    held_out = held_out_lines(CORPUS)
    assert {len(digest) for digest in held_out.source | held_out.target} == {16}
    assert (len(held_out.source), len(held_out.target)) == (3, 3)


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("multi30k", LeakCounts(kept=28_998, source=1, target=1)),
        ("multi30k-en-fr", LeakCounts(kept=28_997, both_sides=1, target=2)),
        ("tatoeba-en-de", LeakCounts(kept=163_873)),
    ],
)
def test_real_corpora_leak_as_measured(data_folder: Path, name: str, expected: LeakCounts) -> None:
    """Tatoeba was split by connected groups, so there the count must be 0."""
    corpus = find_corpus(name, folder=data_folder)
    counts = LeakCounts()
    kept = list(without_leaks(corpus.pairs("train"), held_out_lines(corpus), counts))
    assert counts == expected
    held_out = {
        " ".join(line.lower().split()) for split in corpus.splits if split != "train" for line, _ in corpus.pairs(split)
    }
    assert not held_out & {" ".join(source.lower().split()) for source, _ in kept}
