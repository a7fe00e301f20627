"""A run that lost its cell to another process writes nothing more."""

import pytest

from repro.errors import Taken
from repro.ledger.records.record import Record
from repro.training import evaluation, fitting
from repro.training.checkpoints import CheckpointFiles
from repro.training.module import TranslationModule
from repro.training.observe import example_inspection
from tests.representatives import others_slow
from tests.training.runs import run

SELDOM = {"--trainer.log_every_n_steps": 100, "--trainer.val_check_interval": 100, "--checkpoints.every_n_steps": 100}


MILESTONE = {"--checkpoints.milestone_minutes": [1 / 600_000], "--checkpoints.every_n_steps": 1}


LOSSES = {  # what is next to be written or removed -> during which call the cell is lost, which time, and the settings
    "metrics.csv": (TranslationModule, "on_before_optimizer_step", 5, {}),
    "attention.csv": (TranslationModule, "on_before_optimizer_step", 5, {"--observe.attention_every": 1, **SELDOM}),
    "a checkpoint": (CheckpointFiles, "save_checkpoint", 2, {}),
    "averaged.ckpt": (fitting, "saved_checkpoints", 1, {}),
    "hypotheses.test.minute-0.txt": (evaluation._Trained, "translate", 1, MILESTONE),
    "hypotheses.test.txt": (evaluation._Trained, "translate", 1, {}),
    "hypotheses.dev.txt": (evaluation._Trained, "translate", 2, {"--decoding.splits": ["test", "dev"]}),
    "inspection.json": (example_inspection, "inspect_network", 1, {"--observe.inspect": True}),
    "record.json": (fitting, "_training_metrics", 1, {}),
    "checkpoints": (Record, "write", 1, {}),
}


@pytest.mark.parametrize(("place", "name", "which", "changes"), others_slow(LOSSES.values(), [0, 2, 5, 8], LOSSES))
def test_who_lost_its_cell_to_another_process_writes_nothing_more(
    root, tmp_path, monkeypatch, place, name, which, changes
):
    """As one that was stopped for longer than its heartbeat may stand still, in another container than the next one."""
    before, calls, left = getattr(place, name), [], {}
    lock = tmp_path / "run" / ".lock"

    def robbed(*arguments, **more):
        done = before(*arguments, **more)
        calls.append(name)
        if len(calls) == which:
            left.update(content(tmp_path / "run" / "attempt-1"))
            (lock / "owner").write_text("process 7 on elsewhere")
        return done

    monkeypatch.setattr(place, name, robbed)
    with pytest.raises(Taken, match="was taken over by process 7 on elsewhere"):
        run(root, tmp_path / "run", changes)
    assert content(tmp_path / "run" / "attempt-1") == left != {}
    assert (lock / "owner").read_text() == "process 7 on elsewhere"


def content(folder):
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
