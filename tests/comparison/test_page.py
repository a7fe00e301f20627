"""The page holds what was said, escaped, with the picture inside."""

from pathlib import Path

from repro.comparison.page import page
from repro.comparison.recorded_run import recorded_runs
from repro.table import Table
from tests.comparison.runs import write_run


def test_text_of_records_is_text_on_the_page(tmp_path: Path) -> None:
    write_run(tmp_path / "a")
    write_run(tmp_path / "b")
    runs = recorded_runs([tmp_path / "a", tmp_path / "b"])
    html = page(runs, ["one <script>\ntwo", Table([["<i>", "n"], ["a\nb", "&amp;"]], "<>")])
    assert "<script" not in html
    assert "<p>one &lt;script&gt;<br>two</p>" in html
    assert '<th scope="col" class="right">n</th>' in html
    assert '<td class="left">a\\nb</td><td class="right">&amp;amp;</td>' in html
    assert html.count("data:image/svg+xml;base64,") == 1


def test_runs_without_curves_have_a_page_without_a_picture(tmp_path: Path) -> None:
    write_run(tmp_path / "a", curve=None)
    write_run(tmp_path / "b", curve=None)
    assert "<img" not in page(recorded_runs([tmp_path / "a", tmp_path / "b"]), ["x"])
