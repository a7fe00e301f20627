"""Evaluation mode within a block: no dropout, and every module's own mode is restored afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(model: object) -> Iterator[None]:
    """Turn dropout off within the block; afterwards each part has the mode that it had before.

    Args:
        model: an `nn.Module`; anything else has no mode and is left alone.
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
