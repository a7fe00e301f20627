"""Two one-sided tests: whether a difference is shown to be smaller than a margin.

"Not significantly different" shows nothing: too few seeds always give it. "The same" is a finding only where both
"lower by the margin or more" and "higher by the margin or more" are rejected (Schuirmann 1987).
"""

import math
from dataclasses import dataclass

from repro.statistics import student
from repro.statistics.differences import Difference, p_above


@dataclass(frozen=True)
class Equivalence:
    """The result of the two tests; None stands where there are too few runs to tell.

    Attributes:
        margin: differences smaller than this, in the unit of the metric, count as none.
        alpha: the level of each test; no correction for two is needed, as both must reject.
        p_value: the larger of the two.
        low, high: the interval of level 1 - 2 alpha, such as 90%: it lies within the margin just where p < alpha.
    """

    margin: float
    alpha: float
    p_value: float | None
    low: float | None
    high: float | None


def two_one_sided_tests(difference: Difference, margin: float, *, alpha: float = 0.05) -> Equivalence:
    """Test "row and base are the same within the margin"; paired where the difference is.

    Without any spread the estimate is the truth, and p is 0 or 1.

    Args:
        difference: row minus base.
        margin: above 0, in the unit of the metric. Chosen before looking.
        alpha: the level.

    Raises:
        ValueError: a margin or level out of its range.
    """
    if not (math.isfinite(margin) and margin > 0):
        raise ValueError(f"the margin must be a finite number above 0, not {margin}")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha must lie between 0 and 0.5, not {alpha}")
    estimate, error, df = difference.estimate, difference.standard_error, difference.df
    if estimate is None or error is None or df is None:
        return Equivalence(margin, alpha, None, None, None)
    above_the_lower = p_above(estimate + margin, error, df)
    below_the_upper = p_above(margin - estimate, error, df)
    half = student.quantile_above(alpha, df) * error
    return Equivalence(margin, alpha, max(above_the_lower, below_the_upper), estimate - half, estimate + half)
