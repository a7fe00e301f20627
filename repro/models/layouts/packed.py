"""Only the real tokens of padded rows, one behind another: how a CPU trains, and how a dev set is measured.

Everything but attention works on each token by itself, so packed tokens (T, d_model) pass through the same layers as
padded ones (B, n, d_model).
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from repro.models.additive_attention import additive_attention
from repro.models.dot_product_attention import fast_attention
from repro.models.layouts.head_rows import HeadRows
from repro.models.layouts.kernel_pairing import KernelPairing, tile_of
from repro.models.layouts.pairing import Pairing
from repro.models.layouts.tokens import Padded
from repro.models.masks import PAD, causal_mask, mask_bias
from repro.models.positions import PositionalEncoding

ROW_MULTIPLE = 32
"""On a CPU the number of rows is rounded up to a multiple: libraries that make code for each shape know few then."""


@dataclass
class Packed:
    """The R real tokens of B padded rows. T rows hold them; on a CPU there are some more, which fill up."""

    ids: Tensor  # (B, n), padded with 0
    real: Tensor  # (B, n), boolean
    places: Tensor  # (T,) in the rows laid one behind another, padding included
    R: int
    offsets: Tensor  # (B + 1,) int32: sentence b is offsets[b] to offsets[b + 1]
    _head_rows: dict[tuple[int, int], HeadRows] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Tensor) -> "Packed":
        """The real tokens of (B, n) ids, padded with 0."""
        real = ids != PAD
        ends = real.sum(dim=1).cumsum(dim=0, dtype=torch.int32)
        places = real.flatten().nonzero()[:, 0]
        R = len(places)
        if ids.device.type == "cpu":
            places = torch.cat([places, places.new_zeros(ROW_MULTIPLE - R % ROW_MULTIPLE)])
        return cls(ids, real, places, R, torch.cat([ends.new_zeros(1), ends]))

    def embed(self, embedding: nn.Module, positions: PositionalEncoding, dropout: nn.Module) -> Tensor:
        """As `Tokens.embed`: (T, d_model). Dropout is drawn for padding, too, as it is for padded rows."""
        return self.pack(Padded(self.ids).embed(embedding, positions, dropout))

    def self_mask(self, causal: bool) -> Pairing:
        """As `Tokens.self_mask`."""
        return self._pairing(self, causal)

    def cross_mask(self, keys: "Packed") -> Pairing:
        """As `Tokens.cross_mask`."""
        return self._pairing(keys, causal=False)

    def _pairing(self, keys: "Packed", causal: bool) -> Pairing:
        if self.ids.device.type == "cuda":
            return KernelPairing(self, keys, causal)
        return HeadRowPairing(self, keys, causal)

    @property
    def longest(self) -> int:
        """Tokens of the longest sentence, or more."""
        return self.ids.shape[1]

    @property
    def tile(self) -> int:
        """As `Sentences.tile`."""
        return tile_of(self.longest)

    def pack(self, x: Tensor) -> Tensor:
        """(B, n, d) -> (T, d)."""
        return x.flatten(0, 1).index_select(0, self.places)

    def head_rows(self, parts: int, h: int) -> HeadRows:
        """The places of h heads with so many vectors each; made once, for all layers."""
        if (parts, h) not in self._head_rows:
            B, n = self.ids.shape
            self._head_rows[parts, h] = HeadRows(self.places, self.R, (B, n), parts, h)
        return self._head_rows[parts, h]


@dataclass
class HeadRowPairing(Pairing):
    """Packed queries and keys that attend as padded rows of heads, which is quickest on a CPU.

    Attributes:
        queries, keys: of equally many sentences; the same one in self-attention.
        causal: whether token j sees keys 0 to j only (section 3.2.3).
    """

    queries: Packed
    keys: Packed
    causal: bool
    _bias: Tensor | None = None

    def attend(
        self, Q: Tensor, KV: Tensor | None, h: int, scale: float, dropout: float = 0.0, v_a: Tensor | None = None
    ) -> Tensor:
        """As `Pairing.attend`."""
        if KV is None:
            q, k, v = self.queries.head_rows(3, h).spread(Q).unbind()
        else:
            (q,) = self.queries.head_rows(1, h).spread(Q).unbind()
            k, v = self.keys.head_rows(2, h).spread(KV).unbind()
        mask = self._mask(q.dtype)
        if v_a is None:
            heads = fast_attention(q, k, v, mask, scale, dropout)
        else:
            heads, _ = additive_attention(q, k, v, v_a, mask, dropout)
        return self.queries.head_rows(1, h).collect(heads)

    def _mask(self, dtype: torch.dtype) -> Tensor | None:
        """Over padded rows, as what it adds to the scores if every query may see something; None: all see all."""
        if self._bias is not None and self._bias.dtype == dtype:
            return self._bias
        if self.causal:
            # Padding of targets stands at the end, where this mask hides it from every real position.
            self._bias = mask_bias(causal_mask(self.keys.longest), dtype)
            return self._bias
        mask = self.keys.real[:, None, None, :]
        if mask.all():
            return None
        if not mask.any(dim=-1).all():
            return mask
        self._bias = mask_bias(mask, dtype)
        return self._bias
