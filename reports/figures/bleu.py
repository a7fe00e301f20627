"""Table 2: BLEU under each definition beside the paper's, and what lies between one definition and the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.cost import costs_of
from reports.figures.measurements import entries, number
from reports.figures.models import DEFINITIONS, Model, models_of
from reports.figures.rendering import figure_texts, render
from reports.figures.tuning import untuned_note
from reports.section import Section
from reports.verdicts.report import Report
from repro.ledger.records.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PUBLISHED = (
    "vaswani2017-table2-base-en-de",
    "vaswani2017-table2-big-en-de",
    "vaswani2017-table2-base-en-fr",
    "vaswani2017-table2-big-en-fr",
)
"""Claims with the paper's scores."""
MAX_MODELS = 12


def section(report: Report, language: str) -> Section | None:
    """Scores, waterfalls and the bill; None where no run of the main job was scored."""
    models = list(models_of(report.records))[:MAX_MODELS]
    if not models:
        return None
    texts = figure_texts(language)
    figures = []
    for place, model in enumerate(models):
        seed, steps = _steps(model.records)
        if len(steps) > 1:
            caption = texts["bleu.caption"].format(model=model.name, seed=seed)
            figures.append(drawing.panel(caption, _waterfall(f"bleu-{place}", caption, steps, texts)))
    shown = [(metric, _signature(models, metric)) for metric in DEFINITIONS if any(it.score(metric) for it in models)]
    body = render(
        "bleu",
        language,
        models=models,
        definitions=shown,
        published=_published(report),
        figures=drawing.panels(figures) if figures else "",
        tuning=untuned_note((record.config for model in models for record in model.records), texts),
        costs=costs_of(models, report, language),
    )
    return Section("table2", texts["bleu"], body, texts["bleu.note"])


def _signature(models: Sequence[Model], metric: str) -> str:
    """The definition in words, and its signature."""
    for model in models:
        for record in model.records:
            measured = record.metrics.get(metric)
            if measured is not None:
                return f"{measured.get('definition') or ''} {measured.get('signature') or ''}".strip()
    return ""


def _published(report: Report) -> list[str]:
    claims = {judged.claim.id: judged.claim for judged in report.judged}
    return [claims[name].says for name in PUBLISHED if name in claims]


@dataclass(frozen=True)
class Step:
    """A step of the waterfall: what it is, the score there, and its gain over the step before with its interval."""

    label: str
    score: float
    gain: float | None
    low: float | None
    high: float | None


def _steps(records: Sequence[Record]) -> tuple[int, list[Step]]:
    """The first seed that has a waterfall, and its steps."""
    for record in records:
        steps = []
        before = None
        for entry in entries(record.details.get("waterfall")):
            score = number(entry.get("score"))
            if score is None:
                continue
            interval = entry.get("interval")
            pair = interval if isinstance(interval, list | tuple) and len(interval) == 2 else (None, None)
            # The variant that changes nothing any more is left out: only the definition does.
            variant, definition = str(entry.get("variant")), str(entry.get("definition"))
            label = definition if variant == before else variant
            before = variant
            steps.append(Step(label, score, number(entry.get("gain")), number(pair[0]), number(pair[1])))
        if steps:
            return record.seed, steps
    return 0, []


def _waterfall(name: str, label: str, steps: Sequence[Step], texts: Mapping[str, str]) -> Markup:
    def paint(axes: "Axes") -> None:
        places = range(len(steps))
        for place, step in zip(places, steps, strict=True):
            if step.gain is None:
                axes.plot([step.score], [place], "D", color=drawing.INK)
            else:
                start = step.score - step.gain
                colour = drawing.GOOD if step.gain >= 0 else drawing.BAD
                axes.barh([place], [step.gain], left=[start], color=colour, height=0.55)
                axes.plot([start, start], [place - 1, place + 0.28], color=drawing.MUTED, linewidth=0.8)
                if step.low is not None and step.high is not None:
                    ends = [start + step.low, start + step.high]
                    axes.plot(ends, [place, place], "|-", color=drawing.INK, linewidth=1.2, markersize=5)
        axes.set_yticks(list(places), [_step_label(step) for step in steps])
        axes.set_ylim(len(steps) - 0.5, -0.5)
        axes.set_xlabel(texts["bleu.axis"])
        axes.use_sticky_edges = False
        axes.margins(x=0.06)
        low, high = axes.get_xlim()
        if high - low < 2:
            axes.set_xlim(low - 0.5, high + 0.5)

    return drawing.draw(name, label, paint, height=0.8 + 0.34 * len(steps))


def _step_label(step: Step) -> str:
    return f"{step.label}\n{step.score:.2f}" + ("" if step.gain is None else f" ({step.gain:+.2f})")
