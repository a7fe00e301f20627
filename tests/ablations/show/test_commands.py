"""`ablate keys` and what `ablate plan` says of a grid before anything is run."""

import csv
import io
import re
from pathlib import Path

import pytest
import yaml

import reports
from ablations.cli import main
from ablations.show.base_in_words import base_in_words
from repro.ledger.grids.grid_content import grid_path
from repro.ledger.grids.grid_file import KEYS, read_grid
from repro.ledger.grids.scale import read_scale

PUBLISHED = Path(reports.__file__).parent / "published"


def test_every_key_of_a_grid_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys"]) == 0
    out = capsys.readouterr().out
    explained = set(re.findall(r"^    (\w+):", out, re.M))
    assert explained >= KEYS - {"model", "trainer", "config", "learnt"}
    for word in ("model", "trainer", "config", "learnt"):  # in the sentences behind the example, or beside a key
        assert re.search(rf"\b{word}\b", out)
    example = "\n".join(line[4:] for line in out.split("\n") if line.startswith("    "))
    assert yaml.safe_load(example)["margin"] == {"dev.bleu": 0.5}, "the example is YAML as it stands"


@pytest.mark.parametrize(
    ("grid", "scale", "said"),
    [
        ("heads", "builtin", "base: Transformer (N 2, d_model 64, d_ff 128, h 4, P_drop 0.0), generated text homonym"),
        ("main", "multi30k", "text multi30k, at most 00:01:00:00"),
        ("complexity", "builtin", "each cell calls ablations.complexity:measure"),
    ],
)
def test_what_the_base_is(grid: str, scale: str, said: str) -> None:
    assert said in base_in_words(read_grid(grid_path(grid), read_scale(scale)))


def test_a_first_plan_judges_the_time_by_published_records(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PUBLISHED.parents[1])
    words = ["plan", "positions", "--seeds", "31-32", "--out", str(tmp_path)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert re.search(r"6 to run: about .+ \(an estimate from \d+ .*cells.* in reports/published\)", out)
    monkeypatch.chdir(tmp_path)
    assert main(words) == 0
    assert "the time is unknown until" in capsys.readouterr().out


def test_a_grid_s_table_in_other_formats(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same cells in each; sentences are beside the table in CSV, and around it elsewhere."""

    def said(*words: str) -> tuple[str, str]:
        assert main(["show", "positions", "--from", str(PUBLISHED), "--out", str(tmp_path), *words]) == 0
        captured = capsys.readouterr()
        return captured.out, captured.err

    text, silent = said()
    assert silent == ""
    by_text = [re.split(r"  +", line.rstrip()) for line in text.split("\n\n")[1].split("\n")]
    out, err = said("--format", "csv")
    rows = list(csv.reader(io.StringIO(out.split("\n\n")[0])))
    ends = by_text[0].index("95% interval")
    by_text[0][ends : ends + 1] = ["95% interval low", "95% interval high"]
    assert [[cell for cell in row if cell] for row in rows] == [
        [end for it in row if it for end in (it.split() if re.fullmatch(r"[+-]\S+ [+-]\S+", it) else [it])]
        for row in by_text
    ]
    assert "difference: row minus base" in err
    assert "difference: row minus base" not in out
    out, err = said("--format", "markdown")
    assert err == ""
    assert " | 95% interval | p (Holm) | " in out
    assert out.count("\n| ") >= len(rows) + 1
    out, _ = said("--format", "latex")
    assert out.startswith("% positions at the scale builtin")
    assert out.count(" \\\\\n") >= len(rows)


def test_what_never_ran_is_not_inconclusive(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["show", "positions", "--out", str(tmp_path)]) == 0
    table = capsys.readouterr().out.split("\n\n")[1]
    assert (table.count("not run"), table.count("inconclusive")) == (2, 0)


@pytest.mark.parametrize("words", [["list"], ["plan", "positions"], ["status"], ["show", "positions"]])
def test_every_command_with_a_table_takes_a_format(
    words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = [] if words == ["list"] else ["--from", str(PUBLISHED), "--out", str(tmp_path)]
    assert main([*words, *place, "--format", "csv"]) == 0
    first, second, *_ = csv.reader(io.StringIO(capsys.readouterr().out))
    assert len(first) == len(second) > 2
    assert main([*words, *place, "--format", "word"]) == 2
    assert "invalid choice: 'word'" in capsys.readouterr().err


def test_a_cell_in_markdown_keeps_its_configuration_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cell = next((PUBLISHED / "builtin" / "positions").iterdir()).name.rpartition("-")[2]
    words = ["show", cell, "--from", str(PUBLISHED), "--out", str(tmp_path)]
    assert main([*words, "--format", "markdown"]) == 0
    out = capsys.readouterr().out
    assert "| attempt | status |" in out
    assert "&nbsp;&nbsp;network:" in out
