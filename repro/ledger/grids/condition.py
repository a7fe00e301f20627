"""What a grid requires of its base before anything is said of its rows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """What the base's runs must fulfil in the mean, or else nothing is said of the rows.

    Attributes:
        metric: of the base.
        above, below: a number, or another metric of the base, above or below which it must lie.
        otherwise: what is said where it does not.
        rows: of which rows nothing is said then; none: of all.
    """

    metric: str
    otherwise: str
    above: float | str | None = None
    below: float | str | None = None
    rows: tuple[str, ...] = ()
