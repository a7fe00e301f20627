"""What peers on torch share: the loss against its definition, one update, the precisions that are refused."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ablations.throughput.peers.torch_peer import ADAM, TorchPeer
from ablations.throughput.workload import Pairs

V = 6
PAIRS = Pairs(np.array([[4, 2], [5, 2]]), np.array([[4, 5, 2], [5, 2, 0]]))


class Bigrams(TorchPeer):
    """The next token by the last one alone."""

    refusal = "bigrams have no {precision}"

    def __init__(self, precision: str = "fp32") -> None:
        super().__init__(precision, "cpu")
        self.network = nn.Embedding(V, V)
        nn.init.normal_(self.network.weight, generator=torch.Generator().manual_seed(1))
        self.optimiser = torch.optim.Adam(self.network.parameters(), **ADAM)

    def logits_and_labels(self, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        return self.network(batch["tgt"]), batch["labels"]


@pytest.mark.parametrize("eps_ls", [0.0, 0.1])
def test_the_loss_is_smoothed_over_all_types_and_a_mean_over_real_tokens(eps_ls: float) -> None:
    peer = Bigrams()
    log_p = peer.network.weight.detach().double().log_softmax(-1)
    steps = [(1, 4), (4, 5), (5, 2), (1, 5), (5, 2)]  # of both rows: the token that is read, and the one to predict
    losses = [-(1 - eps_ls) * log_p[last, label] - eps_ls * log_p[last].mean() for last, label in steps]
    assert peer.loss(PAIRS, eps_ls) == pytest.approx(float(sum(losses) / len(losses)), rel=1e-6)


def test_an_update_lowers_the_loss_and_leaves_no_gradient() -> None:
    peer = Bigrams()
    before = peer.loss(PAIRS)
    peer.train(peer.prepare(PAIRS))
    assert peer.loss(PAIRS) < before
    assert peer.network.weight.grad is None


def test_only_the_network_that_decodes_in_bf16_is_turned_into_it() -> None:
    assert Bigrams("fp32").decoding_network().weight.dtype == torch.float32
    peer = Bigrams("bf16")
    assert peer.network.weight.dtype == torch.float32
    assert peer.decoding_network().weight.dtype == torch.bfloat16


def test_a_precision_that_a_library_lacks_is_refused() -> None:
    with pytest.raises(NotImplementedError, match=r"^bigrams have no int8$"):
        Bigrams("int8")
