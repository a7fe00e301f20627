"""The front page fits a reader's patience, and sentences are short.

`python -m tests.docs.test_length` prints the mean and the 90th percentile of words a sentence, for each page.
"""

import math
from pathlib import Path

import pytest

from tests.docs.pages import FOR_USERS, README, project_path, sentences, words_in

MEAN, NINE_IN_TEN = 17, 25
"""Words a sentence: on average, and as many as nine in ten sentences have at most."""


def lengths(page: Path) -> tuple[int, float, int]:
    """How many sentences, their mean number of words, and the 90th percentile (the nearest rank)."""
    counts = sorted(words_in(sentence) for sentence in sentences(page))
    return len(counts), sum(counts) / max(len(counts), 1), counts[math.ceil(0.9 * len(counts)) - 1] if counts else 0


def test_the_front_page_has_at_most_200_lines() -> None:
    assert len(README.read_text().splitlines()) <= 200


@pytest.mark.parametrize("page", FOR_USERS, ids=project_path)
def test_sentences_are_short(page: Path) -> None:
    _, mean, high = lengths(page)
    assert mean <= MEAN
    assert high <= NINE_IN_TEN


def test_sentences_are_counted_as_a_reader_would(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading of five words\n\nOne two three. Four `a b c` six!\nSeven\neight?\n\n"
        "| a table | is none |\n\n- A bullet\n  goes on\n- [a link](b.md#c) ends\n\n    code is none\n\n"
        "```\nnor this\n```\n"
    )
    assert [words_in(sentence) for sentence in sentences(page)] == [3, 3, 2, 4, 3]
    assert lengths(page) == (5, 3.0, 4)


if __name__ == "__main__":
    print("page                         sentences  mean  90%")
    for each in FOR_USERS:
        number, mean, high = lengths(each)
        print(f"{project_path(each):27}  {number:9}  {mean:4.1f}  {high:3}")
