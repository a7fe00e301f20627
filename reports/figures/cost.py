"""What training costs: as the paper counts it, and as counted operations.

The paper multiplies training time, GPUs and an estimate of what a GPU does in single precision (section 6.1 and its
footnote 5). Operations are estimated as 6 x parameters x target tokens: 2 for each parameter and token forward and 4
backward, the products of attention with attention left out, and source sentences taken to be as long as the target's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports.figures.curves import read_curve
from reports.figures.measurements import mapping
from reports.figures.models import Model
from reports.figures.rendering import figure_texts, render
from reports.verdicts.records import StoredRecord, gpus_of, hardware_of
from reports.verdicts.report import Report
from repro.cell_directory import CURVE
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record
from repro.trainer_devices import devices_of

P100 = 9.5e12
"""FLOP/s that the paper takes for one P100 (footnote 5)."""
GPUS = 8
TOKENS_PER_STEP = 25_000
"""Target tokens of a batch; about as many source tokens come with them (section 5.1)."""
PER_PARAMETER = 6
BASE_STEPS = 100_000
BASE = {"d_model": 512, "d_ff": 2048, "N": 6, "h": 8}


@dataclass(frozen=True)
class PaperRun:
    """A run of the paper.

    Attributes:
        name: "base" or "big".
        hours: of training on GPUS P100s (section 5.2).
        steps: updates.
        parameters: as in Table 3.
        claim: with the published cost.
    """

    name: str
    hours: float
    steps: int
    parameters: float
    claim: str

    @property
    def paper_cost(self) -> float:
        """FLOPs: hours x GPUs x rate."""
        return self.hours * 3600 * GPUS * P100

    @property
    def counted(self) -> float:
        """FLOPs: 6 x parameters x target tokens."""
        return PER_PARAMETER * self.parameters * self.steps * TOKENS_PER_STEP


RUNS = (
    PaperRun("base", 12, BASE_STEPS, 65e6, "vaswani2017-table2-base-cost"),
    PaperRun("big", 3.5 * 24, 300_000, 213e6, "vaswani2017-table2-big-cost"),
)


@dataclass(frozen=True)
class Projection:
    """What the paper's base run would take on one machine.

    Attributes:
        hardware: in a phrase.
        speed: target tokens a second, measured of `base` in training; batches may have another size than the paper's.
        hours: for all target tokens of the paper's updates.
        path: of the record.
    """

    hardware: str
    speed: float
    hours: float
    path: str


def costs_of(models: Sequence[Model], report: Report, language: str) -> Markup:
    """The table of costs and the projection."""
    texts = figure_texts(language)
    published = {judged.claim.id: judged.claim.published for judged in report.judged}
    lines: list[dict[str, Any]] = []
    for run in RUNS:
        printed = published.get(run.claim)
        lines.append(
            {
                "name": texts["cost.paper"].format(name=run.name),
                "way": texts["cost.paper_way"].format(hours=run.hours, gpus=GPUS, rate=P100 / 1e12),
                "cost": run.paper_cost,
                "printed": printed.text if printed is not None else None,
                "counted_way": f"{PER_PARAMETER} × {run.parameters / 1e6:g}e6 × {run.steps * TOKENS_PER_STEP:.3g}",
                "counted": run.counted,
            }
        )
    lines += [_line(model.name, model.records[0], texts) for model in models]
    projections = list(_projections(report))
    return render(
        "cost", language, lines=lines, projections=projections, steps=BASE_STEPS, tokens=BASE_STEPS * TOKENS_PER_STEP
    )


def _line(name: str, record: Record, texts: Mapping[str, str]) -> dict[str, Any]:
    seconds = value_of(record, "train.seconds")
    parameters, tokens = value_of(record, "model.parameters"), value_of(record, "train.target_tokens")
    counted = None if parameters is None or tokens is None else PER_PARAMETER * parameters * tokens
    way = texts["not_measured"]
    if seconds is not None:
        gpus = gpus_of(record)
        asked = devices_of(record.config)
        devices = asked.processes or max(1, len(gpus)) * asked.nodes
        machine = gpus[0] if gpus else hardware_of(record)
        way = texts["cost.own_way"].format(hours=seconds / 3600, devices=devices, hardware=machine)
    return {
        "name": name,
        "way": way,
        "cost": None,
        "printed": None,
        "counted_way": "" if counted is None else f"{PER_PARAMETER} × {parameters:.4g} × {tokens:.4g}",
        "counted": counted,
    }


def _projections(report: Report) -> Iterator[Projection]:
    """For each machine the quickest measured training of `base`; nothing is scaled up from smaller models."""
    best: dict[str, Projection] = {}
    for stored in report.records.counted:
        projection = _projection(stored) if stored.record.status == "done" else None
        if projection is not None and (
            projection.hardware not in best or projection.hours < best[projection.hardware].hours
        ):
            best[projection.hardware] = projection
    yield from (best[key] for key in sorted(best))


def _projection(stored: StoredRecord) -> Projection | None:
    """What a record says of the paper's run; None unless it measured the speed of the paper's base model."""
    record = stored.record
    if record.grid == "throughput":
        is_base = record.config.get("size") == "base" and record.config.get("task") == "training"
        speed = value_of(record, "tokens_per_second.ours") if is_base else None
    else:
        speed = steady_speed(stored.directory / CURVE) if _is_base(record.config) else None
    if speed is None or speed <= 0:
        return None
    return Projection(hardware_of(record), speed, BASE_STEPS * TOKENS_PER_STEP / speed / 3600, stored.path)


def steady_speed(path: Path) -> float | None:
    """Target tokens a second once warm: from the first entry of a training's curve to its last, validation included.

    What lies before the first entry, such as compiling, happens once however long a training is.

    Args:
        path: of `metrics.csv`; None is the answer where it has not two entries with their times.
    """
    rows = [row for row in read_curve(path, "train", "loss") if {"seconds", "target_tokens"} <= row.keys()]
    if len(rows) < 2 or rows[-1]["seconds"] <= rows[0]["seconds"]:
        return None
    return (rows[-1]["target_tokens"] - rows[0]["target_tokens"]) / (rows[-1]["seconds"] - rows[0]["seconds"])


def _is_base(config: Mapping[str, Any]) -> bool:
    network = mapping(mapping(config.get("model")).get("network"))
    sizes = mapping(network.get("init_args"))
    return str(network.get("class_path", "")).endswith(".Transformer") and all(
        sizes.get(key) == value for key, value in BASE.items()
    )
