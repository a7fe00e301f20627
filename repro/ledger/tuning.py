"""Tuning as a counted budget: trials are cells of a grid of their own, and what they chose is counted in each record.

A grid of trials says what is tried:

    tuning: {space: {warmup: [200, 400], P_drop: {low: 0.1, high: 0.4}}, trials: 6, split: dev}

Each of its rows is run with each trial's settings, which are the same for all rows. Another grid then says which trial
was the best of each row, and runs it with more seeds:

    tuned: {by: equal-tuning-trials, rows: {transformer: 3, lstm-attention: 5}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro.json_file import is_number

AXIS = "trial"
"""The axis that a grid of trials has beside its own."""
MOST_TRIALS = 1_000
"""Of a row; more can only be a slip."""
DIGITS = 3
"""Significant digits of a drawn number, so that a person can read it and type it."""


@dataclass(frozen=True)
class Range:
    """Numbers between two ends.

    Attributes:
        low, high: the ends, low below high.
        log: whether equal ratios are equally likely, in place of equal differences.
    """

    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """The number that lies at a share of the way, from 0 to 1, in a few digits."""
        ratio, width = self.high / self.low if self.log else 1.0, self.high - self.low
        number = self.low * ratio**share if self.log else self.low + width * share
        return float(f"{number:.{DIGITS}g}")


Space = Mapping[str, Range | Sequence[Any]]
"""Parameter -> between which numbers, or from which values, trials take it."""


@dataclass(frozen=True)
class Tuning:
    """What a grid of trials tries.

    Attributes:
        space: the parameters that are varied.
        trials: how many settings each row is run with.
    """

    space: Space
    trials: int

    def settings(self) -> dict[str, dict[str, Any]]:
        """Label of each trial, from "1" -> its settings, the same whenever they are asked for.

        They are Halton's sequence without its first point, which is 0 (Halton 1960). It covers the space more evenly
        than random draws do, and is not scrambled, so that every version of SciPy gives the same numbers.
        """
        from scipy.stats import qmc  # of no use to the other grids, which should be read quickly

        points = qmc.Halton(len(self.space), scramble=False).random(self.trials + 1)[1:]
        return {str(number): self._setting(point) for number, point in enumerate(points, 1)}

    def _setting(self, point: Sequence[float]) -> dict[str, Any]:
        """What a point of the unit cube means."""
        return {name: _at(choices, share) for (name, choices), share in zip(self.space.items(), point, strict=True)}


def _at(choices: Range | Sequence[Any], share: float) -> Any:
    return choices.at(share) if isinstance(choices, Range) else choices[int(share * len(choices))]


@dataclass(frozen=True)
class Tuned:
    """By which trials the rows of a grid were chosen.

    Attributes:
        grid: the grid of trials.
        trials: how many each row had.
        metric: what chose, of the dev set.
        chosen: row -> the number of its trial; None while it is not chosen yet.
    """

    grid: str
    trials: int
    metric: str
    chosen: Mapping[str, int | None]

    def of(self, row: str) -> dict[str, Any] | None:
        """What a record of the row says of it; None of a row that was not tuned."""
        if row not in self.chosen:
            return None
        return {"grid": self.grid, "trials": self.trials, "metric": self.metric, "chosen": self.chosen[row]}

    @property
    def open(self) -> Sequence[str]:
        """The rows whose trial is not chosen yet."""
        return [row for row, number in self.chosen.items() if number is None]


# ---- reading


def read_tuning(content: Any, metric: Any) -> Tuning:
    """What stands under `tuning` of a grid.

    Args:
        content: plain data.
        metric: by which the grid compares its rows.

    Raises:
        ValueError: it is not as described above; says what of it, as the end of a sentence that begins with the key.
    """
    if not isinstance(content, Mapping) or content.keys() != {"space", "trials", "split"}:
        raise ValueError("must hold space, trials and split, and nothing else")
    if content["split"] != "dev" or not str(metric).startswith("dev."):
        raise ValueError(
            f"must have split: dev, and the grid a metric of the dev set (it is {metric}): a test set chooses nothing"
        )
    trials, space = content["trials"], content["space"]
    if type(trials) is not int or not 1 <= trials <= MOST_TRIALS:
        raise ValueError(f"has trials: {trials!r}; it must be a number from 1 to {MOST_TRIALS:,}")
    if not isinstance(space, Mapping) or not space:
        raise ValueError("has an empty space; name a parameter and its values, such as P_drop: [0.1, 0.3]")
    tuning = Tuning({str(name): _choices(str(name), choices) for name, choices in space.items()}, trials)
    distinct = {str(settings) for settings in tuning.settings().values()}
    if len(distinct) < trials:
        raise ValueError(f"makes {len(distinct)} different settings in {trials} trials; widen space, or lower trials")
    return tuning


def _choices(name: str, choices: Any) -> Range | Sequence[Any]:
    if isinstance(choices, Mapping):
        low: Any = choices.get("low")
        high: Any = choices.get("high")
        log = choices.get("log", False)
        if not choices.keys() <= {"low", "high", "log"} or not isinstance(log, bool):
            raise ValueError(f"has {name}: {dict(choices)}; a range has low and high, and may have log: true")
        if not is_number(low) or not is_number(high) or low >= high or (log and low <= 0):
            above = " above 0" if log else ""
            raise ValueError(f"has {name} from {low!r} to {high!r}; low must be a number{above} below high")
        return Range(float(low), float(high), log)
    if not isinstance(choices, list) or not choices:
        raise ValueError(f"has {name}: {choices!r}; give a list of values, or a range such as {{low: 0.1, high: 0.3}}")
    return choices


def read_tuned(content: Any, trials: Mapping[str, Any], rows: Sequence[str]) -> tuple[Tuned, dict[str, dict[str, Any]]]:
    """What stands under `tuned` of a grid, and what the chosen trials set.

    Args:
        content: plain data.
        trials: the content of the grid of trials that it names.
        rows: of the grid.

    Returns:
        The choice; and row -> settings of its trial, empty while it is not chosen.

    Raises:
        ValueError: as `read_tuning`.
    """
    if "tuning" not in trials:
        raise ValueError(f"names {content['by']}, which has no tuning")
    tuning = read_tuning(trials["tuning"], trials.get("metric"))
    chosen = content["rows"]
    if not isinstance(chosen, Mapping) or not chosen:
        raise ValueError("has no rows; name each tuned row and the number of its trial, or null while it is not known")
    settings, known = tuning.settings(), trials.get("rows") or {}
    for row, number in chosen.items():
        if row not in rows or row not in known:
            raise ValueError(f"names {row!r}, which is no row {'of this grid' if row not in rows else 'of the trials'}")
        if number is not None and (type(number) is not int or str(number) not in settings):
            raise ValueError(f"has {row}: {number!r}; it must be a trial from 1 to {tuning.trials}, or null")
    tuned = Tuned(str(content["by"]), tuning.trials, str(trials["metric"]), dict(chosen))
    return tuned, {row: {} if number is None else settings[str(number)] for row, number in chosen.items()}
