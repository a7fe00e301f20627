"""The progress of a training counts the updates that an earlier part of it made, and is not slowed by them."""

from types import SimpleNamespace
from typing import Any

import pytest

from repro.training.observe.progress_bar import TrainingProgress


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that each look moves on by ten seconds, and a line for every update."""
    now = iter(range(0, 10_000, 10))
    monkeypatch.setattr("repro.progress.time.monotonic", lambda: float(next(now)))
    monkeypatch.setattr("repro.progress.PLAIN_LINE_EVERY_SECONDS", 0.0)


def lines(capsys: pytest.CaptureFixture[str], step: int) -> list[str]:
    """What is said of two updates of a training that is at a step."""
    trainer: Any = SimpleNamespace(is_global_zero=True, max_steps=100, global_step=step)
    module: Any = SimpleNamespace(latest=None)
    bar = TrainingProgress()
    bar.on_train_start(trainer, module)
    for last in (False, True, True):
        bar.on_train_batch_end(trainer, module, None, SimpleNamespace(last_of_update=last), 0)
    bar.on_train_end(trainer, module)
    return capsys.readouterr().err.rstrip("\n").split("\n")


def test_a_training_from_its_start(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = lines(capsys, 0)
    assert first.startswith("training: 1/100 updates in 30 s, about 49 min")
    assert second.startswith("training: 2/100 updates in 1 min 0 s, about 49 min")


def test_a_training_that_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = lines(capsys, 90)
    assert first == "training: 91/100 updates, 1 of them in 30 s, about 4 min 30 s left"
    assert second == "training: 92/100 updates, 2 of them in 1 min 0 s, about 4 min 0 s left"
