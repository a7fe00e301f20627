"""Single runs: trainings of `repro fit` that belong to no grid, each with its curves, metrics and command.

Whoever has no W&B account sees here what a run did.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.curves import lines_over, read_curve
from reports.figures.measurements import called, mapping, number
from reports.figures.rendering import figure_texts, render
from reports.numbers import digits
from reports.section import Section
from reports.verdicts.records import StoredRecord
from reports.verdicts.report import Report
from repro.cell_directory import CURVE, attempt_number
from repro.ledger.grids.cell import SINGLE
from repro.ledger.records.metric_values import value_of

MAX_RUNS, MAX_METRICS = 12, 16
FIRST = ("dev.nll", "dev.perplexity", "test.exact_match", "test.bleu", "test.chrf")
"""The metrics that come first; the others follow in the record's order."""
SIZES = ("N", "d_model", "d_ff", "h")

Texts = Mapping[str, str]


@dataclass(frozen=True)
class SingleRun:
    """A run as the page shows it.

    Attributes:
        name: of its folder.
        status, scale, started, minutes: its record's; the last is how long its attempt took.
        description: model, data and training in a phrase.
        metrics: (key, name, value and interval, unit).
        left: how many more metrics its record has.
        figures: its curves; empty where it left none.
        command: what made it.
        error: what went wrong, in one line; empty where nothing did.
    """

    name: str
    status: str
    scale: str
    started: str
    minutes: str
    description: str
    metrics: tuple[tuple[str, str, str, str], ...]
    left: int
    figures: Markup
    command: str
    error: str


def section(report: Report, language: str) -> Section | None:
    """The newest runs, the last one first; None where there is none."""
    texts = figure_texts(language)
    singles = [stored for stored in report.records.counted if stored.record.grid == SINGLE]
    singles.sort(key=lambda stored: (stored.record.started, stored.path), reverse=True)
    if not singles:
        return None
    runs = [_shown(place, stored, texts) for place, stored in enumerate(singles[:MAX_RUNS])]
    body = render("single-runs", language, runs=runs, left=len(singles) - len(runs))
    return Section("runs", texts["runs"], body, texts["runs.note"])


def _shown(place: int, stored: StoredRecord, texts: Texts) -> SingleRun:
    record = stored.record
    names = sorted(record.metrics, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    metrics = [found for name in names if (found := _metric(stored, name, texts)) is not None]
    return SingleRun(
        _name(stored),
        record.status,
        record.scale,
        record.started[:16].replace("T", " "),
        digits(record.seconds / 60),
        ", ".join(_description(record.config, texts)),
        tuple(metrics[:MAX_METRICS]),
        max(len(metrics) - MAX_METRICS, 0),
        _figures(f"runs-{place}", stored, texts),
        record.command,
        record.reason,
    )


def _name(stored: StoredRecord) -> str:
    """Of its folder, also where the report is made of that folder alone."""
    if stored.run != stored.record.cell:
        return stored.run
    folders = [stored.directory.resolve(), *stored.directory.resolve().parents]
    return next((folder.name for folder in folders if attempt_number(folder.name) is None), "") or stored.run


def _metric(stored: StoredRecord, name: str, texts: Texts) -> tuple[str, str, str, str] | None:
    value = value_of(stored.record, name)
    if value is None:
        return None
    metric = stored.record.metrics[name]
    interval = metric.get("interval")
    ends = [number(end) for end in interval] if isinstance(interval, list | tuple) else []
    known = [digits(end) for end in ends if end is not None]
    shown = digits(value) + (f" [{known[0]}, {known[1]}]" if len(known) == 2 else "")
    return name, called(name, texts["language"]), shown, str(metric.get("unit", ""))


def _description(config: Mapping[str, Any], texts: Texts) -> Iterator[str]:
    """Model, data and training, as far as the configuration says so."""
    network = mapping(mapping(config.get("model")).get("network"))
    if network.get("class_path"):
        yield str(network["class_path"]).rpartition(".")[2]
    sizes = mapping(network.get("init_args"))
    yield from (f"{name} = {sizes[name]}" for name in SIZES if sizes.get(name) is not None)
    data = mapping(config.get("data"))
    if data.get("corpus"):
        yield texts["runs.corpus"].format(corpus=data["corpus"])
    if data.get("tokens"):
        yield texts["runs.tokens"].format(tokens=data["tokens"])
    if config.get("seed_everything") is not None:
        yield texts["runs.seed"].format(seed=config["seed_everything"])


def _figures(name: str, stored: StoredRecord, texts: Texts) -> Markup:
    """The training loss, and the perplexity on the dev set, over updates."""
    panels = []
    for split, column, up, logarithmic in (
        ("train", "loss", texts["runs.loss"], False),
        ("dev", "perplexity", texts["curves.dev_perplexity"], True),
    ):
        line = [(row["step"], row[column]) for row in read_curve(stored.directory / CURVE, split, column)]
        if line:
            caption = texts["runs.caption"].format(what=up, run=_name(stored))
            svg = lines_over(f"{name}-{split}", caption, [line], texts["curves.step"], up, logarithmic)
            panels.append(drawing.panel(up, svg))
    return drawing.panels(panels) if panels else Markup("")
