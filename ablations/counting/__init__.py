"""The paper's statements on sizes, positions and costs that can be counted or computed, in seconds without training.

    measurements.py   parameters of Table 3, section 3.5's sinusoids, costs of heads, scores and convolutions, additive
                      attention beside dot products, which inputs an output depends on, and the paper's own arithmetic

A grid calls `measure`, which is imported on demand: planning needs no torch.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ablations.counting.configuration import Configuration
from ablations.counting.metric_declarations import metrics_measure
from repro.dataclass_config import from_mapping
from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from ablations.counting.measurements import measure
else:
    __getattr__ = lazy_attributes(__name__, {"measure": "ablations.counting.measurements"})

__all__ = ["check_measure", "measure", "metrics_measure"]


def check_measure(config: Mapping[str, Any]) -> None:
    """Check a whole configuration.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    from_mapping(Configuration, config)
