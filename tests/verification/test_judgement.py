"""Which exit status numbers give, under which conditions."""

import pytest

from repro.ledger.comparing.repetition import Compared
from repro.verification.curve import Point
from repro.verification.judgement import Conditions, judged_curve

HERE, ELSEWHERE, ALONE = Conditions(True, 4), Conditions(False, 4), Conditions(False, 2)


UNKNOWN = "its spread is unknown"


def points(*findings: str) -> list[Point]:
    compared = [
        Compared("nll", "off", 1.0, 2.0, spread_unknown=True) if it == UNKNOWN else Compared("nll", it, 1.0, 2.0)
        for it in findings
    ]
    return [Point(step, "train", "nll", it) for step, it in enumerate(compared)]


@pytest.mark.parametrize(
    ("findings", "conditions", "status"),
    [
        (["equal", "equal"], HERE, 0),
        (["equal", "equal"], ALONE, 0),
        (["equal", "within the spread"], HERE, 1),
        (["equal", "within the spread"], ELSEWHERE, 0),
        (["equal", "off"], HERE, 1),
        (["equal", "off"], ELSEWHERE, 1),
        (["equal", UNKNOWN], ALONE, 2),
        (["equal", UNKNOWN], ELSEWHERE, 2),  # four other seeds, but fewer have this number
        (["within the spread", UNKNOWN], ELSEWHERE, 2),
        (["equal", UNKNOWN], HERE, 1),
        (["off", UNKNOWN], ELSEWHERE, 1),
        (["not compared"], HERE, 2),
        ([], HERE, 2),
    ],
)
def test_the_status_follows_from_findings_and_conditions(
    findings: list[str], conditions: Conditions, status: int
) -> None:
    judgement = judged_curve(points(*findings), conditions)
    assert judgement.status == status
    assert judgement.verdict.startswith(("verified: ", "off: ", "not verified: ")[status])
    assert "\n" not in judgement.verdict


def test_many_numbers_are_named_by_the_first() -> None:
    verdict = judged_curve(points(*["off"] * 7), HERE).verdict
    assert "7 of 7 numbers" in verdict
    assert verdict.endswith("nll of train after 4 updates and 2 more")
