"""Table 2: scores and their steps as the records have them."""

import math
import re

from reports.figures import (
    bleu,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, report_of
from tests.reports.records import metric, planted


def test_scores_are_means_over_seeds_under_each_definition():
    cells = cells_of(bleu.section(report_of(plant.main()), "en"))
    half = 12.7062047 * math.sqrt(0.5) / math.sqrt(2)
    assert cells["test.bleu in words sacreBLEU tok:13a"] == [f"31.50 {31.5 - half:.2f} … {31.5 + half:.2f}, over seeds"]
    assert cells["test.bleu_compound in words compounds split compound"][0].startswith("33.00 ")


def test_a_single_run_has_its_interval_over_sentences():
    one = planted("fit", "", 1, {"test.bleu": metric(12.5, "BLEU", "sacreBLEU", interval=[11.25, 14.0])})
    cells = cells_of(bleu.section(report_of([one]), "en"))
    assert cells["test.bleu in words sacreBLEU"] == ["12.50 11.25 … 14.00, over sentences"]


def test_the_waterfall_has_every_step():
    svg = drawings(bleu.section(report_of(plant.main()), "en"))[0]
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    for label in ("last checkpoint, greedy", "30.00", "beam 4", "31.25 (+1.25)", "bleu_compound", "31.00 (-0.25)"):
        assert label in texts
