"""This project's Transformer encoder as a classifier, and four ways to take "the attention" from it.

`<s>`, the first word, is the class token. In the last layer it is the only query. It attends to the words of the text
but to neither special word, as in the papers' models, and one linear layer reads its state. All layers below are the
encoder of "Attention Is All You Need", over all tokens.

Readings of its attention, all of one trained model:

    head 0, 1, ...   the class token's weights in one head of the last layer
    mean             the mean of these over heads
    norm             the length of what each word gives to the class token's state: of its values through W^O, weighted
                     by attention and summed over heads, in proportion (Kobayashi et al. 2020)
    rollout          attention rollout (Abnar & Zuidema 2020): the product over layers of (A + I) / 2, A the mean over
                     heads, in the row of the class token; its mass on the special words is dropped, the rest sums to 1

If weights beta replace the read weights alpha, a single head takes beta, and the others keep theirs. For mean, norm and
rollout, each head's weight of word t is multiplied by beta_t / alpha_t and the head is normalised: heads keep their
shares, and beta = alpha changes nothing. Everything else is held fixed (`protocol.py`).
"""

from typing import Literal

import torch
from torch import Tensor, nn

from ablations.explanation.data.dataset import Batch
from ablations.explanation.models.attention import masked_softmax
from repro.errors import BadInput
from repro.models.attention import MultiHeadAttention, recorded_attention
from repro.models.dropout import Dropout
from repro.models.embedding import SharedEmbedding
from repro.models.feed_forward import FeedForward
from repro.models.initialisation import initialise
from repro.models.positions import SinusoidalPositions
from repro.models.residual import Residual
from repro.models.transformer import EncoderLayer

Reading = int | Literal["mean", "norm", "rollout"]
"""A head's number, or how heads and layers are put together."""


EMBEDDING_SCALE = 0.1
"""Embeddings start at a tenth of the translation model's size. With a few thousand texts and no other objective they
else stay what they were drawn as, outweigh positions, and the model learns words but not their order."""


class TransformerClassifier(nn.Module):
    """`protocol.Explained`.

    Args:
        V: types of the vocabulary.
        classes: logits.
        seed: of the initial parameters.
        N: layers.
        d_model, d_ff, h: widths and heads.
        P_drop: dropout.
        reading: how its attention is taken; may be changed later, as the attribute of that name.

    Raises:
        BadInput: h does not divide d_model, or N is under 1.
    """

    def __init__(
        self,
        V: int,
        classes: int,
        seed: int = 1,
        N: int = 2,
        d_model: int = 32,
        d_ff: int = 64,
        h: int = 4,
        P_drop: float = 0.0,
        reading: Reading = "mean",
    ) -> None:
        super().__init__()
        if d_model % h:
            raise BadInput(f"d_model {d_model} is not divisible by h {h}; choose another h")
        if N < 1:
            raise BadInput(f"N is {N}; it must be at least 1")
        self.classes, self.h, self.d_model, self.reading = classes, h, d_model, reading
        self.embedding = SharedEmbedding(V, d_model)
        self.positions = SinusoidalPositions(d_model)
        self.dropout = Dropout(P_drop)
        self.layers = nn.ModuleList(_layer(d_model, d_ff, h, P_drop) for _ in range(N))
        self.U = nn.Linear(d_model, classes)
        initialise(self, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            self.embedding.weight.mul_(EMBEDDING_SCALE)

    def embed(self, tokens: Tensor) -> Tensor:
        """As `Explained.embed`; positions are added in `encode`."""
        embedded: Tensor = self.embedding(tokens)
        return embedded

    def encode(self, embedded: Tensor, batch: Batch) -> Tensor:
        """As `Explained.encode`: what the last layer reads.

        For rollout each token's state is followed by its row of the rollout so far: m = d_model + n.
        """
        x = self.dropout(self.positions(embedded))
        mask = batch.mask[:, None, None, :]
        below = self.layers[:-1]
        if self.reading != "rollout":
            for layer in below:
                x = layer(x, mask)
            return x
        n = x.shape[1]
        identity = torch.eye(n, dtype=x.dtype, device=x.device)
        rollout = identity.expand(x.shape[0], n, n)
        for layer in below:
            with recorded_attention(layer) as records:
                x = layer(x, mask)
            (record,) = records["self_attention"]
            rollout = torch.bmm((record.weights.mean(dim=1) + identity) / 2, rollout)
        return torch.cat([x, rollout], dim=-1)

    def attend(self, hidden: Tensor, batch: Batch) -> Tensor:
        """As `Explained.attend`, by the model's reading."""
        return self._read(self._weights(hidden, batch), hidden, batch)

    def decide(self, hidden: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
        """As `Explained.decide`; how heads take the weights stands at the head of this file."""
        weights = self._weights(hidden, batch).detach()
        if isinstance(self.reading, int):
            heads = list(weights.unbind(dim=1))
            heads[self.reading] = alpha
            return self._class_state(hidden, torch.stack(heads, dim=1))
        read = self._read(weights, hidden, batch).detach()
        shares = weights / read.clamp(min=torch.finfo(read.dtype).tiny)[:, None]
        taken = shares * alpha[:, None]
        return self._class_state(hidden, taken / taken.sum(dim=-1, keepdim=True).clamp(min=1e-12))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """As `Explained.__call__`."""
        hidden = self.encode(self.embed(batch.tokens), batch)
        weights = self._weights(hidden, batch)
        return self._class_state(hidden, weights), self._read(weights, hidden, batch)

    @property
    def _last(self) -> EncoderLayer:
        layer = self.layers[-1]
        assert isinstance(layer, EncoderLayer)
        return layer

    @property
    def _attention(self) -> MultiHeadAttention:
        attention = self._last.self_attention
        assert isinstance(attention, MultiHeadAttention)
        return attention

    def _weights(self, hidden: Tensor, batch: Batch) -> Tensor:
        """The class token's weights in the last layer's heads: (B, h, n)."""
        x = self._last.residual_1.before(hidden[..., : self.d_model])
        Q, (K, _) = self._attention.queries(x[:, :1]), self._attention.keys_values(x)
        scores = (Q @ K.transpose(-2, -1)).squeeze(2) * self._attention.scale
        return masked_softmax(scores, batch.attendable[:, None])

    def _values(self, hidden: Tensor) -> Tensor:
        """What the last layer's heads weigh: (B, h, n, d_v)."""
        _, V = self._attention.keys_values(self._last.residual_1.before(hidden[..., : self.d_model]))
        return V

    def _read(self, weights: Tensor, hidden: Tensor, batch: Batch) -> Tensor:
        if isinstance(self.reading, int):
            return weights[:, self.reading]
        if self.reading == "norm":
            given = weights[..., None] * self._values(hidden)
            lengths = self._attention.W_O(given.transpose(1, 2).flatten(2)).norm(dim=-1)
            return lengths / lengths.sum(dim=1, keepdim=True)
        mean = weights.mean(dim=1)
        if self.reading == "mean":
            return mean
        rows = hidden[..., self.d_model :]
        # (A + I) / 2 in the row of the class token, which is position 0, times the rollout of the layers below.
        rolled = (torch.bmm(mean[:, None], rows).squeeze(1) + rows[:, 0]) / 2 * batch.attendable
        return rolled / rolled.sum(dim=1, keepdim=True)

    def _class_state(self, hidden: Tensor, weights: Tensor) -> Tensor:
        """Logits under the class token's weights (B, h, n) in the last layer."""
        stream = hidden[..., : self.d_model]
        last = self._last
        heads = (weights[:, :, None] @ self._values(hidden)).squeeze(2).flatten(1)
        x = last.residual_1.after(stream[:, 0], self._attention.W_O(heads))
        logits: Tensor = self.U(last.residual_2.after(x, last.feed_forward(last.residual_2.before(x))))
        return logits


def _layer(d_model: int, d_ff: int, h: int, P_drop: float) -> EncoderLayer:
    attention = MultiHeadAttention(d_model, h, d_model // h, d_model // h)
    residuals = [Residual(d_model, P_drop, "post", 1e-6) for _ in range(2)]
    return EncoderLayer(attention, FeedForward(d_model, d_ff), residuals)
