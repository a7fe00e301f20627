"""The section on attention as explanation as a whole: counts of claims, and odd records."""

import pytest

from reports.figures import explanation
from reports.figures.explanation.models import GRID
from reports.verdicts.report import Report
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of, text_of
from tests.reports.records import planted, records_of
from tests.representatives import others_slow


def test_claims_are_counted():
    report = report_of(plant.explanation())
    text = text_of(explanation.section(report, "en"))
    for key in explanation.KEYS:
        count = sum(each.claim.paper.key == key for each in report.judged)
        assert count > 0
        assert f"{count} claims, " in text


def test_without_records_there_is_no_section():
    assert explanation.section(report_of([]), "en") is None


ODD = {
    "tau": {"tau.gradient": [None, "a", True, 7.0, float("inf")], "tau.measures": 3},
    "permutation": {"change": [0.5, 2.0], "largest": [None, 3.0]},
    "adversary": {"jsd": [0.5, None], "largest": [0.5]},
    "seeds": ["none"],
    "adversarial": [{"lambda": None, "jsd": 1.0}, {"lambda": -1.0, "jsd": 9.0, "tvd": -1.0}, 3],
    "definitions": [{"key": None, "met": True}, {"key": "a key", "met": True}, {"key": "uniform_loss", "met": 1}],
    "examples": [
        {"words": ["a", 3], "attention": {"base": [1.0, 0.0]}},
        {"words": ["a", "b"], "attention": {"base": ["much", -4.0], "permuted": [1.0]}, "evidence": [9, None]},
        {"words": [], "attention": {"base": []}, "reordered": 3},
    ],
}


@pytest.mark.parametrize(
    ("details", "metrics"),
    others_slow(
        [
            (
                {},
                {"reorder.clauses.stays": -3.0, "uniform.f1": 7.0, "evidence.auc.attention": 0.0, "tau.gradient": 4.0},
            ),
            (dict.fromkeys(ODD, 3), {"reorder.clauses.stays": None, "uniform.f1": None, "tau.gradient": None}),
            ({key: [None, {}] for key in ODD}, {"test.f1": 1.0, "guides.f1.base": 1.0}),
            (ODD, {"adversary.tvd": 0.0, "adversary.jsd": 0.0}),
            (ODD, {}),
        ],
        [3],
    ),
)
def test_odd_records_do_not_fail_the_section(details, metrics):
    odd = [planted(GRID, row, 1, metrics, details=details, scale="a b") for row in ("average", "no such row")]
    odd += [
        planted(GRID, "bilstm-additive", 1, metrics, details=details),
        planted(GRID, "average", 2, {}, status="failed"),
    ]
    for records in (odd, [*odd, *plant.explanation()[4:]]):
        assert explanation.section(Report((), records_of(records), ""), "en") is not None
