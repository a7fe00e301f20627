"""The function of the grid `corpora`: sizes of the papers' data sets, counted in the available files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ablations.explanation.data.corpora import sizes
from repro.dataclass_config import Natural, from_mapping
from repro.outcome import Outcome
from repro.scoring.metric import Metric

DEFINITION = "texts of the files, or questions of bAbI's, before any cut and filter"


@dataclass(frozen=True)
class SizesConfiguration:
    """A set to count.

    Attributes:
        corpus: its name.
        seed: on which no count depends.
    """

    corpus: Literal["imdb", "ag_news", "babi1", "babi2"]
    seed: Natural


def check_measure_sizes(config: Mapping[str, Any]) -> None:
    """Look at a configuration and count, so that a set whose files are missing is named before anything is run.

    Raises:
        BadInput: the configuration, or the files, cannot be used.
    """
    sizes(from_mapping(SizesConfiguration, config).corpus)


def measure_sizes(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Count a set.

    Args:
        config: see `SizesConfiguration` for its keys.
        directory: of the cell's attempt; nothing is written there.

    Raises:
        BadInput: the configuration, or the files, cannot be used.
    """
    counted = sizes(from_mapping(SizesConfiguration, config).corpus)
    metrics = [Metric("texts", sum(n for name, n in counted.items() if "." not in name), "instances", DEFINITION)]
    metrics += [Metric(f"texts.{name}", n, "instances", f"{name}: {DEFINITION}") for name, n in counted.items()]
    return Outcome({metric.name: metric.as_record() for metric in metrics})
