"""Training with Lightning: one update, the schedule, checkpoints, resuming, and what is measured after.

`fit` is imported on demand: importing Lightning takes seconds, and asking which metrics it leaves needs none of it.
"""

from typing import TYPE_CHECKING, Any

from repro.training.metric_declarations import metrics_fit

if TYPE_CHECKING:
    from repro.training.configuration_checks import check_fit
    from repro.training.fitting import fit

__all__ = ["check_fit", "fit", "metrics_fit"]


def __getattr__(name: str) -> Any:
    if name == "fit":
        from repro.training.fitting import fit

        return fit
    if name == "check_fit":
        from repro.training.configuration_checks import check_fit

        return check_fit
    raise AttributeError(f"module {__name__} has no attribute {name}")
