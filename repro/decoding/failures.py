"""Turns failures that the text did not cause into one-sentence errors for the user of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from repro.errors import BadInput

NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "STATUS_ALLOC_FAILED")
"""Parts of torch's messages about exhausted memory, on devices for which it has no exception of its own."""


@contextmanager
def failures_said(weights: object, remedy: str) -> Iterator[None]:
    """Report two failures of the block as `BadInput`, where the user can choose other weights or options.

    Training does not use this: it records both failures as results.

    Args:
        weights: where the network comes from, as messages should name it.
        remedy: what to do when memory runs out.

    Raises:
        BadInput: the network gives no numbers, or memory runs out.
    """
    try:
        yield
    except FloatingPointError as error:
        raise BadInput(f"{weights} gives no numbers, because its training diverged; use another one") from error
    except (MemoryError, RuntimeError) as error:
        if not _is_memory(error):
            raise
        raise BadInput(f"memory ran out while {weights} was used; {remedy}") from error


def _is_memory(error: BaseException) -> bool:
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or any(sign in str(error) for sign in NO_MEMORY)
