"""The configuration of a cell of the grid `complexity`, with its checks. Needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ablations.complexity.paper import SWEPT, table1
from repro.dataclass_config import Count, Natural, OneOf, Positive, SomeOf
from repro.errors import BadInput

Measurement = Literal["operations", "sequential", "paths", "time", "footnote", "compatibility"]

SINGLE_VALUED = {"sequential": ("d", "k", "r"), "paths": ("d",), "time": ("k", "r")}
"""Sizes of which a measurement takes one value."""

MIN_LENGTHS = {"operations": 3, "sequential": 6, "paths": 6, "time": 2, "footnote": 1, "compatibility": 1}
"""Lengths that a fit or a choice between laws needs; without kernels, each length is one point."""

MIN_VALUES_OF_AN_EXPONENT = 3

SOME_MODES = SomeOf(("forward", "training", "decoding"))


def _list_of_layers(key: str, value: Any) -> None:
    if not isinstance(value, list):
        raise BadInput(f"{key} must list at least one layer of table1.yaml")


def _list_of_modes(key: str, value: Any) -> None:
    if not isinstance(value, list):
        SOME_MODES(key, value)


def _rising(key: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise BadInput(f"{key} must be a list of whole numbers")
    for size in value:
        if type(size) is not int or size < 1:
            raise BadInput(f"{key} has {size!r}; it must hold whole numbers above 0")
        if key in ("k", "r") and (size % 2 == 0 or size < 3):
            raise BadInput(f"{key} has {size}; it must be odd and at least 3, so that a window has a middle")
    if sorted(set(value)) != value:
        raise BadInput(f"{key} must rise, without repeated values; it is {value}")


Sizes = Annotated[tuple[int, ...], _rising]


@dataclass(frozen=True)
class Configuration:
    """One measurement of Table 1, or of section 3.2.1: its footnote, and its two compatibility functions.

    Attributes:
        measurement: what is measured.
        layers: names of table1.yaml: one of them, but several for `time`. Those of section 3.2.1 are not read.
        seed: of weights, inputs and draws.
        n: lengths.
        d: widths, one of them for `sequential` and `paths`; d_k for the footnote.
        k: kernels, one of them for `sequential` and `time`.
        r: neighbourhoods, likewise.
        h: heads.
        modes: of `time` and `compatibility`: forward, training and decoding, or some of them. Others are not read.
        keys: of the footnote: over how many the softmax goes.
        draws: of the footnote: queries for each d_k.
        repeats: of these two: how often a point is measured.
        seconds: likewise: a point that has taken so long is not measured again.
        call_seconds: likewise: a call that is foreseen to take longer is not made.
        threads: of torch, likewise. Left out: 2, as in the shipped grid, whose cells had ids before this key.
    """

    measurement: Measurement
    layers: Annotated[tuple[str, ...], _list_of_layers]
    seed: Natural
    n: Sizes
    d: Sizes
    k: Sizes
    r: Sizes
    h: Count
    modes: Annotated[tuple[str, ...], _list_of_modes]
    keys: Count
    draws: Count
    repeats: Count
    seconds: Positive
    call_seconds: Positive
    threads: Count = 2

    def __post_init__(self) -> None:
        if self.measurement == "footnote":
            if self.keys < 2 or self.draws < 2:
                raise BadInput("keys and draws must be at least 2; a spread needs two")
            return
        if not self.layers:
            raise BadInput("layers must list at least one layer of table1.yaml")
        for layer in self.layers:
            OneOf(tuple(table1()))("layers", layer)
        if self.measurement in ("time", "compatibility"):
            SOME_MODES("modes", list(self.modes))
        elif len(self.layers) > 1:
            raise BadInput(f"layers has {len(self.layers)} entries; {self.measurement} looks at one layer per cell")
        self._check_numbers_of_sizes()
        wrong = [d for d in self.d if d % self.h]
        if wrong:
            raise BadInput(f"d has {wrong[0]}, which h = {self.h} does not divide; change one of them")

    def sizes(self, symbol: str) -> Sequence[int]:
        """The values of n, d, k or r."""
        values: Sequence[int] = getattr(self, symbol)
        return values

    def _check_numbers_of_sizes(self) -> None:
        needed, measurement = MIN_LENGTHS[self.measurement], self.measurement
        if len(self.n) < needed:
            raise BadInput(f"n has {len(self.n)} values; {measurement} needs at least {needed}")
        swept = [SWEPT[layer] for layer in self.layers if layer in SWEPT]
        for symbol in ("d", *swept) if measurement == "operations" else ():
            if len(self.sizes(symbol)) < MIN_VALUES_OF_AN_EXPONENT:
                raise BadInput(
                    f"{symbol} has {len(self.sizes(symbol))} values; "
                    f"an exponent needs at least {MIN_VALUES_OF_AN_EXPONENT}"
                )
        for symbol in SINGLE_VALUED.get(measurement, ()):
            if (symbol == "d" or symbol in swept) and len(self.sizes(symbol)) > 1:
                raise BadInput(
                    f"{symbol} has {len(self.sizes(symbol))} values; {measurement} takes one, so give each its own cell"
                )
