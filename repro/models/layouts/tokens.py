"""Layouts of token ids: how sentences of different lengths lie in one tensor.

The layers work on vectors in any layout. The two parts that depend on it are here: the embedding of tokens, and which
tokens see each other.
"""

from dataclasses import dataclass
from typing import Protocol, Self

from torch import Tensor, nn

from repro.models.layouts.pairing import Mask
from repro.models.masks import causal_mask, padding_mask
from repro.models.positions import PositionalEncoding


class Tokens(Protocol):
    """The token ids of B sentences in some layout."""

    def embed(self, embedding: nn.Module, positions: PositionalEncoding, dropout: nn.Module) -> Tensor:
        """The sums of embeddings and positions with dropout (sections 3.4, 3.5 and 5.4), as the layout has them."""
        ...

    def self_mask(self, causal: bool) -> Mask:
        """Which tokens see which of the same sentence: all, or with `causal` only those up to themselves."""
        ...

    def cross_mask(self, keys: Self) -> Mask:
        """Which tokens see which of the sentence with the same number in `keys`: all."""
        ...


@dataclass
class Padded:
    """Rows filled up to a rectangle: vectors are (B, n, d_model)."""

    ids: Tensor  # (B, n), padded with 0
    start: int = 0  # position of the first column

    def embed(self, embedding: nn.Module, positions: PositionalEncoding, dropout: nn.Module) -> Tensor:
        """As `Tokens.embed`: (B, n, d_model)."""
        embedded: Tensor = dropout(positions(embedding(self.ids), self.start))
        return embedded

    def self_mask(self, causal: bool) -> Tensor:
        """(1, 1, n, n) if causal, else (B, 1, 1, n).

        The causal mask is enough for padding, too: padding stands at the end, hidden from every real position.
        """
        return causal_mask(self.ids.shape[1], self.ids.device) if causal else padding_mask(self.ids)

    def cross_mask(self, keys: "Padded") -> Tensor:
        """(B, 1, 1, n) for n keys."""
        return padding_mask(keys.ids)
