"""Ctrl-C and termination signals end a run at a saved checkpoint, from which the same command goes on."""

import os
import signal
from itertools import product

import pytest

from repro.errors import Interrupted
from repro.training.module import TranslationModule
from repro.weights import checkpoint_file
from tests.representatives import others_slow
from tests.training.kills import undisturbed
from tests.training.runs import assert_equal_runs, curve_without_time, run

STEPS = [7, 8, 12]  # plain, with validation, the last one


# By default each signal once, and Ctrl-C in the last update.
@pytest.mark.parametrize(("number", "step"), others_slow(product([signal.SIGINT, signal.SIGTERM], STEPS), [4, 2]))
def test_a_signal_finishes_the_update_saves_and_says_so(root, tmp_path, number, step, monkeypatch):
    before = TranslationModule.on_before_optimizer_step

    def signalled(self, optimizer):
        before(self, optimizer)
        if self.global_step + 1 == step:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", signalled)
    with pytest.raises(Interrupted, match=f"stopped at step {step}, saved in .*; the same command continues"):
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


@pytest.mark.slow
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
