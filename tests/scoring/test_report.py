"""What a table of paired scores prints."""

from repro.scoring.metric import Metric
from repro.scoring.report import paired_parts
from repro.scoring.significance import PairedScore
from repro.table import Table


def bleu(value: float) -> Metric:
    return Metric("bleu", value, "BLEU, 0 to 100", "as counted")


def test_two_scores_at_the_floor_have_no_p() -> None:
    baseline = {"bleu": PairedScore(bleu(0.01), None)}
    floor = {"bleu": PairedScore(bleu(0.012), None, 0.002)}
    better = {"bleu": PairedScore(bleu(20.0), None, 19.99, 0.001)}
    table, *_ = paired_parts(["a", "b", "c"], [baseline, floor, better], "by a test", definitions=False)
    assert isinstance(table, Table)
    assert [row[-1] for row in table.rows] == ["p", "", "both at the floor", "0.0010"]
