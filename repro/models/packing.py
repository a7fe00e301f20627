"""Sentences one behind another without padding, which is how training and its dev set pass through the layers.

Everything but attention works on each token by itself, so packed tokens (T, d_model) pass through the same layers as
padded ones (B, n, d_model). In place of a mask, attention is given a `Pairing`: which queries meet which keys.
"""

from dataclasses import dataclass, field
from importlib.util import find_spec

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn

from repro.models.dot_product_attention import fast_attention
from repro.models.head_rows import HeadRows
from repro.models.masks import PAD, causal_mask, mask_bias

MULTIPLE = 32
"""On a CPU the number of rows is rounded up to a multiple: libraries that make code for each shape know few then."""


NARROWEST, SHORT = 16, 128
"""Tiles, in tokens, between which a kernel of ours attends on a GPU; sentences that need larger ones have torch's."""

HAS_TRITON = find_spec("triton") is not None
"""Which the kernel of ours is written in; torch for GPUs comes with it."""


@dataclass
class Packed:
    """Where the R real tokens of B padded rows lie. T rows hold them: on a CPU there are some more, which fill up."""

    places: Tensor  # (T,) in the rows laid one behind another, padding included
    R: int
    real: Tensor  # (B, n), boolean
    offsets: Tensor  # (B + 1,) int32: sentence b is offsets[b] to offsets[b + 1]
    _rows: dict[tuple[int, int], HeadRows] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Tensor) -> "Packed":
        """The real tokens of (B, n) ids, padded with 0."""
        real = ids != PAD
        ends = real.sum(dim=1).cumsum(dim=0, dtype=torch.int32)
        places = real.flatten().nonzero()[:, 0]
        R = len(places)
        if ids.device.type == "cpu":
            places = torch.cat([places, places.new_zeros(MULTIPLE - R % MULTIPLE)])
        return cls(places, R, real, torch.cat([ends.new_zeros(1), ends]))

    @property
    def longest(self) -> int:
        """Tokens of the longest sentence, or more."""
        return self.real.shape[1]

    @property
    def tile(self) -> int:
        """As `Sentences.tile`."""
        return tile_of(self.longest)

    def pack(self, x: Tensor) -> Tensor:
        """(B, n, d) -> (T, d)."""
        return x.flatten(0, 1).index_select(0, self.places)

    def rows(self, parts: int, h: int) -> HeadRows:
        """The places of h heads with so many vectors each; made once, for all layers."""
        if (parts, h) not in self._rows:
            B, n = self.real.shape
            self._rows[parts, h] = HeadRows(self.places, self.R, (B, n), parts, h)
        return self._rows[parts, h]


@dataclass
class Sentences:
    """Token ids of B sentences one behind another, for a GPU: no shape tells how many of them there really are.

    What is behind the last real one is sentences of padding, whose tokens see nobody else's.
    """

    ids: Tensor  # (T,) int32
    places: Tensor  # (T,) int32: of each token within its sentence
    offsets: Tensor  # (B + 1,) int32: sentence b is offsets[b] to offsets[b + 1]
    longest: int  # tokens of the longest sentence of any batch, or more
    tile: int  # of the longest of these, or more: a power of two, at least 16


@dataclass
class Pairing:
    """The tokens that may attend, and the tokens they may attend to: those of the same sentence.

    Attributes:
        queries, keys: the two packings, of equally many sentences; the same one in self-attention.
        causal: whether token j sees keys 0 to j only (section 3.2.3).
    """

    queries: Packed | Sentences
    keys: Packed | Sentences
    causal: bool
    _bias: Tensor | None = None

    def attend(self, Q: Tensor, KV: Tensor | None, h: int, scale: float, dropout: float = 0.0) -> Tensor:
        """softmax(scale * Q K^T) V within each sentence (eq. 1), for h heads of width d.

        Args:
            Q: (T, h d) queries, head by head; where there is no `KV`, (T, 3 h d) with keys and values behind them.
            KV: (T', 2 h d) keys and values.
            h: heads.
            scale: factor of the scores.
            dropout: probability of dropping a weight, on a CPU only.

        Returns:
            (T, h d).
        """
        queries, keys = self.queries, self.keys
        if Q.device.type == "cuda" or isinstance(queries, Sentences) or isinstance(keys, Sentences):
            return self._by_packed_kernel(Q, KV, h, scale)
        if KV is None:
            q, k, v = queries.rows(3, h).spread(Q).unbind()
        else:
            (q,) = queries.rows(1, h).spread(Q).unbind()
            k, v = keys.rows(2, h).spread(KV).unbind()
        heads = fast_attention(q, k, v, self._mask(keys, q.dtype), scale, dropout)
        return queries.rows(1, h).collect(heads)

    def _mask(self, keys: Packed, dtype: torch.dtype) -> Tensor | None:
        """For padded rows, as what it adds to the scores if every query may see something; None: all see everything."""
        if self._bias is not None and self._bias.dtype == dtype:
            return self._bias
        if self.causal:
            # Padding of targets stands at the end, where this mask hides it from every real position.
            self._bias = mask_bias(causal_mask(keys.longest), dtype)
            return self._bias
        mask = keys.real[:, None, None, :]
        if mask.all():
            return None
        if not mask.any(dim=-1).all():
            return mask
        self._bias = mask_bias(mask, dtype)
        return self._bias

    def _by_packed_kernel(self, Q: Tensor, KV: Tensor | None, h: int, scale: float) -> Tensor:
        """The same, where `flash_kernel_takes` it."""
        d = Q.shape[1] // (3 * h if KV is None else h)
        tile = max(self.queries.tile, self.keys.tile)
        if tile <= SHORT and short_kernel_takes(d):
            from repro.models.short_attention import short_attention

            return short_attention(Q, KV, self.queries.offsets, self.keys.offsets, h, tile, self.causal, scale)
        if KV is None:
            q, k, v = Q.unflatten(1, (3, h, -1)).unbind(1)
        else:
            q = Q.unflatten(1, (h, -1))
            k, v = KV.unflatten(1, (2, h, -1)).unbind(1)
        attended = varlen_attn(
            q,
            k,
            v,
            self.queries.offsets,
            self.keys.offsets,
            min(self.queries.longest, tile),
            min(self.keys.longest, tile),
            scale=scale,
            window_size=(-1, 0) if self.causal else (-1, -1),
        )
        assert isinstance(attended, Tensor)  # a pair only where more is asked for
        return attended.flatten(1)


def tile_of(longest: int) -> int:
    """The smallest power of two from 16 on that a sentence of so many tokens has room in."""
    return max(NARROWEST, 1 << (longest - 1).bit_length())


def short_kernel_takes(d: int) -> bool:
    """Whether heads of this width can be attended to by `short_attention`, where flash kernels could, too."""
    return HAS_TRITON and d in (16, 32, 64, 128)


def flash_kernel_takes(d: int, device: torch.device, weights: torch.dtype) -> bool:
    """Whether a GPU's flash kernel attends over packed heads of this width.

    It wants 16 bits, by autocast or by the weights, widths that are multiples of 8 up to 256, and an Ampere or later.
    """
    if torch.is_autocast_enabled(device.type):
        weights = torch.get_autocast_dtype(device.type)
    if weights not in (torch.bfloat16, torch.float16) or d % 8 or d > 256:
        return False
    return torch.cuda.get_device_capability(device) >= (8, 0)
