"""Two compatibility functions side by side: ratios of planted costs, and a cell that runs."""

import json

import pytest

from ablations.complexity import compatibility
from ablations.complexity.timing import Point
from repro.scoring.metric import Metric
from tests.ablations.complexity.test_measurements import run

SIZES = {"measurement": "compatibility", "n": [8, 16], "d": [4, 8], "modes": ["forward", "training"]}


def planted(seconds: dict[tuple[str, int], list[float]]):
    """In the place of `measure_times`: the same seconds in each mode."""

    def measure(layers, lengths, widths, *, mode, device, **_):
        return [Point(layer, n, 4, mode, device, seconds.get((layer, n), [])) for n in lengths for layer in layers]

    return measure


def test_ratios_are_those_of_planted_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    dot, additive = compatibility.DOT, compatibility.ADDITIVE
    seconds = {(dot, 8): [1.0, 2.0, 3.0], (additive, 8): [3.0, 5.0, 9.0], (dot, 16): [4.0], (additive, 16): [40.0]}
    memory = {(dot, 8): 100, (additive, 8): 300, (dot, 16): 100, (additive, 16): 80}
    monkeypatch.setattr(compatibility, "measure_times", planted(seconds))
    monkeypatch.setattr(compatibility, "_memory", lambda point, _: memory[point.layer, point.n])
    monkeypatch.setattr(compatibility.torch.cuda, "is_available", lambda: False)
    metrics = run(**SIZES).metrics
    found = {name: metric["value"] for name, metric in metrics.items()}
    assert found == {
        "agrees": 0.0,
        **{f"compatibility.time.cpu.{mode}.minimum": 3.0 for mode in SIZES["modes"]},
        **{f"compatibility.time.cpu.{mode}.maximum": 10.0 for mode in SIZES["modes"]},
        **{f"compatibility.memory.cpu.{mode}.minimum": 0.8 for mode in SIZES["modes"]},
        **{f"compatibility.memory.cpu.{mode}.maximum": 3.0 for mode in SIZES["modes"]},
    }
    assert metrics["agrees"]["details"]["reason"].startswith("memory, forward on cpu: n = 16, d = 4: 0.80")
    assert metrics["compatibility.time.cpu.training.maximum"]["details"] == {"n": 16, "d": 4, "low": 10, "high": 10}
    assert metrics["compatibility.time.cpu.training.minimum"]["details"] == {"n": 8, "d": 4, "low": 2.75, "high": 3}
    assert metrics["compatibility.memory.cpu.training.minimum"]["details"] == {"n": 16, "d": 4}


def test_what_was_not_measured_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compatibility, "measure_times", planted({}))
    for name, metric in run(**SIZES).metrics.items():
        assert Metric.from_record(name, metric).value is None
        assert metric["details"]["reason"].startswith("at no size were both measured")


def test_what_is_as_large_as_with_dot_products_is_no_contradiction() -> None:
    assert compatibility._line("memory", {(8, 4): 1.0, (16, 4): 2.0}).agrees is True
    assert compatibility._line("memory", {(8, 4): 1.0}).agrees is False
    assert compatibility._line("memory", {(8, 4): 0.9, (16, 4): 2.0}).note == "n = 8, d = 4: 0.90"


def test_a_time_that_the_clock_cannot_tell_apart_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 8 words the median ratio says less, but a quarter of the turns says not; at 16 words all turns agree."""
    dot, additive = compatibility.DOT, compatibility.ADDITIVE
    near = {(dot, 8): [1.0, 2.0, 3.0, 4.0], (additive, 8): [1.0, 1.5, 2.5, 4.0]}
    monkeypatch.setattr(compatibility, "_memory", lambda *_: 100)
    monkeypatch.setattr(compatibility.torch.cuda, "is_available", lambda: False)
    for at_16, agrees in (({}, None), ({(dot, 16): [1.0], (additive, 16): [2.0]}, 1.0)):
        monkeypatch.setattr(compatibility, "measure_times", planted({**near, **at_16}))
        outcome = run(**SIZES)
        lines = [line for line in outcome.details["table"] if line["column"].startswith("time")]
        assert [line["agrees"] for line in lines] == [None if agrees is None else True] * 2
        assert outcome.metrics["compatibility.time.cpu.training.minimum"]["value"] == pytest.approx((2.5 / 3 + 1) / 2)


def test_a_slow_moment_of_the_machine_changes_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five of nine turns take ten times as long, and in two of them only one of the two layers does."""
    dot, additive = compatibility.DOT, compatibility.ADDITIVE
    slow = [1, 10, 10, 1, 10, 1, 1, 10, 10]
    slow_in_one = [1, 10, 10, 1, 10, 1, 1, 1, 1]
    seconds = {(dot, 8): [1.0 * factor for factor in slow], (additive, 8): [3.0 * factor for factor in slow_in_one]}
    monkeypatch.setattr(compatibility, "measure_times", planted(seconds))
    monkeypatch.setattr(compatibility, "_memory", lambda *_: 100)
    monkeypatch.setattr(compatibility.torch.cuda, "is_available", lambda: False)
    assert run(**SIZES).metrics["compatibility.time.cpu.training.minimum"]["value"] == 3.0


def test_the_gradients_of_weights_are_no_part_of_the_memory() -> None:
    """Sentences of two words, in layers whose weights are a hundred times as large as what is made of them."""
    outcome = run(measurement="compatibility", n=[2], d=[256], modes=["training"])
    for point in outcome.details["points"]:
        assert point["memory"] < 1.5 * 3 * 256 * 256 * 4  # W^Q, W^K and W^V are joined


def test_a_cell_measures_both_layers_at_all_sizes() -> None:
    outcome = run(**SIZES, seconds=0.05)
    assert outcome.details["lost"] == []
    points = [point for point in outcome.details["points"] if point["device"] == "cpu"]
    assert len(points) == 2 * 2 * 2 * 2
    assert all(point["memory"] > 0 and point["seconds"] for point in points)
    more = {(p["layer"], p["n"], p["d"]): p["memory"] for p in points if p["mode"] == "training"}
    assert all(more["additive", n, d] > more["self-attention", n, d] for n in SIZES["n"] for d in SIZES["d"])
    assert outcome.metrics["compatibility.memory.cpu.training.minimum"]["value"] > 1
    json.dumps(outcome.details)
