"""Tuning as a counted budget: trials are cells of a grid of their own, and each record states how many there were.

A grid of trials defines the settings to try:

    tuning: {space: {warmup: [200, 400], P_drop: {low: 0.1, high: 0.4}}, trials: 6, split: dev}

Each of its rows runs with the settings of each trial, which are the same for all rows. Another grid then says which
trial was the best one of each row, and runs the rows with those settings and more seeds:

    tuned: {by: equal-tuning-trials, rows: {transformer: 3, lstm-attention: 5}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro.json_file import is_number

AXIS = "trial"
"""The axis that a grid of trials has in addition to its own."""
MOST_TRIALS = 1_000
"""The most trials of a row; a larger number must be a slip."""
DIGITS = 3
"""Significant digits of a trial's number, so that a person can read and type it."""


@dataclass(frozen=True)
class Range:
    """Numbers between two ends.

    Attributes:
        low, high: the ends, low below high.
        log: whether equal ratios are equally likely, instead of equal differences.
    """

    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """The number at a share of the way from low to high, 0 to 1, rounded to DIGITS digits."""
        ratio, width = self.high / self.low if self.log else 1.0, self.high - self.low
        number = self.low * ratio**share if self.log else self.low + width * share
        return float(f"{number:.{DIGITS}g}")


Space = Mapping[str, Range | Sequence[Any]]
"""Parameter -> the range or the list that trials take its values from."""


@dataclass(frozen=True)
class Tuning:
    """The settings that a grid of trials tries.

    Attributes:
        space: the parameters that vary, with their values.
        trials: how many settings each row runs with.
    """

    space: Space
    trials: int

    def settings(self) -> dict[str, dict[str, Any]]:
        """Label of each trial, from "1" -> its settings, which are the same on every call.

        The settings are Halton's sequence without its first point, which is 0 (Halton 1960). It covers the space more
        evenly than random draws. It is not scrambled, so every version of SciPy gives the same numbers.
        """
        from scipy.stats import qmc  # slow to import, and other grids do not need it

        points = qmc.Halton(len(self.space), scramble=False).random(self.trials + 1)[1:]
        return {str(number): self._setting(point) for number, point in enumerate(points, 1)}

    def _setting(self, point: Sequence[float]) -> dict[str, Any]:
        """The settings at a point of the unit cube."""
        return {name: _at(choices, share) for (name, choices), share in zip(self.space.items(), point, strict=True)}


def _at(choices: Range | Sequence[Any], share: float) -> Any:
    return choices.at(share) if isinstance(choices, Range) else choices[int(share * len(choices))]


@dataclass(frozen=True)
class Tuned:
    """The trials that chose the settings of a grid's rows.

    Attributes:
        grid: the grid of trials.
        trials: how many trials each row had.
        metric: the metric of the dev set that chose.
        chosen: row -> the number of its trial; None until it is chosen.
    """

    grid: str
    trials: int
    metric: str
    chosen: Mapping[str, int | None]

    def of(self, row: str) -> dict[str, Any] | None:
        """The statement about trials for a record of the row; None if the row was not tuned."""
        if row not in self.chosen:
            return None
        return {"grid": self.grid, "trials": self.trials, "metric": self.metric, "chosen": self.chosen[row]}

    @property
    def open(self) -> Sequence[str]:
        """The rows whose trial is not chosen yet."""
        return [row for row, number in self.chosen.items() if number is None]


# ---- reading


def read_tuning(content: Any, metric: Any) -> Tuning:
    """Read the key `tuning` of a grid.

    Args:
        content: plain data.
        metric: the metric by which the grid compares its rows.

    Raises:
        ValueError: the content is wrong. The message is the end of a sentence that begins with the key.
    """
    if not isinstance(content, Mapping) or content.keys() != {"space", "trials", "split"}:
        raise ValueError("must have the keys space, trials and split only")
    if content["split"] != "dev" or not str(metric).startswith("dev."):
        raise ValueError(
            f"must have split: dev, and the grid's metric ({metric}) must be measured on it: "
            "nothing is chosen by a test set"
        )
    trials, space = content["trials"], content["space"]
    if type(trials) is not int or not 1 <= trials <= MOST_TRIALS:
        raise ValueError(f"has trials: {trials!r}; it must be a whole number from 1 to {MOST_TRIALS:,}")
    if not isinstance(space, Mapping) or not space:
        raise ValueError("has an empty space; name a parameter and its values, such as P_drop: [0.1, 0.3]")
    tuning = Tuning({str(name): _choices(str(name), choices) for name, choices in space.items()}, trials)
    distinct = {str(settings) for settings in tuning.settings().values()}
    if len(distinct) < trials:
        raise ValueError(
            f"gives only {len(distinct)} different settings in {trials} trials; widen space, or lower trials"
        )
    return tuning


def _choices(name: str, choices: Any) -> Range | Sequence[Any]:
    if isinstance(choices, Mapping):
        low: Any = choices.get("low")
        high: Any = choices.get("high")
        log = choices.get("log", False)
        if not choices.keys() <= {"low", "high", "log"} or not isinstance(log, bool):
            raise ValueError(f"has {name}: {dict(choices)}; a range must have low and high, and may have log: true")
        if not is_number(low) or not is_number(high) or low >= high or (log and low <= 0):
            above = " above 0" if log else ""
            raise ValueError(f"has {name} from {low!r} to {high!r}; low must be a number{above} below high")
        return Range(float(low), float(high), log)
    if not isinstance(choices, list) or not choices:
        raise ValueError(f"has {name}: {choices!r}; give a list of values, or a range such as {{low: 0.1, high: 0.3}}")
    return choices


def read_tuned(content: Any, trials: Mapping[str, Any], rows: Sequence[str]) -> tuple[Tuned, dict[str, dict[str, Any]]]:
    """Read the key `tuned` of a grid, and the settings of the chosen trials.

    Args:
        content: plain data.
        trials: the content of the named grid of trials.
        rows: the grid's rows.

    Returns:
        The choice; and row -> settings of its trial, empty until it is chosen.

    Raises:
        ValueError: as `read_tuning`.
    """
    if "tuning" not in trials:
        raise ValueError(f"names the grid {content['by']}, which has no key tuning; name a grid of trials")
    tuning = read_tuning(trials["tuning"], trials.get("metric"))
    chosen = content["rows"]
    if not isinstance(chosen, Mapping) or not chosen:
        raise ValueError("has no rows; give each tuned row with the number of its trial, or null until it is known")
    settings, known = tuning.settings(), trials.get("rows") or {}
    for row, number in chosen.items():
        if row not in rows or row not in known:
            raise ValueError(
                f"names {row!r}, which is not a row {'of this grid' if row not in rows else 'of the trials'}"
            )
        if number is not None and (type(number) is not int or str(number) not in settings):
            raise ValueError(
                f"has {row}: {number!r}; it must be the number of a trial, from 1 to {tuning.trials}, or null"
            )
    tuned = Tuned(str(content["by"]), tuning.trials, str(trials["metric"]), dict(chosen))
    return tuned, {row: {} if number is None else settings[str(number)] for row, number in chosen.items()}
