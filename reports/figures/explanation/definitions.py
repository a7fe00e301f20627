"""It depends on how you define explanation: what the models say under each definition that either paper uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.figures.explanation.models import Models
from reports.figures.measurements import entries, number
from reports.figures.rendering import figure_texts, render

DEFINITIONS: Mapping[str, tuple[str, str]] = {
    "gradient_agreement": ("jain2019", "4.1"),
    "leave_one_out_agreement": ("jain2019", "4.1"),
    "permutation_share": ("jain2019", "4.2.1"),
    "adversary_jsd": ("jain2019", "4.2.2"),
    "uniform_loss": ("wiegreffe2019", "3.2"),
    "seed_share": ("wiegreffe2019", "3.3"),
    "guide_gain": ("wiegreffe2019", "3.4"),
    "guide_over_adversary": ("wiegreffe2019", "3.4"),
    "model_adversary_tvd": ("wiegreffe2019", "4"),
    "evidence_gain": ("neither", ""),
}
"""Key in the records -> who uses it, and in which section."""
SIGNS = {"yes": ("agrees", "✓"), "no": ("differs", "✗"), "seeds_differ": ("untold", "≈"), "unmeasured": ("muted", "–")}
"""Answer -> class of its colour, and sign."""


@dataclass(frozen=True)
class Answer:
    """What a model's seeds say to a definition.

    Attributes:
        word: "yes", "no", "seeds_differ" or "unmeasured".
        met: in how many seeds it is met.
        of: seeds.
        value: mean over the seeds of what is measured, where it is a number for all of them.
        threshold: from where on, or under which, it is met.
    """

    word: str
    met: int
    of: int
    value: float | None
    threshold: float | None


def part(models: Models, language: str) -> Markup | None:
    """One row a definition, one column a model."""
    texts = figure_texts(language)
    keys = list(dict.fromkeys([*DEFINITIONS, *(key for row in models.records for key in _keys(models, row))]))
    answers = {key: [answer_of(models, row, key) for row in models.records] for key in keys}
    if not any(answer.of for row in answers.values() for answer in row):
        return None
    rows = []
    for key, of_models in answers.items():
        paper, place = DEFINITIONS.get(key, ("neither", ""))
        thresholds = [answer.threshold for answer in of_models if answer.threshold is not None]
        known = key in DEFINITIONS
        rows.append(
            {
                "name": texts[f"explanation.definition.{key}"] if known else key,
                "asks": texts[f"explanation.definition.{key}.asks"] if known else "",
                "rule": texts[f"explanation.definition.{key}.rule"].format(threshold=thresholds[0])
                if known and thresholds
                else "",
                "source": texts[f"explanation.by.{paper}"].format(place=place),
                "answers": of_models,
            }
        )
    return render("explanation-definitions", language, rows=rows, models=list(models.records), signs=SIGNS)


def answer_of(models: Models, row: str, key: str) -> Answer:
    """Yes if every seed meets the definition, no if none does."""
    told = [_ruling(record.details.get("definitions"), key) for record in models.records[row].values()]
    rulings = [ruling for ruling in told if ruling is not None]
    if not rulings:
        return Answer("unmeasured", 0, 0, None, None)
    met = sum(ruling["met"] for ruling in rulings)
    word = "yes" if met == len(rulings) else "seeds_differ" if met else "no"
    values = [number(ruling.get("value")) for ruling in rulings]
    known = [value for value in values if value is not None]
    mean = sum(known) / len(known) if len(known) == len(rulings) else None
    return Answer(word, met, len(rulings), mean, number(rulings[0].get("threshold")))


def _keys(models: Models, row: str) -> list[str]:
    rows = [entry for record in models.records[row].values() for entry in entries(record.details.get("definitions"))]
    return [
        str(entry["key"]) for entry in rows if isinstance(entry.get("key"), str) and isinstance(entry.get("met"), bool)
    ]


def _ruling(rulings: object, key: str) -> Mapping[str, Any] | None:
    return next((it for it in entries(rulings) if it.get("key") == key and isinstance(it.get("met"), bool)), None)
