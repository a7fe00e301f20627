"""This project's own experiments on a cell's model: reordered texts, planted evidence, and the table of definitions."""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ablations.explanation import definitions
from ablations.explanation.adversary import EPSILON_OF_TEXT
from ablations.explanation.concatenation import concatenate, concatenate_tensors
from ablations.explanation.data.dataset import Instance, Span
from ablations.explanation.data.labelling import label_review
from ablations.explanation.data.order import ReorderedText, reorder
from ablations.explanation.evidence import coverage, rankings, score_ranking
from ablations.explanation.experiments.metrics import AREA, JSD, SHARE, TAU, TVD, Findings, metric, plain
from ablations.explanation.experiments.workbench import BATCH_SIZE, Workbench
from ablations.explanation.reordering import compare_orders
from repro.scoring.metric import Metric

UNITS: Mapping[str, Callable[[Instance], tuple[Span, ...]]] = {
    "sentences": lambda instance: instance.sentences,
    "clauses": lambda instance: instance.clauses,
}


def reordering(bench: Workbench) -> Findings:
    """The same texts with sentences, or clauses, in another order drawn at random."""
    metrics: list[Metric] = []
    details = {}
    for unit, spans in UNITS.items():
        moved = orders(bench, spans)
        texts = f"test texts with at least two {unit}, which come in another order"
        if not moved:
            reason = f"no text has two {unit}"
            metrics.append(metric(f"reorder.{unit}.stays", math.nan, SHARE, f"same class, {texts}", reason))
            continue
        numbers = sorted(moved, key=lambda number: len(moved[number].instance))
        parts = [numbers[at : at + BATCH_SIZE] for at in range(0, len(numbers), BATCH_SIZE)]
        compared = concatenate([_order_comparison(bench, view, moved, part) for view in bench.views for part in parts])
        told = compared.summaries()
        metrics += [
            metric(
                f"reorder.{unit}.stays",
                compared.share_that_stays,
                SHARE,
                f"same class before and after; {texts}",
                texts=len(moved),
            ),
            metric(f"reorder.{unit}.change", told["tvd"].mean, TVD, f"mean change of output; {texts}"),
            metric(
                f"reorder.{unit}.tau", told["tau"].mean, TAU, f"mean Kendall's tau of weights, word by word; {texts}"
            ),
            metric(f"reorder.{unit}.jsd", told["jsd"].mean, JSD, f"mean JSD of weights, word by word; {texts}"),
        ]
        details[unit] = {"change": plain(compared.tvd), "tau": plain(compared.tau), "jsd": plain(compared.jsd)}
        if bench.dataset.name == "reviews":
            metrics += _against_the_rule(bench, unit, moved, compared.stays)
    return Findings(metrics, {"reordering": details})


def orders(bench: Workbench, spans: Callable[[Instance], tuple[Span, ...]]) -> dict[int, ReorderedText]:
    """Number of a text -> the text in another order, where there are two spans; of an instance always the same."""
    reordered = {}
    for number in bench.numbers:
        instance = bench.dataset.splits["test"][number]
        moved = reorder(instance, spans(instance), random.Random(number))
        if moved is not None:
            reordered[number] = moved
    return reordered


def _order_comparison(bench: Workbench, view: Any, moved: Mapping[int, ReorderedText], numbers: list[int]) -> Any:
    batch = bench.dataset.batch("test", numbers)
    other = bench.dataset.collate([moved[number].instance for number in numbers], numbers, "test")
    places = torch.zeros_like(batch.tokens)
    for row, number in enumerate(numbers):
        places[row, : len(moved[number].places)] = torch.tensor(moved[number].places)
    return compare_orders(view, batch, other, places)


def _against_the_rule(bench: Workbench, unit: str, moved: Mapping[int, ReorderedText], stays: Tensor) -> list[Metric]:
    """Built-in reviews: whether the label that the rule gives stays, too."""
    numbers = sorted(moved, key=lambda number: len(moved[number].instance)) * len(bench.views)
    truly = []  # 1, 0, or no number where the opinions that count cancel out and the rule gives no label
    for number in numbers:
        again = label_review(list(moved[number].instance.words[1:-1]))
        same = float(again.label == bench.dataset.splits["test"][number].label)
        truly.append(math.nan if again.score == 0 else same)
    labels = torch.tensor(truly, dtype=torch.double)
    known = ~labels.isnan()
    agrees = (labels[known] == stays[known]).double()
    where = f"{unit} reordered, if the rule gives a label"
    labelled = int(known.sum()) // len(bench.views)
    return [
        metric(
            f"reorder.{unit}.label_stays",
            labels[known].mean().item(),
            SHARE,
            f"same label by the rule, {where}",
            texts=labelled,
        ),
        metric(
            f"reorder.{unit}.follows",
            agrees.mean().item(),
            SHARE,
            f"class stays just where the label does, {where}",
            texts=labelled,
        ),
        metric(
            f"reorder.{unit}.label_undefined",
            1 - known.double().mean().item(),
            SHARE,
            f"of texts to which the rule gives no label any more, {unit} reordered",
            texts=len(moved),
        ),
    ]


def evidence(bench: Workbench) -> Findings:
    """Texts whose evidence is known: how well attention and each measure find it."""
    test = bench.dataset.splits["test"]
    if all(test[number].evidence is None for number in bench.numbers):
        return Findings([])
    planted = bench.tensor(lambda _, batch: _evidence_mask(bench, batch.index.tolist(), batch.tokens.shape[1]))
    ways = _rankings(bench)
    metrics: list[Metric] = []
    for name, ranking in ways.items():
        told = score_ranking(ranking, planted, bench.where).summaries()
        key = name.replace("-", "_")
        scope = f"of words ranked by {name.replace('-', ' ')}, against planted evidence; mean over test texts"
        precision = f"precision at k, k being the words of evidence, {scope}"
        metrics += [
            metric(f"evidence.auc.{key}", told["auc"].mean, AREA, f"area under the curve {scope}"),
            metric(f"evidence.precision.{key}", told["precision"].mean, SHARE, precision),
        ]
    for name in ("attention", "adversary", "chance"):
        if name in ways:
            weights = bench.where / bench.where.sum(dim=1, keepdim=True) if name == "chance" else ways[name]
            share = coverage(weights, planted).mean().item()
            metrics.append(metric(f"evidence.coverage.{name}", share, SHARE, f"of {name}'s weight on planted evidence"))
    return Findings(metrics)


def _rankings(bench: Workbench) -> dict[str, Tensor]:
    """Results that do not depend on the view are computed once."""
    once = [rankings(bench.views[0], batch) for batch in bench.batches]
    ways = {name: concatenate_tensors([of_batch[name] for of_batch in once] * len(bench.views)) for name in once[0]}
    ways["attention"] = bench.attention
    if "adversary" in bench.config.experiments:
        ways["adversary"] = bench.adversaries.best(EPSILON_OF_TEXT).attention
    return ways


def _evidence_mask(bench: Workbench, numbers: list[int], n: int) -> Tensor:
    marked = torch.zeros(len(numbers), n, dtype=torch.bool)
    for row, number in enumerate(numbers):
        marked[row, list(bench.dataset.splits["test"][number].evidence or ())] = True
    return marked


VALUES: Mapping[str, Callable[[Mapping[str, float]], float]] = {
    "gradient_agreement": lambda m: m["tau.gradient"] - m["tau.measures"],
    "leave_one_out_agreement": lambda m: m["tau.leave_one_out"] - m["tau.measures"],
    "permutation_share": lambda m: m["permutation.matters"],
    "adversary_jsd": lambda m: m["adversary.report.jsd"],  # within SAME_OUTPUT, as for the other definitions
    "uniform_loss": lambda m: m["uniform.loss"],
    "seed_share": lambda m: m["seeds.beyond_median"],
    "guide_gain": lambda m: m["guides.gain.base"],
    "guide_over_adversary": lambda m: m["guides.gain.base_over_adversary"],
    "model_adversary_tvd": lambda m: m["adversarial.closest.excess"],
    "evidence_gain": lambda m: m["evidence.auc.attention"] - m["evidence.auc.gradient"],
}
"""Key of a definition -> its value, from the metrics by name."""

OF_AN_ADVERSARY = ("adversarial.closest.excess", "guides.gain.base_over_adversary")
"""Undefined where no trained adversary got far enough. That one search found none does not show that there is none."""


def definitions_table(measured: Mapping[str, Metric]) -> Findings:
    """Whether attention explains, by each definition that this cell has measured.

    Args:
        measured: metrics so far, by name.
    """
    values = {name: math.nan if entry.value is None else entry.value for name, entry in measured.items()}
    for name in OF_AN_ADVERSARY:
        if math.isnan(values.get(name, 0.0)):
            del values[name]
    metrics, rows = [], []
    for definition in definitions.DEFINITIONS:
        try:
            value = VALUES[definition.key](values)
        except KeyError:
            continue
        met = definition.met(value)
        known = None if not math.isfinite(value) else value
        rows.append({"key": definition.key, "value": known, "met": met, "threshold": definition.threshold})
        wording = f"1 if so: {definition.condition} Measured as: {definition.value}"
        metrics.append(Metric(f"explains.{definition.key}", float(met), "0 or 1", wording, details=rows[-1]))
    return Findings(metrics, {"definitions": rows})
