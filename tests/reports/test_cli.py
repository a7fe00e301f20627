"""The command `report`."""

import json
import re
import subprocess
import sys

import pytest

from reports.cli import main
from reports.verdicts import records
from repro.ledger.grids.cell import Cell, merge
from repro.ledger.grids.earlier import EarlierCell
from tests.reports.golden_report import golden_records
from tests.reports.records import planted, runs_of, write


@pytest.fixture
def runs(tmp_path):
    for record in golden_records():
        write(tmp_path / "runs", record)
    return tmp_path / "runs"


def test_build_says_what_it_found_and_where_it_is(runs, tmp_path, capsys):
    assert main(["build", str(runs), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "contradicted" in said
    assert str(tmp_path / "out" / "report.md") in said


def test_korean(runs, tmp_path):
    assert main(["build", str(runs), "--out", str(tmp_path / "out"), "--lang", "ko"]) == 0
    assert "판정" in (tmp_path / "out/report.md").read_text(encoding="utf-8")


def test_status_tells_other_code_and_an_older_report(runs, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main(["status", str(runs), "--out", out]) == 1
    said = capsys.readouterr().out
    assert "0123456789ab" in said
    assert f"the report {out} does not exist" in said
    assert main(["build", str(runs), "--out", out]) == 0
    capsys.readouterr()
    assert main(["status", str(runs), "--out", out]) == 0
    said = capsys.readouterr().out
    assert f"the report {out} is up to date" in said
    write(runs, planted("g", "late", 1, {"m": 1.0}))
    assert main(["status", str(runs), "--out", out]) == 1
    said = capsys.readouterr().out
    assert f"the report {out} is out of date: it has other records\n" in said
    assert f"report build {runs} --out {out}" in said


def test_what_build_prints_counts_as_the_page_does(runs, tmp_path, capsys):
    """Claims that are shown and never judged are not among those that have not run."""
    out = tmp_path / "out"
    assert main(["build", str(runs), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    counts = {word: int(count) for count, word in re.findall(r"^ *(\d+) +(.+)$", said.split("\n\n")[1], re.M)}
    claims = json.loads((out / "claims.json").read_text())
    never = [claim for claim in claims if claim["standing"] == "shown"]
    assert counts["shown, never judged"] == len(never) > 0
    assert counts["not run"] == sum(claim["verdict"] == "not run" for claim in claims) - len(never)
    assert sum(counts.values()) == len(claims)
    assert f" of {len(claims) - len(never)} claims that a measurement could decide have a verdict here" in said


def test_the_command_that_brings_a_report_up_to_date_has_its_language(runs, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main(["build", str(runs), "--out", out, "--lang", "ko"]) == 0
    write(runs, planted("g", "late", 1, {"m": 1.0}))
    capsys.readouterr()
    assert main(["status", str(runs), "--out", out]) == 1
    assert f"report build {runs} --out {out} --lang ko\n" in capsys.readouterr().out


def test_without_records_it_says_so(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["build", str(tmp_path / "empty"), "--out", str(tmp_path / "out")]) == 0
    assert f"there is no record below {tmp_path / 'empty'}" in capsys.readouterr().err


def test_a_single_run_is_no_grid_s_to_repeat(tmp_path, capsys):
    write(tmp_path / "runs", planted("fit", "", 1, {"m": 1.0}))
    main(["status", str(tmp_path / "runs"), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().out
    assert said.startswith("1 record counts; ")
    assert "records made by other code:\n" in said
    assert "ablate repeat" not in said
    write(tmp_path / "runs", planted("essentials", "base", 1, {"m": 1.0}))
    main(["status", str(tmp_path / "runs"), "--out", str(tmp_path / "out")])
    assert (
        "`ablate repeat GRID` compares them with what this code gives; `ablate run GRID --stale`"
        in capsys.readouterr().out
    )


def test_diff_is_verdict_by_verdict(runs, tmp_path, capsys):
    other = tmp_path / "other"
    for record in golden_records():
        if record.grid != "complexity" and record.row != "no-positions":
            write(other, record)
    for record in runs_of("essentials", "no-positions", "test.exact_match", [98.1, 98.0, 97.9, 98.2, 98.0]):
        write(other, record)
    assert main(["diff", str(runs), str(other)]) == 0
    said = capsys.readouterr().out
    changed = [line.split() for line in said.split("\n") if line.startswith("vaswani2017-positions-needed ")]
    assert changed[0][2] == "reproduced"
    assert "contradicted" in changed[0] or "inconclusive" in changed[0]
    assert "not run" not in said
    alone = said.split("measured only in A: ")[1]
    assert "vaswani2017-table1-self-attention-operations-n (" in alone
    assert "vaswani2017-positions-needed" not in alone
    assert alone.count(" (builtin)") == int(alone.split("\n")[0])
    assert "measured only in B" not in said
    assert main(["diff", str(other), str(runs)]) == 0
    assert f"measured only in B: {alone}" in capsys.readouterr().out
    assert main(["diff", str(runs), str(runs)]) == 0
    said = capsys.readouterr().out
    count = said.split(" of ")[0].split("\n")[-1]
    assert f"{count} of {count} verdicts are the same" in said
    (tmp_path / "empty").mkdir()
    assert main(["diff", str(tmp_path / "empty"), str(tmp_path / "empty")]) == 0
    assert "no record in A or B tests a claim; `repro compare RUN RUN`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a command"),
        (["biuld"], "did you mean build"),
        (["build"], "RUNS"),
        (["build", "nowhere"], "nowhere is not a folder"),
        (["build", ".", "--ot", "x"], "there is no option --ot"),
        (["build", ".", "--lang", "xx"], "xx"),
        (["diff", "nowhere", "."], "nowhere is not a folder"),
        (["status", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_nothing_needs_torch():
    script = (
        "import sys; from reports.cli import main; import reports.build, reports.status, reports.verdicts.difference;"
        "sys.exit(int(any(name in sys.modules for name in ('torch', 'pytorch_lightning', 'matplotlib'))))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_help_needs_no_scipy():
    script = "import sys, reports.cli; sys.exit(int('scipy' in sys.modules or 'numpy' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_records_of_another_grid_stand_at_the_top_and_give_no_verdict(tmp_path, capsys):
    """The essentials, copied and changed to 12 updates, would contradict the paper."""
    for row, value in (("base", 1.0), ("no-positions", 5.0)):
        for seed in range(1, 6):
            config = merge(planted("essentials", row, seed, {}).config, {"trainer": {"max_steps": 12}})
            cell = Cell("repro.training:fit", config).id
            metrics = {"test.exact_match": value + seed / 10}
            write(tmp_path / "runs", planted("essentials", row, seed, metrics, cell=cell, config=config))
    assert main(["build", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]) == 0
    claims = json.loads((tmp_path / "out" / "claims.json").read_text())
    assert {claim["verdict"] for claim in claims} == {"not run"}
    assert any("10 records of that name are quick tests or have other settings" in claim["reason"] for claim in claims)
    said = "10 records carry the name of a shipped grid but have other settings"
    page, text = ((tmp_path / "out" / name).read_text() for name in ("index.html", "report.md"))
    assert said in page
    assert page.index(said) < page.index('id="claims"')
    assert "trainer.max_steps is 12, and 600 in the shipped grid" in page
    assert said in text
    capsys.readouterr()
    main(["status", str(tmp_path / "runs"), "--out", str(tmp_path / "out")])
    assert said in capsys.readouterr().out


def test_a_verdict_from_an_earlier_version_of_a_grid_says_so(tmp_path, monkeypatch):
    made = []
    for row, value in (("base", 98.0), ("no-positions", 25.0)):
        for seed in range(1, 6):
            config = merge(planted("essentials", row, seed, {}).config, {"trainer": {"max_steps": 500}})
            cell = Cell("repro.training:fit", config).id
            metrics = {"test.exact_match": value + seed / 10}
            made.append(planted("essentials", row, seed, metrics, cell=cell, config=config))
            write(tmp_path / "runs", made[-1])
    cells = {it.cell: EarlierCell(it.row, it.seed, "e7bb639", "it trained longer") for it in made}
    monkeypatch.setattr(records, "earlier_cells", lambda *_: cells)
    assert main(["build", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]) == 0
    claims = json.loads((tmp_path / "out" / "claims.json").read_text())
    judged = [claim for claim in claims if claim["verdict"] == "reproduced"]
    assert judged
    assert all("of an earlier version of the grid" in claim["reason"] for claim in judged)
    assert judged[0]["records"][0]["earlier"] == "it trained longer"
