"""Loss and gradients of a batch laid out for a CUDA graph: those of padded rows; graphs themselves need a GPU."""

import copy
from itertools import product

import pytest
import torch

from repro.models import Transformer
from repro.models.layouts.sentences import BufferFormat
from repro.models.loss import label_smoothed_loss
from repro.models.masks import PAD
from repro.training.batch import Batch
from repro.training.captured_loss import CapturedLoss, PackedLoss
from repro.training.module import TranslationModule
from tests.models.networks import one_by_one
from tests.representatives import others_slow
from tests.training.batches import BATCHES, batch_of


def made(**options):
    # Heads of width 8, which our kernel does not take.
    sizes = {"N": 2, "d_model": 16, "d_ff": 24, "h": 2, "P_drop": 0.0}
    module = TranslationModule(lambda V, seed: Transformer(V, seed, **{**sizes, **options}), seed=5)
    module.build(20)
    return module


NETWORKS = [{}, {"norm": "pre"}, {"positions": "learned", "longest": 9}, {"positions": "none"}]


# By default each batch with one network, in turn.
@pytest.mark.parametrize(
    ("lengths", "options"),
    others_slow(product(BATCHES, NETWORKS), [len(NETWORKS) * k + k % len(NETWORKS) for k in range(len(BATCHES))]),
)
def test_loss_and_gradients_are_those_of_padded_rows(lengths, options, monkeypatch):
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", one_by_one)
    module = made(**options)
    other = copy.deepcopy(module)
    batch = batch_of(lengths)
    form = BufferFormat.of(batch.src, batch.tgt, batch.capacity, batch.longest)
    buffer = form.write(batch.src, batch.tgt, batch.labels)
    assert buffer.dtype == torch.int32
    loss, nll = PackedLoss(module.network, 0.1, "V", compiled=False)(*form.read(buffer))
    states = other.network.states(batch.src, batch.tgt)[batch.labels != PAD]
    expected_loss, expected_nll = label_smoothed_loss(
        states, other.network.output_weight(), batch.labels[batch.labels != PAD], 0.1
    )
    torch.testing.assert_close(loss, expected_loss)
    torch.testing.assert_close(nll, expected_nll)
    loss.backward()
    expected_loss.backward()
    for mine, theirs in zip(module.network.parameters(), other.network.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-5, rtol=1e-4)


def test_what_a_graph_takes():
    assert CapturedLoss.takes(batch_of([(8, 8)] * 6))
    assert not CapturedLoss.takes(batch_of([(8, 8)] * 6, capacity=47))
    assert not CapturedLoss.takes(batch_of([(1, 8), (9, 1)], longest=8))
    nothing = torch.full((1, 1), PAD)
    assert not CapturedLoss.takes(Batch(nothing, nothing, nothing, capacity=48, longest=9))


def gpu_losses(module, batches, captured):
    module.to("cuda").train()
    module.network.zero_grad()
    found = []
    for seed, batch in enumerate(batches):
        torch.manual_seed(seed)
        with torch.autocast("cuda", torch.bfloat16):
            if captured:
                loss, nll, tokens = module._training_loss(batch)
            else:
                loss, nll, tokens = module.loss(batch.to("cuda"), module.eps_ls)
        (loss / tokens).backward()
        gradients = [p.grad.clone() for p in module.network.parameters()]
        module.network.zero_grad()
        found.append((loss.detach().float(), nll.float(), *gradients))
    return found


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("d_model", [16, 32])
@pytest.mark.parametrize("compiled", [False, True])
def test_graphs_replay_what_is_computed_without_them(d_model, compiled):
    """Each batch twice, in turns: a graph must not remember the one before it."""
    batches = [batch_of(lengths).pin_memory() for lengths in BATCHES] * 2
    batches += [batch_of([(1, 1)] * 200, capacity=256).pin_memory(), *batches]
    module = made(d_model=d_model)
    module.compile_network = compiled
    module.build(20)
    reference = made(d_model=d_model)
    reference.network.load_state_dict(module.network.state_dict())
    expected = gpu_losses(reference, batches, captured=False)
    found = gpu_losses(module, batches, captured=True)
    assert module._captured is not None
    assert len(module._captured._recorded) == 2
    for mine, theirs in zip(found, expected, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert (a - b).norm() <= 0.05 * b.norm() + 1e-6


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_dropout_in_graphs_is_as_the_seed_says():
    batch = batch_of(BATCHES[0]).pin_memory()
    module = made(P_drop=0.5)
    first, second = (gpu_losses(module, [batch, batch], captured=True) for _ in range(2))
    assert torch.equal(first[0][0], second[0][0])
    assert torch.equal(first[1][0], second[1][0])
    assert not torch.equal(first[0][0], first[1][0])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_graphs_see_the_weights_of_now():
    batch = batch_of(BATCHES[0]).pin_memory()
    module = made()
    before = gpu_losses(module, [batch], captured=True)[0]
    with torch.no_grad():
        for parameter in module.network.parameters():
            parameter.mul_(1.1)
    after = gpu_losses(module, [batch], captured=True)[0]
    expected = gpu_losses(module, [batch], captured=False)[0]
    assert not torch.equal(before[0], after[0])
    assert (after[0] - expected[0]).abs() <= 0.01 * expected[0].abs()
