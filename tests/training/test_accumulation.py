"""The update is the same however its batch is cut: into micro-batches, ranks, or not at all."""

import numpy as np
import pytest
import torch

from repro.data.batches import BatchPlan, shard
from repro.data.vocabulary import EOS, PAD
from repro.training.batch import EvaluationBatches, MicroBatches, collate
from tests.training.runs import curve_without_time, plain_config, run


class Sentences:
    """Some sentences of random lengths, behind the interface of a prepared split."""

    def __init__(self, count, seed=1, longest=12):
        rng = np.random.default_rng(seed)
        self._source = [[*rng.integers(4, 20, rng.integers(1, longest)), EOS] for _ in range(count)]
        self._target = [[*rng.integers(4, 20, rng.integers(1, longest)), EOS] for _ in range(count)]
        self.source_lengths = np.array([len(row) for row in self._source])
        self.target_lengths = np.array([len(row) for row in self._target])

    def __len__(self):
        return len(self._source)

    def source(self, i):
        return np.array(self._source[i])

    def target(self, i):
        return np.array(self._target[i])

    def rows(self, side, sentences):
        found = [getattr(self, side)(int(i)) for i in sentences]
        width = max(map(len, found))
        return np.array([[*row, *[0] * (width - len(row))] for row in found], dtype=np.int64)


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """A module without dropout over 20 types, outside any trainer."""
    from repro.training.command_line import TrainingCLI

    config = plain_config(tmp_path_factory.mktemp("module"), {"--model.network.init_args.P_drop": 0.0})
    cli = TrainingCLI(config)
    cli.build({"logger": False})
    cli.model.build(20)
    return cli.model


def gradients(module, split, parts):
    """The gradients and loss of one update: Lightning's and DDP's divisions undone as in training_step."""
    module.network.zero_grad()
    tokens = sum(int(split.target_lengths[part].sum()) for part in parts)
    total = 0.0
    for part in parts:
        loss, _, counted = module.loss(collate(split, part), 0.1)
        assert int(counted) == int(split.target_lengths[part].sum())
        (loss * (len(parts) / tokens) / len(parts)).backward()
        total += float(loss)
    return [p.grad.clone() for p in module.network.parameters()], total / tokens


@pytest.mark.parametrize("shards", [2, 3, 8, 64])
def test_shards_give_the_gradients_of_the_whole_batch(module, shards):
    """64 shards of 40 sentences: some are empty, all are unequal."""
    split = Sentences(40)
    whole = np.arange(40)
    parts = shard(whole, split.source_lengths, split.target_lengths, shards)
    assert sorted(np.concatenate(parts)) == list(range(40))
    if shards == 64:
        assert min(map(len, parts)) == 0
    expected, loss = gradients(module, split, [whole])
    found, sharded_loss = gradients(module, split, parts)
    assert sharded_loss == pytest.approx(loss, rel=1e-5)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_weights_are_tokens_not_shards(module):
    """The mean of the shards' means is another number: shards of 2 and 30 tokens do not count alike."""
    split = Sentences(2)
    split._target = [[5, EOS], [*range(4, 19), *range(4, 18), EOS]]
    split.target_lengths = np.array([2, 30])
    parts = [np.array([0]), np.array([1])]
    sums = [float(module.loss(collate(split, part), 0.1)[0]) for part in parts]
    _, loss = gradients(module, split, parts)
    assert loss == pytest.approx(sum(sums) / 32, rel=1e-5)
    assert abs(sum(sums) / 32 - (sums[0] / 2 + sums[1] / 30) / 2) > 1e-3


def test_an_empty_shard_has_no_gradient_and_no_loss(module):
    module.network.zero_grad()
    loss, nll, tokens = module.loss(collate(Sentences(3), np.empty(0, dtype=np.int64)), 0.1)
    assert (float(loss), float(nll), int(tokens)) == (0.0, 0.0, 0)
    loss.backward()
    # DDP waits for the gradient of every parameter.
    assert all(p.grad is not None and not p.grad.any() for p in module.network.parameters())


def test_a_training_run_accumulates_exactly(tmp_path):
    """Through Lightning: one batch, and the same batches in four parts."""
    changes = {"--model.network.init_args.P_drop": 0.0, "--trainer.max_steps": 8}
    run(tmp_path, tmp_path / "one", changes)
    four = {"--trainer.accumulate_grad_batches": 4, "--trainer.val_check_interval": 16}
    run(tmp_path, tmp_path / "four", {**changes, **four})
    rows = [curve_without_time(tmp_path / name / "attempt-1") for name in ("one", "four")]
    assert len(rows[0]) == 10
    for one, other in zip(*rows, strict=True):
        assert (one["step"], one["split"], one["target_tokens"]) == (
            other["step"],
            other["split"],
            other["target_tokens"],
        )
        for column in ("loss", "nll", "gradient_norm"):
            if one[column]:
                assert float(one[column]) == pytest.approx(float(other[column]), rel=2e-4)


@pytest.mark.parametrize(("accumulate", "world_size"), [(1, 8), (8, 1), (2, 4), (4, 2)])
def test_ranks_and_accumulation_are_both_shards(accumulate, world_size):
    """Any split of 8 sees the same parts, each with the same place in training and so the same dropout."""
    split = Sentences(200)
    plan = BatchPlan(split.source_lengths, split.target_lengths, tokens=150, seed=3)

    def parts(accumulate, world_size, update):
        found = {}
        for rank in range(world_size):
            batches = MicroBatches(split, plan, accumulate, rank, world_size)
            for micro in range(accumulate):
                batch = batches[update * accumulate + micro]
                assert batch.first_of_update == (micro == 0)
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
    split = Sentences(5)
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
    split = Sentences(10)
    batches = [np.arange(0, 4), np.arange(4, 8), np.arange(8, 10)]
    ranks = [EvaluationBatches(split, batches, rank, world_size) for rank in range(world_size)]
    assert len({len(rank) for rank in ranks}) == 1
    assert sorted(i for rank in ranks for part in rank.batches for i in part) == list(range(10))
    for rank in ranks:
        for i in range(len(rank)):
            assert rank[i].labels.numel() > 0
