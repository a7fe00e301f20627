"""The update is the same however its batch is cut: into micro-batches, ranks, or not at all."""

import copy
import math

import numpy as np
import pytest
import torch

from repro.data.batches import shard
from repro.data.vocabulary import EOS
from repro.models.masks import PAD
from repro.training.batch import collate
from repro.training.module import TranslationModule
from tests.training.batches import RandomSplit
from tests.training.runs import curve_without_time, plain_config, run, weights


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """A module without dropout over 20 types, outside any trainer."""
    from repro.training.configuration import TrainingConfiguration

    config = plain_config(tmp_path_factory.mktemp("module"), {"--model.network.init_args.P_drop": 0.0})
    configured = TrainingConfiguration(config)
    configured.build({"logger": False})
    configured.model.build(20)
    return configured.model


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
    split = RandomSplit(40)
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
    split = RandomSplit(2)
    split._target = [[5, EOS], [*range(4, 19), *range(4, 18), EOS]]
    split.target_lengths = np.array([2, 30])
    parts = [np.array([0]), np.array([1])]
    sums = [float(module.loss(collate(split, part), 0.1)[0]) for part in parts]
    _, loss = gradients(module, split, parts)
    assert loss == pytest.approx(sum(sums) / 32, rel=1e-5)
    assert abs(sum(sums) / 32 - (sums[0] / 2 + sums[1] / 30) / 2) > 1e-3


def test_an_empty_shard_has_no_gradient_and_no_loss(module):
    module.network.zero_grad()
    loss, nll, tokens = module.loss(collate(RandomSplit(3), np.empty(0, dtype=np.int64)), 0.1)
    assert (float(loss), float(nll), int(tokens)) == (0.0, 0.0, 0)
    loss.backward()
    # DDP waits for the gradient of every parameter.
    assert all(p.grad is not None and not p.grad.any() for p in module.network.parameters())


def test_tokens_of_an_update_count_once_it_is_made(root, tmp_path):
    """A validation in the middle of an update sees those of the updates before."""
    changes = {"--trainer.max_steps": 4, "--trainer.log_every_n_steps": 1, "--trainer.accumulate_grad_batches": 4}
    run(root, tmp_path, {**changes, "--trainer.val_check_interval": 6})
    rows = curve_without_time(tmp_path / "attempt-1")
    trained = {row["step"]: row["target_tokens"] for row in rows if row["split"] == "train"}
    during = [row for row in rows if row["split"] == "dev" and row["step"] in trained]
    assert len(during) >= 2
    assert all(row["target_tokens"] == trained[row["step"]] for row in during)


def test_a_training_run_accumulates_exactly(root, tmp_path):
    """Through Lightning: one batch, and the same batches in four parts."""
    changes = {"--model.network.init_args.P_drop": 0.0, "--trainer.max_steps": 4}
    run(root, tmp_path / "one", changes)
    four = {"--trainer.accumulate_grad_batches": 4, "--trainer.val_check_interval": 16}
    run(root, tmp_path / "four", {**changes, **four})
    rows = [curve_without_time(tmp_path / name / "attempt-1") for name in ("one", "four")]
    assert len(rows[0]) == 5
    for one, other in zip(*rows, strict=True):
        assert (one["step"], one["split"], one["target_tokens"]) == (
            other["step"],
            other["split"],
            other["target_tokens"],
        )
        for column in ("loss", "nll", "gradient_norm"):
            if one[column]:
                assert float(one[column]) == pytest.approx(float(other[column]), rel=2e-4)


def smoothed_loss(network, batch, eps_ls, over):
    """Cross entropy with the smoothed targets written out, in nats per target token."""
    real = batch.labels != PAD
    log_p = network(batch.src, batch.tgt).log_softmax(dim=-1)[real]
    labels, V = batch.labels[real][:, None], log_p.shape[1]
    if over == "V":
        target = torch.full_like(log_p, eps_ls / V).scatter_add(1, labels, torch.full(labels.shape, 1 - eps_ls))
    else:
        target = torch.full_like(log_p, eps_ls / (V - 1)).scatter(1, labels, 1 - eps_ls)
    return -(target * log_p).sum() / real.sum()


@pytest.mark.parametrize(("over", "clip"), [("V", None), ("V-1", 0.01)])
def test_an_update_is_adam_s_on_the_smoothed_loss(root, tmp_path, monkeypatch, over, clip):
    """Three updates through Lightning, with unusual settings, against Adam written out (Kingma and Ba, algorithm 1)."""
    begun, batches = [], []
    training_step = TranslationModule.training_step

    def recorded(self, batch, batch_idx):
        if not begun:
            begun.append(copy.deepcopy(self.network))
        batches.append(batch)
        return training_step(self, batch, batch_idx)

    monkeypatch.setattr(TranslationModule, "training_step", recorded)
    changes = {
        "--model.network.init_args.P_drop": 0.0,
        "--model.beta_1": 0.5,
        "--model.beta_2": 0.6,
        "--model.adam_epsilon": 0.1,
        "--model.eps_ls": 0.3,
        "--model.smoothing_over": over,
        "--model.peak_learning_rate": 0.5,
        "--model.warmup": 2,
        "--trainer.max_steps": 3,
        "--trainer.val_check_interval": 3,
        "--checkpoints.average": 1,
    }
    run(root, tmp_path, changes | ({} if clip is None else {"--trainer.gradient_clip_val": clip}))
    assert len(batches) == 3

    (network,) = begun
    first = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    m = {name: torch.zeros_like(value) for name, value in first.items()}
    v = {name: torch.zeros_like(value) for name, value in first.items()}
    for t, batch in enumerate(batches, start=1):
        network.zero_grad()
        smoothed_loss(network, batch, 0.3, over).backward()
        norm = math.sqrt(sum(float((parameter.grad**2).sum()) for parameter in network.parameters()))
        assert clip is None or norm > 5 * clip
        rate = 0.5 * min(t / 2, math.sqrt(2 / t))
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                gradient = parameter.grad if clip is None else parameter.grad * (clip / norm)
                m[name] = 0.5 * m[name] + 0.5 * gradient
                v[name] = 0.6 * v[name] + 0.4 * gradient**2
                parameter -= rate * (m[name] / (1 - 0.5**t)) / ((v[name] / (1 - 0.6**t)).sqrt() + 0.1)

    found = weights(tmp_path / "attempt-1")
    moved = {name: found[f"network.{name}"] - value for name, value in first.items()}
    largest = max(float(change.abs().max()) for change in moved.values())
    assert largest > 1e-3
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(moved[name], parameter.detach() - first[name], rtol=1e-3, atol=1e-3 * largest)
