"""Sentences one behind another without padding, which is how a GPU attends over rows of unequal lengths.

Everything but attention works on each token by itself, so packed tokens (T, d_model) pass through the same layers as
padded ones (B, n, d_model). In place of a mask, attention is given a `Pairing`: which queries meet which keys.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn

from repro.models.masks import PAD


@dataclass
class Packed:
    """Where the T real tokens of B padded rows lie."""

    places: Tensor  # (T,) in the rows laid one behind another, padding included
    offsets: Tensor  # (B + 1,) int32: sentence b is offsets[b] to offsets[b + 1]
    longest: int
    shape: tuple[int, int]  # B, n

    @classmethod
    def of(cls, ids: Tensor) -> "Packed":
        """The real tokens of (B, n) ids, padded with 0."""
        real = ids != PAD
        ends = real.sum(dim=1).cumsum(dim=0, dtype=torch.int32)
        B, n = ids.shape
        return cls(real.flatten().nonzero()[:, 0], torch.cat([ends.new_zeros(1), ends]), n, (B, n))

    def pack(self, x: Tensor) -> Tensor:
        """(B, n, d) -> (T, d)."""
        return x.flatten(0, 1).index_select(0, self.places)

    def unpack(self, x: Tensor) -> Tensor:
        """(T, d) -> (B, n, d), with zeros for padding."""
        B, n = self.shape
        rows = x.new_zeros(B * n, x.shape[1]).index_copy(0, self.places, x)
        return rows.view(B, n, -1)


@dataclass
class Pairing:
    """The tokens that may attend, and the tokens they may attend to: those of the same sentence.

    Attributes:
        queries, keys: the two packings, of equally many sentences.
        causal: whether token j sees keys 0 to j only (section 3.2.3).
    """

    queries: Packed
    keys: Packed
    causal: bool

    def attend(self, Q: Tensor, K: Tensor, V: Tensor, scale: float) -> Tensor:
        """softmax(scale * Q K^T) V within each sentence (eq. 1), by the flash kernel.

        Args:
            Q: (T, h, d_k).
            K, V: (T', h, d_k) and (T', h, d_v); d_v is d_k, a multiple of 8.
            scale: factor of the scores.

        Returns:
            (T, h, d_v).
        """
        attended = varlen_attn(
            Q,
            K,
            V,
            self.queries.offsets,
            self.keys.offsets,
            self.queries.longest,
            self.keys.longest,
            scale=scale,
            window_size=(-1, 0) if self.causal else (-1, -1),
        )
        assert isinstance(attended, Tensor)  # a pair only where more is asked for
        return attended


def half_precision(device: torch.device, weights: torch.dtype) -> bool:
    """Whether products are made in 16 bits here, which the flash kernel asks for: by autocast or by the weights."""
    if torch.is_autocast_enabled(device.type):
        weights = torch.get_autocast_dtype(device.type)
    return weights in (torch.bfloat16, torch.float16)
