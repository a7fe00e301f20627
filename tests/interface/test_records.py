"""`repro.read_record` and `repro.read_curve` find them from a run's folder, an attempt's or a published record's."""

import math
import shutil
from pathlib import Path

import pytest

import repro
from repro.interface import records
from tests.interface.conftest import TINY, Trained


def test_run_and_attempt_have_one_record_and_one_curve(trained: Trained) -> None:
    run = trained.folder / "run"
    assert records.read_record(str(run / "attempt-1")) == records.read_record(run) == trained.record
    curve = records.read_curve(run)
    assert curve == records.read_curve(run / "attempt-1")
    training = [row for row in curve if row["split"] == "train"]
    assert [row["step"] for row in training] == list(range(1, TINY["max_steps"] + 1))
    (dev,) = [row for row in curve if row["split"] == "dev"]
    assert dev["perplexity"] == pytest.approx(math.exp(dev["nll"]))
    assert dev["learning_rate"] is None


def test_what_is_not_there_is_told(trained: Trained, tmp_path: Path) -> None:
    with pytest.raises(repro.BadInput, match=r"record\.json does not exist"):
        repro.read_record(tmp_path)
    (tmp_path / "begun" / "attempt-1").mkdir(parents=True)
    with pytest.raises(repro.BadInput, match="begun holds no record; the run has not ended"):
        repro.read_record(tmp_path / "begun")
    with pytest.raises(repro.BadInput, match=r"metrics\.csv does not exist; training runs have it"):
        repro.read_curve(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(trained.folder / "run", copy)
    (copy / "attempt-1" / "metrics.csv").write_text("step,split\nmany,train\n")
    with pytest.raises(repro.BadInput, match=r"metrics\.csv is damaged \(could not convert"):
        repro.read_curve(copy)
