"""Evaluation mode for a while: without dropout, and without leaving a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(model: object) -> Iterator[None]:
    """Without dropout within the block; afterwards each part is in training or not, as it was.

    Args:
        model: an `nn.Module`; what is none has no modes.
    """
    parts = list(model.modules()) if isinstance(model, nn.Module) else []
    before = [part.training for part in parts]
    try:
        for part in parts:
            part.training = False
        yield
    finally:
        for part, training in zip(parts, before, strict=True):
            part.training = training
