"""The configuration of a cell of the grid `counting`. Needs no torch."""

from dataclasses import dataclass
from typing import Literal, NoReturn

from repro.dataclass_config import Count, Natural
from repro.errors import BadInput
from repro.ledger.grids.expression import evaluate

Measurement = Literal[
    "parameters", "sinusoids", "heads", "additive", "convolution", "separable", "dependence", "arithmetic"
]


LEAST_POSITIONS = 200
"""Of section 3.5's table: half of them fit a map of the farthest shift, by 100, and half are left to test it."""


@dataclass(frozen=True)
class Configuration:
    """One thing to count.

    Attributes:
        measurement: what is counted.
        seed: of weights, which no count depends on.
        types: of the vocabulary, for `parameters`.
        N, d_ff, d_k: of the network, for `parameters` and `dependence`; null: d_k = d_model / h.
        d_model: of the network or layer, for all but `separable` and `arithmetic`.
        h: heads, for `parameters`, `dependence`, `heads` and `additive`.
        n: length, for `heads`, `additive`, `convolution` and `dependence`; positions, for `sinusoids`.
        formula: of `arithmetic`: numbers that the paper prints, in a formula of + - * / **.
    """

    measurement: Measurement
    seed: Natural
    types: Count
    N: Count
    d_model: Count
    d_ff: Count
    h: Count
    d_k: Count | None
    n: Count
    formula: str | None

    def __post_init__(self) -> None:
        if self.measurement == "arithmetic" and self.formula is None:
            raise BadInput("formula is missing; say how the paper's numbers are combined")
        if self.measurement == "sinusoids" and self.n < LEAST_POSITIONS:
            raise BadInput(f"n is {self.n}; sinusoids needs at least {LEAST_POSITIONS} positions")
        if self.formula is not None:
            try:
                value_of(self.formula)
            except ValueError as error:
                raise BadInput(f"formula cannot be computed: {error}") from error


def value_of(formula: str) -> float:
    """The value of a formula of numbers.

    Raises:
        ValueError: it is none, or names something.
    """
    return float(evaluate(formula, _no_name))


def _no_name(name: str) -> NoReturn:
    raise KeyError(name)
