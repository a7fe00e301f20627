"""From a claim's `test` block to a question at each scale, checked against the grids as they are.

test:
  rule: worse                    # better | worse | higher | lower | same | value | limit | exact | order
  grid: essentials               # where the records are
  row: no-positions
  base: base                     # the grid's own base for that row, if left out
  metric: test.exact_match       # the grid's own at each scale, if left out
  margin: 2                      # the grid's own for its own metric, if left out
  by: 0.9                        # better, worse, higher, lower: at least so far from the base; 0, if left out
  expected: 2                    # exact and value: the published value, if left out
  relative: 0.045                # exact and value: the margin as a share of what is expected
  times: 1000000                 # exact and value: the published value in the record's unit
  below: footnote.jacobian.scaled    # exact and limit: below another metric of the record, or a number; or above
  table: vaswani2017-table3      # order: the column of published values
  column: bleu
  rows: [C1, C2, base]           # order: these rows of the table; all that have a value, if left out
  corpora: [sst2, imdb, babi1]   # the claim is about these scales together: each is judged by itself, and then
  at_least: 2                    # on how many of them it must hold; on more than half, if left out
  at: {multi30k: {grid: positions}}  # anything of the above anew for a scale
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, get_args

from reports import catalogue
from reports.catalogue import by_authority
from reports.claims import metrics
from reports.claims.claim import Corpora, Published, Question, Rule, Test
from repro.errors import BadInput, hint
from repro.ledger.grids.grid import Grid, Row
from repro.metric_declaration import MetricDeclaration

AT_KEYS = {
    "grid",
    "row",
    "base",
    "metric",
    "margin",
    "by",
    "expected",
    "relative",
    "times",
    "above",
    "below",
}
KEYS = AT_KEYS | {"rule", "table", "column", "rows", "at", "corpora", "at_least"}
NAMES = {"grid", "row", "base", "metric", "table", "column"}
NUMBERS = {"margin", "by", "expected", "relative", "times"}
LIMITS = {"above", "below"}
DIRECTED: tuple[Rule, ...] = ("better", "worse", "higher", "lower")
COMPARING: tuple[Rule, ...] = (*DIRECTED, "same")
OF_EVERY_RULE = {"rule", "grid", "metric", "at", "corpora", "at_least"}
STATED = {"expected", "times", "margin", "relative"}
"""What says which number is expected; with a limit in place of that number, none of them is of use."""
OF_RULE: Mapping[Rule, set[str]] = {
    **{rule: {"row", "base", "margin", "by"} for rule in DIRECTED},
    "same": {"row", "base", "margin"},
    "value": {"row", *STATED},
    "limit": {"row", "margin", *LIMITS},
    "exact": {"row", *STATED, *LIMITS},
    "order": {"table", "column", "rows"},
}
"""Rule -> the further keys that it uses; another would be ignored."""


@dataclass(frozen=True)
class TestReader:
    """Reads one claim's test.

    Attributes:
        place: file and claim, for messages.
        content: the test block.
        published: what the claim says was published.
        decides_at: the claim's.
        shown_at: the claim's; None: wherever the grid has the row.
    """

    place: str
    content: Mapping[str, Any]
    published: Published | None
    decides_at: tuple[str, ...]
    shown_at: tuple[str, ...] | None

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Say in one sentence what is wrong with a key of the test."""
        raise BadInput(f"{self.place}: test.{key} {problem}")

    def test(self) -> Test:
        """The test, with what it asks at each scale.

        Raises:
            BadInput: a selector that no grid can satisfy, or a key that is wrong.
        """
        content = self.content
        for key in content:
            if key not in KEYS:
                self.refuse(str(key), f"is unknown; {hint(str(key), KEYS)}")
        rule = self._rule(content.get("rule"))
        corpora = self._corpora()
        together = () if corpora is None else corpora.scales
        if not isinstance(content.get("at", {}), dict):
            self.refuse("at", "must map scales to what differs there")
        overrides = dict(content.get("at", {}))
        self._require_kinds("", content)
        if "grid" in content:
            self._require_grid(content["grid"])
        for scale in (*self.decides_at, *together, *(self.shown_at or ()), *overrides):
            if scale not in catalogue.scales():
                known = catalogue.scales()
                meant = hint(scale, known, f"there are {', '.join(sorted(known))}; --scales adds your own")
                raise BadInput(f"{self.place}: there is no scale {scale!r}; {meant}")
        for scale, block in overrides.items():
            if not isinstance(block, dict):
                self.refuse(f"at.{scale}", "must hold keys and values")
            for key in block:
                if key not in AT_KEYS:
                    self.refuse(f"at.{scale}.{key}", f"is unknown; {hint(str(key), AT_KEYS)}")
            self._require_kinds(f"at.{scale}.", block)
        named = {*self.decides_at, *together, *(self.shown_at or ())}
        named |= {scale for scale, block in overrides.items() if block.keys() & {"grid", "row"}}
        for scale, block in list(overrides.items()):
            overrides |= {shorter: block for shorter in catalogue.with_shorter((scale,)) if shorter not in overrides}
        scales = {*named, *(overrides if self.shown_at is None else ())}
        if self.shown_at is None and rule != "value":  # a number published for other data says nothing elsewhere
            scales |= set(catalogue.scales_of_grid(str(content.get("grid"))))
        questions: dict[str, Question] = {}
        missing: _NotThere | None = None
        for scale in by_authority(sorted(scales), self.decides_at):
            try:
                question = self._question(rule, scale, {**content, **overrides.get(scale, {})})
                questions[scale] = replace(question, corpora=corpora) if scale in together else question
            except _NotThere as error:
                if scale in named and not catalogue.is_shorter(scale, named):
                    raise BadInput(str(error)) from error
                missing = error
        if not questions:
            is_grid = content.get("grid") in catalogue.grids()
            why = "names no scale that is known; --scales adds your own" if is_grid else "is not a grid"
            raise BadInput(str(missing or f"{self.place}: test.grid {content.get('grid')!r} {why}"))
        return Test(rule, questions)

    def _corpora(self) -> Corpora | None:
        given, at_least = self.content.get("corpora"), self.content.get("at_least")
        if given is None:
            if at_least is not None:
                self.refuse("at_least", "is of no use without test.corpora; leave it out")
            return None
        if not isinstance(given, list) or not all(isinstance(scale, str) for scale in given):
            self.refuse("corpora", f"is {given!r}; it must be a list of scales")
        if len(given) < 2 or len(set(given)) < len(given):
            self.refuse("corpora", f"is {given!r}; it must list two scales or more, each once")
        if self.decides_at and set(self.decides_at) != set(given):
            self.refuse("corpora", "decide the claim together; list all of them in decides_at, or leave it out")
        least = len(given) // 2 + 1 if at_least is None else at_least
        if type(least) is not int or not 1 <= least <= len(given):
            self.refuse("at_least", f"is {least!r}; it must be a whole number from 1 to {len(given)}")
        return Corpora(tuple(given), least)

    def _require_kinds(self, within: str, content: Mapping[str, Any]) -> None:
        """Names are text, numbers are numbers, and limits are one of both."""
        for key, value in content.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if key in NAMES and not isinstance(value, str):
                self.refuse(within + key, f"is {value!r}; it must be a name, in quotes if it looks like a number")
            if key in NUMBERS and not is_number:
                self.refuse(within + key, f"is {value!r}; it must be a number")
            if key == "rows" and not (isinstance(value, list) and all(isinstance(row, str) for row in value)):
                self.refuse(within + key, f"is {value!r}; it must be a list of rows")
            if key in LIMITS and not isinstance(value, str) and not is_number:
                self.refuse(within + key, f"is {value!r}; it must be a metric of the same record, or a number")

    def _rule(self, given: Any) -> Rule:
        for rule in get_args(Rule):
            if rule == given:
                checked: Rule = rule
                return checked
        self.refuse("rule", f"is {given!r}; it must be one of {', '.join(get_args(Rule))}")

    def _question(self, rule: Rule, scale: str, content: Mapping[str, Any]) -> Question:
        grid = self._grid(scale, content)
        self._refuse_what_is_not_used(rule, content)
        if rule != "order" and "row" not in content:
            self.refuse("row", f"is missing; name a row of the grid {grid.name}")
        published = self._column(grid, content) if rule == "order" else None
        rows = tuple(published) if published is not None else (str(content.get("row")),)
        self._require_rows(grid, rows)
        base = self._base(rule, grid, rows[0], content)
        metric = str(content.get("metric", grid.metric))
        declared = self._declared(grid, (*rows, *([base] if base else [])), metric)
        if rule in ("better", "worse") and declared.better is None:
            self.refuse("rule", f"is {rule}, but neither direction of {metric} is better; write higher or lower")
        expected = self._expected(rule, content)
        by = self._by(content)
        margin = self._margin(rule, content, grid.margin if metric == grid.metric else None, expected, metric, scale)
        question = Question(
            grid=grid.name,
            scale=scale,
            rows=rows,
            base=base,
            metric=metric,
            better=declared.better,
            declared=declared,
            conditions=tuple(grid.conditions),
            margin=None if by else margin,
            by=by,
            expected=expected,
            above=content.get("above"),
            below=content.get("below"),
            published=published,
            seeds=len(grid.seeds),
            sharing=tuple(row.name for row in grid.rows) if grid.spread == "pooled" else (),
            conditional_on=_own_base(grid, (*([base] if base else []), *rows)),
            alone=all(grid.runs_alone(side) for side in (*rows, *([base] if base else []))),
            function=grid.function,
            unjudged=next((measure.unjudged for measure in grid.measures if measure.metric == metric), {}),
        )
        row = _row(grid, rows[0])
        if rule == "value":
            self._refuse_another_measurement(question, row.config)
        for key, side in (("above", question.above), ("below", question.below)):
            if isinstance(side, str) and metrics.declaration(grid, row, side) is None:
                raise _NotThere(f"{self.place}: test.{key} is {side!r}, which no such record can define")
        return question

    def _refuse_what_is_not_used(self, rule: Rule, content: Mapping[str, Any]) -> None:
        limits = sorted(LIMITS & content.keys())
        if len(limits) > 1 or (rule == "limit" and not limits):
            self.refuse("above", f"or test.below must be given for the rule {rule}, and not both")
        used = OF_EVERY_RULE | (OF_RULE[rule] - STATED if limits and rule == "exact" else OF_RULE[rule])
        for key in content:
            if key not in used:
                beside = f" beside {limits[0]}" if limits and key in OF_RULE[rule] else ""
                self.refuse(str(key), f"is of no use for the rule {rule}{beside}; leave it out")

    def _grid(self, scale: str, content: Mapping[str, Any]) -> Grid:
        name = content.get("grid")
        if not isinstance(name, str):
            self.refuse("grid", "is missing; name the grid that has the records")
        self._require_grid(name)
        if scale not in catalogue.scales_of_grid(name):
            raise _NotThere(f"{self.place}: the grid {name} has no scale {scale!r}")
        return catalogue.grid_at(name, scale)

    def _require_grid(self, name: str) -> None:
        if name not in catalogue.grids():
            meant = hint(name, catalogue.grids(), f"there are {', '.join(catalogue.grids())}; --grids adds your own")
            self.refuse("grid", f"is {name!r}, which is not a grid; {meant}")

    def _require_rows(self, grid: Grid, rows: Sequence[str]) -> None:
        known = [row.name for row in grid.rows]
        for row in rows:
            if row not in known:
                raise _NotThere(
                    f"{self.place}: the grid {grid.name} has no row {row!r} at the scale {grid.scale}; "
                    f"{hint(row, known)}"
                )

    def _base(self, rule: Rule, grid: Grid, row: str, content: Mapping[str, Any]) -> str | None:
        if rule not in COMPARING:
            return None
        base = content.get("base", _row(grid, row).base)
        if base is None:
            self.refuse("base", f"is missing, and {row} has none in the grid {grid.name}; name a row")
        known = [row.name for row in grid.rows]
        if base not in known:
            where = f"{grid.name} at the scale {grid.scale}"
            self.refuse("base", f"is {base!r}, which is not a row of {where}; {hint(base, known)}")
        return str(base)

    def _declared(self, grid: Grid, rows: Sequence[str], metric: str) -> MetricDeclaration:
        """What the last row declares of the metric; every row must be able to have it."""
        declarations = [metrics.declaration(grid, _row(grid, row), metric) for row in rows]
        for row, declared in zip(rows, declarations, strict=True):
            if declared is None:
                raise _NotThere(
                    f"{self.place}: test.metric {metric!r} is one that no record of {grid.name}'s row {row} at the "
                    f"scale {grid.scale} can define"
                )
        declared = declarations[-1]
        assert declared is not None
        return declared

    def _expected(self, rule: Rule, content: Mapping[str, Any]) -> float | None:
        if rule not in ("value", "exact") or "above" in content or "below" in content:
            return None
        value = content.get("expected", None if self.published is None else self.published.value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse("expected", "is missing, and no value is published; give the number, or above or below")
        return float(value) * float(content.get("times", 1))

    def _by(self, content: Mapping[str, Any]) -> float:
        by = float(content.get("by", 0))
        if by < 0 or (by and "margin" in content):
            self.refuse("by", "must be above 0 and given without a margin, since less than that does not count anyway")
        return by

    def _margin(
        self,
        rule: Rule,
        content: Mapping[str, Any],
        grids: float | None,
        expected: float | None,
        metric: str,
        scale: str,
    ) -> float | None:
        margin = content.get("margin", grids if rule in COMPARING else None)
        if "relative" in content and expected is not None:
            margin = abs(expected) * float(content["relative"])
        if margin is None and expected is not None:
            margin = 0.0 if rule == "exact" else None
        if rule in ("same", "value") and not margin:
            self.refuse("margin", f"is missing at the scale {scale}; say what counts as the same")
        if margin is not None and (isinstance(margin, bool) or not isinstance(margin, int | float) or margin < 0):
            self.refuse("margin", f"is {margin!r}; it must be a number above 0")
        # In the paper's own unit, what it calls a difference cannot count as none.
        if self.published is None or rule not in DIRECTED or scale not in self.decides_at or margin is None:
            return margin
        stated = self.published.difference if metrics.is_in(self.published.unit, metric) else None
        return min(margin, abs(stated)) if stated else margin

    def _refuse_another_measurement(self, question: Question, config: Mapping[str, Any]) -> None:
        """A published number is judged from the same definition and the same data, or not at all."""
        published = self.published
        if published is None or published.definition is None or published.corpus is None:
            self.refuse("rule", "is value, so published.definition and published.corpus are needed")
        if question.metric.partition(".")[2] != published.definition:
            self.refuse("metric", f"is {question.metric}, but the published number is {published.definition}")
        data = config.get("data")
        corpus = data.get("corpus") if isinstance(data, Mapping) else data
        if corpus != published.corpus:
            said = f"measures {corpus} at the scale {question.scale}, but the published number is of {published.corpus}"
            self.refuse("grid", said)

    def _column(self, grid: Grid, content: Mapping[str, Any]) -> dict[str, float]:
        name, column = str(content.get("table")), str(content.get("column"))
        if name not in catalogue.tables():
            self.refuse("table", f"is {name!r}, which is not a table; {hint(name, catalogue.tables())}")
        table = catalogue.table(name)
        if column not in table["columns"]:
            self.refuse("column", f"is {column!r}, which {name} does not have; {hint(column, table['columns'])}")
        better = table["columns"][column].get("better", "higher")
        metric = str(content.get("metric", grid.metric))
        declared = metrics.declaration(grid, grid.rows[0], metric)
        # A metric without a better direction, such as a count, is compared as it is.
        is_turned = declared is not None and declared.better is not None and declared.better != better
        sign = -1 if is_turned else 1
        rows = {row.name for row in grid.rows}
        chosen = content.get("rows", [*table["rows"]])
        for row in chosen:
            if row not in table["rows"]:
                self.refuse("rows", f"names {row!r}, which {name} does not have; {hint(row, table['rows'])}")
        values = {row: table["rows"][row].get(column) for row in chosen if row in rows}
        return {row: sign * float(value) for row, value in values.items() if value is not None}


def _row(grid: Grid, name: str) -> Row:
    return next(row for row in grid.rows if row.name == name)


def _own_base(grid: Grid, rows: Sequence[str]) -> str | None:
    """The first of some rows that is a base in its grid; a claim may take it for its row, not for its base."""
    return next((row for row in rows if _row(grid, row).base is None), None)


class _NotThere(Exception):
    """The grid lacks the scale, the row or the metric; wrong only where the claim names the scale."""
