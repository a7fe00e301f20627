"""A grid is one YAML file: what varies, over which seeds, and what is measured. Reading it needs no torch.

    extends: heads                     # another grid, or its file, of which this one changes what stands below
    title: heads at constant computation
    version: 2                         # of what the grid plans; 1 if not given
    changes: {2: N is 3 at multi30k}   # what each version changed
    function: repro.training:fit       # what a cell calls
    metric: test.bleu                  # what rows are compared by
    better: higher                     # higher | lower; left out where the metric's own function declares it
    columns: {test.bleu: BLEU}         # further metrics for the table
    seeds: 5                           # a number, or a list
    exclusive: [time-*]                # rows whose cells must run alone on the machine; true: all, false: none
    minutes: 30                        # time limit of a cell; null: none
    margin: {dev.bleu: 0.5}            # differences of that metric below this count as none
    also:                              # further metrics that rows are compared by, each with a test of its own
      dev.nll: {better: lower, margin: 0.01, unjudged: {unmasked: the decoder sees the word it predicts}}
    spread: pooled                     # pairs: each row has its own deviation | pooled: all rows share one
    learnt: 50                         # what the base must reach by the metric, or nothing is said of the rows
    requires:                          # of the base, or the row stays open
      D1: {metric: train.nll, below: dev.nll, otherwise: the base does not over-fit yet}
    base_seeds: 10                     # of the base, where it has more than the rows
    trends: {h: [A1, A2, base, A3]}    # rows in order of a parameter: does the metric rise or fall with it?
    published: {figures: vaswani2017-table3, column: bleu}   # what a paper has for the same rows
    tuning: {space: {P_drop: {low: 0.1, high: 0.4}}, trials: 6, split: dev}   # each row with six settings of these
    tuned: {by: equal-tuning-trials, rows: {base: 3, lstm: 5}}   # rows with the settings of their best trial
    base: base                         # what each row is compared with: a row, or {axis: label}
    set: {P_drop: 0.1}                 # for all rows
    rows:                              # a row and what it sets
      base: {}
      A1: {h: 1}
      B1: {d_k: "= d_model / h / 4"}   # relative to the base
      lstm: {model: recurrent}         # another of the scale's models (or another preset)
    axes:                              # every row with every choice of every axis
      d_k: [16, 64]                    # values of one parameter
      scaling: {with: {scale: 1/sqrt(d_k)}, without: {scale: none}}
    data: data/builtin                 # in place of the scale's; likewise model and trainer
    scales:                            # where it runs; a scale may override anything above
      builtin: {metric: test.exact_match, rows: {A1: null}}
      multi30k: {}

A parameter is named by its last part where that is unambiguous, else in full (`data.builtin.seed`). In
a formula its own name means the base's value, other names mean the row's. A grid whose cells call
something else than training gives `config`, a whole configuration, in place of the scale's presets.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from repro.errors import BadInput, hint
from repro.ledger.grids.cell import Cell, identity, merge
from repro.ledger.grids.grid import MOST_SEEDS, Grid
from repro.ledger.grids.grid_content import grid_beside, grid_content, runs_at, scales_of
from repro.ledger.grids.grid_keys import GridKeys
from repro.ledger.grids.grid_questions import GridQuestions
from repro.ledger.grids.grid_rows import GridRows
from repro.ledger.grids.paper_column import Published, read_published
from repro.ledger.grids.row_configuration import PRESET_KEYS
from repro.ledger.grids.scale import Scale, scale_files
from repro.ledger.grids.tuning import Tuned, Tuning, read_tuned, read_tuning
from repro.streams import note

VARIABLE_KEYS = {
    "metric",
    "better",
    "columns",
    "seeds",
    "exclusive",
    "minutes",
    "base",
    "set",
    "rows",
    "axes",
    "config",
    "margin",
    "published",
    "also",
    "spread",
    "base_seeds",
    "trends",
    "learnt",
    "requires",
    "tuning",
    "tuned",
}
SCALE_KEYS = VARIABLE_KEYS | set(PRESET_KEYS)
KEYS = SCALE_KEYS | {"title", "function", "scales", "version", "changes"}


def read_grid(
    path: Path, scale: Scale, seeds: Sequence[int] | None = None, settings: Mapping[str, Any] | None = None
) -> Grid:
    """Read a grid for a scale.

    Args:
        path: its file.
        scale: where it runs.
        seeds: in place of the file's.
        settings: as under `set`, which they add to; of `--set` on the command line.

    Raises:
        BadInput: an unknown key or parameter, an empty axis, two rows that are the same cell, values that
            contradict each other; the message names the file and the key.
    """
    settings = settings or {}
    grid = _Reader(path, scale, settings).grid(seeds)
    for name in settings:
        if not _tells_apart(path, scale, settings, name, grid):
            note(f"--set {name} does not tell cells apart: finished cells count as done")
    return grid


def _tells_apart(path: Path, scale: Scale, settings: Mapping[str, Any], name: str, grid: Grid) -> bool:
    """Whether a setting of the command line gives a row another id, or changes no row anyway."""
    others = {key: value for key, value in settings.items() if key != name}
    try:
        before = [row.config for row in _Reader(path, scale, others).grid(None).rows]
    except BadInput:  # the grid needs it
        return True
    now = [row.config for row in grid.rows]
    return before == now or [identity(config) for config in before] != [identity(config) for config in now]


class _Reader:
    def __init__(self, path: Path, scale: Scale, settings: Mapping[str, Any]) -> None:
        self.path, self.scale, self.settings = path, scale, settings
        content = grid_content(path)
        self._check_keys(content, KEYS, "a grid")
        available = scales_of(path)
        if not runs_at(path, scale):
            raise BadInput(f"{path} has no scale {scale.name!r}; it has {', '.join(available)}{_remedy(path, scale)}")
        scales = content.pop("scales")
        blocks = [self._block(name, scales[name] or {}) for name in (*scale.inherits, scale.name) if name in available]
        for key in ("title", "function"):
            if not isinstance(content.get(key), str):
                self._refuse(key, "is missing; write one")
        self.content = merge(content, *blocks)
        self.keys = GridKeys(path, self.content)
        self.tuning = self._tuning()
        self.rows = GridRows(self.keys, scale, settings, self.tuning)
        self.tuned, self.tuned_settings = self._tuned()
        if "config" in self.content:
            for key in PRESET_KEYS:
                if key in self.content:
                    self._refuse(key, "has no effect next to config; set it inside config")

    def _block(self, scale: str, content: Any) -> Mapping[str, Any]:
        """The keys that the file overrides for a scale."""
        if not isinstance(content, dict):
            self._refuse(f"scales.{scale}", "must hold keys and values, or nothing")
        self._check_keys(content, SCALE_KEYS, f"scales.{scale}")
        return content

    def _refuse(self, key: str, problem: str) -> NoReturn:
        raise BadInput(f"{self.path}: {key} {problem}")

    def _check_keys(self, content: Mapping[str, Any], known: set[str], place: str) -> None:
        for key in content:
            if key not in known:
                otherwise = f"a run's own keys go below set, and a grid's are {', '.join(sorted(known))}"
                raise BadInput(f"{self.path}: {place} has no key {key!r}; {hint(key, known, otherwise)}")

    def grid(self, seeds: Sequence[int] | None) -> Grid:
        content = self.content
        rows = list(self.rows.rows(self.tuned_settings))
        metric = content.get("metric")
        if not isinstance(metric, str):
            self._refuse("metric", "is missing; name what the rows are compared by")
        questions = GridQuestions(self.keys, rows)
        columns = dict(self.keys.mapping("columns"))
        for name, heading in columns.items():
            if not isinstance(heading, str):
                self._refuse(f"columns.{name}", f"is {heading!r}; it must be a heading")
        version, changes = questions.version()
        grid = Grid(
            name=self.path.stem,
            scale=self.scale.name,
            title=content["title"],
            function=content["function"],
            metric=str(metric),
            better=questions.better(),
            columns={str(metric): columns.pop(metric, str(metric)), **columns},
            exclusive=self._exclusive([row.name for row in rows]),
            minutes=self.keys.positive("minutes", content.get("minutes")),
            seeds=self._seeds(content.get("seeds", 1) if seeds is None else list(seeds)),
            rows=rows,
            margin=questions.margin(metric),
            published=self._published(),
            also=questions.measures(),
            spread=self._one_of("spread", ("pairs", "pooled"), "pairs"),
            base_seeds=self._base_seeds(seeds),
            trends=questions.trends(),
            version=version,
            changes=changes,
            conditions=questions.conditions(),
            tuning=self.tuning,
            tuned=self.tuned,
        )
        self._no_duplicates(grid)
        return grid

    def _tuning(self) -> Tuning | None:
        content = self.content.get("tuning")
        try:
            return None if content is None else read_tuning(content, self.content.get("metric"))
        except ValueError as error:
            self._refuse("tuning", str(error))

    def _tuned(self) -> tuple[Tuned | None, Mapping[str, Mapping[str, Any]]]:
        """The trials that chose the rows' settings, and those settings."""
        content = self.content.get("tuned")
        if content is None:
            return None, {}
        if not isinstance(content, Mapping) or content.keys() != {"by", "rows"}:
            self._refuse("tuned", "must have the keys by and rows only")
        path = grid_beside(self.path, "tuned.by", content["by"])
        trials = _Reader(path, self.scale, {}).content
        try:
            return read_tuned(content, trials, list(self.rows.named()))
        except ValueError as error:
            self._refuse("tuned", str(error))

    def _base_seeds(self, given: Sequence[int] | None) -> list[int] | None:
        """None where seeds are given on the command line: those hold for all rows."""
        value = self.content.get("base_seeds")
        if value is None or given is not None:
            return None
        if self.content.get("base") is None:
            self._refuse("base_seeds", "has no effect without base")
        return self._seeds(value, "base_seeds")

    def _exclusive(self, rows: Sequence[str]) -> Sequence[str]:
        value = self.content.get("exclusive", False)
        if isinstance(value, bool):
            return ("*",) if value else ()
        if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
            self._refuse("exclusive", f"is {value!r}; it must be true, false, or a list of rows")
        for pattern in value:
            if not fnmatch.filter(rows, pattern):
                self._refuse("exclusive", f"names {pattern!r}, which is not a row")
        return tuple(value)

    def _one_of(self, key: str, known: Sequence[str], usual: str) -> Any:
        value = self.content.get(key, usual)
        if value not in known:
            self._refuse(key, f"is {value!r}; it must be {' or '.join(known)}")
        return value

    def _published(self) -> Published | None:
        named = self.content.get("published")
        if named is None:
            return None
        if not isinstance(named, dict) or named.keys() != {"figures", "column"}:
            self._refuse("published", "must have the keys figures and column only")
        try:
            return read_published(str(named["figures"]), str(named["column"]))
        except BadInput as error:
            raise BadInput(f"{self.path}: published: {error}") from error

    def _seeds(self, value: Any, key: str = "seeds") -> list[int]:
        if isinstance(value, int) and value > MOST_SEEDS:
            self._refuse(key, f"is {value}; a row may have {MOST_SEEDS:,} seeds")
        seeds = list(range(1, value + 1)) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(seeds, list) or not seeds or any(type(seed) is not int or seed < 0 for seed in seeds):
            self._refuse(key, f"is {value!r}; it must be a number above 0, or a list of numbers")
        if len(set(seeds)) < len(seeds):
            self._refuse(key, f"has {next(s for s in seeds if seeds.count(s) > 1)} twice; leave one out")
        return list(seeds)

    def _no_duplicates(self, grid: Grid) -> None:
        seen: dict[str, str] = {}
        for row in grid.rows:
            try:
                cell = Cell(grid.function, row.config).id
            except BadInput as error:
                raise BadInput(f"{self.path}: row {row.name}: {error}") from error
            if cell in seen:
                self._refuse(f"rows {seen[cell]} and {row.name}", "are the same cell; leave one out or change it")
            seen[cell] = row.name


def _remedy(path: Path, scale: Scale) -> str:
    """What to do about a grid that has no entry for a user's own scale."""
    if scale.name in scale_files():
        return ""
    return f"; write `{scale.name}: {{}}` under scales of a copy of it, or `like: ` one of those into {scale.path}"
