"""Four encoders from embedded tokens to hidden states, from full context to none.

A hidden state never depends on padding, so that an instance's results are the same in any batch. `m` is the
width of hidden states. `summary` makes one state of a whole question, as `last_hidden` in the first paper's code.
"""

import torch
from torch import Tensor, nn

from repro.errors import BadInput


class BiLSTM(nn.Module):
    """One layer in both directions (Jain & Wallace, section 2; their code: 128 a direction).

    Each direction runs over padded rows, the second over rows turned around within their length: several times as
    fast on a CPU as packed sequences, and the same.

    Args:
        e: width of embeddings.
        m: width of hidden states, both directions together; even.
    """

    def __init__(self, e: int, m: int) -> None:
        super().__init__()
        self.m = m
        self.forwards = nn.LSTM(e, m // 2, batch_first=True)
        self.backwards = nn.LSTM(e, m // 2, batch_first=True)

    def forward(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """(B, n, e), real tokens (B, n) -> (B, n, m), 0 at padding."""
        turned = _reversal(mask)
        rows = torch.arange(len(mask), device=mask.device)[:, None]
        right, _ = self.forwards(embedded)
        left, _ = self.backwards(embedded[rows, turned])
        return torch.cat([right, left[rows, turned]], dim=-1) * mask[..., None]

    def summary(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, n, m), real tokens (B, n) -> (B, m): the last state of each direction."""
        last = mask.sum(dim=1) - 1
        right = states[torch.arange(len(mask), device=mask.device), last, : self.m // 2]
        return torch.cat([right, states[:, 0, self.m // 2 :]], dim=-1)


def _reversal(mask: Tensor) -> Tensor:
    """(B, n): where to look to read each row from its last real token to its first; padding stays in place."""
    at = torch.arange(mask.shape[1], device=mask.device)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - at, at)


class Average(nn.Module):
    """Each embedding projected by itself; attention averages them (the first paper's average encoder).

    The paper's text speaks of a ReLU, its code has a tanh (`activation`); the code made the tables.

    Args:
        e: width of embeddings.
        m: width of hidden states.
        activation: "tanh" or "relu".
    """

    def __init__(self, e: int, m: int, activation: str = "tanh") -> None:
        super().__init__()
        if activation not in ("tanh", "relu"):
            raise BadInput(f"activation is {activation!r}; it must be tanh or relu")
        self.m = m
        self.projection = nn.Linear(e, m)
        self.activation = activation

    def forward(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """(B, n, e), real tokens (B, n) -> (B, n, m)."""
        projected = self.projection(embedded)
        return projected.tanh() if self.activation == "tanh" else projected.relu()

    def summary(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, n, m), real tokens (B, n) -> (B, m): the mean."""
        real: Tensor = (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return real


class Convolution(nn.Module):
    """Filters of several widths side by side, then ReLU (the first paper's code: widths 1, 3, 5, 7).

    Args:
        e: width of embeddings.
        m: width of hidden states; the widths share it equally.
        kernels: widths, odd.
    """

    def __init__(self, e: int, m: int, kernels: tuple[int, ...] = (1, 3, 5, 7)) -> None:
        super().__init__()
        if m % len(kernels):
            raise BadInput(f"m is {m}; {len(kernels)} kernels cannot share it equally")
        self.m = m
        self.filters = nn.ModuleList(nn.Conv1d(e, m // len(kernels), k, padding=k // 2) for k in kernels)

    def forward(self, embedded: Tensor, mask: Tensor) -> Tensor:
        """(B, n, e), real tokens (B, n) -> (B, n, m)."""
        real = (embedded * mask[..., None]).transpose(1, 2)
        return torch.cat([convolution(real) for convolution in self.filters], dim=1).relu().transpose(1, 2)

    def summary(self, states: Tensor, mask: Tensor) -> Tensor:
        """(B, n, m), real tokens (B, n) -> (B, m): the largest of each filter."""
        return (states * mask[..., None]).amax(dim=1)


ENCODERS = {
    "bilstm": BiLSTM,
    "average": Average,
    "convolution": Convolution,
    # The second paper's token-wise MLP (section 3.4: linear, tanh) is the first's average encoder by another name.
    "mlp": Average,
}
