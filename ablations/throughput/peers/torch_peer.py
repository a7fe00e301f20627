"""Shared by all peers on torch: Adam's constants, the precision of products, the loss, and one update."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from ablations.throughput.peers import EPS_LS
from ablations.throughput.workload import PAD, Pairs

ADAM: dict[str, Any] = {"lr": 1e-4, "betas": (0.9, 0.98), "eps": 1e-9}
"""Section 5.3's, at one rate."""


def autocast(device: str, precision: str) -> AbstractContextManager[Any]:
    """Products in bfloat16 over float32 weights, for training in "bf16"; nothing for "fp32"."""
    return torch.autocast(device, torch.bfloat16) if precision == "bf16" else nullcontext()


class TorchPeer:
    """A network that is trained by the steps of any torch program. A subclass says how it computes logits.

    Args:
        precision, device: as of `peers.Model`.

    Attributes:
        network, optimiser: set by the subclass.
        largest_batch: see `peers.Model`.

    Raises:
        NotImplementedError: the library has no such precision.
    """

    network: Any
    optimiser: Any
    largest_batch: int = 0

    precisions: ClassVar[tuple[str, ...]] = ("fp32", "bf16")
    refusal: ClassVar[str] = "there is no {precision}"

    def __init__(self, precision: str, device: str) -> None:
        if precision not in self.precisions:
            raise NotImplementedError(self.refusal.format(precision=precision))
        self.precision, self.device = precision, device

    def prepare(self, pairs: Pairs) -> Mapping[str, Any]:
        """`src` (B, n), shifted `tgt` (B, m) and `labels` (B, m) on the device; a subclass may name them otherwise."""
        rows = {"src": pairs.src, "tgt": pairs.shifted, "labels": pairs.tgt}
        return {name: torch.from_numpy(ids).to(self.device) for name, ids in rows.items()}

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """(B, m, V) logits, or log probabilities, whose softmax is the same; and (B, m) labels."""
        raise NotImplementedError

    def smoothed_loss(self, batch: Mapping[str, Any], eps_ls: float = EPS_LS) -> Tensor:
        """Label-smoothed cross entropy in nats a target token."""
        with autocast(self.device, self.precision):
            logits, labels = self.logits_and_labels(batch)
            return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=PAD, label_smoothing=eps_ls)

    def training_loss(self, batch: Mapping[str, Any]) -> Tensor:
        """The training loss; a subclass whose library has its own loss uses that one."""
        return self.smoothed_loss(batch)

    @torch.no_grad()
    def loss(self, pairs: Pairs, eps_ls: float = EPS_LS) -> float:
        """See `peers.Learner`."""
        self.network.eval()
        return float(self.smoothed_loss(self.prepare(pairs), eps_ls))

    def train(self, batch: Mapping[str, Any]) -> None:
        """See `peers.Model`."""
        self.network.train()
        self.training_loss(batch).backward()
        self.optimiser.step()
        self.optimiser.zero_grad()

    def decoding_network(self) -> Any:
        """The network in evaluation mode, and from then on in bfloat16 if that is its precision."""
        network = self.network.eval()
        return network.bfloat16() if self.precision == "bf16" else network
