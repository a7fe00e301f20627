"""The interface of every model for the experiments.

A model is divided where the experiments intervene: tokens -> `embed` -> embedded -> `encode` -> hidden states h ->
`attend` -> weights alpha -> `decide` -> logits. For every model, up to rounding,

    forward(batch)[0] == decide(h, attend(h, batch), batch)    with h = encode(embed(batch.tokens), batch)

One convention for outputs: `classes` logits, a binary task has 2, and `distribution` makes probabilities of them. The
papers' binary models have one sigmoid output p instead; it is the same function, the sigmoid of the difference of the
two logits. So the total variation distance of two outputs, half the sum over classes of |p - q|, is the papers'
|p - q| (Wiegreffe & Pinter's code halves it once more).

One convention for weights: alpha is at least 0, sums to 1 over `batch.attendable` and is exactly 0 elsewhere. `decide`
takes any such alpha. It never differentiates through attention other than the alpha it is given: with alpha detached,
all attention of that step is held fixed, as the first paper's gradients have it. Gradients that go through
attention come from `forward`.
"""

from typing import Protocol

from torch import Tensor

from ablations.explanation.data.dataset import Batch


class Explained(Protocol):
    """A classifier with attention over the words of its text.

    Shapes: B instances, n tokens, e the width of embeddings, m of hidden states (m may depend on the batch). To
    look at R rows instead of B, select them in all arguments alike (`batch.rows`).
    """

    classes: int

    def embed(self, tokens: Tensor) -> Tensor:
        """(B, n) ids -> (B, n, e), one vector a token, whatever its place."""
        ...

    def encode(self, embedded: Tensor, batch: Batch) -> Tensor:
        """(B, n, e) -> hidden states (B, n, m), which depend on no padding."""
        ...

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        """(B, n, m) -> the model's own weights (B, n)."""
        ...

    def decide(self, hidden: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
        """Hidden states (B, n, m) under weights (B, n), its own or any other -> logits (B, classes)."""
        ...

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits (B, classes) and weights (B, n)."""
        ...


def distribution(logits: Tensor) -> Tensor:
    """(..., classes) logits -> probabilities that sum to 1."""
    return logits.softmax(dim=-1)
