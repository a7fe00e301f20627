"""What training and decoding ask of a model, whichever it is."""

from typing import Protocol, runtime_checkable

from torch import Tensor


class DecoderState(Protocol):
    """What a decoder remembers between steps for B sentences with K beams each."""

    def reorder(self, beams: Tensor) -> None:
        """Continue beam k of sentence b from what was beam `beams[b, k]`; `beams` is (B, K)."""
        ...

    def keep(self, sentences: Tensor) -> None:
        """Go on with these sentences only; `sentences` is a (B',) index into the B of now."""
        ...


@runtime_checkable
class Seq2Seq(Protocol):
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

    def start(self, src: Tensor, K: int) -> DecoderState:
        """Encode (B, n) sources once and prepare to decode K beams of each."""
        ...

    def step(self, tokens: Tensor, state: DecoderState) -> Tensor:
        """Feed one token a beam, (B, K), and get the logits of the next, (B, K, V); `state` moves on."""
        ...
