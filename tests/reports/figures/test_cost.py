"""The cost of training, as the paper counts it and as operations."""

import pytest

from reports.figures import (
    bleu,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.records import metric, planted


def test_the_bill_counts_as_the_paper_and_as_operations():
    cells = cells_of(bleu.section(report_of(plant.main()), "en"))
    assert "= 3.28e+18 FLOPs (the paper prints 3.3e18)" in cells["the paper's base"][0]
    assert "= 2.30e+19 FLOPs (the paper prints 2.3e19)" in cells["the paper's big"][0]
    assert cells["the paper's base"][1] == "6 × 65e6 × 2.5e+09 = 9.75e+17 FLOPs"
    assert cells["transformer, builtin"][1] == "6 × 3e+06 × 1e+08 = 1.80e+15 FLOPs"
    assert cells["transformer, builtin"][0].startswith("1 h × 2 × ")


def test_nothing_is_projected_from_another_model_than_base():
    assert "not measured. No record has the throughput of base" in text_of(bleu.section(report_of(plant.main()), "en"))


@pytest.mark.parametrize("made", ["trained", "throughput"])
def test_base_is_projected_from_its_own_throughput(made):
    base = plant.main(config=plant.network(d_model=512, d_ff=2048, N=6, h=8))
    rate = metric(50_000.0, "target tokens a second", "median")
    config = {"size": "base", "task": "training"}
    measured = planted("throughput", "training-base", 1, {"tokens_per_second.ours": rate}, config=config)
    text = text_of(bleu.section(report_of(base if made == "trained" else [*plant.main(), measured]), "en"))
    # 2.5e9 tokens at 50,000 a second are 50,000 seconds
    assert "50,000 target tokens per second, 13.9 hours" in text
