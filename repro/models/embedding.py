"""Embeddings shared by source, target and the output layer (section 3.4), without positions."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SharedEmbedding(nn.Module):
    """One (V, d_model) matrix used three times; as an embedding it is multiplied by sqrt(d_model).

    Args:
        V: number of types of the shared vocabulary.
        d_model: width.
    """

    def __init__(self, V: int, d_model: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(V, d_model))
        self.scale = math.sqrt(d_model)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, n) ids -> (B, n, d_model), scaled."""
        return F.embedding(ids, self.weight) * self.scale

    def logits(self, states: Tensor) -> Tensor:
        """(..., d_model) states -> (..., V) scores before the softmax; no bias, no scale."""
        return F.linear(states, self.weight)
