"""Which queries meet which keys: a boolean mask over padded rows, or a pairing of packed sentences."""

from torch import Tensor


class Pairing:
    """Stands in place of a mask where tokens are packed: a token may attend to those of its own sentence."""

    def attend(
        self, Q: Tensor, KV: Tensor | None, h: int, scale: float, dropout: float = 0.0, v_a: Tensor | None = None
    ) -> Tensor:
        """softmax(scale * Q K^T) V within each sentence (eq. 1), for h heads of width d; or additive attention.

        Args:
            Q: (T, h d) queries, head by head; where there is no `KV`, (T, 3 h d) with keys and values behind them.
            KV: (T', 2 h d) keys and values.
            h: heads.
            scale: factor of the scores.
            dropout: probability of dropping a weight, on a CPU only.
            v_a: (h, d), of additive attention in the place of the scaled products, on a CPU only.

        Returns:
            (T, h d).
        """
        raise NotImplementedError


Mask = Tensor | Pairing
