"""The table of definitions: every row has its threshold, and what was not measured is not ruled on."""

import math

from ablations.explanation.definitions import DEFINITIONS, JAIN, WIEGREFFE
from ablations.explanation.experiments.ours import VALUES, definitions_table
from repro.scoring.metric import Metric


def test_both_papers_are_there_and_every_row_states_its_threshold() -> None:
    assert {JAIN, WIEGREFFE} <= {each.paper for each in DEFINITIONS}
    assert len({each.key for each in DEFINITIONS}) == len(DEFINITIONS)
    assert all(each.condition.endswith(".") and each.because and math.isfinite(each.threshold) for each in DEFINITIONS)


def ruled(**values: float | None) -> dict[str, float]:
    """Key of a definition -> 1 if it is met, from values of metrics with __ for dots."""
    names = {name.replace("__", "."): value for name, value in values.items()}
    part = definitions_table({name: Metric(name, value, "u", "d") for name, value in names.items()})
    return {each.name.removeprefix("explains."): each.value for each in part.metrics}


def test_a_cell_is_ruled_on_by_what_it_has_measured() -> None:
    assert VALUES.keys() == {each.key for each in DEFINITIONS}
    assert ruled() == {}
    assert ruled(uniform__loss=0.01, adversary__report__jsd=0.4) == {"uniform_loss": 1.0, "adversary_jsd": 0.0}
    assert ruled(permutation__matters=None) == {"permutation_share": 0.0}  # undefined: it shows nothing


def test_a_trained_adversary_is_ruled_on_only_if_there_is_one() -> None:
    """A search that found none does not show that there is none."""
    there = ruled(adversarial__closest__excess=0.06, guides__gain__base_over_adversary=0.0)
    assert there == {"model_adversary_tvd": 1.0, "guide_over_adversary": 0.0}
    assert ruled(adversarial__closest__excess=0.04) == {"model_adversary_tvd": 0.0}
    assert ruled(adversarial__closest__excess=None, guides__gain__base_over_adversary=None) == {}
