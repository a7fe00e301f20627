"""Seconds per call of the running layers, fused kernels and all, over length and width.

All layers of one size take turns, so that a machine that slows down slows all of them. A layer that fails at one size,
or is predicted to take too long there, loses only that point, which holds the reason.
"""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ablations.complexity.layers import Layer, Recurrence, build

SHORTEST_MEASUREMENT = 0.004
"""Seconds: quicker calls are repeated within one measurement until they take so long together."""

WARM_UPS = 3
"""Further calls that are not measured: the first may be many times slower, and any may meet a slow moment."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Limits:
    """When to stop.

    Attributes:
        repeats: measurements of a point, after one that warms up.
        seconds: no further measurement of a point that has taken so long.
        call: a single call that is foreseen to take longer is not begun.
    """

    repeats: int = 5
    seconds: float = 3.0
    call: float = 20.0


@dataclass
class Point:
    """One layer at one size.

    Attributes:
        layer, n, d: which.
        mode: "forward", "training" (forward and backward) or "decoding" (one more token after n of them).
        device: "cpu" or "cuda".
        seconds: of each measurement of one call.
        calls: how many calls a measurement is the mean of.
        warm: whether a call went before that was not measured.
        memory: peak bytes of tensors on a GPU, beyond weights and input; None on a CPU.
        reason: why there is no measurement; None if there is.
    """

    layer: str
    n: int
    d: int
    mode: str
    device: str
    seconds: list[float] = field(default_factory=list)
    calls: int = 1
    warm: bool = True
    memory: int | None = None
    reason: str | None = None

    @property
    def median(self) -> float | None:
        """Of the measurements; None if there is none."""
        return float(np.median(self.seconds)) if self.seconds else None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON, with the median and the quartiles."""
        low, high = np.quantile(self.seconds, [0.25, 0.75]).tolist() if self.seconds else (None, None)
        return {**asdict(self), "median": self.median, "low": low, "high": high}


def quicker(one: Point, other: Point) -> bool | None:
    """Whether one point is quicker than another; None where the middle halves of their measurements overlap."""
    (low, high), (least, most) = (np.quantile(point.seconds, [0.25, 0.75]) for point in (one, other))
    return True if high < least else False if low > most else None


def measure_in_turns(
    calls: Mapping[str, Callable[[], object]], points: Mapping[str, Point], limits: Limits, clock: Clock
) -> None:
    """Measure calls in turns and put the measurements into their points.

    Args:
        calls: name -> what is timed.
        points: name -> where its measurements go.
        limits: when to stop.
        clock: seconds; waits for the device to finish, where that is needed.
    """
    spent: dict[str, float] = {}

    def measure(name: str, count: int) -> float | None:
        try:
            began = clock()
            for _ in range(count):
                calls[name]()
            took = clock() - began
        except Exception as error:
            points[name].reason = f"{type(error).__name__}: {str(error).strip().split(chr(10))[0]}"
            points[name].seconds.clear()
            _forget()
            return None
        spent[name] = spent.get(name, 0.0) + took
        return took

    for name, point in points.items():
        first = measure(name, 1)
        if first is None:
            continue
        if first >= limits.seconds:
            point.seconds.append(first)  # warming up is nothing beside it
            point.warm = False
        elif first < SHORTEST_MEASUREMENT:
            again = [took for _ in range(WARM_UPS) if (took := measure(name, 1)) is not None]
            point.calls = max(1, round(SHORTEST_MEASUREMENT / max(min(again), 1e-7))) if again else 1
    for _ in range(limits.repeats):
        for name, point in points.items():
            if point.reason is not None or not point.warm or (point.seconds and spent[name] >= limits.seconds):
                continue
            took = measure(name, point.calls)
            if took is not None:
                point.seconds.append(took / point.calls)


def measure_times(
    layers: Sequence[str],
    lengths: Sequence[int],
    widths: Sequence[int],
    *,
    mode: str,
    device: str = "cpu",
    k: int = 3,
    r: int = 9,
    h: int = 1,
    limits: Limits | None = None,
    make: Callable[..., Layer] = build,
    seed: int = 1,
) -> list[Point]:
    """Time layers over all lengths and widths, one sentence at a time.

    Args:
        layers: names of Table 1.
        lengths, widths: n in rising order, and d.
        mode: "forward", "training" or "decoding".
        device: "cpu" or "cuda".
        k, r, h: kernel, neighbourhood and heads.
        limits: when to stop.
        make: builds a layer from its name, d, k, r, h, causal and seed.
        seed: of weights and inputs.
    """
    limits = limits or Limits()
    clock = _cuda_clock if device == "cuda" else time.perf_counter
    measured: list[Point] = []
    for d in widths:
        for n in lengths:
            points = {name: Point(name, n, d, mode, device) for name in layers}
            calls: dict[str, Callable[[], object]] = {}
            for name, point in points.items():
                point.reason = _foreseen(measured, point, limits)
                if point.reason is not None:
                    continue
                try:
                    layer = make(name, d, k=k, r=r, h=h, causal=mode == "decoding", seed=seed)
                    calls[name] = timed_call(layer, n, d, mode, device, seed)
                    if device == "cuda":
                        point.memory = _cuda_memory(calls[name])
                except Exception as error:
                    point.reason = f"{type(error).__name__}: {str(error).strip().split(chr(10))[0]}"
                    calls.pop(name, None)
                    _forget()
            measure_in_turns(calls, {name: points[name] for name in calls}, limits, clock)
            measured += points.values()
            calls.clear()
            _forget()
    return measured


def _foreseen(measured: Sequence[Point], point: Point, limits: Limits) -> str | None:
    """Why a point is left out, judged by the layer's last shorter one: time grows with n at least linearly."""
    before = [
        earlier
        for earlier in measured
        if earlier.layer == point.layer and earlier.d == point.d and earlier.n < point.n and earlier.seconds
    ]
    if not before or point.mode == "decoding":
        return None
    last = max(before, key=lambda earlier: earlier.n)
    assert last.median is not None
    if last.median * point.n / last.n > limits.call:
        return f"not run: n = {last.n} took {last.median:.1f} s, so this would pass the limit of {limits.call:g} s"
    return None


def timed_call(layer: Layer, n: int, d: int, mode: str, device: str, seed: int) -> Callable[[], object]:
    """The function to time: a call of a layer on one sentence of n positions, or on one more token after them."""
    module: Any = layer
    module.to(device)
    x = torch.randn(1, n, d, generator=torch.Generator().manual_seed(seed)).to(device)
    weights = list(layer.parameters())
    if mode == "forward":
        return lambda: _quietly(layer, x)
    if mode == "training":
        x.requires_grad_(True)
        grad = torch.ones_like(x)
        return lambda: torch.autograd.grad(layer(x), [x, *weights], grad)
    with torch.no_grad():
        # A recurrent state has the same size after any past, and so costs the same.
        state = layer.start(x[:, -1:] if isinstance(layer, Recurrence) else x, 1)
    token = torch.randn(1, 1, d, generator=torch.Generator().manual_seed(seed + 1)).to(device)
    return lambda: _one_token(layer, token, state)


def _quietly(layer: Layer, x: Tensor) -> Tensor:
    with torch.no_grad():
        return layer(x)


def _one_token(layer: Layer, token: Tensor, state: Any) -> object:
    with torch.no_grad():
        return layer.step(token, state)


def _cuda_clock() -> float:
    torch.cuda.synchronize()
    return time.perf_counter()


def _cuda_memory(call: Callable[[], object]) -> int:
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    call()
    torch.cuda.synchronize()
    return int(torch.cuda.max_memory_allocated() - before)


def _forget() -> None:
    """Give back what a failed or finished size has taken."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@dataclass(frozen=True)
class Crossing:
    """Where one layer becomes slower than another as n grows.

    Attributes:
        n: interpolated between measured lengths, linearly in the logarithms; None if there is no such place.
        reason: why there is none.
    """

    n: float | None
    reason: str | None = None


def crossing(slower: Mapping[int, float], faster: Mapping[int, float]) -> Crossing:
    """The longest n from which on `slower` takes longer than `faster`.

    Args:
        slower, faster: n -> cost; lengths that only one of them has are left out.
    """
    lengths = sorted(slower.keys() & faster.keys())
    if len(lengths) < 2:
        return Crossing(None, "fewer than two lengths were measured for both")
    ratios = [float(np.log(slower[n] / faster[n])) for n in lengths]
    if ratios[-1] <= 0:
        return Crossing(None, f"still the quicker one at the largest measured n = {lengths[-1]}")
    for i in range(len(lengths) - 1, 0, -1):
        if ratios[i - 1] <= 0:
            part = -ratios[i - 1] / (ratios[i] - ratios[i - 1])
            low, high = np.log(lengths[i - 1]), np.log(lengths[i])
            return Crossing(float(np.exp(low + part * (high - low))))
    return Crossing(None, f"slower already at the smallest measured n = {lengths[0]}")
