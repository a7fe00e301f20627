"""Others' records on the page and in the text: apart, beside ours, and escaped."""

import pytest

from reports.figures.others import MAX_FAULTS, MAX_ROWS, origins_of, section
from reports.markdown import report_markdown
from reports.page.links import check_links
from reports.page.page import report_page
from reports.verdicts.others import read_others
from reports.verdicts.records import read_records
from reports.verdicts.report import Report
from repro.ledger.grids.cell import Cell
from tests.browser import EVIL
from tests.reports.figures.sections import text_of
from tests.reports.records import records_of
from tests.reports.verdicts.others import GRID, others_in


def report_with(*folders, runs=GRID):
    return Report((), read_records([runs]), "digest", read_others(folders, []))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    root = tmp_path_factory.mktemp("others")
    return report_with(others_in(root / "theirs", lambda it: it["seed"] == 5 and it.update(seconds=-1)))


def rows_of(report):
    (origin,) = origins_of(report, "en")
    (grid,) = origin.grids
    return {row.name: row for row in grid.rows}


def test_there_is_no_section_without_others():
    assert section(Report((), records_of([]), ""), "en") is None


def test_rows_stand_beside_ours_of_the_same_grid_and_scale(report):
    """The means are counted here from the files; theirs are 100 less ours, by how they were made."""
    rows = rows_of(report)
    assert rows.keys() == {"base", "no-positions", "no-attention", "no-mask"}
    line = {line.metric: line for line in rows["base"].lines}["test.exact_match"]
    values = {
        stored.record.seed: stored.record.metrics["test.exact_match"]["value"]
        for stored in read_records([GRID]).counted
        if stored.record.row == "base"
    }
    theirs = [100 - value for seed, value in values.items() if seed != 5]
    assert line.ours.startswith(f"{sum(values.values()) / 5:.4g} [")
    assert line.ours.endswith("], seeds: 5")
    assert line.theirs.startswith(f"{sum(theirs) / 4:.4g} [")
    assert line.theirs.endswith("], seeds: 4")
    assert rows["base"].remark == "same configuration as this report's grid"


def test_what_is_left_out_is_counted_in_a_sentence(report):
    text = text_of(section(report, "en"))
    assert "16 shown. 4 left out: report check finds faults in them." in text
    assert "seconds is -1; it must be at least 0" in text


def test_texts_are_in_both_languages(report):
    english, korean = section(report, "en"), section(report, "ko")
    assert (english.title, korean.title) == ("Others' records", "다른 사람의 기록")
    assert "16개 표시. 4개 제외: report check에서 오류가 발견되었습니다." in text_of(korean)


def test_another_definition_is_not_put_beside_ours(tmp_path):
    def redefined(content):
        for metric in content["metrics"].values():
            metric["definition"] += " But otherwise."

    rows = rows_of(report_with(others_in(tmp_path / "theirs", redefined)))
    assert all(line.ours == "" and line.theirs for row in rows.values() for line in row.lines)


def test_another_configuration_is_said(tmp_path):
    def wider(content):
        content["config"]["model"]["network"]["init_args"]["d_ff"] = 999
        content["cell"] = Cell("repro.training:fit", content["config"]).id

    root = others_in(tmp_path / "theirs", wider)
    for path in list(root.rglob("attempt-1")):  # folders of another cell's name would be faults
        path.parent.rename(path.parent.with_name(path.parent.name.rpartition("-")[0]))
    remark = rows_of(report_with(root))["base"].remark
    assert remark.startswith("different configuration: model.network.init_args.d_ff is 999, and ")
    assert remark.endswith("in the shipped grid")


def test_configurations_of_one_row_are_rows_of_their_own(tmp_path):
    """Of base, seeds 1 to 3 are as planned, 4 and 5 are wider. The first of each failed."""

    def changed(content):
        if content["row"] == "base" and content["seed"] > 3:
            content["config"]["model"]["network"]["init_args"]["d_ff"] = 999
            content["cell"] = Cell("repro.training:fit", content["config"]).id
        if content["row"] == "base" and content["seed"] in (1, 4):
            content.update(status="failed", error="it broke", metrics={})

    root = others_in(tmp_path / "theirs", changed)
    for path in list(root.rglob("attempt-1")):
        path.parent.rename(path.parent.with_name(path.parent.name.rpartition("-")[0]))
    rows = rows_of(report_with(root))
    ours = {it.record.seed: it.record for it in read_records([GRID]).counted if it.record.row == "base"}
    theirs = {seed: 100 - record.metrics["test.exact_match"]["value"] for seed, record in ours.items()}
    assert [name for name in rows if name.startswith("base")] == ["base (1)", "base (2)"]
    planned, wider = (
        {line.metric: line.theirs for line in rows[name].lines}["test.exact_match"] for name in ("base (1)", "base (2)")
    )
    assert planned.startswith(f"{(theirs[2] + theirs[3]) / 2:.4g} [")
    assert planned.endswith("], seeds: 2")
    assert wider == f"{theirs[5]:.4g}, seeds: 1"
    assert rows["base (1)"].remark == "same configuration as this report's grid; 1 failed"
    assert rows["base (2)"].remark.startswith("different configuration: model.network.init_args.d_ff is 999")


def test_what_has_another_definition_than_their_first_run_is_not_averaged_with_it(tmp_path):
    def redefined(content):
        if content["seed"] > 3:
            content["metrics"]["test.exact_match"]["definition"] += " But otherwise."

    (line, *_) = rows_of(report_with(others_in(tmp_path / "theirs", redefined)))["base"].lines
    assert line.metric == "test.exact_match"
    assert line.theirs.endswith("], seeds: 3")


def test_runs_that_are_not_done_are_counted_and_have_no_numbers(tmp_path):
    def failed(content):
        if content["row"] == "base":
            content.update(status="failed", error="it broke", metrics={})

    row = rows_of(report_with(others_in(tmp_path / "theirs", failed)))["base"]
    assert row.lines == ()
    assert row.remark == "same configuration as this report's grid; 5 failed"


def test_a_first_run_that_failed_does_not_hide_what_the_others_measured(tmp_path):
    def moved(content):
        content["grid"] = "own"
        if content["seed"] == 1:
            content.update(status="failed", error="it broke", metrics={})

    row = rows_of(report_with(others_in(tmp_path / "theirs", moved)))["base"]
    assert row.lines
    assert all(line.theirs.endswith(", seeds: 4") for line in row.lines)


def test_grids_that_are_not_here_and_single_runs(tmp_path):
    def moved(content):
        content["grid"] = "own" if content["row"] == "base" else "fit"
        content["row"] = content["row"] if content["grid"] == "own" else ""

    (origin,) = origins_of(report_with(others_in(tmp_path / "theirs", moved)), "en")
    by_grid = {grid.grid: grid for grid in origin.grids}
    assert [row.remark for row in by_grid["own"].rows] == ["the grid is not installed here"]
    assert len(by_grid["fit"].rows) == 15
    assert all(line.ours == "" for grid in origin.grids for row in grid.rows for line in row.lines)


def test_much_is_shortened(tmp_path, monkeypatch):
    monkeypatch.setattr("reports.figures.others.MAX_ROWS", 3)
    monkeypatch.setattr("reports.figures.others.MAX_FAULTS", 2)
    assert (MAX_ROWS, MAX_FAULTS) == (100, 20)
    report = report_with(others_in(tmp_path / "theirs", lambda it: it["seed"] == 5 and it.update(seconds=-1)))
    (origin,) = origins_of(report, "en")
    assert (origin.left, len(origin.faults), origin.faults_left) == (1, 2, 2)
    text = text_of(section(report, "en"))
    assert "Rows that are not shown: 1." in text
    assert "and 2 more faults" in text


def test_whatever_they_wrote_is_text(tmp_path):
    """On the page and in Markdown: origin, names and units are of others, and none becomes markup or a link."""

    def evil(content):
        content.update(grid="own", row=EVIL, scale=EVIL)
        content["metrics"] = {EVIL: {"value": 1.0, "unit": EVIL, "definition": EVIL}}
        if content["seed"] == 5:
            content["seconds"] = EVIL

    evils = {"name": EVIL[:100], "licence": EVIL, "note": f"{EVIL} [x](javascript:x) | a", "paper": EVIL}
    report = report_with(others_in(tmp_path / "theirs", evil, url='https://x/"><script>alert(1)</script>', **evils))
    found = section(report, "en")
    page = report_page(report, "en", sections=[found])
    check_links("index.html", page, ["index.html", "claims.json", "report.md"])
    for shown in (found.html, page):
        assert "<img" not in shown
        assert "<script>document.title" not in shown
        assert "<script>alert" not in shown
        assert "&lt;script&gt;document.title" in shown
    text = report_markdown(report, "en")
    assert "<script>" not in text
    assert "](javascript" not in text


def test_the_text_has_them_apart(report):
    text = report_markdown(report, "en")
    head, _, own = text.partition("## Others' records")
    assert "A lab" not in head
    assert "### A lab" in own
    assert "| essentials, demo | base | same configuration as this report's grid | test.exact_match |" in own
