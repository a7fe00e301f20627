"""The report's files: golden, the same bytes each time, whole or not at all."""

import json
import re
from pathlib import Path

import pytest

from reports import build as module
from reports.build import WRITERS, build, outdated_by
from reports.claims.own_claims import OwnFiles
from reports.markdown import report_markdown
from reports.verdicts.attachments import CHECKS, INSPECTION
from reports.verdicts.report import make_report
from repro.errors import BadInput
from tests.reports.golden_report import FOLDER, golden_files, golden_records
from tests.reports.records import planted, write
from tests.representatives import others_slow

INTERFACE = {
    "id",
    "paper",
    "place",
    "published",
    "measured",
    "interval",
    "seeds",
    "scale",
    "verdict",
    "reason",
    "records",
}


@pytest.fixture(scope="module")
def golden():
    return golden_files()


@pytest.mark.parametrize("name", ["claims.json", "report.md", "report.ko.md", "main.html"])
def test_the_golden_report(golden, name):
    """If a change is meant, `python -m tests.reports.golden_report` writes them anew: read the difference."""
    assert golden[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_the_golden_verdicts_are_those_that_were_planted(golden):
    verdicts = {each["id"].removeprefix("golden2026-"): each["verdict"] for each in json.loads(golden["claims.json"])}
    assert verdicts == {
        "worse": "reproduced",
        "worse-far": "inconclusive",  # four pairs, one of them diverged
        "cheats": "reproduced",
        "same": "not run",
        "exponent": "contradicted",  # the planted exponent is 1.5
        "value": "not run",
        "waits": "not run",
        "never": "not run",
    }


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        ("killed", "killed by signal 9\nthe log's last line", "killed by signal 9"),  # said by who watched it end
        ("failed", "Traceback\n  in a file\nValueError: a reason", "ValueError: a reason"),
    ],
)
def test_the_markdown_says_why_a_cell_is_not_done_as_the_page_does(tmp_path, status, error, said):
    write(tmp_path, planted("heads", "one", 1, {}, status=status, error=error))
    line = next(row for row in report_markdown(make_report([tmp_path]), "en").split("\n") if f"| {status} |" in row)
    assert line.endswith(f"| {said} |")


def test_the_interface_of_claims_json(golden):
    claims = json.loads(golden["claims.json"])
    assert isinstance(claims, list)
    assert all(each.keys() >= INTERFACE for each in claims)
    worse = claims[0]
    assert worse["scale"] == "builtin"
    assert worse["interval"][0] < worse["measured"] < worse["interval"][1]
    assert worse["seeds"] == [1, 2, 3, 4, 5]
    assert len(worse["records"]) == 10


def test_markup_is_shown_as_text(golden):
    text = golden["report.md"]
    assert not re.search(r"<(?!br)", text)
    assert "&lt;b>bold&lt;/b>" in text
    assert "ملح &amp;" in text
    tables = [line for line in text.split("\n") if line.startswith("| Without positions")]
    assert len(re.findall(r"(?<!\\)\|", tables[0])) == 7


def test_failed_and_damaged_are_visible(golden):
    text = golden["report.md"]
    assert "diverged | loss \\| is &lt;nan>" in text
    assert "is not a record (Expecting value)" in text
    assert "4, 1 diverged, 1 failed" in text


@pytest.fixture
def runs(tmp_path):
    for record in golden_records():
        write(tmp_path / "runs", record)
    return tmp_path / "runs"


def test_the_same_inputs_give_the_same_bytes(runs, tmp_path):
    for out in ("a", "b"):
        build([runs], tmp_path / out)
    for name in WRITERS:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_page_s_command_names_what_it_was_made_from(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reports.page.sections.SECTIONS", ())
    runs.rename(tmp_path / "my <runs>")
    Path("more").mkdir()
    example = Path(__file__).parents[2] / "examples" / "own-claim" / "no-warmup.yaml"
    Path("my.yaml").write_text(example.read_text())
    build([Path("my <runs>"), Path("more")], Path("out"), own=OwnFiles(grids=(Path("my.yaml"),)))
    page = Path("out/index.html").read_text()
    assert "report status &#39;my &lt;runs&gt;&#39; more --grids my.yaml --out FOLDER" in page


def test_every_shipped_claim_is_in_the_report(runs, tmp_path):
    report = build([runs], tmp_path / "out")
    claims = json.loads((tmp_path / "out/claims.json").read_text())
    assert len(claims) == len(report.judged) >= 60
    text = (tmp_path / "out/report.md").read_text()
    assert all(each.claim.place in text for each in report.judged)


def test_a_report_that_cannot_be_made_leaves_the_former(runs, tmp_path, monkeypatch):
    build([runs], tmp_path / "out")
    before = {name: (tmp_path / "out" / name).read_bytes() for name in WRITERS}

    def fail(report, language):
        raise BadInput("a link without target")

    monkeypatch.setattr(module, "WRITERS", {**WRITERS, "index.html": fail})
    write(runs, golden_records()[0].__class__(**{**vars(golden_records()[0]), "seed": 9, "cell": "9" * 12}))
    with pytest.raises(BadInput, match="link without target"):
        build([runs], tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in WRITERS} == before


def test_a_report_knows_whether_it_is_current(runs, tmp_path):
    report = make_report([runs])
    assert outdated_by(report, tmp_path / "out") is None
    build([runs], tmp_path / "out")
    assert outdated_by(report, tmp_path / "out") == []
    write(runs, golden_records()[0].__class__(**{**vars(golden_records()[0]), "seed": 9, "cell": "9" * 12}))
    assert outdated_by(make_report([runs]), tmp_path / "out") == ["records"]


@pytest.mark.parametrize("name", others_slow([CHECKS, INSPECTION], [0]))
def test_new_checks_or_another_inspection_make_a_report_old(runs, tmp_path, name):
    report = build([runs], tmp_path / "out")
    (runs if name == CHECKS else report.records.counted[0].directory).joinpath(name).write_text("{}")
    assert outdated_by(make_report([runs]), tmp_path / "out") == ["files beside the records"]
    build([runs], tmp_path / "out")
    assert outdated_by(make_report([runs]), tmp_path / "out") == []


def test_out_that_is_a_file_is_refused(runs, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="is a file"):
        build([runs], tmp_path / "file")
