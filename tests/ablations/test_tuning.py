"""Trials from beginning to end: run, the best chosen, the rows run with it, and every record counts it."""

import json
from pathlib import Path

import pytest
import yaml

from ablations.cli import main

CONFIG = {"rate": 0.1, "dropout": 0.0, "handicap": 0.0, "seed": 1, "threads": 1}
COMMON = {
    "function": "tests.ledger.functions:quality",
    "config": CONFIG,
    "rows": {"one": {}, "other": {"handicap": 1.0}},
    "scales": {"builtin": {}},
}
TRIALS = {
    **COMMON,
    "title": "trials",
    "metric": "dev.nll",
    "better": "lower",
    "tuning": {"space": {"rate": {"low": 0.0, "high": 1.0}, "dropout": [0.0, 0.5]}, "trials": 5, "split": "dev"},
}
FINAL = {
    **COMMON,
    "title": "final",
    "metric": "test.score",
    "better": "higher",
    "base": "one",
    "seeds": 3,
    "tuned": {"by": "trials.yaml", "rows": {"one": None, "other": None}},
}


def test_from_trials_to_records_that_count_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trials.yaml").write_text(yaml.safe_dump(TRIALS, sort_keys=False))
    Path("final.yaml").write_text(yaml.safe_dump(FINAL, sort_keys=False))
    assert main(["run", "final.yaml"]) == 2
    assert "has no trial chosen for one, other" in capsys.readouterr().err

    assert main(["run", "trials.yaml"]) == 0
    out = capsys.readouterr().out
    # Halton's points in bases 2 and 3: rate 0.5 comes with dropout index int(2 / 3) = 0, the best there can be.
    best = "tuned: {by: trials, rows: {one: 1, other: 1}}"
    assert best in out
    assert "5 trials of each row; time so far: one" in out

    chosen = {**FINAL, "tuned": {"by": "trials.yaml", "rows": {"one": 1, "other": 4}}}
    Path("final.yaml").write_text(yaml.safe_dump(chosen, sort_keys=False))
    assert main(["run", "final.yaml"]) == 0
    assert "rows tuned in 5 trials each by dev.nll (grid trials.yaml): one uses trial 1, other uses trial 4" in (
        capsys.readouterr().out
    )
    written = [json.loads(path.read_text()) for path in Path("runs/builtin/final").glob("*/attempt-1/record.json")]
    assert len(written) == 6
    for record in written:
        number = {"one": 1, "other": 4}[record["row"]]
        assert record["details"]["tuning"] == {
            "grid": "trials.yaml",
            "trials": 5,
            "metric": "dev.nll",
            "chosen": number,
        }
        assert (record["config"]["rate"], record["config"]["dropout"]) == {1: (0.5, 0.0), 4: (0.125, 0.0)}[number]
