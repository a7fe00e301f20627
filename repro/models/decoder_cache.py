"""The cache of the Transformer's decoder between steps of a search: keys and values, and which beam they belong to.

Beams change places at most steps, and copying their keys and values each time costs as much as the attention itself.
So nothing is copied here: an entry stays where it was written, all K beams of a sentence attend over all entries of
that sentence, and a mask says which of them are a beam's own prefix. When beams change places, only the mask's rows do.
Entries that no living beam descends from are dropped when the capacity is reached.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from repro.models.masks import mask_bias, may_attend

INITIAL_CAPACITY = 8
"""Positions of each beam that a cache holds at first."""


@dataclass
class LayerCache:
    """Keys and values of one decoder layer: of the beams' prefixes and of the encoder's output."""

    fused: Tensor  # of the self-attention, see `MultiHeadAttention.fused_weight`: joined once, not at each step
    K: Tensor  # (B, h, capacity, d_k)
    V: Tensor  # (B, h, capacity, d_v)
    memory_K: Tensor  # (B, h, n, d_k)
    memory_V: Tensor  # (B, h, n, d_v)

    def append(self, new_K: Tensor, new_V: Tensor, used: int) -> tuple[Tensor, Tensor]:
        """Write one entry a beam, (B, h, K, d_k) and (B, h, K, d_v), behind the `used` ones; all entries so far."""
        end = used + new_K.shape[2]
        self.K[:, :, used:end], self.V[:, :, used:end] = new_K, new_V
        return self.K[:, :, :end], self.V[:, :, :end]

    def select(self, entries: Tensor, capacity: int) -> None:
        """Keep the entries at these places, (B, kept), and have this capacity from now on."""
        self.K, self.V = _entries(self.K, entries, capacity), _entries(self.V, entries, capacity)

    def keep(self, sentences: Tensor) -> None:
        """As `DecoderState.keep`."""
        self.K, self.V = self.K[sentences], self.V[sentences]
        self.memory_K, self.memory_V = self.memory_K[sentences], self.memory_V[sentences]


@dataclass
class TransformerState:
    """`DecoderState` of a Transformer: t positions decoded so far."""

    layers: list[LayerCache]
    memory_bias: Tensor  # (B, 1, 1, n), see `mask_bias`: made once, not at each step
    own: Tensor  # (B, K, used) 0 for entries that are a beam's own prefix, else as `mask_bias` has it
    following: Tensor  # (K, K) the same for the next K entries: each is a beam's own
    t: int = 0

    @classmethod
    def begin(cls, layers: list[LayerCache], memory_mask: Tensor, K: int) -> "TransformerState":
        """Nothing decoded yet; the mask (B, 1, 1, n) is that of the source's padding."""
        dtype = layers[0].K.dtype
        following = mask_bias(torch.eye(K, dtype=torch.bool, device=memory_mask.device), dtype)
        return cls(layers, mask_bias(memory_mask, dtype), following.new_empty(len(memory_mask), K, 0), following)

    @property
    def used(self) -> int:
        """Entries written so far, the dropped ones not counted."""
        return self.own.shape[2]

    def prefix_bias(self) -> Tensor:
        """(B, 1, K, used + K): what each beam may see once its next position is written, for which it makes space."""
        B, K, used = self.own.shape
        if used + K > self.layers[0].K.shape[2]:
            self._make_space(K)
        return torch.cat([self.own, self.following.expand(B, K, K)], dim=2)[:, None]

    def move_on(self, bias: Tensor) -> None:
        """The next position is written, of which `bias` is the `prefix_bias`."""
        self.own, self.t = bias[:, 0], self.t + 1

    def reorder(self, beams: Tensor) -> None:
        """As `DecoderState.reorder`."""
        self.own = self.own.gather(1, beams[:, :, None].expand(-1, -1, self.used))

    def keep(self, sentences: Tensor) -> None:
        """As `DecoderState.keep`."""
        self.own, self.memory_bias = self.own[sentences], self.memory_bias[sentences]
        for layer in self.layers:
            layer.keep(sentences)

    def _make_space(self, K: int) -> None:
        """Drop the entries without descendants; double the capacity if that leaves it more than half used."""
        alive = may_attend(self.own).any(dim=1)  # (B, used)
        kept = int(alive.sum(dim=1).max())
        # The living in their order; where a sentence has fewer than another, dead ones fill up, which no beam sees.
        entries = alive.sort(dim=1, descending=True, stable=True).indices[:, :kept]
        self.own = self.own.gather(2, entries[:, None].expand(-1, K, -1))
        capacity = self.layers[0].K.shape[2]
        while kept + K > capacity // 2:
            capacity *= 2
        for layer in self.layers:
            layer.select(entries, capacity)


def _entries(x: Tensor, places: Tensor, capacity: int) -> Tensor:
    """(B, h, old capacity, d) -> (B, h, capacity, d), the first of which are those at `places` (B, kept)."""
    B, h, _, d = x.shape
    entries = x.new_empty(B, h, capacity, d)
    entries[:, :, : places.shape[1]] = x.gather(2, places[:, None, :, None].expand(-1, h, -1, d))
    return entries
