"""Grids that are not shipped, or run at scales that are not, found by their records.

Their files may be anywhere, but their records are here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.scale import scale_files
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.published_cells import cell_directories
from repro.ledger.records.record import Record
from repro.table import Part, Table

MAX_METRICS = 4
"""So many metrics are shown at most, those of quality first."""


@dataclass(frozen=True)
class OwnGrid:
    """A grid at a scale, as its directories tell.

    Attributes:
        name, scale: of its directory.
        cells: how many cells have a directory.
        records: the record that counts of each cell that has one which can be read.
    """

    name: str
    scale: str
    cells: int
    records: Sequence[Record]

    def rows(self) -> Mapping[str, Sequence[Record]]:
        """Row -> its records, done or not."""
        by_row: dict[str, list[Record]] = {}
        for record in self.records:
            by_row.setdefault(record.row, []).append(record)
        return by_row

    @property
    def done(self) -> int:
        """How many cells are done."""
        return sum(record.status == "done" for record in self.records)


def own_grids(folders: Sequence[Path], scale: str | None = None, name: str | None = None) -> list[OwnGrid]:
    """All grids below directories of runs that are not shipped, or whose scale is not, by scale and name.

    Args:
        folders: directories of runs and of published records.
        scale, name: only these; None: all.
    """
    grids: dict[tuple[str, str], dict[str, Path]] = {}
    for folder in folders:
        for directory in cell_directories(folder) if folder.is_dir() else ():
            place = directory.parent.parent.name, directory.parent.name
            wanted = scale in (None, place[0]) and name in (None, place[1])
            if wanted and not (place[1] in grid_files() and place[0] in scale_files()):
                grids.setdefault(place, {}).setdefault(directory.name, directory)
    return [
        OwnGrid(place[1], place[0], len(cells), tuple(_records(cells.values())))
        for place, cells in sorted(grids.items())
    ]


def own_grid_parts(grid: OwnGrid) -> list[Part]:
    """Its rows with the means of their metrics; nobody knows here which row is the base."""
    quality: dict[str, bool] = {}
    for record in grid.records:
        for name, metric in record.metrics.items():
            quality.setdefault(name, bool(metric.get("quality")))
    metrics = sorted(quality, key=lambda name: not quality[name])[:MAX_METRICS]
    lines = [["row", "runs", *metrics]]
    for row, records in sorted(grid.rows().items()):
        done = [record for record in records if record.status == "done"]
        lines.append([row, f"{len(done)}/{len(records)}", *(_mean(done, metric) for metric in metrics)])
    hint = "its file (`ablate show FILE.yaml`) gives differences from the base"
    return [f"{grid.name} at the scale {grid.scale}, a grid of your own; {hint}", Table(lines)]


def _mean(records: Sequence[Record], metric: str) -> str:
    known = [value for record in records if (value := value_of(record, metric)) is not None]
    return f"{fmean(known):.5g}" if known else "-"


def _records(directories: Iterable[Path]) -> Iterator[Record]:
    for directory in directories:
        try:
            record = record_that_counts(directory)
        except BadInput:  # what is damaged is said by `report build`
            continue
        if record is not None:
            yield record
