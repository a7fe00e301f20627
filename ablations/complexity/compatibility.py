"""Section 3.2.1: additive attention beside dot products, in seconds and in memory, as one would use the two.

Additive attention computes its hidden layer in blocks, and once more in the backward pass (additive_attention.py in
repro/models). So its memory is bounded, and a part of its time is the price of that.
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
from ablations.complexity.timing import Limits, Point, measure_times, quicker, timed_call
from repro.outcome import Outcome
from repro.scoring.metric import Metric

DOT, ADDITIVE = "self-attention", "additive"


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
            times, memories = _times(found), _memories(found)
            for what, unit, ratios in (("time", "seconds", times), ("memory", "bytes", memories)):
                metrics += _extremes(f"compatibility.{what}.{device}.{mode}", ratios, unit, mode, config.h)
            lines.append(_line(f"time, {mode} on {device}", times, _not_apart(found)))
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


def _times(points: Sequence[Point]) -> Ratios:
    return _ratios({(p.layer, p.n, p.d): float(np.median(p.seconds)) for p in points if p.seconds})


def _not_apart(points: Sequence[Point]) -> set[tuple[int, int]]:
    """Sizes at which the clock cannot tell which of the two is quicker."""
    timed = {(p.layer, p.n, p.d): p for p in points if p.seconds}
    sizes = {(n, d) for layer, n, d in timed if layer == DOT and (ADDITIVE, n, d) in timed}
    return {(n, d) for n, d in sizes if quicker(timed[DOT, n, d], timed[ADDITIVE, n, d]) is None}


def _memories(points: Sequence[Point]) -> Ratios:
    return _ratios({(p.layer, p.n, p.d): p.memory for p in points if p.memory})


def _ratios(costs: dict[tuple[str, int, int], float]) -> Ratios:
    sizes = [(n, d) for layer, n, d in costs if layer == DOT and (ADDITIVE, n, d) in costs]
    return {(n, d): costs[ADDITIVE, n, d] / costs[DOT, n, d] for n, d in sizes}


def _extremes(name: str, ratios: Ratios, unit: str, mode: str, h: int) -> Iterator[Metric]:
    """The smallest and the largest ratio of all sizes."""
    definition = (
        f"{unit} of additive attention over those of dot products, {mode}, h = {h}, at the size at which this is"
    )
    for extreme, choose in (("minimum", min), ("maximum", max)):
        if not ratios:
            details = {"reason": "at no size were both measured"}
            yield Metric(f"{name}.{extreme}", None, "times", f"{definition} the {extreme}", details=details)
            continue
        n, d = choose(ratios, key=lambda size: ratios[size])
        at = f"{definition} the {extreme} of {len(ratios)} sizes"
        yield Metric(f"{name}.{extreme}", ratios[n, d], "times", at, details={"n": n, "d": d})


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
        "some, 0 if not; sizes at which the middle halves of the two times overlap do not count"
    )
    against = "; ".join(f"{line.column}: {line.note}" for line in lines if line.agrees is False)
    reason = against or (None if known else "at no size were both measured and told apart")
    details = {} if reason is None else {"reason": reason}
    return Metric("agrees", float(all(known)) if known else None, "0 or 1", definition, details=details)
