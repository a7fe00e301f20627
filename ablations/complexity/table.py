"""Table 1 as text: per layer and column the paper's formula, the measured one, and whether they agree."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from repro.table import table


@dataclass(frozen=True)
class Line:
    """One entry of the table.

    Attributes:
        layer: which.
        column: "operations", "sequential", "path", "variance" or "time".
        paper: what is stated, such as "O(n^2 d)".
        measured: the exponents or the law, with intervals.
        agrees: whether it is what is stated; None if that cannot be told.
        note: why not, or what else there is to say.
    """

    layer: str
    column: str
    paper: str
    measured: str
    agrees: bool | None
    note: str | None = None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    def cells(self) -> list[str]:
        """The texts of the columns."""
        agrees = {True: "yes", False: "NO", None: "-"}[self.agrees]
        return [self.layer, self.column, self.paper, self.measured, agrees, self.note or ""]

    def text(self) -> str:
        """The entry by itself."""
        return table([self.cells()])


HEADS = ["layer", "column", "paper", "measured, with 95% interval", "agrees", "note"]


def table_of(records: Iterable[Mapping[str, Any]]) -> str:
    """The table from the `details` of records, in their order."""
    lines = [Line(**line).cells() for details in records for line in details.get("table", [])]
    return table([HEADS, *lines])
