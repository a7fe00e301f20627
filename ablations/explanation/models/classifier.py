"""Encoder, attention and a decision over the weighted sum: the models of both papers.

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
    """`protocol.Explained`: logits = U c + b, where c = sum_t alpha_t h_t.

    With a question q, logits = U tanh(W_c c + W_q q + d) + b (the first paper's code, `AttnDecoderQA`).

    Args:
        V: types of the vocabulary.
        classes: logits.
        encoder: a name of `ENCODERS`.
        attention: "additive", "dot", "uniform"; or a module that gives weights, such as `Given`. It may be
            exchanged later, as the attribute of that name.
        e: width of embeddings.
        m: width of hidden states.
        seed: of the initial parameters.
        has_questions: whether there are questions; one has embeddings and an encoder of its own, and q is the
            encoder's summary of it.
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
        self.question_embedding = nn.Embedding(V, e, padding_idx=PAD) if has_questions else None
        self.question_encoder = ENCODERS[encoder](e, m) if has_questions else None
        self.attention: nn.Module = (
            attention if isinstance(attention, nn.Module) else _attention(attention, m, has_questions)
        )
        self.W_c = nn.Linear(m, m // 2) if has_questions else None
        self.W_q = nn.Linear(m, m // 2, bias=False) if has_questions else None
        self.U = nn.Linear(m // 2 if has_questions else m, classes)
        initialise(self, generator)
        for embedding in (self.embedding, self.question_embedding):
            if embedding is not None:
                _start_embedding(embedding, vectors, generator)

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
        context = torch.bmm(alpha[:, None], hidden).squeeze(1)
        if self.W_c is not None and self.W_q is not None:
            context = (self.W_c(context) + self.W_q(question)).tanh()
        logits: Tensor = self.U(context)
        return logits

    def _question(self, batch: Batch) -> Tensor | None:
        if self.question_encoder is None or self.question_embedding is None or batch.query is None:
            return None
        mask = batch.query != PAD
        states = self.question_encoder(self.question_embedding(batch.query), mask)
        summary: Tensor = self.question_encoder.summary(states, mask)
        return summary


def _start_embedding(embedding: nn.Embedding, vectors: Tensor | None, generator: torch.Generator) -> None:
    with torch.no_grad():
        nn.init.normal_(embedding.weight, std=EMBEDDING_DEVIATION, generator=generator)
        if vectors is not None:
            embedding.weight.copy_(vectors)
        embedding.weight[PAD] = 0.0


def _attention(name: str, m: int, has_questions: bool) -> nn.Module:
    if name == "uniform":
        return Uniform()
    return {"additive": Additive, "dot": ScaledDot}[name](m, has_questions)


__all__ = ["Attention", "Classifier", "Given"]
