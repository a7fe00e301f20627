"""Small models whose attention is known to be what it is, and batches for them."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ablations.explanation.data.dataset import Batch

VOCABULARY = 40


def a_batch(lengths: list[int], seed: int = 0, padding: int = 0, classes: int = 2) -> Batch:
    """Random texts of so many words, special ones included; `padding` more places behind the longest."""
    generator = torch.Generator().manual_seed(seed)
    n, of = max(lengths) + padding, torch.tensor(lengths)[:, None]
    at = torch.arange(n)
    texts = torch.randint(4, VOCABULARY, (len(lengths), max(lengths)), generator=generator)
    mask = at < of
    tokens = nn.functional.pad(texts, (0, padding)) * mask
    return Batch(
        tokens=tokens,
        mask=mask,
        attendable=(at >= 1) & (at < of - 1),
        labels=torch.randint(classes, (len(lengths),), generator=generator),
        index=torch.arange(len(lengths)),
    )


def masked_softmax(scores: Tensor, batch: Batch) -> Tensor:
    return scores.masked_fill(~batch.attendable, -torch.inf).softmax(dim=-1)


def uniform(batch: Batch) -> Tensor:
    return batch.attendable.double() / batch.attendable.sum(dim=1, keepdim=True)


class Planted(nn.Module):
    """Vectors, no encoder, a linear decision on the weighted mean; the kinds below say what attention is.

    Double precision, so that comparisons are exact to many digits.
    """

    def __init__(self, classes: int = 2, width: int = 6, seed: int = 0) -> None:
        super().__init__()
        self.classes = classes
        generator = torch.Generator().manual_seed(seed)
        self.vectors = nn.Parameter(torch.randn(VOCABULARY, width, generator=generator, dtype=torch.float64))
        self.W = nn.Parameter(torch.randn(classes, width, generator=generator, dtype=torch.float64))

    def embed(self, tokens: Tensor) -> Tensor:
        return self.vectors[tokens]

    def encode(self, embedded: Tensor, batch: Batch) -> Tensor:
        return embedded

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        raise NotImplementedError

    def decide(self, hidden: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
        return (alpha[..., None] * hidden).sum(dim=1) @ self.W.T

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        hidden = self.encode(self.embed(batch.tokens), batch)
        alpha = self.attend(hidden, batch)
        return self.decide(hidden, alpha, batch), alpha


class Explaining(Planted):
    """Weights rise with what the word alone does to the decision, |w . e|: attention is the explanation."""

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        return masked_softmax((hidden @ (self.W[1] - self.W[0])).abs(), batch)


class Irrelevant(Planted):
    """Weights follow a direction of their own, and the decision does not look at them."""

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        across = torch.randn(hidden.shape[-1], generator=torch.Generator().manual_seed(99), dtype=torch.float64)
        return masked_softmax(hidden @ across, batch)

    def decide(self, hidden: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
        return super().decide(hidden, uniform(batch), batch)


class Uniform(Planted):
    """The same weight for all."""

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        return uniform(batch)


class Curved(Explaining):
    """The decision is not linear in the weights, as in a Transformer."""

    def decide(self, hidden: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
        return 3 * torch.tanh((alpha[..., None] * hidden).sum(dim=1)) ** 3 @ self.W.T


class Recurrent(Planted):
    """A small BiLSTM with additive attention, as in the papers."""

    def __init__(self, classes: int = 2, width: int = 6, seed: int = 0, hidden: int = 8) -> None:
        super().__init__(classes, 2 * hidden, seed)
        generator = torch.Generator().manual_seed(seed)
        self.vectors = nn.Parameter(torch.randn(VOCABULARY, width, generator=generator, dtype=torch.float64))
        self.lstm = nn.LSTM(width, hidden, bidirectional=True, batch_first=True, dtype=torch.float64)
        self.inner = nn.Linear(2 * hidden, hidden, dtype=torch.float64)
        self.v = nn.Linear(hidden, 1, bias=False, dtype=torch.float64)
        for parameter in [*self.lstm.parameters(), *self.inner.parameters(), *self.v.parameters()]:
            parameter.data.normal_(0, 0.7, generator=generator)

    def encode(self, embedded: Tensor, batch: Batch) -> Tensor:
        packed = pack_padded_sequence(embedded, batch.lengths, batch_first=True, enforce_sorted=False)
        states: Any = self.lstm(packed)[0]
        return pad_packed_sequence(states, batch_first=True, total_length=embedded.shape[1])[0]

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        return masked_softmax(self.v(torch.tanh(self.inner(hidden)))[..., 0], batch)
