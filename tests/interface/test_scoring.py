"""`repro.score` gives the numbers of `repro score`."""

import json
from pathlib import Path

import pytest

import repro
from repro.cli.main import main
from repro.interface import scoring

HYPOTHESES = ["Der Hund sieht eine Katze.", "Eine Katze schläft hier."]
REFERENCES = ["Der Hund sieht eine Katze.", "Eine Katze schläft dort."]


def test_the_scores_are_those_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for name, lines in (("hypotheses", HYPOTHESES), ("references", REFERENCES)):
        paths.append(tmp_path / name)
        paths[-1].write_text("".join(f"{line}\n" for line in lines))
    assert main(["score", *map(str, paths), "--json", "--resamples", "10"]) == 0
    printed = json.loads(capsys.readouterr().out)
    found = scoring.score(HYPOTHESES, REFERENCES, resamples=10)
    assert {name: json.loads(json.dumps(metric.as_record())) for name, metric in found.items()} == printed
    assert found["exact_match"].value == 50


def test_what_is_no_list_of_texts_is_refused() -> None:
    for hypotheses, references, said in (
        ("a", "b", "hypotheses is one text; give a list with one line per entry"),
        (["a"], "b", "references is one text"),
        (["a"], [5], "references, line 1 is 5, which is not text"),
        (None, ["a"], "hypotheses is None; give a list with one line per entry"),
        (["\ud800"], ["a"], "hypotheses, line 1 has '\\\\ud800', which is no character of UTF-8"),
        (["a\nb"], ["a"], "hypotheses, line 1 has a line feed in it"),
        (["a", None], ["a", "b"], "hypotheses, line 2 is None"),
    ):
        with pytest.raises(repro.BadInput, match=said):
            repro.score(hypotheses, references)


def test_unequal_numbers_of_lines_are_refused() -> None:
    with pytest.raises(repro.BadInput, match="differ in their number of lines, 1 and 2"):
        repro.score(HYPOTHESES[:1], REFERENCES)
