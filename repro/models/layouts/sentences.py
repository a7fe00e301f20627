"""Sentences one behind another in tensors of fixed sizes: how a GPU trains.

Shapes do not depend on the real number of sentences. After the last real one come padding sentences, whose tokens see
no other tokens.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from repro.models.layouts.kernel_pairing import MAX_SHORT_TILE, KernelPairing, tile_of
from repro.models.layouts.pairing import Pairing
from repro.models.masks import PAD
from repro.models.positions import PositionalEncoding

MIN_SENTENCES = 128
"""Sentences, real ones or of padding, that a buffer holds at least."""


@dataclass
class Sentences:
    """Token ids of B sentences; vectors are (T, d_model)."""

    ids: Tensor  # (T,) int32
    places: Tensor  # (T,) int32: of each token within its sentence
    offsets: Tensor  # (B + 1,) int32: sentence b is offsets[b] to offsets[b + 1]
    longest: int  # tokens of the longest sentence of any batch, or more
    tile: int  # of the longest of these, or more: a power of two, at least 16

    def embed(self, embedding: nn.Module, positions: PositionalEncoding, dropout: nn.Module) -> Tensor:
        """As `Tokens.embed`: (T, d_model)."""
        embedded: Tensor = dropout(positions.at(embedding(self.ids), self.places, self.longest))
        return embedded

    def self_mask(self, causal: bool) -> Pairing:
        """As `Tokens.self_mask`."""
        return KernelPairing(self, self, causal)

    def cross_mask(self, keys: "Sentences") -> Pairing:
        """As `Tokens.cross_mask`."""
        return KernelPairing(self, keys, causal=False)


@dataclass(frozen=True)
class BufferFormat:
    """How sources, targets and labels lie in one buffer of numbers, which is copied to a GPU at once.

    Attributes:
        T: tokens of each side, padding included.
        B: sentences, those of padding included: a power of two.
        longest: tokens of the longest sentence of any batch, or more.
        tile: as `Sentences.tile`.
    """

    T: int
    B: int
    longest: int
    tile: int

    @classmethod
    def of(cls, src: Tensor, tgt: Tensor, T: int, longest: int) -> "BufferFormat":
        """The smallest one with T tokens a side that (B, n) source and (B, m) target ids, padded with 0, fit into."""
        tile = tile_of(max(src.shape[1], tgt.shape[1]))
        if tile > MAX_SHORT_TILE:
            tile = tile_of(longest)
        sentences = len(src) + cls._padding_sentences(src, tgt, T, min(longest, tile))
        return cls(T, max(MIN_SENTENCES, 1 << (sentences - 1).bit_length()), longest, tile)

    @staticmethod
    def _padding_sentences(src: Tensor, tgt: Tensor, T: int, max_length: int) -> int:
        """As few as leave none with more than `max_length` tokens, on both sides the same number."""
        real = min(int((side != PAD).sum()) for side in (src, tgt))
        return -(-(T - real) // max_length)

    @property
    def lengths(self) -> list[int]:
        """Of source ids, places, offsets; of the same of the target; of labels."""
        side = [self.T, self.T, self.B + 1]
        return [*side, *side, self.T]

    def write(self, src: Tensor, tgt: Tensor, labels: Tensor) -> Tensor:
        """(B, n) source ids, (B, m) target ids and labels, padded on the CPU, as (sum of `lengths`,) int32."""
        padding = self._padding_sentences(src, tgt, self.T, min(self.longest, self.tile))
        sides = [part for ids in (src, tgt) for part in self._side(ids, padding)]
        real = labels[tgt != PAD]
        return torch.cat([*sides, real, real.new_full((self.T - len(real),), PAD)]).int()

    def _side(self, ids: Tensor, padding_sentences: int) -> list[Tensor]:
        """Ids, places and offsets of one side."""
        real = ids != PAD
        missing = self.T - int(real.sum())
        filling = [missing // padding_sentences + (i < missing % padding_sentences) for i in range(padding_sentences)]
        places = [torch.arange(ids.shape[1]).expand_as(ids)[real], *(torch.arange(length) for length in filling)]
        lengths = torch.cat([real.sum(dim=1), torch.tensor(filling, dtype=torch.long)])
        offsets = lengths.new_full((self.B + 1,), self.T)
        offsets[0] = 0
        offsets[1 : len(lengths) + 1] = lengths.cumsum(0)
        return [torch.cat([ids[real], ids.new_full((missing,), PAD)]), torch.cat(places), offsets]

    def read(self, buffer: Tensor) -> tuple[Sentences, Sentences, Tensor]:
        """Views of what was written: sources, targets and (T,) labels."""
        *sides, labels = buffer.split(self.lengths)
        source, target = (
            Sentences(ids, places, offsets, self.longest, self.tile) for ids, places, offsets in (sides[:3], sides[3:])
        )
        return source, target, labels
