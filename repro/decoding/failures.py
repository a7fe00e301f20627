"""What ends a translation that is no fault of the text, said to the user of a command in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from repro.errors import BadInput

NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "STATUS_ALLOC_FAILED")
"""What torch says on any device when memory runs out, where it has no exception of its own for it."""


@contextmanager
def failures_said(weights: object, remedy: str) -> Iterator[None]:
    """Within the block a network is used by somebody who can choose other weights or options.

    A training is not within it: to that, both failures are results that are recorded.

    Args:
        weights: where the network is from, as a message names it.
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
