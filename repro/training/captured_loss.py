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

from repro.models import PackedSeq2Seq
from repro.models.layouts.kernel_pairing import MAX_SHORT_TILE
from repro.models.layouts.sentences import BufferFormat, Sentences
from repro.models.loss import Smoothing, label_smoothed_loss
from repro.models.masks import PAD
from repro.training.batch import Batch

WARM_UPS = 3
"""Runs before one is recorded, as torch asks for: libraries choose their kernels and compilers compile then."""


class PackedLoss(nn.Module):
    """Smoothed loss and negative log likelihood of packed sentences, both summed in nats.

    Args:
        network: works on packed sentences.
        eps_ls, over: as `label_smoothed_loss` has them.
        compiled: whether all but matrix products and attention is compiled by `torch.compile`: once for all batches.
    """

    def __init__(self, network: PackedSeq2Seq, eps_ls: float, over: Smoothing, compiled: bool) -> None:
        super().__init__()
        self.network = network
        self.eps_ls, self.over, self.compiled = eps_ls, over, compiled
        self._compiled_states = torch.compile(network.packed_states) if compiled else None

    def forward(self, sources: Sentences, targets: Sentences, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Of sources and targets with (T,) labels, where padding counts for nothing."""
        states_of = self.network.packed_states
        if self._compiled_states is not None and sources.tile <= MAX_SHORT_TILE:  # few batches have longer sentences
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
        self._recorded: dict[BufferFormat, _Recorded] = {}

    @staticmethod
    def takes(batch: Batch) -> bool:
        """Whether a batch has tokens, and no more than a graph's buffer holds, which few batches exceed."""
        sides = (batch.src, batch.tgt)
        return bool(batch.tgt.any()) and all(
            int((ids != PAD).sum()) <= batch.capacity and ids.shape[1] <= batch.longest for ids in sides
        )

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Loss and negative log likelihood of a batch on the CPU that it `takes`; dropout is as the seed says."""
        form = BufferFormat.of(batch.src, batch.tgt, batch.capacity, batch.longest)
        written = form.write(batch.src, batch.tgt, batch.labels).pin_memory()  # or the copy would wait for the GPU
        if form not in self._recorded:
            self._recorded[form] = self._record(form, written)
        recorded = self._recorded[form]
        recorded.buffer.copy_(written, non_blocking=True)
        loss, nll = _Replay.apply(recorded, *self._parameters.values())
        return loss, nll

    def _record(self, form: BufferFormat, written: Tensor) -> "_Recorded":
        buffer = written.to(self._device)
        random = torch.cuda.get_rng_state(self._device)
        aside = torch.cuda.Stream(self._device)
        aside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self._run(form, buffer)
        torch.cuda.current_stream(self._device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # All graphs use the same memory in turns: of one nothing is needed once another is replayed.
        pool = next((recorded.graph.pool() for recorded in self._recorded.values()), None)
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            loss, nll, gradients = self._run(form, buffer)
        torch.cuda.set_rng_state(random, self._device)
        return _Recorded(graph, buffer, loss, nll, gradients)

    def _run(self, form: BufferFormat, buffer: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        # Parameters under other names: autograd would wait, within a recording, for streams that met them before.
        aliases = {name: parameter.detach().requires_grad_() for name, parameter in self._parameters.items()}
        kind = self._device.type
        # What autocast remembers of one run would be missing in the recording of the next.
        with torch.autocast(
            kind, torch.get_autocast_dtype(kind), enabled=torch.is_autocast_enabled(kind), cache_enabled=False
        ):
            loss, nll = functional_call(self._loss, aliases, form.read(buffer))
        return loss.detach(), nll, torch.autograd.grad(loss, list(aliases.values()))


@dataclass
class _Recorded:
    graph: Any  # torch.cuda.CUDAGraph
    buffer: Tensor
    loss: Tensor
    nll: Tensor
    gradients: tuple[Tensor, ...]


class _Replay(torch.autograd.Function):
    """Gradients are made on the way forward and scaled by the incoming one, as in `repro.models.loss`."""

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
