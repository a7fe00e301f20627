"""Grids of one's own: means of all that ran, and differences of trainings whose file was given."""

from pathlib import Path

import pytest

from reports.claims.own_claims import OwnFiles
from reports.figures import own_grids
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.records import metric, planted


def test_a_grid_of_ones_own_is_shown_by_its_records():
    found = own_grids.section(report_of(plant.own_grid()), "en")
    assert cells_of(found)["row & more"] == ["28 [26.04, 29.96] n = 5"]
    assert "<code>mine&lt;b&gt;</code>" in found.html
    assert "mine<b>" not in found.html


def test_a_shipped_grid_at_a_scale_of_ones_own_is_shown_by_its_records():
    mine = [planted("heads", "A1", seed, {"test.bleu": 20.0 + seed}, scale="letters") for seed in (1, 2)]
    found = own_grids.section(report_of(mine), "en")
    assert "<code>heads</code>" in found.html
    assert "<code>letters</code>" in found.html
    assert cells_of(found)["A1"][0].startswith("21.5 ")


def test_metrics_of_quality_come_first():
    quality = metric(1.0, quality=True)
    metrics = {f"m{place}": metric(float(place)) for place in range(6)} | {"loss": quality}
    found = own_grids.section(report_of([planted("mine", "row", 1, metrics)]), "en")
    assert (
        '<th scope="col"><span title="loss">loss</span></th><th scope="col"><span title="m0">m0</span></th>'
        in found.html
    )
    assert "m5" not in found.html


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
    without = own_grids.section(report, "en")
    assert cells_of(without)["scaled=with"] == ["23 [21.04, 24.96] n = 5"]
    with OwnFiles(grids=(tmp_path / "mine.yaml",)).known():
        assert own_grids.section(report, "en") == without


def test_a_training_of_ones_own_is_shown_once():
    runs = [planted("no-warmup", row, seed, {"dev.nll": 2.0 + seed / 10}) for row in ("post", "pre") for seed in (1, 2)]
    with OwnFiles(grids=(Path("examples/own-claim/no-warmup.yaml"),)).known():
        found = own_grids.section(report_of(runs), "en")
    assert found.html.count("<code>no-warmup</code>") == 1
    assert "means over seeds" not in text_of(found)


def test_a_shipped_scale_of_ones_own_file_hides_nothing(tmp_path):
    (tmp_path / "letters.yaml").write_text(Path("ablations/scales/builtin.yaml").read_text())
    mine = [planted("heads", "A1", seed, {"test.bleu": 20.0 + seed}, scale="letters") for seed in (1, 2)]
    with OwnFiles(scales=(tmp_path / "letters.yaml",)).known():
        assert cells_of(own_grids.section(report_of(mine), "en"))["A1"][0].startswith("21.5 ")


def test_they_stand_at_the_top_of_the_page():
    assert own_grids.section(report_of(plant.own_grid()), "en").first
    assert own_grids.section(report_of(plant.heads()), "en") is None
