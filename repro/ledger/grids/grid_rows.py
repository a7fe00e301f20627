"""The rows of a grid, from its file: named ones, and every choice of every axis."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from repro.errors import BadInput
from repro.ledger.grids.completion import completed
from repro.ledger.grids.grid import ROW, Row
from repro.ledger.grids.grid_keys import GridKeys
from repro.ledger.grids.row_configuration import RowConfiguration
from repro.ledger.grids.row_limits import check_row
from repro.ledger.grids.scale import Scale
from repro.ledger.grids.tuning import AXIS, Tuning

NAME = re.compile(r"[A-Za-z0-9_.-]+")
MOST_ROWS = 10_000
"""Of a grid; more can only be a slip."""


class GridRows:
    """Reads one grid's rows at one scale.

    Args:
        keys: what its file says at the scale.
        scale: where it runs.
        settings: for all rows, of the command line.
        tuning: the trials that each row has; None: none.
    """

    def __init__(self, keys: GridKeys, scale: Scale, settings: Mapping[str, Any], tuning: Tuning | None = None) -> None:
        self.keys, self.scale, self.settings, self.tuning = keys, scale, settings, tuning

    def rows(self, tuned_settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
        """Every row with every choice of every axis.

        Args:
            tuned_settings: row -> the settings of its best trial.

        Raises:
            BadInput: rows, axes or a base that cannot be; a row that its function refuses.
        """
        rows = self.named()
        configuration = RowConfiguration(self.keys, self.scale, self.settings)
        axes = self._axes()
        number = math.prod([len(rows) or 1, *map(len, axes.values())])
        if number > MOST_ROWS:
            self.keys.refuse("rows and axes", f"make {number:,} rows; a grid may have {MOST_ROWS:,}")
        combinations = [
            (name, choice) for name in rows or {"": {}} for choice in itertools.product(*(axes[axis] for axis in axes))
        ]
        placed = []
        for name, choice in combinations:
            coordinates = {ROW: name} if rows else {}
            coordinates |= {axis: label for axis, (label, _, _) in zip(axes, choice, strict=True)}
            parts = [name] if rows else []
            parts += [shown for _, shown, _ in choice]
            settings = [(f"rows.{name}", rows.get(name, {})), (f"tuned.{name}", tuned_settings.get(name, {}))]
            settings += [(f"axes.{axis}", values) for axis, (_, _, values) in zip(axes, choice, strict=True)]
            placed.append(("+".join(parts) or "all", coordinates, settings))
        if not placed:
            self.keys.refuse("rows", "and axes are both missing; say what varies")
        names = {tuple(sorted(coordinates.items())): name for name, coordinates, _ in placed}
        base = self._base(axes, rows)
        for name, coordinates, settings in placed:
            counterpart = names[tuple(sorted({**coordinates, **base}.items()))] if base else None
            try:
                config = configuration.of(settings)
            except BadInput as error:  # an axis may suit most rows, and not the model of one
                raise BadInput(f"{error} (row {name})") from error
            try:
                config = completed(self.keys.content["function"], config)
                check_row(self.keys.content["function"], config)
            except BadInput as error:
                raise BadInput(f"{self.keys.path}: row {name}: {error}") from error
            yield Row(name, coordinates, config, None if counterpart == name else counterpart)

    def named(self) -> dict[str, dict[str, Any]]:
        """The rows that the file names and what they set; those that this scale leaves out are passed over.

        Raises:
            BadInput: they are no such mapping, or none is left.
        """
        rows = self.keys.content.get("rows", {})
        if not isinstance(rows, dict):
            self.keys.refuse("rows", "must map names to what they set")
        kept = {}
        for name, settings in rows.items():
            if settings is None:  # not at this scale
                continue
            if not isinstance(name, str) or not NAME.fullmatch(name):
                self.keys.refuse(
                    f"rows.{name}", "must be a name of letters, digits and _ . -, in quotes if it is a number"
                )
            if not isinstance(settings, dict):
                self.keys.refuse(f"rows.{name}", "must hold parameters and values, or {} for none")
            kept[name] = settings
        if rows and not kept:
            self.keys.refuse("rows", f"has none left at the scale {self.scale.name}")
        return kept

    def _axes(self) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
        """Axis -> choices: the label, the label as it is shown in a row's name, and what it sets."""
        axes = self.keys.content.get("axes", {})
        if not isinstance(axes, dict):
            self.keys.refuse("axes", "must map names to choices")
        for axis in axes:
            if not isinstance(axis, str) or axis == ROW:
                self.keys.refuse(f"axes.{axis}", f"must have another name: text, and not {ROW}")
        choices = {axis: self._choices(axis, choices) for axis, choices in axes.items()}
        if self.tuning is None:
            return choices
        if AXIS in choices:
            self.keys.refuse(f"axes.{AXIS}", "has the same name as the axis that tuning adds; give it another name")
        trials = self.tuning.settings()
        return {**choices, AXIS: [(label, f"{AXIS}-{label}", settings) for label, settings in trials.items()]}

    def _choices(self, axis: str, choices: Any) -> list[tuple[str, str, dict[str, Any]]]:
        if not isinstance(choices, dict | list) or not choices:
            self.keys.refuse(f"axes.{axis}", "is empty; give it values, or leave it out")
        if isinstance(choices, list):
            options = [(str(value), f"{axis}={value}", {axis: value}) for value in choices]
        else:
            options = [
                (str(label), str(label), value if isinstance(value, dict) else {axis: value})
                for label, value in choices.items()
                if value is not None
            ]
        for label, _, _ in options:
            if not NAME.fullmatch(label):
                self.keys.refuse(f"axes.{axis}", f"has the value {label!r}; give it a name: {{name: value}}")
        labels = [label for label, _, _ in options]
        twice = [label for label in labels if labels.count(label) > 1]
        if twice:
            self.keys.refuse(f"axes.{axis}", f"has {twice[0]} twice; leave one out")
        return options

    def _base(self, axes: Mapping[str, Any], rows: Mapping[str, Any]) -> dict[str, str]:
        base = self.keys.content.get("base")
        if base is None:
            return {}
        named = {str(key): str(value) for key, value in base.items()} if isinstance(base, dict) else {ROW: str(base)}
        for axis, label in named.items():
            known = rows if axis == ROW else [label for label, _, _ in axes.get(axis, [])]
            if label not in known:
                self.keys.refuse(
                    "base", f"names {label!r}, which is not a {'row' if axis == ROW else f'choice of {axis}'}"
                )
        return named
