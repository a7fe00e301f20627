"""That peers compute the same function: torch's own layers are the oracle of this project's fast paths."""

import math

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ablations.throughput import workload
from ablations.throughput.peers import ours, plain
from ablations.throughput.worker import _fuse
from ablations.throughput.workload import SIZES

SIZE = SIZES["probe"]


@pytest.fixture(scope="module")
def weights():
    """Initial weights, but the biases and gains are drawn too, so that one in the wrong place shows."""
    generator = torch.Generator().manual_seed(5)
    made = ours.initial_weights(SIZE, 1)
    for name, value in made.items():
        if value.ndim == 1:
            made[name] = value + 0.1 * torch.randn(value.shape, generator=generator).numpy()
    return made


@pytest.fixture(scope="module")
def pairs():
    return workload.batches(15, 512, 3, SIZE.V, seed=1)


def model(module, weights, precision="fp32"):
    return module.Model(SIZE, weights, precision, 0.0, "cpu")


def test_loss_and_gradients_are_those_of_torchs_own_layers(weights, pairs):
    mine, theirs = model(ours, weights), model(plain, weights)
    for batch in pairs:
        assert mine.loss(batch) == pytest.approx(theirs.loss(batch), rel=1e-5)
    for each in (mine, theirs):
        each.network.train()
        each.smoothed_loss(each.prepare(pairs[0])).backward()
    named = {name: parameter.grad.numpy() for name, parameter in mine.network.named_parameters()}
    renamed = plain.torch_names(named, SIZE.N)
    found = {name: parameter.grad for name, parameter in theirs.network.named_parameters()}
    compared = [name for name in renamed if not name.endswith(("in_proj_bias", "out_proj.bias"))]
    assert len(compared) == len(named) - 2 * 3 * SIZE.N  # W_Q, W_K, W_V are one matrix there
    for name in compared:
        torch.testing.assert_close(renamed[name], found[name], rtol=1e-4, atol=1e-6)


def test_updates_stay_equal(weights, pairs):
    mine, theirs = model(ours, weights), model(plain, weights)
    for each in (mine, theirs):
        for batch in pairs:
            each.train(each.prepare(batch))
    # The others' biases of attention learn as well, and Adam makes equal steps of small gradients.
    assert mine.loss(pairs[0]) == pytest.approx(theirs.loss(pairs[0]), rel=2e-3)


def test_an_optimiser_that_is_fused_makes_the_same_updates(weights, pairs):
    plainly, fused = model(plain, weights), model(plain, weights)
    _fuse(fused)
    assert fused.optimiser.param_groups[0]["fused"]
    for each in (plainly, fused):
        for batch in pairs:
            each.train(each.prepare(batch))
    theirs = dict(fused.network.named_parameters())
    for name, parameter in plainly.network.named_parameters():
        if not name.endswith("in_proj_bias"):  # that of keys has no gradient but rounding, of which Adam makes steps
            torch.testing.assert_close(parameter, theirs[name], rtol=0, atol=1e-5)


def test_int8_takes_as_many_steps_and_begins_alike(weights, pairs):
    batch = workload.level_sources(pairs[0], SIZE.V, seed=1)
    steps = batch.src.shape[1] + 5
    found = [
        each.decode(each.prepare(batch), 1, steps) for each in (model(ours, weights), model(ours, weights, "int8"))
    ]
    assert all(len(row) == steps for rows in found for row in rows)
    assert sum(mine[0] == rough[0] for mine, rough in zip(*found, strict=True)) > 0.7 * len(batch.src)


def test_lively_weights_do_not_repeat_a_token_for_ever(pairs):
    batch = workload.level_sources(pairs[0], SIZE.V, seed=1)
    made = ours.initial_weights(SIZE, 1)
    varied = []
    for each in (made, workload.lively_weights(made, SIZE.N, seed=1)):
        found = model(ours, each)
        rows = found.decode(found.prepare(batch), 4, 15)
        varied.append(sum(len(set(row)) for row in rows) / len(rows))
    assert varied[0] < 1.5
    assert varied[1] > 2 * varied[0]


@pytest.mark.parametrize("beam", [1, 4])
def test_translations_are_those_of_a_search_without_a_cache(weights, pairs, beam):
    batch = workload.level_sources(pairs[0], SIZE.V, seed=1)
    steps = batch.src.shape[1] + 5
    found = [each.decode(each.prepare(batch), beam, steps) for each in (model(ours, weights), model(plain, weights))]
    assert all(len(row) == steps for rows in found for row in rows)
    same = sum(mine == theirs for mine, theirs in zip(*found, strict=True))
    assert same >= len(batch.src) - 1  # two hypotheses may be equally good in float32


def test_useful_operations_are_those_that_torch_counts(weights):
    """On a batch without padding, but for the half of the decoder's scores that the mask hides."""
    full = workload.level_sources(workload.batches(15, 512, 1, SIZE.V, seed=1)[0], SIZE.V, seed=1)
    full = workload.Pairs(full.src, full.src)
    each = model(plain, weights)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:  # the fused kernel is not counted
        each.smoothed_loss(each.prepare(full)).backward()
    B, m = full.tgt.shape
    hidden = 3 * SIZE.N * B * 2 * SIZE.d_model * m * m
    assert ours.useful_operations(SIZE, full) == pytest.approx(counter.get_total_flops() - hidden, rel=1e-6)


def test_precisions_that_a_library_lacks_are_refused(weights):
    with pytest.raises(NotImplementedError, match="int8"):
        model(plain, weights, "int8")
    assert math.isfinite(model(ours, weights, "bf16").loss(workload.batches(15, 512, 1, SIZE.V, 1)[0]))
