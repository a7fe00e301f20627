"""Section 3.2.1: additive attention against dot products, in seconds and memory, each in its practical form.

Additive attention computes its hidden layer in blocks, and once more in the backward pass (additive_attention.py in
repro/models). This bounds its memory at the cost of some time.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from ablations.complexity.configuration import Configuration
from ablations.complexity.layers import build
from ablations.complexity.live_memory import peak_of
from ablations.complexity.table import Line
from ablations.complexity.time_cell import timed_outcome
from ablations.complexity.timing import Limits, Point, measure_times, timed_call
from repro.outcome import Outcome
from repro.scoring.metric import Metric

DOT, ADDITIVE = "self-attention", "additive"
TIME = "seconds (median over turns of the ratio within a turn)"
QUARTERS = (0.25, 0.5, 0.75)


def measure_compatibility(config: Configuration) -> Outcome:
    """Over n and d, how many times the seconds and the bytes of dot products additive attention takes."""
    torch.set_num_threads(config.threads)
    limits = Limits(config.repeats, config.seconds, config.call_seconds)
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    points: list[Point] = []
    metrics: list[Metric] = []
    lines: list[Line] = []
    for device in devices:
        for mode in config.modes:
            found = measure_times(
                [DOT, ADDITIVE],
                config.n,
                config.d,
                mode=mode,
                device=device,
                h=config.h,
                limits=limits,
                seed=config.seed,
            )
            for point in found:
                if point.seconds:
                    point.memory = _memory(point, config)
            points += found
            quartiles, memories = _quartiles(found), _memories(found)
            times = {size: median for size, (_, median, _) in quartiles.items()}
            for what, unit, ratios in (("time", TIME, times), ("memory", "bytes", memories)):
                metrics += _extremes(f"compatibility.{what}.{device}.{mode}", ratios, unit, mode, config.h, quartiles)
            not_apart = {size for size, (low, _, high) in quartiles.items() if low <= 1 <= high}
            lines.append(_line(f"time, {mode} on {device}", times, not_apart))
            lines.append(_line(f"memory, {mode} on {device}", memories))
    metrics.insert(0, _agreement(lines))
    return timed_outcome(metrics, points, lines, devices)


def _memory(point: Point, config: Configuration) -> int:
    """Peak bytes of activations and their gradients: those of the weights are the same for both, and large."""
    layer: Any = build(point.layer, point.d, h=config.h, causal=point.mode == "decoding", seed=config.seed)
    if point.mode != "training":
        return peak_of(timed_call(layer, point.n, point.d, point.mode, point.device, config.seed))
    layer.requires_grad_(False).to(point.device)
    x = torch.randn(1, point.n, point.d, device=point.device, requires_grad=True)
    return peak_of(lambda: torch.autograd.grad(layer(x), x, torch.ones_like(x)))


Ratios = dict[tuple[int, int], float]
"""n and d -> additive attention's cost over that of dot products."""

Quartiles = dict[tuple[int, int], tuple[float, float, float]]
"""n and d -> the quartiles of the ratios of times, one ratio a turn; the second is the median."""


def _quartiles(points: Sequence[Point]) -> Quartiles:
    """Of the two times within each turn: a slow moment of the machine hits both, or one turn of many."""
    seconds = {(p.layer, p.n, p.d): p.seconds for p in points if p.seconds}
    quartiles: Quartiles = {}
    for (layer, n, d), of_dot in seconds.items():
        if layer == DOT and (ADDITIVE, n, d) in seconds:
            turns = zip(seconds[ADDITIVE, n, d], of_dot, strict=False)  # one may have used up its time before the other
            low, median, high = np.quantile([additive / dot for additive, dot in turns], QUARTERS).tolist()
            quartiles[n, d] = low, median, high
    return quartiles


def _memories(points: Sequence[Point]) -> Ratios:
    bytes_ = {(p.layer, p.n, p.d): p.memory for p in points if p.memory}
    sizes = [(n, d) for layer, n, d in bytes_ if layer == DOT and (ADDITIVE, n, d) in bytes_]
    return {(n, d): bytes_[ADDITIVE, n, d] / bytes_[DOT, n, d] for n, d in sizes}


def _extremes(name: str, ratios: Ratios, unit: str, mode: str, h: int, quartiles: Quartiles) -> Iterator[Metric]:
    """The smallest and the largest ratio of all sizes; of a time with the middle half of its turns."""
    definition = (
        f"{unit} of additive attention over those of dot products, {mode}, h = {h}, at the size at which this is"
    )
    details: dict[str, Any]
    for extreme, choose in (("minimum", min), ("maximum", max)):
        if not ratios:
            details = {"reason": "at no size were both measured"}
            yield Metric(f"{name}.{extreme}", None, "times", f"{definition} the {extreme}", details=details)
            continue
        n, d = choose(ratios, key=lambda size: ratios[size])
        at = f"{definition} the {extreme} of {len(ratios)} sizes"
        details = {"n": n, "d": d}
        if unit == TIME:
            low, _, high = quartiles[n, d]
            details |= {"low": low, "high": high}
        yield Metric(f"{name}.{extreme}", ratios[n, d], "times", at, details=details)


def _line(column: str, ratios: Ratios, not_apart: Collection[tuple[int, int]] = ()) -> Line:
    """One mode's verdict; a size of `not_apart` speaks neither for the sentence nor against it."""
    known = {size: ratio for size, ratio in ratios.items() if size not in not_apart}
    agrees = min(known.values()) >= 1 < max(known.values()) if known else None
    less = [f"n = {n}, d = {d}: {ratio:.2f}" for (n, d), ratio in sorted(known.items()) if ratio < 1]
    measured = f"{min(ratios.values()):.2f} to {max(ratios.values()):.2f} times dot products" if ratios else "-"
    return Line("additive attention", column, "no less than dot products", measured, agrees, "; ".join(less) or None)


def _agreement(lines: Sequence[Line]) -> Metric:
    known = [line.agrees for line in lines if line.agrees is not None]
    definition = (
        "1 if additive attention takes no less time and memory than dot products at any measured size, and more at "
        "some, 0 if not; sizes at which the middle half of the turns is on both sides of 1 do not count"
    )
    against = "; ".join(f"{line.column}: {line.note}" for line in lines if line.agrees is False)
    reason = against or (None if known else "at no size were both measured and told apart")
    details = {} if reason is None else {"reason": reason}
    return Metric("agrees", float(all(known)) if known else None, "0 or 1", definition, details=details)
