"""What the page says of translations that BLEU penalises for their length."""

import math

import pytest

from reports.figures import ablation, table3
from tests.reports.figures.sections import report_of, text_of
from tests.reports.records import metric, planted


def scored(grid, name, lengths):
    return [
        planted(grid, row, seed, {name: metric(20.0, details={"length_ratio": length})}, scale="multi30k")
        for row, length in lengths.items()
        for seed in range(1, 6)
    ]


@pytest.mark.parametrize(
    ("of", "grid", "name", "row"), [(ablation, "heads", "test.bleu", "one"), (table3, "table3", "dev.bleu", "A1")]
)
def test_lengths_are_said_where_bleu_has_a_brevity_penalty(of, grid, name, row):
    text = text_of(of.section(report_of(scored(grid, name, {"base": 1.02, row: 0.8})), "en"))
    assert f"base 102%, 20.0; {row} 80%, {20 / math.exp(1 - 1 / 0.8):.1f}." in text
    assert "without the penalty" not in text_of(
        of.section(report_of(scored(grid, name, {"base": 1.02, row: 1.0})), "en")
    )
