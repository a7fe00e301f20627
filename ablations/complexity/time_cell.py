"""Time as a cell of the grid: all layers in turns, on the CPU and on a GPU where there is one."""

from collections.abc import Mapping, Sequence

import torch

from ablations.complexity import laws
from ablations.complexity.configuration import Configuration
from ablations.complexity.layers import build
from ablations.complexity.operations import counted_forward
from ablations.complexity.table import Line
from ablations.complexity.timing import Crossing, Limits, Point, crossing, measure_times, quicker
from repro.outcome import Outcome
from repro.scoring.metric import Metric

RECURRENT = ("recurrent", "lstm", "gru")


def measure_time(config: Configuration) -> Outcome:
    """Seconds over n and d, and where self-attention and recurrence cross, against section 4's n = d."""
    torch.set_num_threads(config.threads)
    limits = Limits(config.repeats, config.seconds, config.call_seconds)
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    points: list[Point] = []
    for device in devices:
        for mode in config.modes:
            points += measure_times(
                config.layers,
                config.n,
                config.d,
                mode=mode,
                device=device,
                k=config.k[0],
                r=config.r[0],
                h=config.h,
                limits=limits,
                seed=config.seed,
            )
    metrics: list[Metric] = []
    lines: list[Line] = []
    for device in devices:
        of_device = [point for point in points if point.device == device]
        metrics += _growth(of_device)
        for mode in config.modes:
            more, of_mode = _crossings([point for point in of_device if point.mode == mode], device, mode, config.h)
            metrics += more
            lines += of_mode
    metrics += _counted_crossings(config)
    metrics.insert(0, _agreement(lines))
    return timed_outcome(metrics, points, lines, devices)


def timed_outcome(
    metrics: Sequence[Metric], points: Sequence[Point], lines: Sequence[Line], devices: Sequence[str]
) -> Outcome:
    """The outcome of a cell that times layers: metrics, points, lost points with reasons, and the printed table."""
    for line in lines:
        print(line.text(), flush=True)
    lost = [
        f"{p.layer}, n = {p.n}, d = {p.d}, {p.mode} on {p.device}: {p.reason}" for p in points if p.reason is not None
    ]
    details = {
        "points": [point.as_record() for point in points],
        "lost": lost,
        "table": [line.as_record() for line in lines],
        "threads": torch.get_num_threads(),
        "devices": [torch.cuda.get_device_name() if device == "cuda" else device for device in devices],
    }
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details=details)


def _agreement(lines: Sequence[Line]) -> Metric:
    """Over all modes and recurrent layers: whether self-attention is the quicker one for n < d."""
    known = [line.agrees for line in lines if line.agrees is not None]
    against = [f"{line.column}, {line.paper}: {line.note}" for line in lines if line.agrees is False]
    definition = "1 if self-attention is quicker than each recurrent layer at all measured sizes with n < d, 0 if not"
    reason = "; ".join(against) or (None if known else "at no size with n < d were both measured and told apart")
    details = {} if reason is None else {"reason": reason}
    return Metric("agrees", float(all(known)) if known else None, "0 or 1", definition, details=details)


def _growth(points: Sequence[Point]) -> list[Metric]:
    """The exponent of n over the longer half of the lengths, for each layer, width and mode."""
    metrics = []
    for layer, d, mode in dict.fromkeys((point.layer, point.d, point.mode) for point in points):
        known = [(point.n, point.median) for point in points if (point.layer, point.d, point.mode) == (layer, d, mode)]
        long = [({"n": float(n)}, median) for n, median in known if median is not None][-max(3, len(known) // 2) :]
        fit = laws.exponent(long, "n")
        if fit is not None:
            device = points[0].device
            metrics.append(
                Metric(
                    f"time.{device}.{mode}.{layer}.d{d}.n",
                    fit.value,
                    "exponent of n",
                    f"log-log slope of the median seconds over the {fit.points} longest n, d = {d}, {mode}",
                    interval=(fit.low, fit.high),
                )
            )
    return metrics


def _crossings(points: Sequence[Point], device: str, mode: str, h: int) -> tuple[list[Metric], list[Line]]:
    """Where self-attention becomes slower than each recurrent layer, and whether it is the quicker one for n < d."""
    cost = {(p.layer, p.n, p.d): p.median for p in points if p.median is not None}
    at = {(p.layer, p.n, p.d): p for p in points if p.seconds}
    metrics, lines = [], []
    for other in RECURRENT:
        if mode == "decoding" or not {"self-attention", other} <= {point.layer for point in points}:
            continue
        below = []
        shown = []
        for d in dict.fromkeys(point.d for point in points):
            own, its = _over_n(cost, "self-attention", d), _over_n(cost, other, d)
            intersection = crossing(own, its)
            metrics.append(
                _crossing_metric(f"time.{device}.{mode}.crossing.{other}.d{d}", intersection, other, d, "seconds")
            )
            shown.append(f"d = {d}: n = {intersection.n:.0f}" if intersection.n else f"d = {d}: {intersection.reason}")
            sizes = [n for n in own.keys() & its.keys() if n < d]
            below += [(n, d, quicker(at["self-attention", n, d], at[other, n, d])) for n in sizes]
        name = f"time.{device}.{mode}.quicker_below_d.{other}"
        known = [quicker for *_, quicker in below if quicker is not None]
        share = sum(known) / len(known) if known else None
        definition = (
            f"share of the measured sizes with n < d at which self-attention is quicker than {other}, {mode}, of those "
            "at which the middle halves of their times do not overlap"
        )
        reason = {} if known else {"reason": "at no size with n < d were both measured and told apart"}
        metrics.append(Metric(name, share, "share, 0 to 1", definition, details={**reason, "sizes": len(known)}))
        agrees = None if share is None else share == 1.0
        slow = [(n, d) for n, d, quicker in below if quicker is False]
        note = "; ".join(f"slower at n = {n}, d = {d} ({_why_slower(other, n, d, h)})" for n, d in sorted(slow)) or None
        paper = f"quicker than {other} for n < d"
        lines.append(Line("self-attention", f"{mode} on {device}", paper, "; ".join(shown), agrees, note))
    return metrics, lines


def _why_slower(other: str, n: int, d: int, h: int) -> str:
    """What may explain it: operations that the paper's formula leaves out, or how few there are beside the calls."""
    own, its = (counted_forward(build(layer, d, h=h), torch.zeros(1, n, d)).all for layer in ("self-attention", other))
    if own > its:
        return f"its operations, projections included, are {own / its:.1f} times those of {other}"
    return f"though its operations, projections included, are {own / its:.1f} times those of {other}: overhead of calls"


def _over_n(cost: Mapping[tuple[str, int, int], float], layer: str, d: int) -> dict[int, float]:
    return {n: seconds for (name, n, width), seconds in cost.items() if (name, width) == (layer, d)}


def _counted_crossings(config: Configuration) -> list[Metric]:
    """Where the counted operations of self-attention, without projections, pass those of a recurrent layer."""
    metrics = []
    for d in (d for d in config.d if d <= 256):  # an unrolled recurrence of 1,024 positions is long enough
        costs: list[dict[int, float]] = [{}, {}]
        for n in (d // 4, d // 2, d, 2 * d, 4 * d):
            for cost, layer in zip(costs, ("self-attention", "recurrent"), strict=True):
                counted = counted_forward(build(layer, d, h=config.h), torch.zeros(1, n, d))
                cost[n] = counted.all - (counted.weighted if layer == "self-attention" else 0)
        intersection = crossing(*costs)
        metrics.append(
            _crossing_metric(f"operations.crossing.d{d}", intersection, "recurrent", d, "counted operations")
        )
    return metrics


def _crossing_metric(name: str, intersection: Crossing, other: str, d: int, unit: str) -> Metric:
    definition = f"n from which self-attention takes more {unit} than {other} at d = {d}; the paper has n = d"
    details = {} if intersection.n is not None else {"reason": intersection.reason}
    return Metric(name, intersection.n, "n", definition, details=details)
