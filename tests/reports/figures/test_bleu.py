"""Table 2: scores and their steps as the records have them."""

import math
import re

from reports.figures import (
    bleu,
)
from reports.verdicts.records import read_records
from reports.verdicts.report import Report
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


def test_single_runs_of_one_name_in_two_folders_are_two_models(tmp_path):
    for machine, score in (("laptop", 12.5), ("server", 22.5)):
        folder = tmp_path / machine / "runs" / "first"
        folder.mkdir(parents=True)
        planted("fit", "", 1, {"test.bleu": metric(score, "BLEU", "sacreBLEU")}).write(folder)
    roots = [tmp_path / "laptop" / "runs", tmp_path / "server" / "runs"]
    both, alone = (bleu.section(Report((), read_records(some), "digest"), "en") for some in (roots, roots[:1]))
    assert cells_of(both)["test.bleu in words sacreBLEU"] == ["12.50", "22.50"]
    assert re.findall(r'<th scope="col">([^<]+)<br>', both.html) == [
        "laptop/runs/first, builtin",
        "server/runs/first, builtin",
    ]
    assert re.findall(r'<th scope="col">([^<]+)<br>', alone.html) == ["first, builtin"]
