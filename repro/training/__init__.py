"""Training with Lightning: one update, the schedule, checkpoints, resuming, and the measurements afterwards.

`fit` is imported on demand: importing Lightning takes seconds, and asking for its metrics, or for the values that it
refuses, does not need Lightning.
"""

from typing import TYPE_CHECKING

from repro.lazy_attributes import lazy_attributes
from repro.training.limits import limits_fit
from repro.training.metric_declarations import metrics_fit

if TYPE_CHECKING:
    from repro.training.configuration_checks import check_fit
    from repro.training.fitting import fit
else:
    __getattr__ = lazy_attributes(
        __name__, {"check_fit": "repro.training.configuration_checks", "fit": "repro.training.fitting"}
    )

__all__ = ["check_fit", "fit", "limits_fit", "metrics_fit"]
