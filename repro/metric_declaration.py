"""Properties of a metric that are known before anything is measured: its better direction, and whether it is quality.

A function `metrics_<name>` beside the function `<name>` that cells call declares them, just as `check_<name>` checks a
configuration. Grids, claims and verdicts ask here, and assume nothing. The displayed names of metrics are in
`metric_names.yaml` of the same package.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Literal

from repro.called_function import asked
from repro.errors import BadInput
from repro.presets import read_yaml

Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class MetricDeclaration:
    """Metrics of one kind.

    Attributes:
        pattern: a regular expression of their whole names.
        better: which direction is better; None: neither, as of a count of parameters.
        quality: whether a run that diverged, or missed its goal, is worse by these metrics than any that did not. Of
            others, such as a speed, that says nothing.
        needs_learning: whether it says nothing of a model that has learnt nothing, though such a model need not be
            worse by it: what accuracy is lost from short to long dependencies is 0 where there is none to lose. What
            measures quality needs learning, too.
        low, high: the ends of its range; None: it has none on that side.
        exact: whether no seed changes it, as of a count of parameters. What has a better direction may be timed, too:
            whether a time agrees with a law is decided by the machine, and by no seed.
        timed: whether it depends on the machine and on what else runs there: seconds, peaks of memory, and whatever a
            training reaches by the clock.
        unit: a regular expression for its whole unit, with | between alternatives; None if no unit is declared.
    """

    pattern: str
    better: Direction | None = None
    quality: bool = False
    needs_learning: bool = False
    low: float | None = None
    high: float | None = None
    exact: bool = False
    timed: bool = False
    unit: str | None = None

    def __post_init__(self) -> None:
        if self.exact and self.timed and self.better is None:  # the clock changes it, if no seed does
            raise ValueError(f"{self.pattern} is declared exact and timed; leave one of them out")

    @property
    def of_learning(self) -> bool:
        """Whether what a grid requires of its base, such as an accuracy, bears on it."""
        return self.quality or self.needs_learning

    def names(self) -> list[str]:
        """The names that the pattern stands for, for people to read: what is no alternative is left as it is."""
        return _spelt_out(self.pattern)


def _spelt_out(pattern: str) -> list[str]:
    match = re.search(r"\(([^()?]*)\)(?!\?)", pattern)
    if match is None:
        return [pattern.replace("\\", "")]
    before, after = pattern[: match.start()], pattern[match.end() :]
    return [name for choice in match[1].split("|") for name in _spelt_out(f"{before}{choice}{after}")]


def declared_metrics(function: str, config: Mapping[str, Any]) -> Sequence[MetricDeclaration] | None:
    """The declarations of a cell's function for the metrics that a configuration can give.

    Args:
        function: "module:name".
        config: the cell's.

    Returns:
        None where the function says nothing, or there is no such function.

    Raises:
        BadInput: a value of the configuration is of another kind than the function expects.
    """
    said = asked(function, "metrics", config)
    return None if said is None else tuple(said)


def declaration_of(declared: Iterable[MetricDeclaration], metric: str) -> MetricDeclaration | None:
    """The first of the declarations that is of this metric; None if none is."""
    return next((declaration for declaration in declared if re.fullmatch(declaration.pattern, metric)), None)


def with_declarations(
    metrics: Mapping[str, Mapping[str, Any]], declared: Sequence[MetricDeclaration] | None
) -> dict[str, dict[str, Any]]:
    """A record's metrics, each with `better` and `quality` as its function declares them."""
    result = {}
    for name, metric in metrics.items():
        declaration = declaration_of(declared or (), name)
        known = {} if declaration is None else {"better": declaration.better, "quality": declaration.quality}
        result[name] = {**metric, **known}
    return result


# ---- what metrics are called

NAMES = "metric_names.yaml"
"""Beside the declarations: pattern of a metric's whole key -> its name in each language."""


def metric_name(function: str, metric: str, language: str = "en") -> str:
    """The displayed name of a metric, from the package of the function that measures it; else its key.

    Args:
        function: "module:name".
        metric: its key in records.
        language: "en" or "ko".
    """
    for pattern, names, parts in _names(function.partition(":")[0]):
        match = re.fullmatch(pattern, metric)
        if match is not None:
            known = (parts.get(part, {}).get(language, part) for part in (group or "" for group in match.groups()))
            return names[language].format(*known)
    return metric


@cache
def _names(module: str) -> Sequence[tuple[str, Mapping[str, str], Mapping[str, Mapping[str, str]]]]:
    """Patterns, names by language, and what groups are called; none where the module is no package with names."""
    try:
        with as_file(files(module).joinpath(NAMES)) as path:
            content = read_yaml(path)
    except (BadInput, ImportError, OSError, TypeError, ValueError):
        return ()
    return [(str(entry["pattern"]), entry, content["parts"]) for entry in content["names"]]
