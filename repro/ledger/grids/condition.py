"""Conditions that a grid's base must meet before its rows are judged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Condition:
    """A condition on the mean of the base's runs; rows are judged only if it is met.

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
