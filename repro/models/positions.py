"""Positional encodings (section 3.5): sinusoids, learned vectors, or none.

Deviation available as an option: tensor2tensor lays sines and cosines in two halves with the
exponent over d_model/2 - 1, where the paper interleaves them.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.errors import BadInput

Positions = Literal["sinusoidal", "sinusoidal-halves", "learned", "none"]


def sinusoidal_table(n: int, d_model: int) -> Tensor:
    """PE(pos, 2i) = sin(pos / 10000^(2i/d_model)), PE(pos, 2i+1) = cos(the same) (section 3.5).

    Returns:
        (n, d_model) float32.
    """
    position = torch.arange(n, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, d_model, 2, dtype=torch.float64) * (-math.log(10_000.0) / d_model))
    table = torch.zeros(n, d_model, dtype=torch.float64)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate[: d_model // 2])
    return table.float()


def sinusoidal_halves_table(n: int, d_model: int) -> Tensor:
    """tensor2tensor's layout: all sines, then all cosines, wavelengths from 2 pi to exactly 20000 pi.

    Returns:
        (n, d_model) float32; an odd d_model ends with a column of zeros.
    """
    half = d_model // 2
    position = torch.arange(n, dtype=torch.float64)[:, None]
    exponent = torch.arange(half, dtype=torch.float64) / max(half - 1, 1)
    angle = position * torch.exp(-math.log(10_000.0) * exponent)
    table = torch.zeros(n, d_model, dtype=torch.float64)
    table[:, :half], table[:, half : 2 * half] = torch.sin(angle), torch.cos(angle)
    return table.float()


class SinusoidalPositions(nn.Module):
    """Adds the sinusoidal table, which grows to any requested length.

    The table is neither a parameter nor a buffer: it is no state, and data-parallel training would broadcast buffers
    before every step.
    """

    def __init__(self, d_model: int, halves: bool = False) -> None:
        super().__init__()
        self.d_model = d_model
        self._make = sinusoidal_halves_table if halves else sinusoidal_table
        self._table = self._make(512, d_model)
        self._outgrown: list[Tensor] = []  # a CUDA graph goes on reading from where its table was

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """(B, n, d_model) -> the same plus the encodings of positions start, ..., start + n - 1."""
        end = start + x.shape[1]
        return x + self._reaching(end, x.device)[start:end].to(x.dtype)

    def at(self, x: Tensor, places: Tensor, longest: int) -> Tensor:
        """(T, d_model) -> the same plus the encodings of positions `places` (T,), all under `longest`."""
        return x + F.embedding(places, self._reaching(longest, x.device)).to(x.dtype)

    def _reaching(self, end: int, device: torch.device) -> Tensor:
        if end > self._table.shape[0]:
            self._outgrown.append(self._table)
            self._table = self._make(2 * end, self.d_model)
        if self._table.device != device:
            self._table = self._table.to(device)
        return self._table


class LearnedPositions(nn.Module):
    """Adds one trained vector a position (Table 3, row E), up to a fixed number of positions."""

    def __init__(self, d_model: int, longest: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(longest, d_model))

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """As `SinusoidalPositions.forward`.

        Raises:
            BadInput: a position beyond the last that was trained.
        """
        end = start + x.shape[1]
        self._check(end)
        return x + self.weight[start:end]

    def at(self, x: Tensor, places: Tensor, longest: int) -> Tensor:
        """As `SinusoidalPositions.at`.

        Raises:
            BadInput: a position beyond the last that was trained.
        """
        self._check(longest)
        return x + F.embedding(places, self.weight)

    def _check(self, end: int) -> None:
        if end > self.weight.shape[0]:
            raise BadInput(
                f"a sequence of {end} tokens exceeds the {self.weight.shape[0]} learned positions; "
                "raise longest or use sinusoidal positions"
            )


class NoPositions(nn.Module):
    """Adds nothing: the model sees a bag of words, but for the decoder's causal mask."""

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        """(B, n, d_model) -> the same."""
        return x

    def at(self, x: Tensor, places: Tensor, longest: int) -> Tensor:
        """(T, d_model) -> the same."""
        return x


PositionalEncoding = SinusoidalPositions | LearnedPositions | NoPositions


def make_positions(kind: Positions, d_model: int, longest: int) -> PositionalEncoding:
    """The module that adds positions of the given kind; `longest` matters to learned ones only."""
    if kind == "learned":
        return LearnedPositions(d_model, longest)
    if kind == "none":
        return NoPositions()
    return SinusoidalPositions(d_model, halves=kind == "sinusoidal-halves")
