"""What a run counts: means since the last row, alarms, time and tokens, and what a checkpoint keeps of them."""

import math

import pytest
import torch

from repro.errors import Diverged
from repro.training.observe import meter as module
from repro.training.observe.meter import Meter


def add(meter: Meter, loss: float, nll: float, tokens: int, norm: float = 1.0) -> None:
    meter.add(torch.tensor(loss), torch.tensor(nll), torch.tensor(tokens))
    meter.target_tokens += tokens
    meter.add_gradient_norm(torch.tensor(norm), 1)
    meter.check_gradient()


def row(meter: Meter) -> dict[str, float]:
    return meter.next_row(meter.window[None].clone(), epoch=3)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_row_has_the_means_since_the_last_one(clock: list[float]) -> None:
    meter = Meter()
    meter.start()
    meter.learning_rate = 0.5
    add(meter, 8.0, 6.0, 2)
    add(meter, 7.0, 3.0, 3, norm=4.0)
    clock[0] += 2.0
    first = row(meter)
    assert first == {
        "train/loss": 3.0,
        "train/nll": 1.8,
        "train/perplexity": math.exp(1.8),
        "train/learning_rate": 0.5,
        "train/gradient_norm": 4.0,
        "train/epoch": 3,
        "train/target_tokens": 5,
        "train/seconds": 2.0,
        "train/tokens_per_second": 2.5,
    }
    add(meter, 1.0, 1.0, 1)
    clock[0] += 4.0
    second = row(meter)
    assert (second["train/loss"], second["train/target_tokens"]) == (1.0, 6)
    assert (second["train/seconds"], second["train/tokens_per_second"]) == (6.0, 0.25)


def test_a_row_is_over_all_ranks(clock: list[float]) -> None:
    windows = torch.tensor([[8.0, 6.0, 2.0], [2.0, 4.0, 3.0]], dtype=torch.float64)
    found = Meter().next_row(windows, epoch=0)
    assert (found["train/loss"], found["train/nll"]) == (2.0, 2.0)


@pytest.mark.parametrize("norm", [math.nan, math.inf])
def test_a_norm_that_is_no_number_is_noticed_when_it_is_read(norm: float) -> None:
    meter = Meter()
    meter.add_gradient_norm(torch.tensor(norm), 7)
    with pytest.raises(Diverged, match=f"the gradient's norm is {norm} at update 7"):
        meter.check_gradient()


def test_spikes_are_counted_and_survive_a_checkpoint(clock: list[float]) -> None:
    meter = Meter()
    meter.start()
    for _ in range(20):
        add(meter, 2.0, 2.0, 1)
        assert meter.spikes(row(meter)) == []
    clock[0] += 5.0
    add(meter, 1.0, 1.0, 1)
    state = meter.state_dict(meter.window[None].clone())
    resumed = Meter()
    resumed.load_state_dict(state, rank=0, world_size=1)
    resumed.start()
    clock[0] += 1.0
    assert (resumed.target_tokens, resumed.seconds()) == (21, 6.0)
    assert torch.equal(resumed.window, meter.window)
    add(resumed, 199.0, 1.0, 1, norm=50.0)
    messages = resumed.spikes(row(resumed))
    assert [message.split()[0] for message in messages] == ["loss", "gradient"]
    assert resumed.alarm_count == resumed.state_dict(torch.zeros(1, 3))["alarm_count"] == 2


def test_another_number_of_ranks_takes_up_all_windows() -> None:
    windows = torch.tensor([[8.0, 6.0, 2.0], [2.0, 4.0, 3.0]], dtype=torch.float64)
    state = Meter().state_dict(windows)
    for rank, world_size, expected in ((1, 2, [2, 4, 3]), (0, 3, [10, 10, 5]), (1, 3, [0, 0, 0])):
        meter = Meter()
        meter.load_state_dict(state, rank, world_size)
        assert meter.window.tolist() == expected
