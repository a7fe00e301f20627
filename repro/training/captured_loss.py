"""The loss of one micro-batch and its gradients as a CUDA graph: hundreds of kernels by one call.

A small network's kernels take less time than the calls that start them. A graph is recorded once and replays the
same kernels on the same addresses, so every batch is laid out in tensors of the same sizes: tokens one behind
another, and sentences of padding behind the last real one. The number of sentences is rounded up to a power of two,
since attention starts a program for each, and so is the longest one's length: there is a graph for each such pair.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from repro.models.loss import Smoothing, label_smoothed_loss
from repro.models.masks import PAD
from repro.models.packing import SHORT, Sentences, tile_of
from repro.training.batch import Batch

FEWEST = 128
"""Sentences, real ones or of padding, that a graph is made for at least."""

WARM_UPS = 3
"""Runs before one is recorded, as torch asks for: libraries choose their kernels and compilers compile then."""


@dataclass(frozen=True)
class Layout:
    """How a batch lies in one row of numbers, which is copied to a GPU at once.

    Attributes:
        T: tokens of each side, padding included.
        B: sentences, those of padding included.
        longest: tokens of the longest sentence of any batch, or more.
        tile: as `Sentences.tile`.
    """

    T: int
    B: int
    longest: int
    tile: int

    @classmethod
    def of(cls, batch: Batch, T: int, longest: int) -> "Layout":
        """The smallest one with T tokens a side that this batch fits into."""
        tile = tile_of(max(batch.src.shape[1], batch.tgt.shape[1]))
        if tile > SHORT:
            tile = tile_of(longest)
        sentences = len(batch.src) + cls._pieces(batch, T, min(longest, tile))
        return cls(T, max(FEWEST, 1 << (sentences - 1).bit_length()), longest, tile)

    @staticmethod
    def _pieces(batch: Batch, T: int, most: int) -> int:
        """Sentences of padding: as few as leave none with more than most tokens, on both sides the same number."""
        real = min(int((side != PAD).sum()) for side in (batch.src, batch.tgt))
        return -(-(T - real) // most)

    @property
    def parts(self) -> list[int]:
        """Lengths of source ids, places, offsets; the same of the target; labels."""
        side = [self.T, self.T, self.B + 1]
        return [*side, *side, self.T]

    def write(self, batch: Batch) -> Tensor:
        """All of a batch, padded rows on the CPU, as (sum of `parts`,) int32."""
        pieces = self._pieces(batch, self.T, min(self.longest, self.tile))
        sides = [part for ids in (batch.src, batch.tgt) for part in self._side(ids, pieces)]
        labels = batch.labels[batch.tgt != PAD]
        return torch.cat([*sides, labels, labels.new_full((self.T - len(labels),), PAD)]).int()

    def _side(self, ids: Tensor, pieces: int) -> list[Tensor]:
        real = ids != PAD
        R = int(real.sum())
        filling = [(self.T - R) // pieces + (i < (self.T - R) % pieces) for i in range(pieces)]
        places = [torch.arange(ids.shape[1]).expand_as(ids)[real], *(torch.arange(length) for length in filling)]
        lengths = torch.cat([real.sum(dim=1), torch.tensor(filling, dtype=torch.long)])
        offsets = lengths.new_full((self.B + 1,), self.T)
        offsets[0] = 0
        offsets[1 : len(lengths) + 1] = lengths.cumsum(0)
        return [torch.cat([ids[real], ids.new_full((self.T - R,), PAD)]), torch.cat(places), offsets]

    def read(self, numbers: Tensor) -> tuple[Sentences, Sentences, Tensor]:
        """Views of what was written: sources, targets and (T,) labels."""
        *sides, labels = numbers.split(self.parts)
        source, target = (
            Sentences(ids, places, offsets, self.longest, self.tile) for ids, places, offsets in (sides[:3], sides[3:])
        )
        return source, target, labels


class PackedLoss(nn.Module):
    """Smoothed loss and negative log likelihood of packed sentences, both summed in nats.

    Args:
        network: that has `packed_states`.
        eps_ls, over: as `label_smoothed_loss` has them.
        compiled: whether all but matrix products and attention is compiled by `torch.compile`: once for all batches.
    """

    def __init__(self, network: Any, eps_ls: float, over: Smoothing, compiled: bool) -> None:
        super().__init__()
        self.network = network
        self.eps_ls, self.over, self.compiled = eps_ls, over, compiled
        self._compiled_states = torch.compile(network.packed_states) if compiled else None

    def forward(self, sources: Sentences, targets: Sentences, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Of sources and targets with (T,) labels, where padding counts for nothing."""
        states_of = self.network.packed_states
        if self._compiled_states is not None and sources.tile <= SHORT:  # few batches have longer sentences
            states_of = self._compiled_states
            for side in (sources, targets):
                torch._dynamo.maybe_mark_dynamic(side.offsets, 0)
        states = states_of(sources, targets)
        W = self.network.output_weight()
        return label_smoothed_loss(states, W, labels.long(), self.eps_ls, self.over, self.compiled)


class CapturedLoss:
    """Loss and negative log likelihood of batches, with gradients, by replaying graphs.

    Args:
        loss: what is recorded; the memory of its parameters must stay where it is.
        device: the GPU.
    """

    def __init__(self, loss: PackedLoss, device: torch.device) -> None:
        self._loss, self._device = loss, device
        self._parameters = dict(loss.named_parameters())
        self._recorded: dict[Layout, _Recorded] = {}

    @staticmethod
    def takes(batch: Batch) -> bool:
        """Whether a batch has tokens, and no more than most: a graph has room for so many."""
        sides = (batch.src, batch.tgt)
        return bool(batch.tgt.any()) and all(
            int((ids != PAD).sum()) <= batch.room and ids.shape[1] <= batch.longest for ids in sides
        )

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss and negative log likelihood of a batch on the CPU that it `takes`; dropout is as the seed says."""
        layout = Layout.of(batch, batch.room, batch.longest)
        written = layout.write(batch).pin_memory()  # or the copy would wait for the GPU
        if layout not in self._recorded:
            self._recorded[layout] = self._record(layout, written)
        recorded = self._recorded[layout]
        recorded.numbers.copy_(written, non_blocking=True)
        loss, nll = _Replay.apply(recorded, *self._parameters.values())
        return loss, nll

    def _record(self, layout: Layout, written: Tensor) -> "_Recorded":
        numbers = written.to(self._device)
        random = torch.cuda.get_rng_state(self._device)
        aside = torch.cuda.Stream(self._device)
        aside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self._run(layout, numbers)
        torch.cuda.current_stream(self._device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # All graphs use the same memory in turns: of one nothing is needed once another is replayed.
        pool = next((each.graph.pool() for each in self._recorded.values()), None)
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            loss, nll, gradients = self._run(layout, numbers)
        torch.cuda.set_rng_state(random, self._device)
        return _Recorded(graph, numbers, loss, nll, gradients)

    def _run(self, layout: Layout, numbers: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        # Parameters under other names: autograd would wait, within a recording, for streams that met them before.
        aliases = {name: parameter.detach().requires_grad_() for name, parameter in self._parameters.items()}
        kind = self._device.type
        # What autocast remembers of one run would be missing in the recording of the next.
        with torch.autocast(
            kind, torch.get_autocast_dtype(kind), enabled=torch.is_autocast_enabled(kind), cache_enabled=False
        ):
            loss, nll = functional_call(self._loss, aliases, layout.read(numbers))
        return loss.detach(), nll, torch.autograd.grad(loss, list(aliases.values()))


@dataclass
class _Recorded:
    graph: Any  # torch.cuda.CUDAGraph
    numbers: Tensor
    loss: Tensor
    nll: Tensor
    gradients: tuple[Tensor, ...]


class _Replay(torch.autograd.Function):
    """The gradients are made on the way forward; the backward pass multiplies them by the incoming one, a scalar."""

    @staticmethod
    def forward(ctx: Any, recorded: _Recorded, *parameters: Tensor) -> Any:
        recorded.graph.replay()
        ctx.gradients = recorded.gradients
        loss, nll = recorded.loss.clone(), recorded.nll.clone()
        ctx.mark_non_differentiable(nll)
        return loss, nll

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Tensor) -> Any:
        return None, *torch._foreach_mul(ctx.gradients, grad_loss)
