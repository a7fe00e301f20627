"""What a cell's configuration may not be, in one sentence each; the shipped grid's are right, and need no torch."""

import subprocess
import sys

import pytest

from ablations.complexity import check_measure
from ablations.complexity.paper import table1
from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from tests.ablations.complexity.test_measurements import BASE, LENGTHS


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"measurement": "speed"}, "measurement is 'speed', which is unknown; there are"),
        ({"layers": ["self-atention"]}, "did you mean self-attention"),
        ({"layers": []}, "layers must list at least one"),
        ({"layers": ["lstm", "gru"]}, "looks at one layer per cell"),
        ({"n": [64, 32, 128]}, "n must rise"),
        ({"n": [64, 128]}, "operations needs at least 3"),
        ({"n": "64"}, "n must be a list"),
        ({"n": [0, 1, 2]}, "n has 0"),
        ({"k": [3, 4, 5]}, "k has 4; it must be odd"),
        ({"d": [63, 64, 65], "h": 2}, "d has 63, which h = 2 does not divide"),
        ({"seconds": -1}, "seconds is -1; it must be a number above 0"),
        ({"repeats": 1.5}, "repeats is 1.5; it must be a whole number"),
        ({"threads": 0}, "threads is 0; it must be a whole number of at least 1"),
        ({"measurement": "time", "modes": ["backward"]}, "modes is 'backward'"),
        (
            {"measurement": "sequential", "n": LENGTHS},
            "d has 3 values; sequential takes one, so give each its own cell",
        ),
        ({"measurement": "sequential", "n": LENGTHS, "d": [8], "layers": ["convolution"]}, "k has 3 values"),
        ({"measurement": "sequential", "n": LENGTHS, "d": [8], "layers": ["restricted"]}, "r has 3 values"),
        ({"measurement": "paths", "n": LENGTHS}, "d has 3 values; paths takes one"),
        ({"measurement": "time", "layers": ["lstm", "convolution"]}, "k has 3 values; time takes one"),
        ({"measurement": "footnote", "keys": 1}, "keys and draws must be at least 2"),
        ({"depth": 1}, "depth is not a key of this experiment"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(settings, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        check_measure({**BASE, **settings})


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BadInput, match="keys is missing"):
        check_measure({key: value for key, value in BASE.items() if key != "keys"})


def test_the_shipped_grid_can_be_run() -> None:
    grid = read_grid(grid_files()["complexity"], read_scale("builtin"))
    for row in grid.rows:
        check_measure(row.config)
    timed = {row.name for row in grid.rows if row.config["measurement"] in ("time", "compatibility")}
    assert {row.name for row in grid.rows if grid.runs_alone(row.name)} == timed
    times = [row.config for row in grid.rows if row.config["measurement"] == "time"]
    assert {d for config in times for d in config["d"]} >= {64, 1024}
    assert all((config["n"][0], config["n"][-1]) == (16, 4096) for config in times)
    for measurement in ("operations", "sequential", "paths"):
        rows = [row.config["layers"][0] for row in grid.rows if row.config["measurement"] == measurement]
        assert sorted(rows) == sorted(table1())


def test_planning_needs_no_torch() -> None:
    script = "import sys, ablations.complexity as c; c.check_measure; "
    script += "from ablations.complexity.configuration import Configuration; import ablations.complexity.table; "
    done = subprocess.run([sys.executable, "-c", script + "assert 'torch' not in sys.modules"], check=False)
    assert done.returncode == 0
