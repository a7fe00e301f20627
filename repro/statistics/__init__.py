"""Statistics of values over seeds or sentences. Numbers in, numbers out; no torch.

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

from typing import TYPE_CHECKING

from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from repro.statistics.agreement import RankAgreement, SignAgreement, rank_agreement, sign_agreement
    from repro.statistics.decision import LEAST_SEEDS, Decision, Finding, Question, decide
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
else:
    __getattr__ = lazy_attributes(
        __name__,
        {
            "ALPHA_AGAINST": "repro.statistics.statements",
            "ALPHA_FOR": "repro.statistics.statements",
            "Decision": "repro.statistics.decision",
            "Difference": "repro.statistics.differences",
            "Direction": "repro.statistics.differences",
            "Equivalence": "repro.statistics.equivalence",
            "Finding": "repro.statistics.decision",
            "LEAST_SEEDS": "repro.statistics.decision",
            "Judgement": "repro.statistics.statements",
            "PValues": "repro.statistics.statements",
            "Pool": "repro.statistics.pooling",
            "Prediction": "repro.statistics.prediction",
            "Question": "repro.statistics.decision",
            "RankAgreement": "repro.statistics.agreement",
            "SignAgreement": "repro.statistics.agreement",
            "Trend": "repro.statistics.trends",
            "critical_value": "repro.statistics.dunnett",
            "decide": "repro.statistics.decision",
            "difference": "repro.statistics.differences",
            "holm": "repro.statistics.families",
            "judge": "repro.statistics.statements",
            "many_to_one": "repro.statistics.dunnett",
            "pool": "repro.statistics.pooling",
            "pooled_difference": "repro.statistics.pooling",
            "prediction_interval": "repro.statistics.prediction",
            "rank_agreement": "repro.statistics.agreement",
            "sign_agreement": "repro.statistics.agreement",
            "smallest_detectable": "repro.statistics.differences",
            "stated_direction": "repro.statistics.statements",
            "stated_order": "repro.statistics.statements",
            "stated_sameness": "repro.statistics.statements",
            "stated_signs": "repro.statistics.statements",
            "trend": "repro.statistics.trends",
            "two_one_sided_tests": "repro.statistics.equivalence",
        },
    )

__all__ = [
    "ALPHA_AGAINST",
    "ALPHA_FOR",
    "LEAST_SEEDS",
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
