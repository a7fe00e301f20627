"""Table 1 of "Attention Is All You Need", measured: each entry beside what the running layers do.

    operations.py   complexity per layer: floating-point operations and memory, with fitted exponents
    sequential.py   sequential operations: the longest chain of dependent steps
    paths.py        maximum path length between any two positions
    timing.py       seconds on the machine at hand, and where self-attention and recurrence cross
    footnote.py     section 3.2.1's footnote on the variance of q . k

`table1.yaml` has the paper's formulas, which nothing but the comparison reads. One rule holds for all layers: what
is fused is traced through an unrolled form that a test shows to compute the same; a step is one tensor operation
that is no view; a reduction (a matrix product, a sum, a softmax) is one step, the paper's convention, and its depth
in single additions is measured beside.

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
    """Look at a whole configuration.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    from_mapping(Configuration, config)
