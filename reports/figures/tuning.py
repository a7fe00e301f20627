"""How much the models of a comparison were tuned: the number of counted trials, or that there are none."""

from collections.abc import Iterable, Mapping
from typing import Any

from reports.catalogue import grid_at, scales_of_grid
from reports.figures.measurements import called, rows_of
from reports.verdicts.records import Records
from repro.ledger.comparing.trials import tried
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.tuning import Tuned

SECONDS_AN_HOUR = 3600


def tuning_note(grid: Grid, records: Records, texts: Mapping[str, str]) -> str | None:
    """A sentence, if trials chose the rows, or if the rows are several kinds of models without trials; else None.

    Args:
        grid: the grid whose rows are compared.
        records: all records; those of the trials say how long the trials took.
    """
    if grid.tuned is not None:
        return _tuned(grid.tuned, grid.scale, records, texts)
    return untuned_note((row.config for row in grid.rows), texts)


def untuned_note(configs: Iterable[Mapping[str, Any]], texts: Mapping[str, str]) -> str | None:
    """The sentence that no trials were counted, if the configurations are several kinds of models; else None."""
    kinds = {kind for config in configs if (kind := _kind(config)) is not None}
    return texts["tuning.none"] if len(kinds) > 1 else None


def _kind(config: Mapping[str, Any]) -> str | None:
    """The class of a configuration's network; None if it has no network."""
    model = config.get("model")
    network = model.get("network") if isinstance(model, Mapping) else None
    return str(network.get("class_path")) if isinstance(network, Mapping) else None


def _tuned(tuned: Tuned, scale: str, records: Records, texts: Mapping[str, str]) -> str:
    said = texts["tuning.counted"].format(
        trials=tuned.trials,
        metric=called(tuned.metric, texts["language"]),
        grid=tuned.grid,
        rows=", ".join(f"{row}: {'–' if number is None else number}" for row, number in tuned.chosen.items()),
    )
    if scale not in scales_of_grid(tuned.grid):
        return said
    rows = tried(grid_at(tuned.grid, scale), rows_of(records, tuned.grid, scale))
    hours = [f"{row}: {it.seconds / SECONDS_AN_HOUR:.1f}" for row, it in rows.items() if it.ended]
    return f"{said} {texts['tuning.hours'].format(hours=', '.join(hours))}" if hours else said
