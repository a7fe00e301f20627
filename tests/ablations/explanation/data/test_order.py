"""ReorderedText texts: the same words, spans whole, marks between them in place, and places that lead back."""

import random

import pytest

from ablations.explanation.data.dataset import Instance, add_end_words
from ablations.explanation.data.order import reorder
from ablations.explanation.data.reviews import ReviewSettings, generate


def test_spans_take_each_other_s_turns() -> None:
    words = add_end_words(["a", "b", ",", "c", "d", "e", ".", "f", "."])
    moved = reorder(Instance(words, 1), ((1, 3), (4, 7), (8, 9)), random.Random(1))
    assert moved is not None
    text = " ".join(moved.instance.words)
    assert text in {
        f"<s> {x} , {y} . {z} . </s>"
        for x, y, z in [
            ("a b", "f", "c d e"),
            ("c d e", "a b", "f"),
            ("c d e", "f", "a b"),
            ("f", "a b", "c d e"),
            ("f", "c d e", "a b"),
        ]
    }
    assert [moved.instance.words[at] for at in moved.places] == list(words)


@pytest.mark.parametrize("unit", ["sentences", "clauses"])
def test_every_built_in_review(unit: str) -> None:
    for number, each in enumerate(generate(ReviewSettings(train=60, dev=4, test=4)).splits["train"]):
        spans = getattr(each, unit)
        moved = reorder(each, spans, random.Random(number))
        if len(spans) < 2:
            assert moved is None
            continue
        assert moved is not None
        assert sorted(moved.places) == list(range(len(each)))
        assert [moved.instance.words[at] for at in moved.places] == list(each.words)
        assert (moved.places[0], moved.places[-1]) == (0, len(each) - 1)
        for start, stop in spans:
            assert list(moved.places[start:stop]) == list(
                range(moved.places[start], moved.places[start] + stop - start)
            )
        assert reorder(each, spans, random.Random(number)) == moved
