"""The measurements of Table 1 as cells of a grid: sizes in; metrics, raw points and fits out.

If a layer fails at a size, the reason is recorded, and the fits use the other sizes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import torch

from ablations.complexity import laws
from ablations.complexity.compatibility import measure_compatibility
from ablations.complexity.configuration import Configuration
from ablations.complexity.footnote import measure_widths
from ablations.complexity.layers import Layer, build
from ablations.complexity.operations import count
from ablations.complexity.paper import SWEPT, big_o, table1
from ablations.complexity.paths import maximum_path
from ablations.complexity.sequential import longest_chain
from ablations.complexity.table import Line
from ablations.complexity.time_cell import measure_time
from repro.dataclass_config import from_mapping
from repro.outcome import Outcome
from repro.scoring.metric import Metric

Measurement = Callable[[Configuration], Outcome]
Sizes = dict[str, int]
Points = list[dict[str, Any]]

MAX_STANDARD_ERRORS = 4.0
"""Standard errors that a mean may lie off what the footnote says: one in 16,000 does so by chance."""


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """The function that cells of the grid call: runs the measurement that the configuration names.

    Args:
        config: see `Configuration` for its keys.
        directory: of the cell's attempt; nothing is written there.

    Raises:
        BadInput: the configuration cannot be used.
    """
    given = from_mapping(Configuration, config)
    if given.measurement not in ("time", "compatibility"):
        torch.set_num_threads(1)  # what is counted is small, and other cells run beside it
    return MEASUREMENTS[given.measurement](given)


def measure_operations(config: Configuration) -> Outcome:
    """Complexity per layer: the exponents of n, d and k or r in counted operations, against the paper's formula."""
    layer, h = config.layers[0], config.h
    entry = table1()[layer]

    def at(sizes: Sizes) -> dict[str, float]:
        module = build(layer, sizes["d"], h=h, seed=config.seed, **_window(layer, sizes))
        counted = count(module, torch.zeros(1, sizes["n"], sizes["d"]))
        return {**vars(counted), "stated": laws.formula_value(entry.operations, sizes)}

    points = _points(at, _sweeps(config, SWEPT.get(layer)))
    tested = laws.agreement(_of(points, entry.part), entry.operations)
    metrics = [_agrees(tested.agrees if _of(points, entry.part) else None, tested.reason, "counted operations")]
    quantities = [
        (entry.part, "operations", "floating-point operations, forward, of what the paper's formula speaks of"),
        ("all", "operations.all", "floating-point operations, forward, projections included"),
        ("weighted", "operations.projections", "floating-point operations, forward, of products with weights"),
        ("training", "operations.training", "floating-point operations, forward and backward"),
    ]
    shown: list[str] = []
    for key, name, definition in quantities:
        fits = _exponents(_of(points, key))
        metrics += [_exponent_metric(f"{name}.{fit.symbol}", fit, definition) for fit in fits]
        shown = shown or [str(fit) for fit in fits]
    for key, name, definition in (
        ("memory", "memory", "peak bytes of live tensors, forward, unrolled"),
        ("training_memory", "memory.training", "peak bytes of live tensors, forward and backward, unrolled"),
    ):
        metrics += _exponents_by_size(_of(points, key), name, definition)
    line = Line(layer, "operations", big_o(entry.operations), " ".join(shown) or "-", tested.agrees, tested.reason)
    return _outcome(metrics, points, line, {"agreement": tested.as_record(), "part": entry.part})


def measure_sequential(config: Configuration) -> Outcome:
    """Sequential operations: the law of the longest chain of dependent steps in n."""
    layer, d = config.layers[0], config.d[0]
    entry = table1()[layer]

    def at(sizes: Sizes) -> dict[str, float]:
        module = build(layer, d, h=config.h, seed=config.seed, **_window(layer, {}, config))
        return vars(longest_chain(module, sizes["n"], d))

    points = _points(at, ({"n": n} for n in config.n))
    columns = {
        "steps": "dependent tensor operations, forward",
        "training_steps": "dependent tensor operations, forward and backward",
        "depth": "dependent operations on single numbers, forward, adding up m of them counting as log2(m)",
        "training_depth": "the same, forward and backward",
    }
    return _lengths(layer, "sequential", points, columns, entry.sequential, {"d": d})


def measure_paths(config: Configuration) -> Outcome:
    """Maximum path length: the law of the longest shortest path in n, and k or r.

    Layer l of a dilated stack has the dilation k^(l - 1) and is causal, so that every distance is a sum of one step
    of each layer. With kernels that look both ways most such sums lead beyond the ends of the sentence and back, where
    there is nothing, and no depth connects its ends.
    """
    layer, d = config.layers[0], config.d[0]
    entry, third = table1()[layer], SWEPT.get(layer)
    dilated = layer == "convolution-dilated"

    def at(sizes: Sizes) -> dict[str, float]:
        def in_stack(depth: int) -> Layer:
            dilation = min(sizes["k"] ** depth, sizes["n"]) if dilated else 1
            seed, window = config.seed + depth, _window(layer, sizes)
            module: Any = build(layer, d, h=config.h, dilation=dilation, causal=dilated, seed=seed, **window)
            return module.double()

        return vars(maximum_path(in_stack, sizes["n"], d, limit=sizes["n"], same=not dilated, seed=config.seed))

    windows: Sequence[Any] = config.sizes(third) if third else [None]
    grid = product(config.n, windows)
    points = _points(at, ({"n": n, **({third: size} if third else {})} for n, size in grid))
    columns = {
        "length": "steps between the two positions that are furthest apart, layers stacked until all are connected",
        "layers": "layers that connect all positions",
    }
    return _lengths(layer, "path", points, columns, entry.path, {"d": d, "table_law": entry.table_path})


def _lengths(
    layer: str, name: str, points: Points, columns: Mapping[str, str], stated: str, details: Mapping[str, Any]
) -> Outcome:
    """The law of each column, the first of which is tested against the stated one."""
    metrics: list[Metric] = []
    choices: dict[str, Any] = {}
    agrees: bool | None = None
    reason: str | None = "fewer than six sizes could be measured"
    shown = "-"
    for column, definition in columns.items():
        known = _of(points, column)
        if len(known) < 6:
            continue
        choice = laws.choose(known)
        choices[column], best = choice.as_record(), choice.fits[0]
        key = name if column == next(iter(columns)) else f"{name}.{column}"
        metrics.append(
            Metric(
                f"{key}.factor",
                best.factor,
                f"steps a unit of {best.law}",
                f"slope of the law {best.law}, chosen by AICc, in: {definition}",
                interval=(best.low, best.high) if best.law != "1" else None,
                details={"law": best.law, "offset": best.offset},
            )
        )
        sizes, value = known[-1]
        metrics.append(Metric(f"{key}.largest", value, "steps", f"at {_text(sizes)}: {definition}"))
        if key == name:
            agrees = choice.law == stated
            reason = None if agrees else f"follows {choice.law}, not {stated}"
            shown = f"{choice.law}: {best.offset:.3g}"
            shown += "" if best.law == "1" else f" + {best.factor:.3g} [{best.low:.3g}, {best.high:.3g}] {best.law}"
    note = reason
    if agrees and details.get("table_law"):
        note = f"as section 4's text says; the table's {details['table_law']} is of dilated kernels"
    line = Line(layer, name, big_o(stated), shown, agrees, note)
    metrics.insert(0, _agrees(agrees, reason, f"the measured {name} length"))
    return _outcome(metrics, points, line, {"choices": choices, "stated": stated, **details})


def measure_footnote(config: Configuration) -> Outcome:
    """Section 3.2.1's footnote: the variance of q . k against d_k, and what it does to the softmax."""
    widths = measure_widths(config.d, config.keys, config.draws, config.seed)
    points = [{"symbols": {"d": width.d_k}, "reason": None, **width.as_record()} for width in widths]
    plain, scaled = [width for width in widths if not width.scaled], [width for width in widths if width.scaled]
    off = [
        f"variance {width.variance.value:.3g} at d_k = {width.d_k}, {'scaled' if width.scaled else 'unscaled'}"
        for width in widths
        if abs(width.variance.value - (1 if width.scaled else width.d_k)) > MAX_STANDARD_ERRORS * width.variance.error
    ]
    metrics = [_agrees(not off, "; ".join(off) or None, "the variance of q . k")]
    for name, group in (("unscaled", plain), ("scaled", scaled)):
        fit = laws.exponent([({"d_k": width.d_k}, width.variance.value) for width in group], "d_k")
        if fit is not None:
            metrics.append(_exponent_metric(f"footnote.variance.{name}", fit, f"variance of q . k, {name}"))
        last = group[-1]
        for key in ("entropy", "largest", "jacobian"):
            mean = getattr(last, key)
            interval = (mean.value - 1.96 * mean.error, mean.value + 1.96 * mean.error)
            unit = {"entropy": "nats", "largest": "weight, 0 to 1", "jacobian": "Frobenius norm"}[key]
            definition = f"of the softmax over {config.keys} keys at d_k = {last.d_k}, {name}"
            metrics.append(Metric(f"footnote.{key}.{name}", mean.value, unit, definition, interval=interval))
    peak = max(plain, key=lambda width: width.jacobian.value)
    definition = "d_k at which the unscaled softmax has its largest Jacobian norm"
    metrics.append(Metric("footnote.jacobian.peak", float(peak.d_k), "d_k", definition))
    fits = _exponents([({"d_k": width.d_k}, width.variance.value) for width in plain])
    line = Line("q . k", "variance", "O(d_k)", " ".join(map(str, fits)) or "-", not off, "; ".join(off) or None)
    return _outcome(metrics, points, line, {"keys": config.keys, "draws": config.draws})


# ---- sizes and points


def _window(layer: str, sizes: Mapping[str, int], config: Configuration | None = None) -> dict[str, Any]:
    """k or r for a layer that has one: from the sizes, or else the smallest that is configured."""
    third = SWEPT.get(layer)
    if third is None:
        return {}
    return {third: sizes[third] if config is None else config.sizes(third)[0]}


def _sweeps(config: Configuration, third: str | None) -> Iterator[Sizes]:
    """n at the smallest and the largest d, d at the smallest and the largest n; k or r at all four of these."""
    n_ends, d_ends = ({config.sizes(key)[0], config.sizes(key)[-1]} for key in ("n", "d"))
    for n, d in product(config.n, config.d):
        if n not in n_ends and d not in d_ends:
            continue
        if third is None:
            yield {"n": n, "d": d}
            continue
        corner = n in n_ends and d in d_ends
        for size in config.sizes(third) if corner else config.sizes(third)[:1]:
            yield {"n": n, "d": d, third: size}


def _points(at: Callable[[Sizes], Mapping[str, float]], sweep: Iterator[Sizes]) -> Points:
    points: Points = []
    for sizes in sweep:
        try:
            points.append({"symbols": sizes, "reason": None, **at(sizes)})
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error).strip().split(chr(10))[0]}"
            points.append({"symbols": sizes, "reason": reason})
    return points


def _of(points: Points, key: str) -> list[laws.Point]:
    return [(point["symbols"], point[key]) for point in points if point["reason"] is None]


def _exponents(points: Sequence[laws.Point]) -> list[laws.Exponent]:
    positive = [(sizes, cost) for sizes, cost in points if cost > 0]
    symbols = list(dict.fromkeys(symbol for sizes, _ in positive for symbol in sizes))
    return [fit for symbol in symbols if (fit := laws.exponent(positive, symbol)) is not None]


def _exponents_by_size(points: Sequence[laws.Point], name: str, definition: str) -> list[Metric]:
    """The exponent of n at each width, and of d at each length, k and r at their smallest.

    What is held in memory is a sum of terms, n d and n^2 among them, of which another one is the largest at another
    width: one exponent for all would be that of none.
    """
    least = {symbol: min(sizes.get(symbol, 0) for sizes, _ in points) for symbol in "kr"} if points else {}
    plain = [point for point in points if all(point[0].get(symbol, 0) == size for symbol, size in least.items())]
    metrics = []
    for symbol, held in (("n", "d"), ("d", "n")):
        for size in sorted({sizes[held] for sizes, _ in plain}):
            fit = laws.exponent([point for point in plain if point[0][held] == size], symbol)
            if fit is not None:
                at = f"{definition}; {held} = {size:g}"
                metrics.append(_exponent_metric(f"{name}.{symbol}.{held}{size:g}", fit, at))
    return metrics


# ---- results


def _agrees(value: bool | None, reason: str | None, quantity: str) -> Metric:
    definition = f"1 if {quantity} follows what the paper states, 0 if not"
    details = {} if reason is None else {"reason": reason}
    return Metric("agrees", None if value is None else float(value), "0 or 1", definition, details=details)


def _exponent_metric(name: str, fit: laws.Exponent, definition: str) -> Metric:
    return Metric(
        name,
        fit.value,
        f"exponent of {fit.symbol}",
        f"log-log slope over {fit.symbol} of: {definition}",
        interval=(fit.low, fit.high),
        details={"points": fit.points},
    )


def _text(sizes: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {size:g}" for name, size in sizes.items())


def _outcome(metrics: Sequence[Metric], points: Points, line: Line, details: Mapping[str, Any]) -> Outcome:
    print(line.text(), flush=True)
    lost = [f"{_text(point['symbols'])}: {point['reason']}" for point in points if point["reason"] is not None]
    for message in lost:
        print(f"lost {message}", flush=True)
    kept = {"points": points, "lost": lost, "table": [line.as_record()], **details}
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details=kept)


MEASUREMENTS: Mapping[str, Measurement] = {
    "operations": measure_operations,
    "sequential": measure_sequential,
    "paths": measure_paths,
    "time": measure_time,
    "footnote": measure_footnote,
    "compatibility": measure_compatibility,
}
