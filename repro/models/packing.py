"""Sentences one behind another without padding, which is how training and its dev set pass through the layers.

Everything but attention works on each token by itself, so packed tokens (T, d_model) pass through the same layers as
padded ones (B, n, d_model). In place of a mask, attention is given a `Pairing`: which queries meet which keys.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn

from repro.models.dot_product_attention import fast_attention
from repro.models.head_rows import HeadRows
from repro.models.masks import PAD, causal_mask, mask_bias

MULTIPLE = 32
"""On a CPU the number of rows is rounded up to a multiple: libraries that make code for each shape know few then."""


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
class Pairing:
    """The tokens that may attend, and the tokens they may attend to: those of the same sentence.

    Attributes:
        queries, keys: the two packings, of equally many sentences; the same one in self-attention.
        causal: whether token j sees keys 0 to j only (section 3.2.3).
    """

    queries: Packed
    keys: Packed
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
        if Q.device.type == "cuda":
            return self._by_flash_kernel(Q, KV, h, scale)
        if KV is None:
            q, k, v = self.queries.rows(3, h).spread(Q).unbind()
        else:
            (q,) = self.queries.rows(1, h).spread(Q).unbind()
            k, v = self.keys.rows(2, h).spread(KV).unbind()
        heads = fast_attention(q, k, v, self._mask(q.dtype), scale, dropout)
        return self.queries.rows(1, h).collect(heads)

    def _mask(self, dtype: torch.dtype) -> Tensor | None:
        """For padded rows, as what it adds to the scores if every query may see something; None: all see everything."""
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

    def _by_flash_kernel(self, Q: Tensor, KV: Tensor | None, h: int, scale: float) -> Tensor:
        """The same, where `flash_kernel_takes` it."""
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
            self.queries.longest,
            self.keys.longest,
            scale=scale,
            window_size=(-1, 0) if self.causal else (-1, -1),
        )
        assert isinstance(attended, Tensor)  # a pair only where more is asked for
        return attended.flatten(1)


def flash_kernel_takes(d: int, device: torch.device, weights: torch.dtype) -> bool:
    """Whether a GPU's flash kernel attends over packed heads of this width.

    It wants 16 bits, by autocast or by the weights, widths that are multiples of 8 up to 256, and an Ampere or later.
    """
    if torch.is_autocast_enabled(device.type):
        weights = torch.get_autocast_dtype(device.type)
    if weights not in (torch.bfloat16, torch.float16) or d % 8 or d > 256:
        return False
    return torch.cuda.get_device_capability(device) >= (8, 0)
