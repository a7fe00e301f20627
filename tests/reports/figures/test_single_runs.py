"""Runs of `repro fit` on the page: their curves, metrics, configuration and command."""

from dataclasses import replace

import pytest

from reports.figures import single_runs
from reports.verdicts.records import Records, StoredRecord
from reports.verdicts.report import Report
from tests.browser import EVIL
from tests.reports.figures.sections import cells_of, drawings, text_of
from tests.reports.records import metric, planted

HEAD = "step,split,loss,nll,perplexity,learning_rate,gradient_norm,epoch,target_tokens,seconds,tokens_per_second\n"
CONFIG = {
    "seed_everything": 7,
    "model": {"network": {"class_path": "repro.models.Transformer", "init_args": {"N": 2, "d_model": 64, "h": 4}}},
    "data": {"corpus": "mine", "tokens": 768},
}
COMMAND = "repro fit --config model/mini --config mine.yaml --out runs/first"


def stored(directory, name="first", **more):
    given = {"config": CONFIG, "command": COMMAND, **more}
    metrics = {"test.bleu": metric(12.34, "BLEU, 0 to 100", interval=[11.0, 13.5]), "model.parameters": metric(5e4)}
    record = planted("fit", "", 7, given.pop("metrics", metrics), scale="mine", cell="0" * 12, **given)
    return StoredRecord(record, f"mine/{name}/attempt-1/record.json", directory)


def report_of(*found):
    return Report((), Records(tuple(found), (), (), "digest"), "digest")


@pytest.fixture
def curve(tmp_path):
    rows = "".join(f"{s},train,{8 - s / 100},1,1,,,,,,\n{s},dev,1,1,{4000 / s},,,,{s},{s},\n" for s in (100, 200, 400))
    (tmp_path / "metrics.csv").write_text(HEAD + rows)
    return tmp_path


def test_a_run_is_shown_with_all_that_one_asks_of_it(curve):
    made = single_runs.section(report_of(stored(curve)), "en")
    assert made.title == "Single runs"
    said = text_of(made)
    for expected in (
        "first",
        "Transformer, N = 2, d_model = 64, h = 4, corpus mine, 768 tokens a batch, seed 7",
        COMMAND,
    ):
        assert expected in said
    assert cells_of(made) == {
        "BLEU": ["12.34 [11, 13.5]", "BLEU, 0 to 100"],
        "parameters of the model": ["50,000", "% of lines"],
    }


def test_its_training_loss_and_dev_perplexity_are_drawn_over_updates(curve):
    loss, perplexity = drawings(single_runs.section(report_of(stored(curve)), "en"))
    assert "first: training loss, nats per target token over updates." in loss
    assert "first: dev perplexity over updates." in perplexity


def test_a_report_of_a_run_s_own_folder_names_that_folder(tmp_path):
    (tmp_path / "mine" / "attempt-1").mkdir(parents=True)
    alone = replace(stored(tmp_path / "mine" / "attempt-1"), path="attempt-1/record.json")
    assert "mine Transformer" in text_of(single_runs.section(report_of(alone), "en"))


def test_a_run_without_a_curve_says_so_and_a_failed_one_says_why(tmp_path):
    lost = stored(tmp_path, status="failed", error="Traceback\nout of memory", metrics={})
    made = single_runs.section(report_of(lost), "en")
    said = text_of(made)
    assert drawings(made) == []
    assert "It left no learning curve." in said
    assert "first failed" in said
    assert "out of memory" in said


def test_the_newest_come_first_and_no_more_than_a_page_holds(tmp_path):
    days = range(1, single_runs.MAX_RUNS + 3)
    found = [stored(tmp_path, f"run-{day:02}", started=f"2026-01-{day:02}T00:00:00+00:00") for day in days]
    said = text_of(single_runs.section(report_of(*found), "en"))
    assert "2 older runs are not shown here" in said
    assert said.index("run-14") < said.index("run-03")
    assert "run-02" not in said


def test_cells_of_grids_are_no_single_runs(curve):
    of_grid = stored(curve)
    of_grid = replace(of_grid, record=replace(of_grid.record, grid="heads", row="one"))
    assert single_runs.section(report_of(of_grid), "en") is None


@pytest.mark.parametrize("config", [{}, {"model": 5, "data": []}, {"model": {"network": {"init_args": {"N": EVIL}}}}])
def test_whatever_a_configuration_holds_is_shown_as_text(tmp_path, config):
    made = single_runs.section(report_of(stored(tmp_path, EVIL.replace("/", ""), config=config, command=EVIL)), "ko")
    assert "<script>" not in made.html
    assert "<img" not in made.html
