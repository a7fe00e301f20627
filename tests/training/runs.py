"""Small training runs for tests: a Transformer of some thousand parameters on a built-in probe."""

import copy
import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

from repro.ledger.grids.cell import Cell, merge
from repro.ledger.running.run import run_cell

FIT = "repro.training:fit"

ARGUMENTS: dict[str, Any] = {
    "--data.corpus": "builtin",
    "--data.builtin.probe": "copy",
    "--data.builtin.train": 300,
    "--data.builtin.dev": 30,
    "--data.builtin.test": 20,
    "--data.vocabulary.kind": "words",
    "--data.tokens": 256,
    "--model.network": "repro.models.Transformer",
    "--model.network.init_args.N": 1,
    "--model.network.init_args.d_model": 16,
    "--model.network.init_args.d_ff": 32,
    "--model.network.init_args.h": 2,
    "--model.peak_learning_rate": 0.01,
    "--model.warmup": 10,
    "--threads": 1,
    "--trainer.accelerator": "cpu",
    "--trainer.devices": 1,
    "--trainer.max_steps": 12,
    "--trainer.val_check_interval": 4,
    "--trainer.log_every_n_steps": 1,
    "--checkpoints.every_n_steps": 3,
    "--checkpoints.average": 3,
    "--decoding.beam": 2,
    "--decoding.waterfall": "false",
    "--decoding.resamples": 0,
}
"""A run of a second or so."""


def command_line(root: Path, changes: Mapping[str, Any] | None = None) -> list[str]:
    """The options of a small run whose prepared data is under `root`."""
    options = {**ARGUMENTS, "--data.root": root / "prepared", **(changes or {})}
    return [f"{name}={value}" for name, value in options.items()]


def plain_config(root: Path, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The same as a resolved configuration."""
    return copy.deepcopy(_parsed(tuple(command_line(root, changes))))


@cache  # parsing is a quarter of a small run
def _parsed(arguments: tuple[str, ...]) -> dict[str, Any]:
    from repro.training.configuration import TrainingConfiguration

    return TrainingConfiguration(arguments).plain_config()


def run(root: Path, directory: Path, changes: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """Run the small cell in this process; `more` is merged into the resolved configuration."""
    config = merge(plain_config(root, changes), more)
    return run_cell(Cell(FIT, config), directory, "repro fit ...")


def curve_without_time(attempt: Path) -> list[dict[str, str]]:
    """The rows of metrics.csv without the two columns that tell the time."""
    with open(attempt / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in row.items() if k not in ("seconds", "tokens_per_second")} for row in rows]


def weights(attempt: Path) -> dict[str, torch.Tensor]:
    """The averaged weights, which hold every kept checkpoint to the last bit."""
    state: dict[str, torch.Tensor] = torch.load(attempt / "averaged.ckpt", weights_only=True)["state_dict"]
    return state


def assert_equal_runs(one: Path, other: Path, attempts: Sequence[str] = ("attempt-1", "attempt-1")) -> None:
    """Two runs have the same curve, final weights and hypotheses to the last bit."""
    a, b = one / attempts[0], other / attempts[1]
    assert curve_without_time(a) == curve_without_time(b)
    ours, theirs = weights(a), weights(b)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert torch.equal(ours[name], theirs[name]), name
    assert (a / "hypotheses.test.txt").read_text() == (b / "hypotheses.test.txt").read_text()
