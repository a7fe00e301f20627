"""What a training says before it begins: sizes that are those of the record, once, and nothing twice."""

import re
from pathlib import Path
from typing import Any

import pytest

from repro.data.batches import BatchPlan
from repro.data.store import Store
from repro.training.overview import overview
from tests.training.runs import run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A finished small run's folder and its record."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, run(folder, folder / "run")


def lines(text: str) -> dict[str, str]:
    """Heading -> what stands behind it."""
    return dict(re.split(r"  +", line, maxsplit=1) for line in text.split("\n"))


def of(trained: tuple[Path, Any], **trainer: Any) -> dict[str, str]:
    folder, record = trained
    (store,) = (folder / "prepared").glob("builtin-*")
    config = {**record.config, "trainer": {**record.config["trainer"], **trainer}}
    opened = Store.open(store)
    return lines(overview(config, opened, plan_of(opened), 1234, Path("runs/x")))


def plan_of(store: Store) -> BatchPlan:
    train = store.split("train")
    return BatchPlan(train.source_lengths, train.target_lengths, tokens=256)


def test_weights_to_start_from_are_named(trained: tuple[Path, Any]) -> None:
    assert "weights" not in of(trained)
    folder, record = trained
    (store,) = (folder / "prepared").glob("builtin-*")
    opened = Store.open(store)
    config = {**record.config, "initial": {"weights": "runs/a/averaged.ckpt", "sha256": None}}
    found = lines(overview(config, opened, plan_of(opened), 1234, Path("runs/x")))
    assert found["weights"] == "begin as those of runs/a/averaged.ckpt"


def test_the_lines_are_those_of_the_data_and_the_configuration(trained: tuple[Path, Any]) -> None:
    folder, _ = trained
    (path,) = (folder / "prepared").glob("builtin-*")
    store = Store.open(path)
    train, splits = store.split("train"), store.manifest["splits"]
    plan = plan_of(store)
    found = of(trained)
    assert found["model"] == "Transformer, 1,234 parameters: N 1, d_model 16, d_ff 32, h 2"
    assert f"{splits['train']['pairs']:,} pairs" in found["data"]
    assert f"{int(train.source_lengths.sum()):,} source and {int(train.target_lengths.sum()):,} target" in found["data"]
    assert found["held out"] == f"dev {splits['dev']['pairs']} pairs, test {splits['test']['pairs']} pairs"
    assert found["vocabulary"].startswith(f"{len(store.vocabulary):,} types")
    assert found["batches"] == f"256 tokens: {plan.batches_per_epoch} per epoch, {plan.padding():.1%} padding"
    assert found["updates"] == f"12, which is {12 / plan.batches_per_epoch:.1f} epochs"
    assert found["writes to"] == "runs/x"


def test_updates_are_limited_by_number_time_or_both(trained: tuple[Path, Any]) -> None:
    assert of(trained, max_steps=-1, max_time="00:01:00:00")["updates"].startswith("for 00:01:00:00 (days:")
    assert "epochs; at most for 00:01:00:00" in of(trained, max_time="00:01:00:00")["updates"]


def test_a_training_says_it_once_with_the_parameters_of_its_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = run(tmp_path, tmp_path / "run")
    said = [line for line in capsys.readouterr().err.split("\n") if line.startswith("model  ")]
    (line,) = said
    assert f" {record.metrics['model.parameters']['value']:,} parameters" in line
    run(tmp_path, tmp_path / "run")
    assert "parameters" not in capsys.readouterr().err
