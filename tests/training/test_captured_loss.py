"""Loss and gradients of a batch laid out for a CUDA graph: those of padded rows; graphs themselves need a GPU."""

import copy

import numpy as np
import pytest
import torch

from repro.data.batches import BatchPlan
from repro.models import Transformer
from repro.models.loss import label_smoothed_loss
from repro.models.masks import PAD
from repro.training.batch import Batch, MicroBatches
from repro.training.captured_loss import FEWEST, CapturedLoss, Layout, PackedLoss
from repro.training.module import TranslationModule
from tests.models.test_packing import one_by_one

EOS, BOS = 2, 1


def batch_of(lengths, room=48, longest=9, seed=1):
    """Random sentences with (source, target) lengths, the end symbol included."""
    generator = np.random.default_rng(seed)
    src = np.zeros((len(lengths), max(n for n, _ in lengths)), dtype=np.int64)
    labels = np.zeros((len(lengths), max(m for _, m in lengths)), dtype=np.int64)
    for b, (n, m) in enumerate(lengths):
        src[b, :n], labels[b, :m] = generator.integers(4, 20, n), generator.integers(4, 20, m)
        src[b, n - 1] = labels[b, m - 1] = EOS
    tgt = np.full_like(labels, BOS)
    tgt[:, 1:] = np.where(labels[:, 1:] == PAD, PAD, labels[:, :-1])
    return Batch(*map(torch.from_numpy, (src, tgt, labels)), room=room, longest=longest)


BATCHES = [
    [(3, 5), (9, 2), (1, 1)],
    [(9, 1)] * 5 + [(3, 9)],  # full on the source's side
    [(8, 8)] * 6,  # full on both: no padding
    [(1, 1)],
    [(5, 1), (4, 9), (1, 9), (2, 9), (3, 9), (2, 9)],
]


def made(**options):
    # Heads of width 8, which our kernel does not take.
    sizes = {"N": 2, "d_model": 16, "d_ff": 24, "h": 2, "P_drop": 0.0}
    module = TranslationModule(lambda V, seed: Transformer(V, seed, **{**sizes, **options}), seed=5)
    module.build(20)
    return module


@pytest.mark.parametrize("lengths", BATCHES, ids=str)
@pytest.mark.parametrize(
    "options", [{}, {"norm": "pre"}, {"positions": "learned", "longest": 9}, {"positions": "none"}]
)
def test_loss_and_gradients_are_those_of_padded_rows(lengths, options, monkeypatch):
    monkeypatch.setattr("repro.models.packing.varlen_attn", one_by_one)
    module = made(**options)
    other = copy.deepcopy(module)
    batch = batch_of(lengths)
    layout = Layout.of(batch, batch.room, batch.longest)
    numbers = layout.write(batch)
    assert numbers.dtype == torch.int32
    loss, nll = PackedLoss(module.network, 0.1, "V", compiled=False)(*layout.read(numbers))
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


@pytest.mark.parametrize("lengths", BATCHES, ids=str)
def test_a_layout_by_hand(lengths):
    batch = batch_of(lengths)
    layout = Layout.of(batch, batch.room, batch.longest)
    assert layout.B == FEWEST
    source, target, labels = layout.read(layout.write(batch))
    for side, rows in ((source, batch.src), (target, batch.tgt)):
        assert len(side.ids) == len(side.places) == len(labels) == batch.room
        assert len(side.offsets) == layout.B + 1
        begins, ends = side.offsets[:-1].tolist(), side.offsets[1:].tolist()
        assert begins[0] == 0
        assert ends[-1] == batch.room
        for b, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            real = rows[b][rows[b] != PAD].tolist() if b < len(rows) else [PAD] * (end - begin)
            assert side.ids[begin:end].tolist() == real
            assert side.places[begin:end].tolist() == list(range(end - begin))
            assert end - begin <= batch.longest
    assert labels[labels != PAD].tolist() == batch.labels[batch.labels != PAD].tolist()
    assert torch.equal(labels != PAD, target.ids != PAD)


def test_sentences_are_rounded_up_to_a_power_of_two():
    assert Layout.of(batch_of([(1, 1)] * 40), 48, 9).B == FEWEST
    assert Layout.of(batch_of([(1, 1)] * 128, room=256), 256, 9).B == 256  # and some of padding
    assert Layout.of(batch_of([(1, 1)] * 256, room=256), 256, 9).B == 256


def test_what_a_graph_takes():
    assert CapturedLoss.takes(batch_of([(8, 8)] * 6))
    assert not CapturedLoss.takes(batch_of([(8, 8)] * 6, room=47))
    assert not CapturedLoss.takes(batch_of([(1, 8), (9, 1)], longest=8))
    nothing = torch.full((1, 1), PAD)
    assert not CapturedLoss.takes(Batch(nothing, nothing, nothing, room=48, longest=9))


class Split:
    source_lengths = np.array([3, 9, 5, 5, 7, 9, 2] * 30)
    target_lengths = np.array([4, 8, 5, 6, 9, 9, 1] * 30)

    def rows(self, side, sentences):
        lengths = {"source": self.source_lengths, "target": self.target_lengths}[side][sentences]
        return np.where(np.arange(lengths.max()) < lengths[:, None], 7, PAD)


@pytest.mark.parametrize(("accumulate", "world_size"), [(1, 1), (2, 1), (2, 2)])
def test_there_is_room_for_every_batch(accumulate, world_size):
    split = Split()
    plan = BatchPlan(split.source_lengths, split.target_lengths, tokens=300)
    micro = MicroBatches(split, plan, accumulate, 0, world_size)
    batches = [micro[i] for i in range(2 * plan.batches_per_epoch * accumulate)]
    assert len({(batch.room, batch.longest) for batch in batches}) == 1
    assert batches[0].longest == 9
    assert batches[0].room == (384 if accumulate * world_size == 1 else 256 if accumulate * world_size == 2 else 128)
    assert all(CapturedLoss.takes(batch) for batch in batches)


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
    batches += [batch_of([(1, 1)] * 200, room=256).pin_memory(), *batches]
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
