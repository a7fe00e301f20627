"""Example texts with all their attentions, for drawing: learned, shuffled, adversarial, reordered, another seed's."""

from typing import Any

import torch
from torch import Tensor

from ablations.explanation.adversary import EPSILON_OF_TEXT
from ablations.explanation.experiments.metrics import Findings, plain
from ablations.explanation.experiments.ours import UNITS, orders
from ablations.explanation.experiments.workbench import Workbench
from ablations.explanation.permutation import permute


def examples(bench: Workbench) -> Findings:
    """Texts from all over the lengths, under the first view."""
    count = min(bench.config.examples, len(bench.numbers))
    rows = [(2 * place + 1) * len(bench.numbers) // (2 * count) for place in range(count)]
    return Findings([], {"examples": [_example(bench, row) for row in rows]})


def _probability(logits: Tensor) -> float | None:
    """Of the second of two classes; None where there are more."""
    return float(logits.softmax(dim=1)[0, 1]) if logits.shape[1] == 2 else None


def _example(bench: Workbench, row: int) -> dict[str, Any]:
    number = bench.numbers[row]
    instance, view = bench.dataset.splits["test"][number], bench.views[0]
    batch, n = bench.dataset.batch("test", [number]), len(bench.dataset.splits["test"][number])
    with torch.no_grad():
        attentions = {"base": view(batch)[1][0], "permuted": permute(view, batch, 1, bench.seed).example[0]}
        if "adversary" in bench.config.experiments:
            attentions["adversary"] = bench.adversaries.best(EPSILON_OF_TEXT).attention[row, :n]
        if "seeds" in bench.config.experiments:
            attentions["other_seed"] = bench.others[0](batch)[1][0]
        moved = orders(bench, UNITS["clauses"]).get(number)
        changed = None
        if moved is not None:
            again = bench.dataset.collate([moved.instance], [number], "test")
            changed = {
                "words": list(moved.instance.words),
                "attention": plain(view(again)[1][0]),
                "probability": _probability(view(again)[0]),
                "evidence": None if instance.evidence is None else [moved.places[at] for at in instance.evidence],
            }
        probability = _probability(view(batch)[0])
    return {
        "words": list(instance.words),
        "label": bench.dataset.classes[instance.label],
        "probability": probability,
        "evidence": None if instance.evidence is None else list(instance.evidence),
        "attention": {name: plain(weights) for name, weights in attentions.items()},
        "reordered": changed,
    }
