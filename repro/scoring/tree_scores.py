"""Predicted constituency trees against the right ones: section 6.3's F1, exact trees, and lines that are no tree."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from repro.data.text import lines
from repro.errors import BadInput
from repro.scoring.exact_match import accuracy
from repro.scoring.metric import WILSON, Metric, interval_description
from repro.statistics.bootstrap import percentile_interval
from repro.trees import linearisation
from repro.trees.brackets import read_tree
from repro.trees.evalb import Counts, compare, scored_words
from repro.trees.tree import Constituent, Leaf, depth, leaves

RULES = "by EVALB's rules with COLLINS.prm: punctuation, TOP and tags do not count, PRT is ADVP"

PENN_WORD = re.compile(r"\([^\s()]+\s+[^\s()]+\s*\)")
"""A word in the Penn Treebank's notation, with its part of speech."""


@dataclass(frozen=True)
class Prediction:
    """The prediction for a sentence.

    Attributes:
        tree: None where there is none at all.
        well_formed: whether the line said it without repair.
    """

    tree: Constituent | None
    well_formed: bool


def tree_scores(
    predictions: Sequence[Prediction], gold: Sequence[Constituent], *, resamples: int = 1000, seed: int = 0
) -> list[Metric]:
    """F1, precision and recall in percent with bootstrap intervals over sentences; exact and ill-formed trees.

    Args:
        predictions, gold: corresponding, at least one.
        resamples: of each interval; 0 for none.
        seed: of the resamples, which all scores share.
    """
    counts = [compare(right, found.tree) for right, found in zip(gold, predictions, strict=True)]
    rows = np.array([(each.gold, each.predicted, each.matched) for each in counts])
    shares = {
        "f1": ("harmonic mean of precision and recall", _f1),
        "precision": ("share of the predicted constituents that are in the right tree", _precision),
        "recall": ("share of the right tree's constituents that were predicted", _recall),
    }
    metrics = []
    for name, (meaning, score) in shares.items():
        details: dict[str, Any] = {"sentences": len(rows), **_sums(counts)}
        interval = None
        if resamples:
            found = percentile_interval(rows, score, np.random.default_rng(seed), resamples=resamples)
            interval = (found.low, found.high)
            details["interval"] = interval_description(found.level, resamples, seed)
        value = score(rows.sum(axis=0).astype(float))
        metrics.append(
            Metric(
                f"trees.{name}",
                value,
                "%",
                f"Labelled bracketing, {meaning}, {RULES}.",
                interval=interval,
                details=details,
            )
        )
    exact = sum(each.exact for each in counts)
    broken = sum(not found.well_formed for found in predictions)
    metrics.append(_share("exact", exact, len(rows), f"sentences with exactly the right constituents, {RULES}"))
    metrics.append(
        _share("ill_formed", broken, len(rows), "predicted lines that are no tree over the sentence's words")
    )
    return metrics


def read_lines(
    hypotheses: Sequence[str],
    sources: Sequence[str],
    references: Sequence[str],
    parts_of_speech: Sequence[str] | None,
) -> tuple[list[Prediction], list[Constituent]]:
    """A model's output, and the right trees.

    Args:
        hypotheses, references: corresponding lines of brackets.
        sources: the words of each, cut at spaces.
        parts_of_speech: a tag for each word, cut at spaces; None: no word counts as punctuation.
    """
    predictions, gold = [], []
    for place, (hypothesis, source, reference) in enumerate(zip(hypotheses, sources, references, strict=True)):
        words = linearisation.untold(source.split())
        if parts_of_speech is not None:
            tags = parts_of_speech[place].split()
            words = [Leaf(tag, leaf.word) for tag, leaf in zip(tags, words, strict=True)]
        gold.append(linearisation.read(reference.split(), words).tree)
        reading = linearisation.read(hypothesis.split(), words)
        predictions.append(Prediction(reading.tree, reading.well_formed))
    return predictions, gold


def by_size(predictions: Sequence[Prediction], gold: Sequence[Constituent]) -> dict[str, list[dict[str, Any]]]:
    """F1 over the length of sentences and the depth of right trees, as plain data.

    Returns:
        "length", in tens of words, and "depth", in constituents within each other: for each value that occurs, in
        order, its lowest and highest size, sentences, exact ones, and F1 in percent.
    """
    counts = [compare(right, found.tree) for right, found in zip(gold, predictions, strict=True)]
    lengths = [(sum(1 for _ in leaves(tree)) - 1) // 10 for tree in gold]
    depths = [depth(tree) for tree in gold]
    ends = {"length": lambda size: (10 * size + 1, 10 * size + 10), "depth": lambda size: (size, size)}
    found: dict[str, list[dict[str, Any]]] = {}
    for name, sizes in (("length", lengths), ("depth", depths)):
        found[name] = []
        for size in sorted(set(sizes)):
            of_size = [each for each, own in zip(counts, sizes, strict=True) if own == size]
            low, high = ends[name](size)
            sums = _sums(of_size)
            found[name].append(
                {
                    "low": low,
                    "high": high,
                    "sentences": len(of_size),
                    "exact": sum(each.exact for each in of_size),
                    "f1": _f1((sums["gold"], sums["predicted"], sums["matched"])),
                }
            )
    return found


def score_trees(predictions: Path, references: Path, *, resamples: int = 1000, seed: int = 0) -> list[Metric]:
    """`tree_scores` of two files, one tree a line.

    Args:
        predictions: in the Penn Treebank's notation, or linearised as a model writes them and then repaired if need be;
            a blank line is no tree.
        references: in the Penn Treebank's notation; traces and function tags do not count.

    Raises:
        BadInput: unequal numbers of lines, or a line in the Penn Treebank's notation that is no tree.
    """
    right = [read_tree(line, str(references), number) for number, line in enumerate(lines(references), 1)]
    found = list(lines(predictions))
    if len(right) != len(found):
        raise BadInput(
            f"{predictions} has {len(found):,} lines but {references} has {len(right):,}; "
            "line i of one must belong to line i of the other"
        )
    read = [
        _prediction(line, gold, str(predictions), at)
        for at, (line, gold) in enumerate(zip(found, right, strict=True), 1)
    ]
    return tree_scores(read, right, resamples=resamples, seed=seed)


def _prediction(line: str, gold: Constituent, name: str, number: int) -> Prediction:
    if not line.strip():
        return Prediction(None, False)
    if is_linearised(line):
        reading = linearisation.read(line.split(), scored_words(gold))
        return Prediction(reading.tree, reading.well_formed)
    return Prediction(read_tree(line, name, number), True)


def is_linearised(line: str) -> bool:
    """Whether a line is one of typed brackets, rather than one of the Penn Treebank's notation.

    It is where it has a sign for a word or a typed closing bracket, and where it has no word as the treebank writes it.
    """
    parts = line.split()
    typed = any(part[0] == ")" and part.strip(")") and "(" not in part for part in parts)
    return linearisation.WORD in parts or typed or not PENN_WORD.search(line)


def _f1(sums: Any) -> float:
    gold, predicted, matched = sums
    return 200 * float(matched) / float(gold + predicted) if gold + predicted else 100.0


def _precision(sums: Any) -> float:
    _, predicted, matched = sums
    return 100 * float(matched) / float(predicted) if predicted else 0.0


def _recall(sums: Any) -> float:
    gold, _, matched = sums
    return 100 * float(matched) / float(gold) if gold else 100.0


def _sums(counts: Sequence[Counts]) -> dict[str, int]:
    return {
        "gold": sum(each.gold for each in counts),
        "predicted": sum(each.predicted for each in counts),
        "matched": sum(each.matched for each in counts),
    }


def _share(name: str, count: int, of: int, what: str) -> Metric:
    share = accuracy(count, of)
    return Metric(
        f"trees.{name}",
        share.percent,
        "% of sentences",
        f"Percentage of {what}.",
        interval=(share.low, share.high),
        details={"sentences": of, "count": count, "interval": dict(WILSON)},
    )
