"""Batches: what is real, what may be attended to, and that every instance comes once."""

import pytest
import torch

from ablations.explanation.data.dataset import Dataset, Instance, Vocabulary, add_end_words
from repro.errors import BadInput

TEXTS = ("a b c", "a", "c c d e a", "b", "d d", "e a b")


def made(texts=TEXTS, labels=(0, 1, 0, 1, 0, 1), query=()) -> Dataset:
    instances = tuple(Instance(add_end_words(t.split()), label, query) for t, label in zip(texts, labels, strict=True))
    splits = {"train": instances, "dev": instances, "test": instances}
    return Dataset("made", splits, Vocabulary.of(instances), ("no", "yes"))


def test_a_batch_says_what_is_real_and_what_may_be_attended_to() -> None:
    batch = made().batch("dev", [0, 1])
    assert batch.tokens.tolist() == [[2, 4, 5, 6, 3], [2, 4, 3, 0, 0]]
    assert batch.mask.tolist() == [[True] * 5, [True] * 3 + [False] * 2]
    assert batch.attendable.tolist() == [[False, True, True, True, False], [False, True, False, False, False]]
    assert batch.lengths.tolist() == [5, 3]
    assert (batch.labels.tolist(), batch.index.tolist(), batch.query, batch.split) == ([0, 1], [0, 1], None, "dev")
    rows = batch.rows(torch.tensor([1, 1, 0]))
    assert rows.index.tolist() == [1, 1, 0]
    assert rows.tokens.shape == (3, 5)


def test_questions_are_padded_too() -> None:
    batch = made(query=("a", "unheard")).batch("test", [2])
    assert batch.query is not None
    assert batch.query.tolist() == [[4, 5]]  # both are known and frequent: questions are part of the vocabulary
    assert made(query=("a",)).vocabulary.ids(["a", "never"]) == [4, 1]


@pytest.mark.parametrize("generator", [None, 7])
def test_every_instance_comes_once(generator) -> None:
    data = made()
    draw = None if generator is None else torch.Generator().manual_seed(generator)
    batches = list(data.batches("train", size=2, tokens=10, generator=draw))
    assert sorted(int(at) for batch in batches for at in batch.index) == list(range(6))
    assert all(len(batch) <= 2 and (len(batch) == 1 or batch.tokens.numel() <= 10) for batch in batches)


def test_training_batches_are_a_function_of_the_generator() -> None:
    def order(seed: int) -> list[int]:
        draw = torch.Generator().manual_seed(seed)
        return [int(at) for batch in made().batches("train", size=2, generator=draw) for at in batch.index]

    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(5)}) > 1


def test_a_class_missing_from_a_split_is_refused() -> None:
    instances = tuple(Instance(add_end_words(["a"]), label) for label in (0, 1))
    splits = {"train": instances, "dev": instances[:1], "test": instances}
    with pytest.raises(BadInput, match="mine has no instance of class yes in dev"):
        Dataset("mine", splits, Vocabulary.of(instances), ("no", "yes"))
    with pytest.raises(BadInput, match="mine has no instance in dev"):
        Dataset("mine", {**splits, "dev": ()}, Vocabulary.of(instances), ("no", "yes"))
