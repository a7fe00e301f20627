"""A function may refuse values of a row as soon as the grid is read; most have nothing to say."""

from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.row_limits import check_row
from repro.ledger.grids.scale import read_scale

GRID = """
title: heads of the wrong width
function: repro.training:fit
metric: test.bleu
base: base
rows:
  base: {}
  wrong: {ROW}
scales: {builtin: {}}
"""


def test_a_function_that_says_nothing_refuses_nothing() -> None:
    for function in ("ablations.complexity:measure", "nowhere:f", "no function", ":"):
        check_row(function, {"model": {}})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{h: 3}", r"mine.yaml: row wrong: d_model 64 is not divisible by h 3; give d_k and d_v, or another h"),
        ("{P_drop: 1.5}", r"row wrong: model.network.init_args.P_drop is 1.5; it must be at least 0 and less than 1"),
        ("{warmup: 0}", r"row wrong: model.warmup is 0; it must be at least 1"),
    ],
)
def test_a_row_that_could_not_be_run_is_refused_with_its_grid(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GRID.replace("{ROW}", row))
    with pytest.raises(BadInput, match=said):
        read_grid(path, read_scale("builtin"))
    path.write_text(GRID.replace("{ROW}", "{h: 3, d_k: 16, d_v: 16}"))
    read_grid(path, read_scale("builtin"))
