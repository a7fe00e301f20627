"""Batches as tensors, against sentences laid out one by one."""

import numpy as np
import pytest
import torch

from repro.data.batches import BatchPlan
from repro.data.corpus import Corpus
from repro.data.preparing import prepare
from repro.data.store import Split
from repro.data.text import LineAligned
from repro.data.vocabulary import BOS, EOS, PAD, VocabularySettings
from repro.training.batch import EvaluationBatches, MicroBatches, collate
from repro.training.captured_loss import CapturedLoss
from tests.training.batches import RandomSplit

LINES = ["a b c", "d", "a a a a a a", "c d", "b b b"]


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    folder = tmp_path_factory.mktemp("batch")
    for name, lines in (("en", LINES), ("de", [line[::-1] + " e" for line in reversed(LINES)])):
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    corpus = Corpus("letters", ("en", "de"), {"train": (LineAligned(folder / "en", folder / "de"),)})
    return prepare(corpus, folder / "prepared", VocabularySettings(kind="words", size=10)).split("train")


@pytest.mark.parametrize("sentences", [[0], [4, 2, 0], [3, 1], list(range(5))])
def test_a_batch_is_its_sentences_padded(split: Split, sentences: list[int]) -> None:
    batch = collate(split, np.array(sentences), update=7)
    assert batch.update == 7
    for rows, side in ((batch.src, split.source), (batch.labels, split.target)):
        lists = [side(i).tolist() for i in sentences]
        width = max(map(len, lists))
        assert rows.tolist() == [row + [PAD] * (width - len(row)) for row in lists]
    for read, learnt in zip(batch.tgt.tolist(), batch.labels.tolist(), strict=True):
        n = learnt.index(EOS) + 1
        assert read == [BOS, *learnt[: n - 1], *[PAD] * (len(learnt) - n)]


def test_no_sentences_are_a_row_of_padding(split: Split) -> None:
    batch = collate(split, np.empty(0, dtype=np.int64))
    assert [rows.tolist() for rows in (batch.src, batch.tgt, batch.labels)] == [[[PAD]]] * 3


@pytest.mark.parametrize(("accumulate", "world_size"), [(1, 8), (8, 1), (2, 4), (4, 2)])
def test_ranks_and_accumulation_are_both_shards(accumulate, world_size):
    """Any split of 8 sees the same parts, each with the same place in training and so the same dropout."""
    split = RandomSplit(200)
    plan = BatchPlan(split.source_lengths, split.target_lengths, tokens=150, seed=3)

    def parts(accumulate, world_size, update):
        found = {}
        for rank in range(world_size):
            batches = MicroBatches(split, plan, accumulate, rank, world_size)
            for micro in range(accumulate):
                batch = batches[update * accumulate + micro]
                assert batch.last_of_update == (micro == accumulate - 1)
                found[batch.shard] = batch
        return [found[i] for i in range(8)]

    for update in (0, 5, plan.batches_per_epoch + 1):
        expected = parts(1, 8, update)
        found = parts(accumulate, world_size, update)
        for a, b in zip(found, expected, strict=True):
            assert torch.equal(a.labels, b.labels)
            assert torch.equal(a.src, b.src)
            assert (a.update, a.shards, a.update_tokens, a.epoch) == (b.update, 8, b.update_tokens, b.epoch)
        assert sum(int((a.labels != PAD).sum()) for a in found) == found[0].update_tokens
        assert found[0].epoch == (update >= plan.batches_per_epoch)


def test_a_batch_is_what_its_sentences_are():
    split = RandomSplit(5)
    batch = collate(split, np.array([3, 1]))
    for row, i in enumerate((3, 1)):
        n, m = int(split.source_lengths[i]), int(split.target_lengths[i])
        assert batch.src[row, :n].tolist() == list(split.source(i))
        assert batch.labels[row, :m].tolist() == list(split.target(i))
        assert batch.tgt[row, :m].tolist() == [1, *split.target(i)[:-1]]
        assert not batch.src[row, n:].any()
        assert not batch.labels[row, m:].any()
        assert not batch.tgt[row, m:].any()


@pytest.mark.parametrize("world_size", [1, 2, 3, 7])
def test_evaluation_covers_every_sentence_once_and_ranks_equally(world_size):
    split = RandomSplit(10)
    batches = [np.arange(0, 4), np.arange(4, 8), np.arange(8, 10)]
    ranks = [EvaluationBatches(split, batches, rank, world_size) for rank in range(world_size)]
    assert len({len(rank) for rank in ranks}) == 1
    assert sorted(i for rank in ranks for part in rank.batches for i in part) == list(range(10))
    for rank in ranks:
        for i in range(len(rank)):
            assert rank[i].labels.numel() > 0


class LongestOfNine:
    """Sentences of at most nine tokens, behind the interface of a prepared split."""

    source_lengths = np.array([3, 9, 5, 5, 7, 9, 2] * 30)
    target_lengths = np.array([4, 8, 5, 6, 9, 9, 1] * 30)

    def rows(self, side, sentences):
        lengths = {"source": self.source_lengths, "target": self.target_lengths}[side][sentences]
        return np.where(np.arange(lengths.max()) < lengths[:, None], 7, PAD)


@pytest.mark.parametrize(("accumulate", "world_size"), [(1, 1), (2, 1), (2, 2)])
def test_every_batch_is_within_the_capacity(accumulate, world_size):
    split = LongestOfNine()
    plan = BatchPlan(split.source_lengths, split.target_lengths, tokens=300)
    micro = MicroBatches(split, plan, accumulate, 0, world_size)
    batches = [micro[i] for i in range(2 * plan.batches_per_epoch * accumulate)]
    assert len({(batch.capacity, batch.longest) for batch in batches}) == 1
    assert batches[0].longest == 9
    assert batches[0].capacity == {1: 384, 2: 256, 4: 128}[accumulate * world_size]
    assert all(CapturedLoss.takes(batch) for batch in batches)
