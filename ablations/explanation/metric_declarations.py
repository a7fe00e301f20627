"""The metrics that the experiments on attention as explanation write to a record. Needs no torch.

A larger F1 is better. Correlations and the distances of adversaries have no better direction: the papers argue about
that.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from repro.metric_declaration import MetricDeclaration

BINS = r"(\.(under_0\.25|under_0\.5|under_0\.75|above_0\.75))?"
EXPLAINED: Mapping[str, str] = {
    "correlation": r"tau\.(gradient|leave_one_out|measures)(\.class_\d+)?(\.(deviation|significant|undefined))?",
    "permutation": rf"permutation\.(change{BINS}|matters|same_class)",
    "adversary": rf"adversary(\.report)?\.(jsd{BINS}|found|tvd)|adversary(\.report)?\.jsd\.median",
    "reordering": r"reorder\.(sentences|clauses)\.(stays|change|tau|jsd|label_stays|label_undefined|follows)",
    "evidence": r"evidence\.(auc|precision|coverage)\.[a-z_]+",
    "seeds": rf"seeds\.(jsd{BINS}|tvd|beyond_median|beyond_all)",
    "guides": r"guides\.gain\.(trained|base|adversary|base_over_adversary)|guides\.adversary\.jsd",
    "definitions": r"explains\.[a-z_]+",
}
"""An experiment that a row asks for -> names of metrics of which neither direction is better."""


SIZES: Mapping[str, Sequence[str]] = {
    "imdb": (r"train(\.class_[01])?",),
    "ag_news": (r"test(\.class_[01])?",),
    "babi1": ("train", "test"),
    "babi2": ("train", "test"),
}
"""A data set -> what is counted of it."""


def metrics_measure(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Of every row, and of the experiments that it asks for; a trained adversary has one name a lambda."""
    asked = config.get("experiments") or []
    for name, unit in (("accuracy", "share"), ("f1", "F1"), ("roc_auc", "area")):
        yield MetricDeclaration(rf"test\.{name}", "higher", quality=True, low=0, high=1, unit=unit)
    yield MetricDeclaration(r"test\.largest_weight")
    yield MetricDeclaration(r"parameters|data\.(vocabulary(\.all)?|(train|dev|test)(\.class_\d+)?)", exact=True)
    if "uniform" in asked:
        yield MetricDeclaration(r"uniform\.(f1|accuracy)", "higher", quality=True, low=0, high=1)
        yield MetricDeclaration(r"uniform\.loss", "lower", quality=True)
    if "guides" in asked:
        yield MetricDeclaration(
            r"guides\.f1\.(uniform|trained|base|adversary)", "higher", quality=True, low=0, high=1, unit="F1"
        )
    for name in asked:
        if name in EXPLAINED:
            yield MetricDeclaration(EXPLAINED[name])
    if "adversarial" in asked:
        lambdas = "|".join(f"{strength:g}".replace(".", r"\.") for strength in _lambdas(config))
        yield MetricDeclaration(
            rf"adversarial\.(lambda_({lambdas})|closest)\.f1", "higher", quality=True, low=0, high=1
        )
        yield MetricDeclaration(rf"adversarial\.(lambda_({lambdas})|closest)\.(jsd|tvd)|adversarial\.closest\.excess")


def metrics_measure_sizes(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Counts of texts: of all, of each split, and of its classes where the paper counts by class."""
    yield MetricDeclaration("texts", exact=True)
    for name in SIZES.get(str(config.get("corpus")), ()):
        yield MetricDeclaration(rf"texts\.{name}", exact=True)


def _lambdas(config: Mapping[str, Any]) -> list[float]:
    return [0, *(config.get("lambdas") or []), config.get("guide_lambda") or 0]
