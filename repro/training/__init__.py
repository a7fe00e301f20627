"""Training with Lightning: one update, the schedule, checkpoints, resuming, and what is measured after.

`fit` is imported on demand: importing Lightning takes seconds, and reading a curve needs none of it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repro.training.fitting import fit

__all__ = ["fit"]


def __getattr__(name: str) -> Any:
    if name == "fit":
        from repro.training.fitting import fit

        return fit
    raise AttributeError(f"module {__name__} has no attribute {name}")
