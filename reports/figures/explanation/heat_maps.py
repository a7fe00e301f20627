"""One text under several attentions: learned, shuffled, adversarial, of another seed, and with clauses reordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.figures.explanation.models import Models
from reports.figures.measurements import entries, mapping, number
from reports.figures.rendering import figure_texts, render

KINDS = ("base", "permuted", "adversary", "other_seed")
"""Attentions of the same words, as records call them, in the order in which they are shown."""
ENDS = ("<s>", "</s>")
"""Never have weight, and are left out."""
MAX_TEXTS, MAX_WORDS = 6, 150
FULL = 60
"""Per cent of colour under a word with all weight: more would hide the word."""


@dataclass(frozen=True)
class Word:
    """A word and its weight.

    Attributes:
        text: as it is in the data.
        weight: from 0 to 1.
        planted: whether it is known to be evidence.
        space: whether a blank stands before it.
    """

    text: str
    weight: float
    planted: bool
    space: bool

    @property
    def colour(self) -> int:
        """Per cent; by the square root, so that small weights can be told from none."""
        return round(FULL * min(max(self.weight, 0.0), 1.0) ** 0.5)


@dataclass(frozen=True)
class Line:
    """A text under one attention.

    Attributes:
        kind: one of `KINDS`, or "reordered".
        words: in their order.
        probability: of the last class, where it is known.
        more: how many words were left out at the end.
    """

    kind: str
    words: tuple[Word, ...]
    probability: float | None
    more: int


def part(models: Models, language: str) -> Markup | None:
    """For each model some texts to choose from, of its first seed that has any."""
    texts = figure_texts(language)
    shown = []
    for row, records in models.records.items():
        for seed, record in records.items():
            examples = [example for entry in entries(record.details.get("examples")) if (example := _example(entry))]
            if examples:
                shown.append((row, seed, examples[:MAX_TEXTS]))
                break
    if not shown:
        return None
    planted = any(
        word.planted for _, _, of_model in shown for example in of_model for word in example["lines"][0].words
    )
    return render(
        "explanation-heat-maps",
        language,
        id=models.id,
        models=shown,
        planted=planted,
        of=texts["explanation.heat.probability"].format(name=models.classes[-1] if models.classes else "1"),
    )


def _example(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    words = _texts(entry.get("words"))
    evidence = entry.get("evidence")
    planted = {place for place in evidence if isinstance(place, int)} if isinstance(evidence, list) else set()
    weights = mapping(entry.get("attention"))
    lines = []
    for kind in KINDS:
        probability = number(entry.get("probability")) if kind == "base" else None
        lines.append(_line(kind, words, weights.get(kind), planted, probability))
    other = mapping(entry.get("reordered"))
    moved = other.get("evidence")
    planted = {place for place in moved if isinstance(place, int)} if isinstance(moved, list) else set()
    lines.append(
        _line(
            "reordered", _texts(other.get("words")), other.get("attention"), planted, number(other.get("probability"))
        )
    )
    kept = [line for line in lines if line is not None]
    if not kept or kept[0].kind != "base":
        return None
    title = " ".join(word.text for word in kept[0].words[:8])
    return {"title": f"{title} …", "label": str(entry.get("label", "")), "lines": kept}


def _texts(words: Any) -> list[str]:
    return list(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else []


def _line(kind: str, words: Sequence[str], weights: Any, planted: set[int], probability: float | None) -> Line | None:
    if not words or not isinstance(weights, list) or len(weights) != len(words):
        return None
    told = [
        Word(word, number(weight) or 0.0, place in planted, space=word[:1].isalnum() or len(word) > 1)
        for place, (word, weight) in enumerate(zip(words, weights, strict=True))
        if word not in ENDS
    ]
    return Line(kind, tuple(told[:MAX_WORDS]), probability, max(len(told) - MAX_WORDS, 0))
