"""How a training ends: as a record of whatever came of it."""

import pytest
from pytorch_lightning import Trainer

from repro.ledger.records.record import read_record
from repro.training import fitting
from repro.training.module import TranslationModule
from tests.training.kills import undisturbed
from tests.training.runs import assert_equal_runs, curve_without_time, plain_config, run


def test_only_the_first_rank_measures(root, tmp_path, monkeypatch):
    """After a requeue in the middle of decoding, too, when training is not entered any more."""
    attempt = tmp_path / "run" / "attempt-1"
    attempt.mkdir(parents=True)
    (attempt / fitting.TRAINED).write_text("{}")
    monkeypatch.setattr(Trainer, "is_global_zero", property(lambda self: False))
    monkeypatch.setattr(fitting, "_measure", lambda *arguments: pytest.fail("another rank measured"))
    assert fitting.fit(plain_config(root), attempt).metrics == {}


@pytest.mark.slow  # the real wandb takes seconds to start
def test_from_python_any_folder_will_do(root, tmp_path, monkeypatch):
    """Without a cell's file, too, and with W&B offline, which wants names."""
    monkeypatch.delenv("WANDB_MODE", raising=False)
    config = plain_config(root, {"--wandb.mode": "offline", "--trainer.max_steps": 4})
    outcome = fitting.fit(config, tmp_path / "mine")
    assert outcome.metrics["train.updates"]["value"] == 4
    assert len(list((tmp_path / "mine" / "wandb").glob("offline-run-*"))) == 1


def test_divergence_is_a_record_and_the_next_run_another_attempt(root, tmp_path, monkeypatch):
    changes = {"--model.peak_learning_rate": 1e38, "--model.warmup": 1}
    record = run(root, tmp_path / "run", changes)
    assert (record.status, record.attempt) == ("diverged", 1)
    assert "the gradient's norm is" in record.error
    assert record.config["model"]["peak_learning_rate"] == 1e38
    assert run(root, tmp_path / "run", changes).attempt == 2
    assert read_record(tmp_path / "run" / "attempt-1").status == "diverged"


@pytest.mark.slow  # a divergence is one, too
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


@pytest.mark.slow
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
