"""Position-wise feed-forward network (section 3.3, eq. 2)."""

import torch.nn.functional as F
from torch import Tensor, nn

from repro.models.dropout import check_probability, dropout


class FeedForward(nn.Module):
    """FFN(x) = max(0, x W_1 + b_1) W_2 + b_2, at each position alike (eq. 2).

    Args:
        d_model: width of input and output.
        d_ff: width of the inner layer.
        dropout: after the ReLU; the paper has none, tensor2tensor's later settings have 0.1.

    Raises:
        BadInput: a dropout that is not at least 0 and less than 1.
    """

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.0) -> None:
        super().__init__()
        check_probability("dropout", dropout)
        self.W_1 = nn.Linear(d_model, d_ff)
        self.W_2 = nn.Linear(d_ff, d_model)
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """(..., d_model) -> (..., d_model)."""
        return self.W_2(dropout(F.relu(self.W_1(x)), self.dropout, self.training))
