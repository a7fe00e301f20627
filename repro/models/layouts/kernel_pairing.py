"""Attention over packed sentences by a GPU's kernels, which find each sentence by its offsets."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import torch
from torch import Tensor

from repro.models.layouts.pairing import Pairing

MIN_TILE, MAX_SHORT_TILE = 16, 128
"""Tiles, in tokens, between which `short_attention` attends; torch's kernel has sentences that need larger ones."""

HAS_TRITON = find_spec("triton") is not None
"""Which `short_attention` is written in; torch for GPUs comes with it."""


class Segments(Protocol):
    """Sentences one behind another, as kernels find them."""

    offsets: Tensor  # (B + 1,) int32: sentence b is offsets[b] to offsets[b + 1]

    @property
    def longest(self) -> int:
        """Tokens of the longest sentence, or more."""
        ...

    @property
    def tile(self) -> int:
        """`tile_of` the longest sentence, or more."""
        ...


@dataclass
class KernelPairing(Pairing):
    """Packed queries and keys that attend where they lie, where `flash_kernel_takes` them.

    Attributes:
        queries, keys: of equally many sentences; the same one in self-attention.
        causal: whether token j sees keys 0 to j only (section 3.2.3).
    """

    queries: Segments
    keys: Segments
    causal: bool

    def attend(
        self, Q: Tensor, KV: Tensor | None, h: int, scale: float, dropout: float = 0.0, v_a: Tensor | None = None
    ) -> Tensor:
        """As `Pairing.attend`, of scaled products; no weights are dropped."""
        d = Q.shape[1] // (3 * h if KV is None else h)
        tile = max(self.queries.tile, self.keys.tile)
        if tile <= MAX_SHORT_TILE and short_kernel_takes(d):
            from repro.models.layouts.short_attention import short_attention

            return short_attention(Q, KV, self.queries.offsets, self.keys.offsets, h, tile, self.causal, scale)
        if KV is None:
            q, k, v = Q.unflatten(1, (3, h, -1)).unbind(1)
        else:
            q = Q.unflatten(1, (h, -1))
            k, v = KV.unflatten(1, (2, h, -1)).unbind(1)
        from torch.nn.attention.varlen import varlen_attn  # takes seconds, and only a GPU needs it

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
    """The smallest power of two, from 16 on, that is no smaller than the number of tokens of the longest sentence."""
    return max(MIN_TILE, 1 << (longest - 1).bit_length())


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
