"""Runs killed at chosen moments and continued equal undisturbed ones to the last bit, on one process.

The killed run is a fork of this process, which has paid for the imports already; `tests/system` does the
same through the real command line.
"""

import json
import os
import signal
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from pytorch_lightning import Trainer

from repro import files
from repro.errors import BadInput, Interrupted, NoRoom, Taken
from repro.ledger.record import Record, read_record
from repro.training import checkpoints, evaluation, example, fitting
from repro.training.checkpoints import CheckpointFiles
from repro.training.module import TranslationModule
from repro.weights import averaging, checkpoint_file
from tests.training.runs import assert_equal_runs, curve_without_time, plain_config, run

CONFIGURATIONS = {
    "plain": {},
    "rows, validations and checkpoints out of step": {
        "--trainer.log_every_n_steps": 2,
        "--trainer.val_check_interval": 5,
        "--checkpoints.every_n_steps": 3,
    },
    "accumulation": {"--trainer.accumulate_grad_batches": 2, "--trainer.val_check_interval": 8},
    "validation within an update": {"--trainer.accumulate_grad_batches": 2, "--trainer.val_check_interval": 7},
    "no validation": {"--trainer.limit_val_batches": 0},
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Holds the prepared data of all runs of this file, and undisturbed runs by the name of their configuration."""
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("runs")


def undisturbed(root: Path, name: str) -> Path:
    directory = root / name
    if not directory.exists():
        assert run(root, directory, CONFIGURATIONS[name]).status == "done"
    return directory


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(root: Path, directory: Path, changes: dict, prepare) -> None:
    """Run in a fork in which `prepare` has planted a kill, and see that it was killed."""
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            prepare()
            run(root, directory, changes)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"exit status {os.WEXITSTATUS(status)}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not (directory / "attempt-1" / "record.json").exists()


def at_update(step: int):
    """Dies within the optimiser's update of that number, counted from 1."""

    def prepare():
        before = TranslationModule.on_before_optimizer_step

        def dying(self, optimizer):
            before(self, optimizer)
            if self.global_step + 1 == step:
                die()

        TranslationModule.on_before_optimizer_step = dying

    return prepare


def while_writing(step: int):
    """Dies with half of a checkpoint written to its temporary file."""

    def prepare():
        save = torch.save

        def dying(content, path):
            save(content, path)
            if f"step-{step:08d}" in str(path):
                os.truncate(path, Path(path).stat().st_size // 2)
                die()

        torch.save = dying

    return prepare


def after_validation(step: int):
    """Dies between a validation and the checkpoint of the same step."""

    def prepare():
        before = checkpoints.Checkpoints.on_validation_end

        def dying(self, trainer, module):
            if trainer.global_step == step:
                die()
            before(self, trainer, module)

        checkpoints.Checkpoints.on_validation_end = dying

    return prepare


def after_saving(step: int):
    """Dies right after a checkpoint got its name."""

    def prepare():
        before = checkpoints.Checkpoints.save

        def dying(self, trainer):
            before(self, trainer)
            if trainer.global_step == step:
                die()

        checkpoints.Checkpoints.save = dying

    return prepare


def while_averaging():
    """Dies when training is complete and the average is being made."""

    def prepare():
        averaging.average = checkpoint_file.average = lambda states: die()

    return prepare


def before_the_record():
    """Dies when everything is measured and only the record is missing."""

    def prepare():
        write = files.write_json

        def dying(path, value):
            if path.name == "record.json":
                die()
            write(path, value)

        files.write_json = dying

    return prepare


def before_training_is_noted():
    """Dies when the last checkpoint is written, but not yet that training is complete."""

    def prepare():
        write = files.write_json

        def dying(path, value):
            if path.name == "trained.json":
                die()
            write(path, value)

        files.write_json = dying

    return prepare


PLAIN_KILLS = {
    "before any checkpoint": at_update(2),
    "at a random step": at_update(8),
    "after a checkpoint": after_saving(6),
    "after the last checkpoint": after_saving(12),
    "within a checkpoint": while_writing(9),
    "between validation and checkpoint": after_validation(12),
    "before training is noted": before_training_is_noted(),
    "while averaging": while_averaging(),
    "before the record": before_the_record(),
}


@pytest.mark.parametrize("moment", PLAIN_KILLS)
def test_a_killed_run_continues_to_the_same_result(root, tmp_path, moment, capsys):
    killed(root, tmp_path / "run", {}, PLAIN_KILLS[moment])
    record = run(root, tmp_path / "run")
    assert record.status == "done"
    assert record.attempt == 1
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")
    assert not list((tmp_path / "run").rglob("*.tmp")), "leftovers of the kill"


@pytest.mark.parametrize("name", [name for name in CONFIGURATIONS if name != "plain"])
def test_a_killed_run_of_another_rhythm_continues_to_the_same_result(root, tmp_path, name):
    killed(root, tmp_path / "run", CONFIGURATIONS[name], at_update(11))
    run(root, tmp_path / "run", CONFIGURATIONS[name])
    assert_equal_runs(undisturbed(root, name), tmp_path / "run")


def test_killed_twice(root, tmp_path):
    killed(root, tmp_path / "run", {}, at_update(5))
    killed(root, tmp_path / "run", {}, at_update(11))
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_damaged_last_checkpoint_is_passed_over(root, tmp_path, capsys):
    killed(root, tmp_path / "run", {}, at_update(8))
    last = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")[-1]
    assert last.name == "step-00000006.ckpt"
    os.truncate(last, last.stat().st_size - 1000)
    run(root, tmp_path / "run")
    assert "going on from step 3" in capsys.readouterr().err
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def change_a_bit(path: Path) -> None:
    """In the middle of the largest tensor."""
    with zipfile.ZipFile(path) as file:
        tensors = [each for each in file.infolist() if "/data/" in each.filename]
        entry = max(tensors, key=lambda each: each.file_size)
        content = file.read(entry)
    raw = bytearray(path.read_bytes())
    raw[raw.index(content, entry.header_offset) + len(content) // 2] ^= 64
    path.write_bytes(raw)


def test_a_record_taken_out_by_hand_is_made_anew(root, tmp_path):
    """Its checkpoints were cleared behind it, so nothing is left to average."""
    record = run(root, tmp_path / "run")
    attempt = tmp_path / "run" / "attempt-1"
    (attempt / "record.json").unlink()
    with pytest.raises(Interrupted, match="holds no checkpoints any more; the same command trains anew"):
        run(root, tmp_path / "run")
    assert values(run(root, tmp_path / "run")) == values(record)


def values(record):
    """Metrics that no clock changes."""
    timed = ("seconds", "per_second")
    return {name: each["value"] for name, each in record.metrics.items() if not name.endswith(timed)}


def test_one_changed_bit_in_the_last_checkpoint_is_noticed(root, tmp_path, capsys):
    killed(root, tmp_path / "run", {}, at_update(8))
    last = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")[-1]
    change_a_bit(last)
    run(root, tmp_path / "run")
    said = capsys.readouterr().err
    assert "step-00000006.ckpt is damaged" in said
    assert "going on from step 3" in said
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_changed_bit_in_a_checkpoint_that_is_to_be_averaged(root, tmp_path, which, capsys):
    """Training is over; it goes on before the damage, and the average is of the same weights as ever."""
    killed(root, tmp_path / "run", {}, while_averaging())
    assert (tmp_path / "run" / "attempt-1" / "trained.json").exists()
    saved = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")
    change_a_bit(saved[which])
    run(root, tmp_path / "run")
    assert f"{saved[which].name} is damaged" in capsys.readouterr().err
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_one_changed_bit_while_the_same_process_trains_on(root, tmp_path, monkeypatch):
    """In a checkpoint that nobody reads before the end."""
    before = TranslationModule.on_before_optimizer_step
    folder = tmp_path / "run" / "attempt-1" / "checkpoints"

    def damaging(self, optimizer):
        before(self, optimizer)
        if self.global_step + 1 == 11:
            change_a_bit(checkpoint_file.saved_checkpoints(folder)[-1])

    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", damaging)
    with pytest.raises(Interrupted, match=r"a checkpoint in .* is damaged; the same command goes on before it"):
        run(root, tmp_path / "run")
    monkeypatch.undo()
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_checkpoints_that_a_kill_left_behind_a_record_are_cleared_later(root, tmp_path):
    child = os.fork()
    if child == 0:
        try:
            fitting.clear_attempt = lambda attempt: die()
            run(root, tmp_path / "run", {})
        finally:
            os._exit(99)
    os.waitpid(child, 0)
    attempt = tmp_path / "run" / "attempt-1"
    assert (attempt / "record.json").exists()
    assert (attempt / "checkpoints").is_dir()
    run(root, tmp_path / "run")
    assert not (attempt / "checkpoints").exists()
    assert (attempt / "averaged.ckpt").exists()
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


@pytest.mark.parametrize("name", ["trained.json", "metrics.csv"])
@pytest.mark.parametrize("raw", [b"", b"[]", b"5", b"\xff\xfe", b'{"updates": "x"}', b"[" * 100_000], ids=range(6))
def test_what_an_earlier_part_wrote_and_is_damaged_is_one_sentence(root, tmp_path, name, raw):
    killed(root, tmp_path / "run", {}, before_the_record() if name == "trained.json" else at_update(8))
    place = tmp_path / "run" / "attempt-1" / name
    place.write_bytes(raw)
    try:
        run(root, tmp_path / "run")
    except BadInput as error:
        assert f"{place} is damaged" in str(error)  # noqa: PT017
        place.unlink()
        run(root, tmp_path / "run")
    else:
        assert name == "metrics.csv"  # what has no whole line yet is begun anew


SELDOM = {"--trainer.log_every_n_steps": 100, "--trainer.val_check_interval": 100, "--checkpoints.every_n_steps": 100}
MILESTONE = {"--checkpoints.milestone_minutes": [1 / 600_000], "--checkpoints.every_n_steps": 1}
LOSSES = {  # what is next to be written or removed -> during which call the cell is lost, which time, and the settings
    "metrics.csv": (TranslationModule, "on_before_optimizer_step", 5, {}),
    "attention.csv": (TranslationModule, "on_before_optimizer_step", 5, {"--observe.attention_every": 1, **SELDOM}),
    "a checkpoint": (CheckpointFiles, "save_checkpoint", 2, {}),
    "averaged.ckpt": (fitting, "saved_checkpoints", 2, {}),
    "hypotheses.test.minute-0.txt": (evaluation._Trained, "translate", 1, MILESTONE),
    "hypotheses.test.txt": (evaluation._Trained, "translate", 1, {}),
    "hypotheses.dev.txt": (evaluation._Trained, "translate", 2, {"--decoding.splits": ["test", "dev"]}),
    "inspection.json": (example, "inspect_network", 1, {"--observe.inspect": True}),
    "record.json": (fitting, "_training_metrics", 1, {}),
    "checkpoints": (Record, "write", 1, {}),
}


@pytest.mark.parametrize(("place", "name", "which", "changes"), LOSSES.values(), ids=LOSSES)
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


def test_a_damaged_checkpoint_that_is_not_written_again_is_not_averaged(root, tmp_path):
    """As where time decides when to save: the steps that come are others."""
    killed(root, tmp_path / "run", {}, at_update(11))
    saved = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")
    last = saved[-1].rename(saved[-1].with_name("step-00000008.ckpt"))
    os.truncate(last, last.stat().st_size - 1000)
    assert run(root, tmp_path / "run").status == "done"
    averaged = checkpoint_file.read_checkpoint(tmp_path / "run" / "attempt-1" / "averaged.ckpt")
    assert averaged["repro"]["averaged"] == ["step-00000006.ckpt", "step-00000009.ckpt", "step-00000012.ckpt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [7, 8, 12], ids=["plain", "with validation", "last"])
def test_a_signal_finishes_the_update_saves_and_says_so(root, tmp_path, number, step, monkeypatch):
    before = TranslationModule.on_before_optimizer_step

    def signalled(self, optimizer):
        before(self, optimizer)
        if self.global_step + 1 == step:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", signalled)
    with pytest.raises(Interrupted, match=f"stopped at step {step}, saved in .*; the same command goes on"):
        run(root, tmp_path / "run")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    attempt = tmp_path / "run" / "attempt-1"
    name = "step" if step == 12 else "stopped"
    assert (attempt / "checkpoints" / f"{name}-{step:08d}.ckpt").is_file()
    assert [row["step"] for row in curve_without_time(attempt)][-1] == str(step)
    monkeypatch.undo()
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_second_ctrl_c_acts_at_once(root, tmp_path, monkeypatch):
    before = TranslationModule.on_before_optimizer_step

    def signalled(self, optimizer):
        before(self, optimizer)
        if self.global_step + 1 == 5:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # a Python signal handler runs between two instructions
                pass

    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", signalled)
    handler = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(root, tmp_path / "run")
    finally:
        signal.signal(signal.SIGINT, handler)
    saved = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")
    assert [path.name for path in saved] == ["step-00000003.ckpt"]
    monkeypatch.undo()
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


@pytest.mark.parametrize("kind", ["OSError", "torch"])
def test_a_full_disk_leaves_nothing_half_written_and_can_go_on(root, tmp_path, kind, monkeypatch):
    save = torch.save

    def full(content, path):
        if "step-00000006" not in str(path):
            return save(content, path)
        Path(path).write_bytes(b"half")
        if kind == "OSError":
            raise OSError(28, "No space left on device")
        raise RuntimeError("[enforce fail at inline_container.cc:668] . unexpected pos 64 vs 0")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(NoRoom, match=r"step-00000006.ckpt cannot be written.*make room"):
        run(root, tmp_path / "run")
    attempt = tmp_path / "run" / "attempt-1"
    assert [path.name for path in (attempt / "checkpoints").iterdir()] == ["step-00000003.ckpt"]
    assert not (attempt / "record.json").exists()
    monkeypatch.undo()
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_full_disk_while_the_curve_is_written(root, tmp_path, monkeypatch):
    from repro.training.curve import Curve

    def full(self, metrics, step=None):
        raise OSError(28, "No space left on device", str(self.path))

    monkeypatch.setattr(Curve, "log_metrics", full)
    with pytest.raises(NoRoom, match=r"metrics.csv cannot be written \(No space left on device\); make room"):
        run(root, tmp_path / "run")
    assert not (tmp_path / "run" / "attempt-1" / "record.json").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="mounting needs root on Linux")
def test_a_really_full_disk(root, tmp_path):
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(NoRoom, match="make room"):
            run(root, disk / "run")
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        run(root, disk / "run")
        assert_equal_runs(undisturbed(root, "plain"), disk / "run")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_loader_workers_change_nothing_and_resume(root, tmp_path):
    changes = {"--data.workers": 2}
    killed(root, tmp_path / "run", changes, at_update(8))
    run(root, tmp_path / "run", changes)
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


# ---- time


def test_training_time_counts_what_was_used_before(root, tmp_path):
    import time

    changes = {"--trainer.max_steps": -1, "--trainer.max_time": "00:00:00:03", "--checkpoints.every_n_steps": 5}
    killed(root, tmp_path / "run", changes, at_update(12))
    kept = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")[-1]
    content = checkpoint_file.read_checkpoint(kept)
    # As if the killed part had trained for two of the three seconds.
    content["repro"]["progress"]["seconds"] = 2.0
    timer = next(key for key in content["callbacks"] if key.startswith("Timer"))
    content["callbacks"][timer]["time_elapsed"]["train"] = 2.0
    checkpoint_file.write_checkpoint(content, kept)
    began = time.monotonic()
    record = run(root, tmp_path / "run", changes)
    assert time.monotonic() - began < 2.7, "it trained for three more seconds"
    trained = json.loads((tmp_path / "run" / "attempt-1" / "trained.json").read_text())
    assert 3.0 <= trained["seconds"] < 3.6
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


def test_the_last_milestone_is_the_end(root, tmp_path, monkeypatch):
    """Its average has the last state, which no interval of checkpoints falls on."""
    averaged = {}

    def noting(paths, destination, write=checkpoint_file.write_average):
        averaged[destination.name] = [path.name for path in paths]
        write(paths, destination)

    for module in (checkpoints, fitting):
        monkeypatch.setattr(module, "write_average", noting)
    # The clock reaches the milestone when the time is up, and not while a checkpoint is written just before.
    monkeypatch.setattr(TranslationModule, "training_seconds", lambda self: 1.0 if self.trainer.should_stop else 0.5)
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


def test_what_was_saved_when_time_was_up_already_is_the_end(root, tmp_path, monkeypatch):
    """Ctrl-C in a validation that outlasts the time: the same command has nothing left to train."""
    before = TranslationModule.on_before_optimizer_step

    def signalled(self, optimizer):
        before(self, optimizer)
        if self.global_step + 1 == 2:
            os.kill(os.getpid(), signal.SIGINT)

    changes = {"--trainer.max_steps": -1, "--trainer.max_time": "00:00:01:00"}
    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", signalled)
    with pytest.raises(Interrupted):
        run(root, tmp_path / "run", changes)
    monkeypatch.undo()
    (stopped,) = (tmp_path / "run" / "attempt-1" / "checkpoints").glob("stopped-*.ckpt")
    content = checkpoint_file.read_checkpoint(stopped)
    timer = next(key for key in content["callbacks"] if key.startswith("Timer"))
    content["callbacks"][timer]["time_elapsed"]["train"] = 61.0
    checkpoint_file.write_checkpoint(content, stopped)
    record = run(root, tmp_path / "run", changes)
    assert (record.status, record.metrics["train.updates"]["value"]) == ("done", 2)
    averaged = checkpoint_file.read_checkpoint(tmp_path / "run" / "attempt-1" / "averaged.ckpt")
    assert averaged["repro"]["averaged"] == ["step-00000002.ckpt"]


def test_only_the_first_rank_measures(root, tmp_path, monkeypatch):
    """After a requeue in the middle of decoding, too, when training is not entered any more."""
    attempt = tmp_path / "run" / "attempt-1"
    attempt.mkdir(parents=True)
    (attempt / fitting.TRAINED).write_text("{}")
    monkeypatch.setattr(Trainer, "is_global_zero", property(lambda self: False))
    monkeypatch.setattr(fitting, "_measure", lambda *arguments: pytest.fail("another rank measured"))
    assert fitting.fit(plain_config(root), attempt).metrics == {}


# ---- ends that are results


def test_divergence_is_a_record_and_the_next_run_another_attempt(root, tmp_path, monkeypatch):
    changes = {"--model.peak_learning_rate": 1e38, "--model.warmup": 1}
    record = run(root, tmp_path / "run", changes)
    assert (record.status, record.attempt) == ("diverged", 1)
    assert "the gradient's norm is" in record.error
    assert record.config["model"]["peak_learning_rate"] == 1e38
    assert run(root, tmp_path / "run", changes).attempt == 2
    assert read_record(tmp_path / "run" / "attempt-1").status == "diverged"


def test_an_exception_is_a_record_and_the_next_run_another_attempt(root, tmp_path, monkeypatch):
    def broken(self, batch, batch_idx):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(TranslationModule, "training_step", broken)
    record = run(root, tmp_path / "run")
    assert record.status == "failed"
    assert record.error.rstrip().endswith("ZeroDivisionError: planted")
    monkeypatch.undo()
    record = run(root, tmp_path / "run")
    assert (record.status, record.attempt) == ("done", 2)
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run", ("attempt-1", "attempt-2"))


def test_a_done_run_is_left_alone(root, tmp_path, capsys):
    directory = undisturbed(root, "plain")
    before = {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(root, directory).status == "done"
    assert "is done already" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.is_file()} == before


def test_bf16_mixed_trains_on_a_cpu(root, tmp_path):
    record = run(root, tmp_path / "run", {"--trainer.precision": "bf16-mixed", "--trainer.max_steps": 4})
    assert record.status == "done"
    plain = curve_without_time(undisturbed(root, "plain") / "attempt-1")
    mixed = curve_without_time(tmp_path / "run" / "attempt-1")
    assert float(mixed[0]["loss"]) == pytest.approx(float(plain[0]["loss"]), rel=0.02)
    assert mixed[0]["loss"] != plain[0]["loss"]


@pytest.mark.slow
def test_a_compiled_network_trains_alike(root, tmp_path):
    import shutil

    if not shutil.which("g++") and not shutil.which("clang++"):
        pytest.skip("torch.compile needs a C++ compiler")
    changes = {"--model.network.init_args.P_drop": 0.0, "--trainer.max_steps": 4}
    assert run(root, tmp_path / "plain", changes).status == "done"
    assert run(root, tmp_path / "compiled", {**changes, "--model.compile": "true"}).status == "done"
    curves = [curve_without_time(tmp_path / name / "attempt-1") for name in ("plain", "compiled")]
    for plain, compiled in zip(*curves, strict=True):
        assert float(compiled["loss"]) == pytest.approx(float(plain["loss"]), rel=1e-4)
