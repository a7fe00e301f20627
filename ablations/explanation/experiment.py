"""The function of the grid's cells: trains a model, runs the requested experiments on it and returns metrics."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ablations.explanation.configuration import EXPERIMENTS, Configuration, Source
from ablations.explanation.data.dataset import SPECIALS
from ablations.explanation.data.vector_settings import VectorSettings
from ablations.explanation.experiments import jain, ours, wiegreffe
from ablations.explanation.experiments.examples import examples
from ablations.explanation.experiments.metrics import AREA, F1, SHARE, Findings, metric
from ablations.explanation.experiments.workbench import Workbench, load, load_vectors
from repro.dataclass_config import from_mapping
from repro.errors import BadInput
from repro.outcome import Outcome
from repro.scoring.metric import Metric
from repro.training.process import configure_process

Experiment = Callable[[Workbench], Findings]

EXPERIMENT_FUNCTIONS: Mapping[str, Experiment] = {
    "correlation": jain.correlation,
    "permutation": jain.permutation,
    "adversary": jain.adversary,
    "reordering": ours.reordering,
    "evidence": ours.evidence,
    "uniform": wiegreffe.uniform,
    "seeds": wiegreffe.seeds,
    "adversarial": wiegreffe.adversarial,
    "guides": wiegreffe.guiding,
}

OF_TWO_CLASSES = ("uniform", "adversarial", "guides")
"""Experiments whose F1 is of class 1 against the other one."""


def check_measure(config: Mapping[str, Any]) -> None:
    """Look at a configuration and read what it names, so that a whole grid does not fail over one wrong line.

    Raises:
        BadInput: the configuration, the data or the word vectors cannot be used.
    """
    given = from_mapping(Configuration, config)
    if given.files is not None or given.data != "reviews" or given.vectors is not None:
        _refuse_more_classes(given, _number_of_classes(given.source, given.starting_vectors, given.embedding_width))


@cache
def _number_of_classes(source: Source, vectors: str | VectorSettings | None, e: int) -> int:
    """Reads data and word vectors; once for all rows of a grid, which mostly have the same."""
    dataset = load(source)
    load_vectors(vectors, dataset, e)
    return len(dataset.classes)


def _refuse_more_classes(config: Configuration, classes: int) -> None:
    asked = [name for name in OF_TWO_CLASSES if name in config.experiments]
    if classes > 2 and asked:
        raise BadInput(
            f"experiments has {asked[0]}, which is for two classes, but the data have {classes}; leave it out"
        )


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Train a model and look at its attention.

    Args:
        config: see `Configuration` for its keys.
        directory: of the cell's attempt; nothing is written there.

    Raises:
        BadInput: the configuration or the data cannot be used.
        Diverged: training did not come to a model.
    """
    given = from_mapping(Configuration, config)
    configure_process(given.threads)
    bench = Workbench(given, load(given.source))
    _refuse_more_classes(given, len(bench.dataset.classes))
    metrics: dict[str, Metric] = {}
    details: dict[str, Any] = {"seconds": {}}
    for name, experiment in _experiments(given.experiments, metrics):
        start = time.perf_counter()
        part = experiment(bench)
        details["seconds"][name] = round(time.perf_counter() - start, 2)
        metrics |= {measured.name: _over_texts(measured, len(bench.numbers)) for measured in part.metrics}
        details |= part.details
        print(f"{name}: {details['seconds'][name]:.1f} s", flush=True)
    data = {"corpus": bench.dataset.name, "classes": list(bench.dataset.classes), **bench.dataset.facts}
    return Outcome({name: measured.as_record() for name, measured in metrics.items()}, data, details)


def _over_texts(measured: Metric, texts: int) -> Metric:
    """A share says of how many texts it is, which its error depends on: of those looked into, unless it says others."""
    if measured.unit != SHARE or measured.name.startswith("test.") or "lines" in measured.details:
        return measured
    return replace(measured, details={**measured.details, "lines": texts})


def _experiments(asked: Collection[str], metrics: Mapping[str, Metric]) -> list[tuple[str, Experiment]]:
    """The training, the experiments that are asked for in their order, the examples."""
    functions = {**EXPERIMENT_FUNCTIONS, "definitions": lambda bench: ours.definitions_table(metrics)}
    chosen = [(name, functions[name]) for name in EXPERIMENTS if name in asked]
    return [("training", performance), *chosen, ("examples", examples)]


def performance(bench: Workbench) -> Findings:
    """How good the cell's model is, and how its training went."""
    model, history = bench.trained
    test = bench.predictions("test")
    metrics = [metric("test.accuracy", test.accuracy, SHARE, "of test texts classified rightly")]
    if len(bench.dataset.classes) == 2:
        metrics += [
            metric("test.f1", test.f1, F1, "on test, of class 1, at a probability of one half"),
            metric("test.roc_auc", test.roc_auc, AREA, "on test"),
        ]
    largest = test.alpha.max(dim=1).values.mean().item()
    whose = "mean over test texts of the largest weight" + (" of the first head" if len(bench.views) > 1 else "")
    metrics.append(metric("test.largest_weight", largest, "weight", whose))
    metrics += _sizes(bench)
    parameters = float(sum(parameter.numel() for parameter in model.parameters()))
    metrics.append(metric("parameters", parameters, "parameters", "of the model, embeddings included"))
    details: dict[str, Any] = {
        "training": {"selection": list(history.selection), "best": history.best, "texts": len(bench.numbers)}
    }
    if bench.vectors is not None:
        details["training"]["vectors"] = bench.vectors.found
        words = {"found": bench.vectors.found, "words_of_the_data": len(bench.dataset.vocabulary) - len(SPECIALS)}
        details["vectors"] = {**bench.vectors.manifest, **words}
    return Findings(metrics, details)


def _sizes(bench: Workbench) -> list[Metric]:
    """What the data are, as far as papers print it."""
    dataset = bench.dataset
    metrics = [
        metric("data.vocabulary", len(dataset.vocabulary), "types", "of the training split, special ones included")
    ]
    of_all = dataset.facts.get("vocabulary_of_all_splits")
    if of_all is not None:
        metrics.append(metric("data.vocabulary.all", of_all, "types", "of all splits, special ones included"))
    for split, instances in dataset.splits.items():
        scope = f"in {split}, after texts that are too short or too long were left out"
        metrics.append(metric(f"data.{split}", len(instances), "instances", f"texts {scope}"))
        counts = Counter(instance.label for instance in instances)
        for number, name in enumerate(dataset.classes):
            if dataset.has_questions and number not in counts:
                continue  # any word may be an answer, and few are
            metrics.append(
                metric(f"data.{split}.class_{number}", counts[number], "instances", f"of class {name} {scope}")
            )
    return metrics
