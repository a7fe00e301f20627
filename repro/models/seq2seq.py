"""The interface that training and decoding require of every model."""

from typing import Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from repro.models.layouts.sentences import Sentences


class DecoderState(Protocol):
    """A decoder's state between steps for B sentences with K beams each."""

    def reorder(self, beams: Tensor) -> None:
        """Continue beam k of sentence b from what was beam `beams[b, k]`; `beams` is (B, K)."""
        ...

    def keep(self, sentences: Tensor) -> None:
        """Go on with these sentences only; `sentences` is a (B',) index into the B of now."""
        ...


State = TypeVar("State", bound=DecoderState)


@runtime_checkable
class Seq2Seq(Protocol[State]):
    """A sequence-to-sequence model over one shared vocabulary; id 0 is padding."""

    V: int

    def states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """Final decoder states for teacher forcing.

        Args:
            src: (B, n) source ids, padded with 0.
            tgt: (B, m) target ids shifted right: they begin with the start symbol.

        Returns:
            (B, m, d_model): position j depends on `src` and `tgt[:, : j + 1]` only.
        """
        ...

    def real_states(self, src: Tensor, tgt: Tensor) -> Tensor:
        """The same for the T real target tokens only, (T, d_model), sentence by sentence: what a loss reads."""
        ...

    def logits(self, states: Tensor) -> Tensor:
        """(..., d_model) -> (..., V)."""
        ...

    def output_weight(self) -> Tensor:
        """(V, d_model): the matrix of the output layer, which has no bias."""
        ...

    def start(self, src: Tensor, K: int) -> State:
        """Encode (B, n) sources once and prepare to decode K beams of each."""
        ...

    def step(self, tokens: Tensor, state: State) -> Tensor:
        """Feed one token a beam, (B, K), and get the logits of the next, (B, K, V); `state` moves on."""
        ...


@runtime_checkable
class PackedSeq2Seq(Seq2Seq[State], Protocol[State]):
    """A model that can also work on sentences without padding, which saves a GPU half of its work."""

    def packs(self, device: torch.device) -> bool:
        """Whether it packs sentences on this device, as it is set up now."""
        ...

    def packed_states(self, source: Sentences, target: Sentences) -> Tensor:
        """Final decoder states (T', d_model) of targets (T',) over sources (T,), where it `packs`."""
        ...
