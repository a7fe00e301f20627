"""The names that claims may use, against the code and records that make them."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import reports
from reports import metrics
from reports.shipped import grid_at
from repro.scoring.definitions import DEFINITIONS


def row_of(grid, name):
    return next(row for row in grid.rows if row.name == name)


def test_every_metric_of_a_real_record_can_be_defined():
    """All but what only some settings make: this one was scored at milestones, and on real text."""
    path = Path(next(iter(reports.__path__))) / "published/multi30k-hour/record.json"
    record = json.loads(path.read_text())
    assert record["metrics"]
    pattern = metrics._trained(record["config"])
    assert [name for name in record["metrics"] if not re.fullmatch(pattern, name)] == []


def test_every_definition_of_bleu_is_a_score():
    assert all(re.fullmatch(metrics.SCORES, name) for name in DEFINITIONS)


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
    assert metrics.can_define(grid, row_of(grid, row), metric) is can


def test_every_metric_that_the_complexity_code_names_is_known():
    spec = find_spec("ablations.complexity.measurements")  # which is not imported, since it imports torch
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text()
    for name in re.findall(r'"(footnote\.[a-z_.]+)"', source):
        assert re.fullmatch(metrics.MEASURED["footnote"], name), name
    for name in re.findall(r'"((?:operations|memory)(?:\.[a-z_]+)*)", "', source):
        made = f"{name}.n.d64" if name.startswith("memory") else f"{name}.n"
        assert re.fullmatch(metrics.MEASURED["operations"], made), name


def test_which_side_is_better():
    assert metrics.is_better("dev.perplexity") == "lower"
    assert metrics.is_better("test.exact_match.fall") == "lower"
    assert metrics.is_better("test.exact_match.far") == "higher"
    assert metrics.is_better("train.target_tokens_per_second") == "higher"
