"""`report compare`: numbers beside published runs of the same configuration: tables, sentences and an exit status."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from reports.comparison.comparisons import Comparison, compare_numbers, compare_record
from reports.comparison.placement import LEAST, Placement
from reports.comparison.references import (
    Reference,
    named_reference,
    published_records,
    read_numbers,
    records_below,
    reference_of,
)
from repro import files
from repro.console.places import check_file
from repro.errors import BadInput, hint
from repro.json_file import is_number
from repro.ledger.records.record import Record
from repro.paths import expanded
from repro.table import Part, Table, formatted

NOTHING = "no number was compared"
MANY = 3
"""Up to so many runs have a table each. More than that share one table, with the first metric of each."""


def compare(parsed: argparse.Namespace) -> tuple[str, int]:
    """What `report compare` prints, and its exit status: 1 if a number is outside its interval or none is compared.

    Raises:
        BadInput: an argument is no number, record or folder of runs, or it is not known which runs it belongs to.
    """
    if parsed.json is not None:
        check_file(parsed.json, "--json")
    comparisons = [comparison for given in parsed.what for comparison in _comparisons(given, parsed)]
    if parsed.json is not None:
        files.write_json(parsed.json, [_plain(comparison) for comparison in comparisons])
    parts = list(_summary(comparisons) if len(comparisons) > MANY else _details(comparisons))
    compared = any(comparison.placements for comparison in comparisons)
    if not compared and len(comparisons) <= MANY:
        parts.append(NOTHING)
    outside = any(comparison.outside for comparison in comparisons)
    return formatted(parts, parsed.format), int(outside or not compared)


# ---- what was given, and what it belongs to


def _comparisons(given: str, parsed: argparse.Namespace) -> Iterator[Comparison]:
    number = _number(given)
    if number is not None:
        reference = _named(parsed, given)
        yield compare_numbers(given, {parsed.metric or _own_metric(reference, given): number}, reference)
        return
    path = expanded(given)
    if path.is_dir():
        for where, record in records_below(path):
            yield _of_record(where, record, parsed)
        return
    read = read_numbers(path)
    if isinstance(read, Record):
        yield _of_record(given, read, parsed)
    else:
        chosen = read if parsed.metric is None else {parsed.metric: read[_known(parsed.metric, read, given)]}
        yield compare_numbers(given, chosen, _named(parsed, given))


def _of_record(name: str, record: Record, parsed: argparse.Namespace) -> Comparison:
    if record.status != "done":
        raise BadInput(
            f"{name} is the record of a run with the status {record.status}; give the record of a finished run"
        )
    if parsed.grid or parsed.scale or parsed.row:
        reference: Reference | None = _named(parsed, name)
    else:
        reference = reference_of(record, published_records(tuple(parsed.published)))
    if reference is None:
        return Comparison(name, None)
    return compare_record(name, record, reference, _metrics(record, reference, parsed, name))


def _number(given: str) -> float | None:
    try:
        number = float(given)
    except ValueError:
        return None
    if not is_number(number):
        raise BadInput(f"{given} is not a finite number; give a number such as 27.3")
    return number


def _named(parsed: argparse.Namespace, given: str) -> Reference:
    missing = [f"--{name}" for name in ("grid", "scale", "row") if getattr(parsed, name) is None]
    if missing:
        raise BadInput(
            f"{given} does not say which runs to compare it with; add {', '.join(missing)}, "
            "such as --grid heads --scale multi30k --row base"
        )
    return named_reference(parsed.grid, parsed.scale, parsed.row, published_records(tuple(parsed.published)))


def _own_metric(reference: Reference, given: str) -> str:
    grid = reference.planned
    if grid is None:
        raise BadInput(f"{given} does not say what it measures; add --metric, such as --metric test.bleu")
    return grid.metric


def _known(metric: str, numbers: Mapping[str, Any], name: str) -> str:
    if metric not in numbers:
        raise BadInput(f"{name} has no {metric}; {hint(metric, sorted(numbers))}")
    return metric


def _metrics(record: Record, reference: Reference, parsed: argparse.Namespace, name: str) -> list[str]:
    """Which metrics are compared: the one that was named, all, or those that the grid shows."""
    if parsed.metric is not None:
        return [_known(parsed.metric, record.metrics, name)]
    grid = reference.planned
    if grid is None or parsed.all:
        return list(record.metrics)
    shown = dict.fromkeys([grid.metric, *(measure.metric for measure in grid.also), *grid.columns])
    return [metric for metric in shown if metric in record.metrics]


# ---- what is printed


def _summary(comparisons: Sequence[Comparison]) -> Iterator[Part]:
    """A line a run, with the first of its metrics."""
    rows = [["run", "metric", "yours", "published mean", "one more run, 95%", "runs", "finding"]]
    for comparison in comparisons:
        first = next(iter(comparison.placements), None)
        if first is None:
            rows.append([comparison.name, *["-"] * 4, "0", "nothing to compare with"])
        else:
            numbers = [_digits(first.value), _digits(first.mean), _interval(first)]
            rows.append([comparison.name, first.metric, *numbers, str(len(first.published)), first.finding])
    yield Table(rows, "<<>><><")
    compared = [it for comparison in comparisons for it in comparison.placements]
    outside = sum(len(comparison.outside) for comparison in comparisons)
    if compared:
        yield f"{outside} of {len(compared)} numbers are outside; one in twenty is expected by chance"
    else:
        yield NOTHING


def _details(comparisons: Sequence[Comparison]) -> Iterator[Part]:
    for comparison in comparisons:
        reference = comparison.reference
        if reference is None:
            yield (
                f"{comparison.name}: no published run has its configuration; "
                "choose runs to compare it with by --grid, --scale and --row"
            )
            continue
        yield f"{comparison.name}\ncompared with {_runs(reference)} of {reference.name}"
        if not reference.records:
            continue
        if comparison.placements:
            yield Table(list(_rows(comparison)), "<>>><>" if comparison.same_seed else "<>>><")
        if comparison.not_compared:
            yield "\n".join(f"{name} is not compared: {why}" for name, why in comparison.not_compared.items())
        yield from _sentences(comparison, reference)


def _runs(reference: Reference) -> str:
    """How many published runs there are, and with which seeds."""
    seeds = ", ".join(map(str, sorted(reference.records)))
    if not seeds:
        return "no other published run"
    return (
        f"{len(reference.records)} published runs (seeds {seeds})"
        if "," in seeds
        else f"one published run (seed {seeds})"
    )


def _rows(comparison: Comparison) -> Iterator[list[str]]:
    same = comparison.same_seed
    yield [
        "metric",
        "yours",
        "published mean",
        "one more run, 95%",
        "finding",
        *(["published, your seed"] if same else []),
    ]
    for it in comparison.placements:
        cells = [it.metric, _digits(it.value), _digits(it.mean), _interval(it), it.finding]
        yield cells + ([_digits(same.get(it.metric))] if same else [])


def _sentences(comparison: Comparison, reference: Reference) -> Iterator[str]:
    """What the table means, how many runs its interval rests on, and what would narrow it."""
    first = next(iter(comparison.placements), None)
    if first is None:
        return
    runs, last = len(first.published), max(reference.records)
    more = f"ablate run {reference.grid} --scale {reference.scale} --rows '{reference.row}' --seeds"
    if runs < LEAST:
        yield f"One published run shows no spread, so there is no interval. Four more: {more} {last + 1}-{last + 4}"
        return
    if comparison.outside:
        yield (
            f"Outside: {len(comparison.outside)} of {len(comparison.placements)}. By chance, one in twenty runs of "
            "this configuration is outside. `repro compare` shows how two runs differ."
        )
    elif any(it.finding == "inside" for it in comparison.placements):
        yield (
            "Inside: one more run of this configuration could have given this number. That does not show that both are "
            "the same."
        )
    equal = [it.metric for it in comparison.placements if len(it.published) >= LEAST and it.prediction is None]
    if equal:
        yield f"All published runs are equal in {', '.join(equal)}, which shows no spread, so there is no interval."
    if reference.lost and first.prediction is not None:
        yield f"The interval leaves out {reference.lost} published runs, which diverged or failed."
    half, twice, endless = (first.half_width(count) for count in (runs, 2 * runs, None))
    if half and twice and endless:
        yield (
            f"The interval of {first.metric} is based on {runs} runs and extends {_digits(half)} to each side of their "
            "mean.\n"
            f"With {2 * runs} runs of the same spread it would extend {_digits(twice)}; with any number of runs, at "
            f"least {_digits(endless)}.\n{runs} more: {more} {last + 1}-{last + runs}"
        )


def _interval(placement: Placement) -> str:
    return "-" if placement.interval is None else " to ".join(map(_digits, placement.interval))


def _digits(number: float | None) -> str:
    if number is None:
        return "-"
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else f"{number:.4g}"


def _plain(comparison: Comparison) -> dict[str, Any]:
    """What `--json` writes of a comparison."""
    reference = comparison.reference
    place = {} if reference is None else {key: getattr(reference, key) for key in ("grid", "scale", "row")}
    metrics = [
        {
            **{key: getattr(it, key) for key in ("metric", "value", "unit", "definition", "mean", "finding")},
            "published": {str(seed): value for seed, value in it.published.items()},
            "prediction": it.prediction and asdict(it.prediction),
        }
        for it in comparison.placements
    ]
    return {"name": comparison.name, **place, "metrics": metrics, "not_compared": dict(comparison.not_compared)}
