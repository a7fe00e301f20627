"""Additive self-attention, which section 3.2.1 compares with dot products, in the form that is counted.

The score of a query and a key is v^T tanh(W q + U k), with the sum of their projections in the place of the product
(Bahdanau, Cho and Bengio 2015, appendix A.1.2, where W and U are those of the decoder's state and of the encoder's).
"""

import torch
from torch import Tensor, nn

from repro.models.attention import MultiHeadAttention


class AdditiveSelfAttention(nn.Module):
    """Projections, values and output as in `MultiHeadAttention`; each head has a v of its own.

    Args:
        d: width of input and output.
        h: heads, with d_k = d_v = d / h.
        seed: of v; the projections are torch's own.
    """

    causal = False

    def __init__(self, d: int, h: int = 1, seed: int = 1) -> None:
        super().__init__()
        self.projections = MultiHeadAttention(d, h, d // h, d // h)
        self.v = nn.Parameter(torch.randn(h, d // h, generator=torch.Generator().manual_seed(seed)))

    def unrolled(self, x: Tensor) -> Tensor:
        """(B, n, d) -> (B, n, d), with the (B, h, n, n, d / h) sums of every query and every key."""
        Q, K, V = self.projections.project(x)
        hidden = torch.tanh(Q.unsqueeze(-2) + K.unsqueeze(-3))
        scores = (hidden @ self.v[:, None, :, None]).squeeze(-1)  # (B, h, n, n)
        heads = scores.softmax(-1) @ V
        return torch.as_tensor(self.projections.W_O(heads.transpose(1, 2).flatten(2)))
