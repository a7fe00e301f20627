"""Peers by name. Each is a module with a class `Model`, which implements the protocol below.

A peer gets the weights of this project's Transformer by their names there, and maps them to its own. To show that it
computes the same function, every record holds each peer's loss on one batch.
"""

import importlib
from typing import Any, Protocol

from ablations.throughput.workload import Pairs, Size, Weights

MODULES = {
    "ours": "ours",
    "plain": "plain",
    "marian": "marian",
    "x-transformers": "x_transformers_",
    "opennmt": "opennmt",
    "joeynmt": "joeynmt_",
    "fairseq": "fairseq_",
    "sockeye": "sockeye_",
    "ctranslate2": "ctranslate2_",
}
"""Peer -> module. A trailing underscore keeps a module apart from the library that it drives."""

EPS_LS = 0.1
"""Label smoothing in training (section 5.4)."""


class Model(Protocol):
    """One peer's model.

    Args:
        size: of the model.
        weights: what it starts from.
        precision: "fp32", "bf16" or "int8"; in training "bf16" is autocast over float32 weights.
        P_drop: dropout after embeddings and sub-layers; 0 for decoding.
        device: "cpu" or "cuda".

    Attributes:
        largest_batch: tokens a side of the largest batch that `prepare` will be given; set before that.

    Raises:
        NotImplementedError: the library has no such thing; the message says what.
    """

    largest_batch: int

    def __init__(self, size: Size, weights: Weights, precision: str, P_drop: float, device: str) -> None: ...

    def loss(self, pairs: Pairs) -> float:
        """Label-smoothed loss (eps 0.1 over all types) in nats a target token, without dropout."""
        ...

    def prepare(self, pairs: Pairs) -> Any:
        """A batch as the model takes it, ready on its device."""
        ...

    def train(self, batch: Any) -> None:
        """One update with Adam: forward, backward, step."""
        ...

    def decode(self, batch: Any, beam: int, steps: int) -> list[list[int]]:
        """Exactly `steps` further tokens for every sentence by beam search; greedily for a beam of 1."""
        ...


class Learner(Model, Protocol):
    """A peer whose learning is followed, too: `ours` and `plain`.

    Attributes:
        network: what is trained, a `torch.nn.Module`.
        optimiser: of its parameters, a `torch.optim.Optimizer`.
    """

    network: Any
    optimiser: Any

    def loss(self, pairs: Pairs, eps_ls: float = EPS_LS) -> float:
        """As `Model.loss`, with any smoothing; 0 gives the negative log likelihood."""
        ...


LEARNERS = ("ours", "plain")
"""Peers of the protocol above."""


def model_of(name: str) -> type[Model]:
    """The class of a peer.

    Raises:
        ImportError: its library is not installed where this runs.
    """
    module = importlib.import_module(f"{__name__}.{MODULES[name]}")
    model: type[Model] = module.Model
    return model
