"""A number that a GPU is still working on, read later without keeping the GPU waiting."""

import torch
from torch import Tensor


class PendingNumber:
    """Takes a tensor of one number; its copy to the CPU begins at once and is waited for by `value` alone."""

    def __init__(self, number: Tensor) -> None:
        self._copy = number.detach().to("cpu", non_blocking=True)  # to pinned memory
        self._copied: torch.cuda.Event | None = None
        if number.is_cuda:
            self._copied = torch.cuda.Event()
            self._copied.record()

    def value(self) -> float:
        """The number; waits for the work that it comes from, and for none that was given to the GPU later."""
        if self._copied is not None:
            self._copied.synchronize()
        return float(self._copy)
