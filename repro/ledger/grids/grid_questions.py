"""A grid's questions about its rows, from its file: metrics and directions, trends, conditions; and its version."""

import fnmatch
from collections.abc import Sequence
from typing import Any, Literal

from repro import json_file
from repro.called_function import called_function
from repro.errors import BadInput, hint
from repro.ledger.grids.condition import Condition
from repro.ledger.grids.grid import Measure, Row
from repro.ledger.grids.grid_keys import GridKeys
from repro.ledger.grids.parameters import number_at
from repro.metric_declaration import MetricDeclaration, declaration_of, declared_metrics

DIRECTIONS = ("higher", "lower")
MEASURE_KEYS = {"better", "margin", "unjudged"}
CONDITION_KEYS = {"metric", "above", "below", "otherwise"}


class GridQuestions:
    """Reads one grid's questions at one scale.

    Args:
        keys: what its file says at the scale.
        rows: its rows.
    """

    def __init__(self, keys: GridKeys, rows: Sequence[Row]) -> None:
        self.keys, self.content, self.rows = keys, keys.content, rows
        self.names = [row.name for row in rows]

    def better(self) -> Literal["higher", "lower"] | None:
        """Which direction of the main metric is better; None: neither."""
        return self._direction("better", str(self.content["metric"]), self.content.get("better"))

    def _direction(self, key: str, metric: str, given: Any) -> Literal["higher", "lower"] | None:
        """Which direction of a metric is better: what its function declares, or else what the grid says.

        None where neither is, by the declaration. Of rows of which some cannot have the metric, the others tell.
        """
        if given not in (None, *DIRECTIONS):
            self.keys.refuse(key, f"is {given!r}; it must be higher or lower")
        function = self.content["function"]
        declared = [self._declared(row) for row in self.rows]
        declaration = next((of_metric for of_row in declared if (of_metric := declaration_of(of_row, metric))), None)
        if declaration is None:
            if given is None:
                self._check_callable(function)
                unknown = f", since {function} declares no such metric" if any(declared) else ""
                self.keys.refuse(key, f"is missing; say whether higher or lower {metric} is better{unknown}")
            direction: Literal["higher", "lower"] = given
            return direction
        if given not in (None, declaration.better):
            truth = (
                f"{declaration.better} {metric} is better"
                if declaration.better
                else f"neither direction of {metric} is better"
            )
            self.keys.refuse(key, f"is {given}, but {truth}; leave it out")
        return declaration.better

    def _check_callable(self, function: str) -> None:
        """Check that the function exists: one that does not declares nothing either.

        Raises:
            BadInput: it does not.
        """
        try:
            called_function(function)
        except BadInput as error:
            raise BadInput(f"{self.keys.path}: {error}") from error

    def margin(self, metric: str) -> float | None:
        """Below which differences of the main metric count as none; null: none.

        A mapping from metrics to margins keeps the margin of one metric from being taken for another's.
        """
        value = self.content.get("margin")
        if isinstance(value, dict):
            if metric not in value:
                self.keys.refuse(
                    "margin", f"is given for {', '.join(map(str, value))}, not for {metric}; add one, or leave it out"
                )
            return self.keys.positive(f"margin.{metric}", value[metric])
        return self.keys.positive("margin", value)

    def measures(self) -> list[Measure]:
        """The entries of `also`; a metric with null there is compared elsewhere, but not at this scale."""
        measures = []
        for metric, content in self.keys.mapping("also").items():
            key = f"also.{metric}"
            if content is None:
                continue
            if not isinstance(content, dict) or not content.keys() <= MEASURE_KEYS:
                self.keys.refuse(key, "may have the keys better, margin and unjudged only")
            if metric == self.content.get("metric"):
                self.keys.refuse(key, "is already the grid's metric; leave it out")
            better = self._direction(f"{key}.better", str(metric), content.get("better"))
            unjudged = content.get("unjudged") or {}
            if not isinstance(unjudged, dict):
                self.keys.refuse(f"{key}.unjudged", "must map rows to reasons")
            elsewhere = [str(row) for row in self.keys.mapping("rows")]  # those that this scale leaves out, too
            for pattern in unjudged:
                if not fnmatch.filter([*self.names, *elsewhere], str(pattern)):
                    self.keys.refuse(
                        f"{key}.unjudged", f"names {pattern!r}, which is not a row; {hint(str(pattern), self.names)}"
                    )
            reasons = {
                row: str(why) for pattern, why in unjudged.items() for row in fnmatch.filter(self.names, str(pattern))
            }
            margin = self.keys.positive(f"{key}.margin", content.get("margin"))
            measures.append(Measure(str(metric), better, margin, reasons))
        return measures

    def trends(self) -> dict[str, list[str]]:
        """Parameter -> rows in its order; those that this scale leaves out are passed over."""
        trends = {}
        rows = {row.name: row for row in self.rows}
        for name, of_trend in self.keys.mapping("trends").items():
            key = f"trends.{name}"
            if of_trend is None:  # not at this scale
                continue
            are_names = isinstance(of_trend, list) and all(isinstance(row, str) for row in of_trend)
            if not are_names or len(of_trend) < 3 or len(set(of_trend)) < len(of_trend):
                self.keys.refuse(key, "must list three rows or more, each once, in the order of the parameter")
            known = self.keys.mapping("rows")
            unknown = [row for row in of_trend if row not in rows and row not in known]
            if unknown:
                self.keys.refuse(
                    key, f"has the row {unknown[0]!r}, which does not exist; {hint(str(unknown[0]), rows)}"
                )
            present = [row for row in of_trend if row in rows]
            for row in present:
                try:
                    number_at(rows[row].config, str(name))
                except ValueError as error:
                    self.keys.refuse(key, f"{error} (row {row})")
            if len(present) >= 3:
                trends[str(name)] = present
        return trends

    def version(self) -> tuple[int, dict[int, str]]:
        """The version, and what each one changed."""
        version, changes = self.content.get("version", 1), dict(self.keys.mapping("changes"))
        if type(version) is not int or version < 1:
            self.keys.refuse("version", f"is {version!r}; it must be a whole number from 1")
        # A version that is far too large must not be listed.
        if version > len(changes) + 1 or sorted(map(str, changes)) != sorted(map(str, range(2, version + 1))):
            self.keys.refuse("changes", f"must say only what each version from 2 to {version} changed")
        return version, {int(number): str(text) for number, text in changes.items()}

    def conditions(self) -> list[Condition]:
        """The value that the base must reach by the main metric, and what single rows require of it."""
        conditions = []
        learnt = self.content.get("learnt")
        if learnt is not None:
            if not json_file.is_number(learnt):
                self.keys.refuse("learnt", f"is {learnt!r}; it must be the number that the base must reach")
            metric, said = str(self.content["metric"]), "the base has learnt too little"
            lower = self.better() == "lower"
            conditions.append(
                Condition(metric, said, below=float(learnt)) if lower else Condition(metric, said, above=float(learnt))
            )
        known = self.keys.mapping("rows")
        for row, content in self.keys.mapping("requires").items():
            key = f"requires.{row}"
            if content is None:  # not at this scale
                continue
            if row not in self.names and row not in known:
                self.keys.refuse(key, f"names no row; {hint(str(row), self.names)}")
            wrong = not isinstance(content, dict) or not content.keys() <= CONDITION_KEYS
            if wrong or not {"metric", "otherwise"} <= content.keys() or ("above" in content) == ("below" in content):
                self.keys.refuse(key, "must have the keys metric, otherwise, and above or below only")
            limit = "above" if "above" in content else "below"
            if not json_file.is_number(content[limit]) and not _is_name(content[limit]):
                self.keys.refuse(
                    f"{key}.{limit}", f"is {content[limit]!r}; it must be a number, or a metric of the base"
                )
            if row in self.names:
                self._check_declared(f"{key}.metric", content["metric"])
                if isinstance(content[limit], str):
                    self._check_declared(f"{key}.{limit}", content[limit])
                conditions.append(Condition(**content, rows=(str(row),)))
        return conditions

    def _declared(self, row: Row) -> Sequence[MetricDeclaration]:
        """What the function declares of a row's metrics; nothing where it says nothing."""
        try:
            return declared_metrics(self.content["function"], row.config) or ()
        except BadInput as error:
            raise BadInput(f"{self.keys.path}: row {row.name}: {error}") from error

    def _check_declared(self, key: str, metric: Any) -> None:
        """Refuse what no row can have, where the function declares its metrics."""
        declared = [it for row in self.rows for it in self._declared(row)]
        if declared and declaration_of(declared, str(metric)) is None:
            known = {name for it in declared for name in it.names()}
            function = self.content["function"]
            self.keys.refuse(key, f"is {metric!r}, which {function} does not declare; {hint(metric, known)}")


def _is_name(value: Any) -> bool:
    """Whether it is a text that is no number in quotes."""
    return isinstance(value, str) and value[:1].isalpha()
