"""Which texts a cell looks into."""

from typing import Any

from ablations.explanation.configuration import Configuration
from ablations.explanation.experiments.workbench import Workbench, load
from repro.dataclass_config import from_mapping
from tests.ablations.explanation.test_experiment import ROWS, TINY


def a_workbench(config: dict[str, Any]) -> Workbench:
    given = from_mapping(Configuration, config)
    return Workbench(given, load(given.source))


def test_the_texts_that_are_looked_into_are_of_both_classes_and_the_same_for_every_seed() -> None:
    """Built-in labels take turns: every other text would be of one class alone."""
    config = {**ROWS["bilstm-additive"], **TINY, "sizes": [64, 16, 200], "instances": 100}
    one, other = (a_workbench({**config, "seed": seed}) for seed in (1, 2))
    labels = [one.dataset.splits["test"][number].label for number in one.numbers]
    assert 30 < sum(labels) < 70
    assert one.numbers == other.numbers
    assert len(set(one.numbers)) == 100
