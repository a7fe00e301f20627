"""Encoder, attention and one linear layer over the weighted sum: the models of both papers.

Deviations from their code, which is silent on seeds: every parameter is drawn from the model's own seed.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ablations.explanation.data.dataset import PAD, Batch
from ablations.explanation.models.attention import Additive, Given, ScaledDot, Uniform
from ablations.explanation.models.encoders import ENCODERS
from repro.models.initialisation import initialise

Attention = Callable[[Tensor, Batch, Tensor | None], Tensor]

EMBEDDING_DEVIATION = 0.1
"""Of embeddings that start at random. Larger ones stay what they were drawn as, for words that are rare."""


class Classifier(nn.Module):
    """`protocol.Explained`: logits = U sum_t alpha_t h_t + b, and + U_q q where there is a question q.

    Args:
        V: types of the vocabulary.
        classes: logits.
        encoder: a name of `ENCODERS`.
        attention: "additive", "dot", "uniform"; or a module that gives weights, such as `Given`. It may be
            exchanged later, as the attribute of that name.
        e: width of embeddings.
        m: width of hidden states.
        seed: of the initial parameters.
        has_questions: whether there are questions; one is encoded by an encoder of its own, and its state is the mean
            over its words.
        vectors: (V, e) embeddings to start from, for example from a file.
    """

    def __init__(
        self,
        V: int,
        classes: int,
        encoder: str = "bilstm",
        attention: str | nn.Module = "additive",
        e: int = 32,
        m: int = 64,
        seed: int = 1,
        has_questions: bool = False,
        vectors: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.classes = classes
        generator = torch.Generator().manual_seed(seed)
        self.embedding = nn.Embedding(V, e, padding_idx=PAD)
        self.encoder = ENCODERS[encoder](e, m)
        self.question_encoder = ENCODERS[encoder](e, m) if has_questions else None
        self.attention: nn.Module = (
            attention if isinstance(attention, nn.Module) else _attention(attention, m, has_questions)
        )
        self.U = nn.Linear(m, classes)
        self.U_q = nn.Linear(m, classes, bias=False) if has_questions else None
        initialise(self, generator)
        with torch.no_grad():
            nn.init.normal_(self.embedding.weight, std=EMBEDDING_DEVIATION, generator=generator)
            if vectors is not None:
                self.embedding.weight.copy_(vectors)
            self.embedding.weight[PAD] = 0.0

    def embed(self, tokens: Tensor) -> Tensor:
        """As `Explained.embed`."""
        embedded: Tensor = self.embedding(tokens)
        return embedded

    def encode(self, embedded: Tensor, batch: Batch) -> Tensor:
        """As `Explained.encode`."""
        hidden: Tensor = self.encoder(embedded, batch.mask)
        return hidden

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        """As `Explained.attend`."""
        alpha: Tensor = self.attention(hidden, batch, self._question(batch))
        return alpha

    def decide(self, hidden: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
        """As `Explained.decide`."""
        return self._logits(hidden, alpha, self._question(batch))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """As `Explained.__call__`."""
        hidden, question = self.encode(self.embed(batch.tokens), batch), self._question(batch)
        alpha = self.attention(hidden, batch, question)
        return self._logits(hidden, alpha, question), alpha

    def _logits(self, hidden: Tensor, alpha: Tensor, question: Tensor | None) -> Tensor:
        logits: Tensor = self.U(torch.bmm(alpha[:, None], hidden).squeeze(1))
        return logits if self.U_q is None else logits + self.U_q(question)

    def _question(self, batch: Batch) -> Tensor | None:
        if self.question_encoder is None or batch.query is None:
            return None
        mask = batch.query != PAD
        states = self.question_encoder(self.embed(batch.query), mask) * mask[..., None]
        mean: Tensor = states.sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return mean


def _attention(name: str, m: int, has_questions: bool) -> nn.Module:
    if name == "uniform":
        return Uniform()
    return {"additive": Additive, "dot": ScaledDot}[name](m, has_questions)


__all__ = ["Attention", "Classifier", "Given"]
