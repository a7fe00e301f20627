"""Table 1 of "Attention Is All You Need", measured: each entry against the running layers.

    operations.py   complexity per layer: floating-point operations and memory, with fitted exponents
    sequential.py   sequential operations: the longest chain of dependent steps
    paths.py        maximum path length between any two positions
    timing.py       seconds on the machine at hand, and where self-attention and recurrence cross
    footnote.py     section 3.2.1's footnote on the variance of q . k

`table1.yaml` holds the paper's formulas; only the comparison reads it. The same rules hold for all layers. Fused
kernels are traced through an unrolled form, which a test shows to compute the same. A step is one tensor operation
other than a view. A reduction (a matrix product, a sum, a softmax) is one step, as in the paper; its depth in single
additions is measured separately.

A grid calls `measure`, which is imported on demand: planning needs no torch. `python -m ablations.complexity RUNS`
prints the table from the records.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ablations.complexity.configuration import Configuration
from ablations.complexity.metric_declarations import metrics_measure
from repro.dataclass_config import from_mapping
from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from ablations.complexity.measurements import measure
else:
    __getattr__ = lazy_attributes(__name__, {"measure": "ablations.complexity.measurements"})

__all__ = ["check_measure", "measure", "metrics_measure"]


def check_measure(config: Mapping[str, Any]) -> None:
    """Check a whole configuration.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    from_mapping(Configuration, config)
