"""Training time over all parts of a run, and the averages that are set aside at milestones."""

import csv
import json

import pytest

from repro.training import checkpoints, fitting
from repro.training.observe.meter import Meter
from repro.weights import checkpoint_file
from tests.training.kills import (
    at_update,
    killed,
)
from tests.training.runs import run


def test_training_time_counts_what_was_used_before(root, tmp_path):
    changes = {"--trainer.max_steps": -1, "--trainer.max_time": "00:00:00:03", "--checkpoints.every_n_steps": 5}
    killed(root, tmp_path / "run", changes, at_update(12))
    kept = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")[-1]
    content = checkpoint_file.read_checkpoint(kept)
    # As if the killed part had trained for two of the three seconds.
    content["repro"]["progress"]["seconds"] = 2.0
    timer = next(key for key in content["callbacks"] if key.startswith("Timer"))
    content["callbacks"][timer]["time_elapsed"]["train"] = 2.0
    checkpoint_file.write_checkpoint(content, kept)
    record = run(root, tmp_path / "run", changes)
    trained = json.loads((tmp_path / "run" / "attempt-1" / "trained.json").read_text())
    # Five or more, had the limit begun anew; and the curve goes on after the two seconds instead of at nought.
    assert 3.0 <= trained["seconds"] < 4.5
    with open(tmp_path / "run" / "attempt-1" / "metrics.csv", newline="") as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file) if int(row["step"]) > content["global_step"]]
    assert seconds
    assert min(seconds) >= 2.0
    assert record.metrics["train.seconds"]["value"] == trained["seconds"]


def test_milestones_are_kept_and_scored(root, tmp_path):
    changes = {
        "--trainer.max_steps": -1,
        "--trainer.max_time": "00:00:00:02",
        "--checkpoints.milestone_minutes": [1 / 60, 2 / 60, 500],
        "--checkpoints.every_n_steps": 2,
    }
    record = run(root, tmp_path / "run", changes)
    scored = record.details["milestones"]
    assert [round(60 * entry["minutes"]) for entry in scored] == [1, 2]
    assert all("bleu" in entry["scores"] for entry in scored)
    assert len(list((tmp_path / "run" / "attempt-1").glob("hypotheses.test.minute-*.txt"))) == 2


@pytest.mark.slow
def test_the_last_milestone_is_the_end(root, tmp_path, monkeypatch):
    """Its average has the last state, which no interval of checkpoints falls on."""
    averaged = {}

    def noting(paths, destination, write=checkpoint_file.write_average):
        averaged[destination.name] = [path.name for path in paths]
        write(paths, destination)

    for module in (checkpoints, fitting):
        monkeypatch.setattr(module, "write_average", noting)
    # The clock reaches the milestone when the time is up, and not while a checkpoint is written just before.
    seconds, keep = [0.5], checkpoints.Checkpoints._keep_milestones

    def keeping(self, trainer, module):
        seconds[0] = 1.0 if trainer.should_stop else 0.5
        keep(self, trainer, module)

    monkeypatch.setattr(checkpoints.Checkpoints, "_keep_milestones", keeping)
    monkeypatch.setattr(Meter, "seconds", lambda self: seconds[0])
    changes = {
        "--trainer.max_steps": -1,
        "--trainer.max_time": "00:00:00:01",
        "--checkpoints.milestone_minutes": [1 / 60],
        "--checkpoints.every_n_steps": 7,
    }
    run(root, tmp_path / "run", changes)
    last, end = averaged["minute-0.0166667.ckpt"], averaged["averaged.ckpt"]
    trained = json.loads((tmp_path / "run" / "attempt-1" / "trained.json").read_text())
    assert last == end
    assert end[-1] == f"step-{trained['updates']:08d}.ckpt"
