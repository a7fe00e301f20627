"""Table 3: differences, signs and order as the records have them."""

import math

import numpy as np
from scipy import stats

from reports.catalogue import grid_at
from reports.figures import (
    table3,
)
from reports.figures.measurements import rows_of
from repro.ledger.comparing.comparison import compare
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.records import metric, planted


def test_table3_has_the_differences_beside_the_papers_and_whether_signs_agree():
    cells = cells_of(table3.section(report_of(plant.table3()), "en"))
    _, published, measured, interval, finding, smallest, ppl_published, ppl_measured, _, ppl_finding, _ = cells["A1"]
    assert (published, measured) == ("-0.90", "-4.00 ✓")
    # One deviation for the runs of all three rows: 12 degrees of freedom.
    scores = [[90.0 + seed for seed in range(1, 6)], [86.0 + seed for seed in range(1, 6)]]
    scores.append([90.5 + seed + (seed % 3 - 1) / 10 for seed in range(1, 6)])
    pooled = math.sqrt(np.mean([np.var(row, ddof=1) for row in scores]))
    half = float(stats.t.isf(0.025, 12)) * pooled * math.sqrt(2 / 5)
    assert interval == f"{-4 - half:+.2f} … {-4 + half:+.2f}"
    assert finding == "worse n = 5"
    records = report_of(plant.table3()).records
    results = compare(grid_at("table3", "builtin"), rows_of(records, "table3", "builtin"))
    (of_a1,) = (each for each in results if each.name == "A1")
    assert smallest == f"{of_a1.difference.smallest_detectable:.2g}"
    assert (ppl_published, ppl_measured) == ("+0.37", "+0.25 ✓")
    assert ppl_finding == "worse n = 5"
    # D3: the paper has -0.5 BLEU and a better perplexity.
    assert cells["D3"][2] == "+0.52 ✗"
    assert cells["D3"][3] == f"{0.52 - half:+.2f} … {0.52 + half:+.2f}"
    assert cells["D3"][7] == "-0.50 ✓"
    assert "base" not in cells


def test_table3_compares_losses_in_nats_where_they_are_measured():
    """The paper's perplexities of 4.92 and 5.29 are ln(5.29 / 4.92) nats apart."""
    records = []
    for seed in range(1, 6):
        for row, loss in (("base", 0.60), ("A1", 0.65)):
            wobble = (seed % 3 - 1) / 1000
            metrics = {"dev.exact_match": 90.0 + seed, "dev.nll": metric(loss + wobble, "nats per target token", "ln")}
            records.append(planted("table3", row, seed, metrics))
    found = table3.section(report_of(records), "en")
    cells = cells_of(found)
    assert cells["A1"][6] == f"{math.log(5.29 / 4.92):+.2g}"
    assert cells["A1"][7] == "+0.05 ✓"
    assert "loss on the dev set: 1 of 1 differences have the paper's sign" in text_of(found)


def test_table3_says_signs_and_order():
    text = text_of(table3.section(report_of(plant.table3()), "en"))
    assert "exact match %: 1 of 2 differences have the paper's sign" in text
    assert "perplexity: 2 of 2 differences have the paper's sign" in text
    assert text.count("tau-b = 1.00 (p = 1, 2 rows)") == 2
