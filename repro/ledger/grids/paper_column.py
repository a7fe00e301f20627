"""Published columns for comparison with a grid's rows, read from the packages that provide them.

    paper: vaswani2017
    place: Table 3
    columns: {bleu: {unit: BLEU, better: higher}}
    rows: {base: {bleu: 25.8}, A1: {bleu: 24.9}}

Packages name the folder of such files under the entry point `repro.published`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from repro.errors import BadInput
from repro.ledger.grids.scale import files_of
from repro.presets import read_yaml

GROUP = "repro.published"
"""The entry points that name folders of published figures."""


@dataclass(frozen=True)
class Published:
    """One column of a published table.

    Attributes:
        source: paper and place, for people.
        column: its name there.
        values: row -> value, where the paper has one.
    """

    source: str
    column: str
    values: Mapping[str, float]

    def difference(self, row: str, base: str) -> float | None:
        """Row minus base, where the paper has both."""
        if row not in self.values or base not in self.values:
            return None
        return self.values[row] - self.values[base]


def published_files() -> dict[str, Path]:
    """Name -> file."""
    return files_of(GROUP)


def record_folders() -> list[Path]:
    """Where a checkout has its published records: the folder `published` of packages that name published figures."""
    tops = dict.fromkeys(point.value.split(".")[0] for point in entry_points(group=GROUP))
    return [
        folder for top in tops for path in import_module(top).__path__ if (folder := Path(path) / "published").is_dir()
    ]


def read_published(name: str, column: str) -> Published:
    """A column of a published table.

    Raises:
        BadInput: there is no such table or column.
    """
    files = published_files()
    if name not in files:
        raise BadInput(f"there are no published figures {name!r}; there are {', '.join(sorted(files)) or 'none'}")
    content = read_yaml(files[name])
    if column not in content["columns"]:
        raise BadInput(f"{files[name]} has no column {column!r}; it has {', '.join(content['columns'])}")
    values = {row: float(cells[column]) for row, cells in content["rows"].items() if cells.get(column) is not None}
    return Published(f"{content['paper']}, {content['place']}", column, values)
