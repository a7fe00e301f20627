"""When the first of each row's replaced or withdrawn records began.

    DIR/replaced.yaml                    scale -> grid -> row -> time (reports/schemas/replaced-1.json)

A question may have been changed because of a record that is no longer there. `reports/replaced_history.py` writes the
file from the history of git.
"""

from collections.abc import Mapping
from pathlib import Path

from reports.checking.schema import departures
from reports.record_places import REPLACED
from repro.errors import BadInput
from repro.presets import read_yaml

RowOfScale = tuple[str, str, str]
"""Scale, grid and row."""


def replaced_data(root: Path) -> Mapping[RowOfScale, str]:
    """Scale, grid and row -> when the first of its records began that this folder no longer has, ISO 8601 in UTC.

    It is empty where the folder has no `replaced.yaml`.

    Raises:
        BadInput: the file cannot be read, or does not fit its schema.
    """
    path = root / REPLACED
    if not path.is_file():
        return {}
    content = read_yaml(path)
    faults = departures("replaced", content, str(path))
    if faults:
        raise BadInput(f"{faults[0]}; correct it, or remove the file")
    return {
        (scale, grid, row): began
        for scale, of_scale in content["replaced"].items()
        for grid, of_grid in of_scale.items()
        for row, began in of_grid.items()
    }
