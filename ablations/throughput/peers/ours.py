"""This project's Transformer, by the parts that `repro fit` and `repro translate` are made of."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast, get_args

import numpy as np
import torch

from ablations.throughput.peers import EPS_LS
from ablations.throughput.peers.torch_peer import ADAM, TorchPeer, autocast
from ablations.throughput.workload import EOS, LONGEST_SENTENCE, Pairs, Size, Weights
from repro.decoding.beam import beam_search
from repro.decoding.greedy import greedy
from repro.decoding.precision import Precision, in_precision
from repro.models import Transformer
from repro.models.loss import label_smoothed_loss
from repro.models.masks import PAD
from repro.training.batch import CAPACITY_MULTIPLE, Batch
from repro.training.captured_loss import CapturedLoss, PackedLoss


def initial_weights(size: Size, seed: int) -> dict[str, np.ndarray]:
    """The initial weights of all peers: the parameters that this project's model starts from, float32."""
    network = Transformer(size.V, seed, **_sizes(size))
    return {name: value.detach().numpy().copy() for name, value in network.named_parameters()}


def useful_operations(size: Size, pairs: Pairs) -> float:
    """Floating-point operations of one update of the matrix products, padding not counted, 2 a multiplication.

    Forward and backward take three times as many as forward alone.
    """
    n, m = ((rows != PAD).sum(axis=1).astype(float) for rows in (pairs.src, pairs.tgt))
    d, d_ff = size.d_model, size.d_ff
    layer = 2 * (4 * d * d + 2 * d * d_ff)  # a token in an encoder layer
    encoder = size.N * (layer * n + 4 * d * n * n).sum()
    cross = 2 * (2 * d * d * m + 2 * d * d * n) + 4 * d * n * m
    decoder = size.N * (layer * m + 4 * d * m * m / 2 + cross).sum()
    output = 2 * d * size.V * m.sum()
    return float(3 * (encoder + decoder + output))


def network_of(size: Size, weights: Weights, P_drop: float) -> Transformer:
    """This project's Transformer with these weights."""
    network = Transformer(size.V, P_drop=P_drop, **_sizes(size))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()}, strict=False)
    return network


def _sizes(size: Size) -> dict[str, Any]:
    return {name: value for name, value in asdict(size).items() if name != "V"}


class Model(TorchPeer):
    """See `peers.Model`."""

    precisions = get_args(Precision)

    def __init__(self, size: Size, weights: Weights, precision: Precision, P_drop: float, device: str) -> None:
        super().__init__(precision, device)
        self.network = network_of(size, weights, P_drop).to(device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM, fused=True)
        self.captured: CapturedLoss | None = None
        if device == "cuda" and precision == "bf16":  # as `repro fit --config trainer/gpu` trains
            self.captured = CapturedLoss(PackedLoss(self.network, EPS_LS, "V", compiled=True), torch.device(device))

    def prepare(self, pairs: Pairs) -> Mapping[str, Any]:
        """Source, shifted target and labels on the device, and where a graph is replayed those that it takes, too."""
        rows: dict[str, Any] = dict(super().prepare(pairs))
        if self.captured is not None:
            src, tgt, labels = (torch.from_numpy(ids) for ids in (pairs.src, pairs.shifted, pairs.tgt))
            tokens = self.largest_batch + LONGEST_SENTENCE + 1  # the same buffers for all batches, as in `repro fit`
            capacity = -(-tokens // CAPACITY_MULTIPLE) * CAPACITY_MULTIPLE
            rows["batch"] = Batch(src, tgt, labels, capacity=capacity, longest=LONGEST_SENTENCE + 1).pin_memory()
        return rows

    def smoothed_loss(self, batch: Mapping[str, Any], eps_ls: float = EPS_LS) -> torch.Tensor:
        """See `TorchPeer`; over real tokens alone."""
        with autocast(self.device, self.precision):
            labels = batch["labels"][batch["labels"] != PAD]
            states = self.network.real_states(batch["src"], batch["tgt"])
            loss, _ = label_smoothed_loss(states, self.network.output_weight(), labels, eps_ls)
        return loss / len(labels)

    def training_loss(self, batch: Mapping[str, Any]) -> torch.Tensor:
        """As `repro fit` has it on this device."""
        if self.captured is None:
            return self.smoothed_loss(batch)
        with autocast(self.device, self.precision):
            loss, _ = self.captured(batch["batch"])
        per_token: torch.Tensor = loss / int((batch["batch"].labels != PAD).sum())
        return per_token

    def decode(self, batch: Mapping[str, torch.Tensor], beam: int, steps: int) -> list[list[int]]:
        """See `peers.Model`; the end symbol is forbidden, so that every sentence takes all steps."""
        network: Any = in_precision(self.network.eval(), cast(Precision, self.precision), self.device)
        extra = steps + 1 - batch["src"].shape[1]  # one more is for the end
        options: dict[str, Any] = {"max_extra": extra, "forbidden": (EOS,)}
        if beam == 1:
            hypotheses = greedy(network, batch["src"], **options)
            return [hypothesis.tokens for hypothesis in hypotheses]
        return [ranked[0].tokens for ranked in beam_search(network, batch["src"], beam=beam, **options)]
