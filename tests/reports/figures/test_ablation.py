"""Ablation grids on the page: differences by each metric, trends, what stays open, and grids of one's own."""

from pathlib import Path

import numpy as np
import pytest

from reports.claims.own_claims import OwnFiles
from reports.figures import ablation
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, report_of, text_of
from tests.reports.records import metric, planted


def test_a_row_has_its_difference_by_each_metric():
    cells = cells_of(ablation.section(report_of(plant.heads()), "en"))
    seeds, mean, difference, p, finding, seen, nll, apart, nll_p, nll_finding, _ = cells["one h = 1"]
    wobbles = [((3 * seed) % 5 - 2) / 10 for seed in range(1, 6)]
    assert (seeds, mean) == ("5", f"{90 + np.mean(wobbles):.4g}")
    assert difference.startswith("-2 [-2")
    assert finding == nll_finding == "worse"  # fewer points, and more nats
    assert apart.startswith("+0.1 [")
    assert float(p) < 0.05
    assert float(nll_p) < 0.05
    assert float(seen) > 0
    assert float(nll) == pytest.approx(0.5, abs=0.01)
    assert cells["base h = 4"][2] == "base"


def test_a_trend_is_said_and_drawn_for_each_metric():
    found = ablation.section(report_of(plant.heads()), "en")
    text = text_of(found)
    assert "exact match over h: +1 per doubling" in text
    assert "negative log-likelihood on the dev set over h: -0.05 per doubling" in text
    assert len([svg for svg in drawings(found) if "of heads over h" in svg]) == 2


def test_the_differences_of_all_rows_are_drawn_for_each_metric():
    found = drawings(ablation.section(report_of(plant.heads()), "en"))
    drawn = [svg for svg in found if "Differences of the rows of heads from the base" in svg]
    assert len(drawn) == 2
    for svg in drawn:
        assert [name for name in ("one", "half", "base", "double") if f">{name}<" in svg] == ["one", "half", "double"]


def test_nothing_is_drawn_where_only_the_base_has_run():
    base = [record for record in plant.heads() if record.row == "base"]
    assert drawings(ablation.section(report_of(base), "en")) == []


def test_what_stays_open_says_why():
    records = [
        planted("positions", row, seed, {"test.exact_match": metric(100.0, details={"lines": 500, "correct": 500})})
        for row in ("positions=sinusoidal", "positions=learned")
        for seed in range(1, 6)
    ]
    text = text_of(ablation.section(report_of(records), "en"))
    reason = "cannot tell: row and base are both at the ceiling of exact match"
    assert f"Inconclusive in exact match (positions=learned): {reason}." in text


def test_rows_that_stay_open_for_one_reason_are_named_together():
    records = [
        planted("recurrence", row, seed, {"test.exact_match": metric(100.0, details={"lines": 500, "correct": 500})})
        for row in ("self-attention", "lstm-attention", "convolution")
        for seed in range(1, 6)
    ]
    text = text_of(ablation.section(report_of(records), "en"))
    assert text.count("Inconclusive in") == 1
    assert "(lstm-attention, convolution): cannot tell" in text


def test_a_grid_of_ones_own_is_shown_by_its_records():
    found = ablation.section(report_of(plant.own_grid()), "en")
    assert cells_of(found)["row & more"] == ["28 [26.04, 29.96] n = 5"]
    assert "<code>mine&lt;b&gt;</code>" in found.html
    assert "mine<b>" not in found.html


def test_a_shipped_grid_at_a_scale_of_ones_own_is_shown_by_its_records():
    mine = [planted("heads", "A1", seed, {"test.bleu": 20.0 + seed}, scale="letters") for seed in (1, 2)]
    found = ablation.section(report_of(mine), "en")
    assert "<code>heads</code>" in found.html
    assert "<code>letters</code>" in found.html
    assert cells_of(found)["A1"][0].startswith("21.5 ")


def test_metrics_of_quality_come_first():
    quality = metric(1.0, quality=True)
    metrics = {f"m{place}": metric(float(place)) for place in range(6)} | {"loss": quality}
    found = ablation.section(report_of([planted("mine", "row", 1, metrics)]), "en")
    assert (
        '<th scope="col"><span title="loss">loss</span></th><th scope="col"><span title="m0">m0</span></th>'
        in found.html
    )
    assert "m5" not in found.html


def test_grids_with_a_section_of_their_own_are_left_to_it():
    assert ablation.section(report_of(plant.table3()), "en") is None


@pytest.mark.parametrize(
    "content",
    [
        "function: softmax_gradient:measure\nmetric: vanished\nbetter: lower\nconfig: {seed: 1, scaled: true}\n"
        "base: {scaled: with}\naxes: {scaled: {with: true, without: false}}\n",
        "function: repro.training:fit\nmetric: test.exact_match\nrows: {with: {}}\n",  # without a base
    ],
)
def test_a_grid_whose_file_is_given_is_shown_as_it_is_without(tmp_path, content):
    (tmp_path / "mine.yaml").write_text(f"title: mine\n{content}scales: {{builtin: {{}}}}\n")
    report = report_of([planted("mine", "scaled=with", seed, {"vanished": 20.0 + seed}) for seed in range(1, 6)])
    without = ablation.section(report, "en")
    assert cells_of(without)["scaled=with"] == ["23 [21.04, 24.96] n = 5"]
    with OwnFiles(grids=(tmp_path / "mine.yaml",)).known():
        assert ablation.section(report, "en") == without


def test_a_training_of_ones_own_is_shown_once():
    runs = [planted("no-warmup", row, seed, {"dev.nll": 2.0 + seed / 10}) for row in ("post", "pre") for seed in (1, 2)]
    with OwnFiles(grids=(Path("examples/own-claim/no-warmup.yaml"),)).known():
        found = ablation.section(report_of(runs), "en")
    assert found.html.count("<code>no-warmup</code>") == 1
    assert "Your own grids" not in found.html


def test_a_shipped_scale_of_ones_own_file_hides_nothing(tmp_path):
    (tmp_path / "letters.yaml").write_text(Path("ablations/scales/builtin.yaml").read_text())
    mine = [planted("heads", "A1", seed, {"test.bleu": 20.0 + seed}, scale="letters") for seed in (1, 2)]
    with OwnFiles(scales=(tmp_path / "letters.yaml",)).known():
        assert cells_of(ablation.section(report_of(mine), "en"))["A1"][0].startswith("21.5 ")
