"""From values over seeds or sentences to what may be said of them. Numbers in, numbers out; no torch.

    difference(row, base)             row minus base over seeds: interval, p values, what could have been found
    pool(rows)                        the deviation that the rows of a grid share, if they do
    pooled_difference(row, base, p)   row minus base with that deviation
    trend(scores, rows, p)            whether ordered rows tend up or down
    two_one_sided_tests(d, margin)    whether a difference is shown to be smaller than a margin
    holm(p_values)                    correction over a family
    many_to_one(t, bases, sizes, df)  correction over rows that share a base and a deviation
    decide(family)                    better, worse, same or inconclusive, for all rows of a family at once
    prediction_interval(values)       where one more run would fall
    judge(family)                     whether what somebody stated holds, is false, or stays open, likewise
    sign_agreement, rank_agreement    measured differences against a published column

The bootstrap over sentences is `repro.statistics.bootstrap`. Everything else is imported on demand: SciPy's
distributions take most of a second, and the bootstrap needs none of them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repro.statistics.agreement import RankAgreement, SignAgreement, rank_agreement, sign_agreement
    from repro.statistics.decision import Decision, Finding, Question, decide, decide_exactly
    from repro.statistics.differences import Difference, Direction, difference, smallest_detectable
    from repro.statistics.dunnett import critical_value, many_to_one
    from repro.statistics.equivalence import Equivalence, two_one_sided_tests
    from repro.statistics.families import holm
    from repro.statistics.pooling import Pool, pool, pooled_difference
    from repro.statistics.prediction import Prediction, prediction_interval
    from repro.statistics.statements import (
        ALPHA_AGAINST,
        ALPHA_FOR,
        Judgement,
        PValues,
        judge,
        stated_direction,
        stated_order,
        stated_sameness,
        stated_signs,
    )
    from repro.statistics.trends import Trend, trend

__all__ = [
    "ALPHA_AGAINST",
    "ALPHA_FOR",
    "Decision",
    "Difference",
    "Direction",
    "Equivalence",
    "Finding",
    "Judgement",
    "PValues",
    "Pool",
    "Prediction",
    "Question",
    "RankAgreement",
    "SignAgreement",
    "Trend",
    "critical_value",
    "decide",
    "decide_exactly",
    "difference",
    "holm",
    "judge",
    "many_to_one",
    "pool",
    "pooled_difference",
    "prediction_interval",
    "rank_agreement",
    "sign_agreement",
    "smallest_detectable",
    "stated_direction",
    "stated_order",
    "stated_sameness",
    "stated_signs",
    "trend",
    "two_one_sided_tests",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from repro.statistics import (
            agreement,
            decision,
            differences,
            dunnett,
            equivalence,
            families,
            pooling,
            prediction,
            statements,
            trends,
        )

        for module in (
            differences,
            equivalence,
            families,
            agreement,
            decision,
            statements,
            pooling,
            dunnett,
            trends,
            prediction,
        ):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
