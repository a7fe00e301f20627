"""Turns, limits and lost points with a clock of the test's own; crossings against their closed form."""

from itertools import product

import pytest
import torch

from ablations.complexity.layers import build
from ablations.complexity.timing import Crossing, Limits, Point, crossing, measure_in_turns, measure_times
from tests.representatives import others_slow


class Machine:
    """A clock that work moves on, at a speed that may change."""

    def __init__(self) -> None:
        self.now, self.slowness, self.log = 0.0, 1.0, []

    def clock(self) -> float:
        return self.now

    def work(self, name: str, seconds: float):
        def call() -> None:
            self.log.append(name)
            self.now += seconds * self.slowness

        return call


def points(*names: str) -> dict[str, Point]:
    return {name: Point(name, 8, 4, "forward", "cpu") for name in names}


def test_layers_take_turns_after_warming_up() -> None:
    machine, found = Machine(), points("a", "b")
    calls = {"a": machine.work("a", 0.1), "b": machine.work("b", 0.2)}
    measure_in_turns(calls, found, Limits(repeats=3), machine.clock)
    assert machine.log == ["a", "b"] * 4
    assert found["a"].seconds == pytest.approx([0.1] * 3)
    assert found["b"].median == pytest.approx(0.2)


def test_drift_cancels_from_the_ratio() -> None:
    machine, found = Machine(), points("a", "b")

    def slowing(name: str, seconds: float):
        inner = machine.work(name, seconds)

        def call() -> None:
            inner()
            machine.slowness *= 1.05

        return call

    calls = {"a": slowing("a", 0.01), "b": slowing("b", 0.02)}
    measure_in_turns(calls, found, Limits(repeats=5, seconds=100), machine.clock)
    assert found["a"].seconds[-1] > 1.4 * found["a"].seconds[0]
    assert found["b"].median / found["a"].median == pytest.approx(2 * 1.05)


def test_a_point_stops_at_its_seconds() -> None:
    machine, found = Machine(), points("slow", "slower", "quick")
    calls = {"slow": machine.work("slow", 1.0), "slower": machine.work("slower", 7.0), "quick": machine.work("q", 0.1)}
    measure_in_turns(calls, found, Limits(repeats=5, seconds=3.0), machine.clock)
    assert found["slow"].seconds == pytest.approx([1.0, 1.0])  # and one to warm up
    assert (found["slower"].seconds, found["slower"].warm) == (pytest.approx([7.0]), False)
    assert len(found["quick"].seconds) == 5


def test_short_calls_are_measured_together() -> None:
    machine, found = Machine(), points("a")
    measure_in_turns({"a": machine.work("a", 0.001)}, found, Limits(repeats=2), machine.clock)
    assert found["a"].calls == 4
    assert found["a"].seconds == pytest.approx([0.001] * 2)


class Failing(torch.nn.Module):
    """A planted layer that fails at one length."""

    causal = True

    def __init__(self, error: Exception, at: int) -> None:
        super().__init__()
        self.error, self.at = error, at
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[1] == self.at:
            raise self.error
        return x * self.weight


ERRORS = [RuntimeError("planted\nsecond line"), MemoryError("planted"), torch.OutOfMemoryError("planted")]


@pytest.mark.parametrize(("error", "mode"), others_slow(product(ERRORS, ["forward", "training"]), [0, 3]))
def test_a_layer_that_fails_loses_that_point_only(error: Exception, mode: str) -> None:
    def make(name: str, d: int, **sizes):
        sizes.pop("causal")
        return Failing(error, 16) if name == "failing" else build(name, d, **sizes)

    limits = Limits(repeats=1, seconds=0.01)
    found = measure_times(["failing", "recurrent"], [8, 16, 32], [4], mode=mode, limits=limits, make=make)
    lost = [(each.layer, each.n) for each in found if each.reason is not None]
    assert lost == [("failing", 16)]
    assert [each.reason for each in found if each.reason] == [f"{type(error).__name__}: planted"]
    assert all(each.median > 0 for each in found if each.reason is None)
    assert next(each for each in found if each.reason).as_record()["median"] is None


def test_a_layer_that_cannot_be_built_is_lost() -> None:
    found = measure_times(["convolution"], [8], [4], mode="forward", k=4)
    assert found[0].reason.startswith("BadInput: k is 4")


def test_layers_are_made_as_they_are_asked_for() -> None:
    asked = []

    def make(name: str, d: int, **sizes):
        asked.append(sizes)
        return build(name, d, **sizes)

    limits = Limits(repeats=1, seconds=0.01)
    (point,) = measure_times(["self-attention"], [8], [4], mode="forward", k=5, r=7, h=2, limits=limits, make=make)
    assert point.reason is None
    assert asked == [{"k": 5, "r": 7, "h": 2, "causal": False, "seed": 1}]


def test_what_is_foreseen_to_take_too_long_is_not_begun() -> None:
    calls = []

    class Slow(Failing):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            calls.append(x.shape[1])
            until = torch.ones(4000, 500)
            for _ in range(x.shape[1]):
                until = until + 1
            return x * self.weight

    limits = Limits(repeats=1, seconds=1e-6, call=1e-4)
    found = measure_times(
        ["slow"], [4, 64], [4], mode="forward", limits=limits, make=lambda *_, **__: Slow(OSError(), 0)
    )
    assert set(calls) == {4}
    assert "would pass the limit of 0.0001 s" in found[1].reason


@pytest.mark.parametrize("mode", ["forward", "training", "decoding"])
def test_every_layer_can_be_timed(mode: str) -> None:
    layers = [
        "self-attention",
        "restricted",
        "recurrent",
        "lstm",
        "gru",
        "convolution-dilated",
        "convolution-separable",
    ]
    found = measure_times(layers, [16], [8], mode=mode, limits=Limits(repeats=2, seconds=0.01))
    assert [each.reason for each in found] == [None] * len(layers)
    assert all(0 < each.as_record()["low"] <= each.median <= each.as_record()["high"] for each in found)


def test_where_powers_cross() -> None:
    lengths = [16, 32, 64, 128, 256]
    square, linear = {n: n**2 / 100 for n in lengths}, {n: float(n) for n in lengths}
    assert crossing(square, linear).n == pytest.approx(100)
    assert crossing(linear, square).reason == "still the quicker one at the largest measured n = 256"
    assert crossing({n: 9 * n for n in lengths}, linear).reason == "slower already at the smallest measured n = 16"
    assert crossing({16: 1.0}, {16: 2.0}) == Crossing(None, "fewer than two lengths were measured for both")


@pytest.mark.gpu
def test_a_gpu_is_waited_for_and_its_memory_is_measured() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    (point,) = measure_times(["self-attention"], [1024], [64], mode="training", device="cuda")
    assert point.median > 0
    assert point.memory > 1024 * 64 * 4
