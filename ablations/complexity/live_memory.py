"""The peak memory of live tensors while code runs, whatever kernels it uses."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ablations.complexity.trace import is_view, tensors


class LiveMemory(TorchDispatchMode):
    """Follows all tensors that are made while it is active, and keeps none alive.

    Attributes:
        now: bytes of those that are still alive.
        peak: the largest value of `now`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.made: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not is_view(func):
            self.note(func, args, kwargs or {}, tensors(result), tensors((args, kwargs or {})))
        self.peak = max(self.peak, self.now)
        return result

    def note(self, func: Any, args: Any, kwargs: Any, results: Sequence[Tensor], read: Sequence[Tensor]) -> set[int]:
        """One operation has run; returns which storages are new."""
        before = {storage_of(tensor)._cdata for tensor in read} | self.made
        new = {storage._cdata: storage for storage in map(storage_of, results) if storage._cdata not in before}
        for key, storage in new.items():
            self.made.add(key)
            self.now += storage.nbytes()
            weakref.finalize(storage, self.freed, key, storage.nbytes())
        return set(new)

    def freed(self, key: int, size: int) -> None:
        """A storage is gone."""
        self.made.discard(key)
        self.now -= size


def storage_of(tensor: Tensor) -> Any:
    """Where a tensor's numbers lie, which its views share."""
    return tensor.untyped_storage()


def peak_of(call: Callable[[], object]) -> int:
    """The most bytes that tensors take at once in a call, what was there before not counted."""
    memory = LiveMemory()
    with memory:
        call()
    return memory.peak
