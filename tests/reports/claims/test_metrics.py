"""The metrics that functions declare, against the code and records that make them."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import reports
from ablations.complexity.metric_declarations import METRIC_NAMES
from reports.catalogue import grid_at, grids
from reports.claims import metrics
from repro.metric_declaration import declaration_of, declared_metrics
from repro.scoring.definitions import DEFINITIONS
from repro.training.metric_declarations import SCORES

PUBLISHED = Path(next(iter(reports.__path__))) / "published"


def row_of(grid, name):
    return next(row for row in grid.rows if row.name == name)


def published():
    """One record of each row that is published, with the function that made it."""
    seen = set()
    for path in sorted(PUBLISHED.rglob("record.json")):
        record = json.loads(path.read_text())
        place = record["grid"], record["scale"], record["row"]
        if place not in seen:
            seen.add(place)
            of_grid = record["grid"] in grids()
            yield record, grid_at(record["grid"], record["scale"]).function if of_grid else "repro.training:fit"


def test_every_metric_of_every_published_record_is_declared():
    counted = 0
    for record, function in published():
        declared = declared_metrics(function, record["config"])
        unknown = [name for name in record["metrics"] if declaration_of(declared, name) is None]
        assert unknown == [], (record["grid"], record["row"])
        counted += len(record["metrics"])
    assert counted > 500


def test_every_definition_of_bleu_is_a_score():
    assert all(re.fullmatch(SCORES, name) for name in DEFINITIONS)


@pytest.mark.parametrize(
    ("name", "row", "metric", "can"),
    [
        ("table3", "base", "dev.bleu", True),
        ("table3", "base", "test.bleu", False),  # it decodes the dev set
        ("essentials", "base", "test.exact_match.far", True),
        ("essentials", "base", "attention.entropy.step0", False),  # it does not look
        ("scaling", "unit+d_k=16+scaled", "attention.entropy.step0", True),
        ("complexity", "operations-lstm", "operations.n", True),
        ("complexity", "operations-lstm", "path.factor", False),
        ("complexity", "footnote", "footnote.variance.scaled", True),
        ("complexity", "time-64", "time.cpu.training.quicker_below_d.lstm", True),
    ],
)
def test_what_a_row_can_define(name, row, metric, can):
    grid = grid_at(name, "builtin")
    assert (metrics.declaration(grid, row_of(grid, row), metric) is not None) is can


def test_every_metric_that_the_complexity_code_names_is_known():
    spec = find_spec("ablations.complexity.measurements")  # which is not imported, since it imports torch
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text()
    for name in re.findall(r'"(footnote\.[a-z_.]+)"', source):
        assert re.fullmatch(METRIC_NAMES["footnote"], name), name
    for name in re.findall(r'"((?:operations|memory)(?:\.[a-z_]+)*)", "', source):
        made = f"{name}.n.d64" if name.startswith("memory") else f"{name}.n"
        assert re.fullmatch(METRIC_NAMES["operations"], made), name


@pytest.mark.parametrize(
    ("metric", "better", "quality"),
    [
        ("dev.perplexity", "lower", True),
        ("dev.nll", "lower", True),
        ("dev.accuracy", "higher", True),
        ("dev.nll.averaged", "lower", True),
        ("test.exact_match", "higher", True),
        ("test.exact_match.far", "higher", True),
        ("test.exact_match.fall", "lower", False),
        ("train.target_tokens_per_second", "higher", False),
        ("train.seconds", "lower", False),
        ("model.parameters", None, False),
        ("attention.entropy.step0", None, False),
    ],
)
def test_direction_and_quality(metric, better, quality):
    grid = grid_at("scaling", "builtin")
    found = metrics.declaration(grid, grid.rows[0], metric)
    assert (found.better, found.quality) == (better, quality)


def test_a_function_that_declares_nothing_has_the_columns_of_its_grid():
    grid = grid_at("essentials", "builtin")
    own = type(grid)(**{**vars(grid), "function": "nowhere:nothing"})
    assert metrics.declaration(own, own.rows[0], "test.exact_match").better == "higher"
    assert metrics.declaration(own, own.rows[0], "test.exact_match.near").better is None
    assert metrics.declaration(own, own.rows[0], "test.bleu") is None
