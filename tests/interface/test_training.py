"""`repro.train` gives the record of the run that `repro fit` would have made, and refuses what it refuses."""

import json
import shlex
from pathlib import Path

import pytest

import repro
from repro.cli.main import main
from repro.interface import training
from repro.ledger.grids.cell import Cell
from repro.training.configuration import TrainingConfiguration
from tests.interface.conftest import PRESETS, TINY, Trained


def test_the_record_is_that_of_the_run(trained: Trained) -> None:
    record = trained.record
    assert record.status == "done"
    assert record.metrics["train.updates"]["value"] == TINY["max_steps"]
    assert record.config["model"]["network"]["init_args"]["d_model"] == TINY["d_model"]
    assert record == repro.read_record(trained.folder / "run")


def test_its_command_repeats_it(trained: Trained) -> None:
    program, command, *arguments = shlex.split(trained.record.command)
    assert (program, command) == ("repro", "fit")
    config = TrainingConfiguration(arguments).plain_config()
    assert Cell("repro.training:fit", config).id == trained.record.cell


def test_a_run_that_is_done_is_not_repeated(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained.folder)
    assert repro.train(*PRESETS, set=TINY, out="run") == trained.record
    assert [path.name for path in Path("run").glob("attempt-*")] == ["attempt-1"]


def test_a_run_that_is_done_takes_no_checkpoint(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained.folder)
    with pytest.raises(repro.BadInput, match=r"is not for training; .*--initial\.weights old\.ckpt"):
        repro.train(*PRESETS, set={**TINY, "checkpoint": "old.ckpt"}, out="run")


def test_another_value_in_the_same_folder_is_refused(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained.folder)
    with pytest.raises(repro.BadInput, match=r"run holds another run .* is 3 there and 4 here"):
        repro.train(*PRESETS, set={**TINY, "max_steps": 4}, out="run")


@pytest.mark.parametrize(
    ("presets", "values", "reason"),
    [
        (("model/mni",), {}, r"config model/mni is neither a file nor a preset; did you mean model/mini\?"),
        (PRESETS, {"n_heads": 1}, r"set names 'n_heads', which is not a parameter here; did you mean .*\bh\?"),
        (
            PRESETS,
            {"dev": 1},
            r"set names 'dev', which could be any of data\.dev, data\.builtin\.dev; write it in full",
        ),
        (PRESETS, {"h": 3}, r"d_model 64 is not divisible by h 3"),
        (PRESETS, {"h": "many"}, r"init_args\.h is 'many'; it must be a whole number"),
        (PRESETS, {"h": object()}, r"set gives model\.network\.init_args\.h <object .*; give text"),
        (PRESETS, {"eps_ls": float("nan")}, r"set gives model\.eps_ls nan; give text, a finite number"),
        (
            PRESETS,
            {"checkpoint": "old.ckpt"},
            r"is not for training; .*--initial\.weights old\.ckpt",
        ),
        (PRESETS, {"trainer.max_epochs": 3}, r"trainer\.max_epochs is 3, but training has no epochs; give trainer\."),
        (PRESETS, {"trainer.max_stesp": 1}, r"there is no option --trainer\.max_stesp; did you mean --trainer\.max_st"),
    ],
)
def test_what_is_refused(
    presets: tuple[str, ...],
    values: dict[str, object],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(repro.BadInput, match=reason):
        repro.train(*presets, set=values, out="run")
    assert list(tmp_path.iterdir()) == []


def test_the_sentence_is_that_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    options = [part for preset in PRESETS for part in ("--config", preset)]
    assert main(["fit", *options, "--model.eps_ls", "2"]) == 2
    with pytest.raises(repro.BadInput) as refused:
        repro.train(*PRESETS, set={"eps_ls": 2})
    assert capsys.readouterr().err == f"repro: {refused.value}\n"


def test_values_of_every_kind_arrive(tmp_path: Path) -> None:
    values = {"trainer.max_time": None, "splits": ["dev", "test"], "waterfall": True, "scale": "none", "warmup": 7}
    own = tmp_path / "mine.yaml"
    own.write_text(json.dumps({"data": {"corpus": "mine: a name"}}))
    config = TrainingConfiguration(training._arguments([*PRESETS, own], values)).plain_config()
    assert config["trainer"]["max_time"] is None
    assert config["decoding"]["splits"] == ["dev", "test"]
    assert config["decoding"]["waterfall"] is True
    assert config["model"]["network"]["init_args"]["scale"] == "none"
    assert config["model"]["warmup"] == 7
    assert config["data"]["corpus"] == "mine: a name"


def test_a_further_rank_ends_with_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "train_by_arguments", lambda arguments, shown: (Path("run"), None))
    with pytest.raises(SystemExit) as end:
        repro.train(*PRESETS, out="run")
    assert end.value.code == 0


def test_lightnings_objects_start_from_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(repro.BadInput, match=r"checkpoint is old\.ckpt, but is not for .*--initial\.weights old\.ckpt"):
        repro.lightning(*PRESETS, set={"checkpoint": "old.ckpt"})


def test_a_training_starts_from_a_run_s_weights(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: with a rate that moves nothing, the loss stays that of the weights that were given."""
    monkeypatch.chdir(trained.folder)
    standing = {**TINY, "peak_learning_rate": 1e-12, "initial.weights": "run"}
    expected = trained.record.metrics["dev.nll.averaged"]["value"]
    record = repro.train(*PRESETS, set=standing, out="started")
    assert record.metrics["dev.nll"]["value"] == pytest.approx(expected, abs=1e-5)
    objects = repro.lightning(*PRESETS, set=standing)
    objects.trainer.fit(objects.module, datamodule=objects.data)
    assert objects.module.dev["dev/nll"] == pytest.approx(expected, abs=1e-5)
    for start in (repro.train, repro.lightning):
        with pytest.raises(repro.BadInput, match="with norm post, but this configuration has norm pre"):
            start(*PRESETS, set={**standing, "norm": "pre"})


def test_lightnings_objects_train_by_themselves(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    import pytorch_lightning

    class Count(pytorch_lightning.Callback):
        updates = 0

        def on_train_batch_end(self, *arguments: object) -> None:
            self.updates += 1

    monkeypatch.chdir(trained.folder)
    count = Count()
    objects = repro.lightning(*PRESETS, set=TINY, callbacks=[count])
    assert isinstance(objects.module, pytorch_lightning.LightningModule)
    assert isinstance(objects.data, pytorch_lightning.LightningDataModule)
    objects.trainer.fit(objects.module, datamodule=objects.data)
    assert count.updates == TINY["max_steps"]
    assert objects.module.dev["dev/nll"] == trained.record.metrics["dev.nll"]["value"]
