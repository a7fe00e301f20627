"""The paper's Table 1, read from `table1.yaml`. Needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from repro.presets import read_yaml

Part = Literal["all", "between"]


@dataclass(frozen=True)
class Entry:
    """One layer's line of Table 1, in the symbols n, d, k and r.

    Attributes:
        operations: complexity per layer, as a formula.
        part: which operations it speaks of: "all", or "between" activations, without those with weights.
        sequential: the law of sequential operations.
        path: the law of the maximum path length that section 4 gives for this kind of layer.
        table_path: the table's own, where the text corrects it.
    """

    operations: str
    part: Part
    sequential: str
    path: str
    table_path: str | None = None


@cache
def table1() -> Mapping[str, Entry]:
    """Layer -> what the paper says of it."""
    return {layer: Entry(**line) for layer, line in read_yaml(Path(__file__).with_name("table1.yaml")).items()}


SWEPT = {"convolution": "k", "convolution-dilated": "k", "convolution-separable": "k", "restricted": "r"}
"""Layers that have a third size beside n and d, and its symbol."""


def big_o(formula: str) -> str:
    """A formula of the table as it is printed: "n**2 * d" -> "O(n^2 d)"."""
    return "O(" + formula.replace("**", "^").replace(" * ", " ").replace("*", " ") + ")"
