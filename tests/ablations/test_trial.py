"""A trial run has a few updates, cells of its own, and no say."""

import pytest

from ablations.cli import main
from ablations.trial import trial_of
from repro.errors import BadInput
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.parameters import value_at
from repro.ledger.grids.scale import read_scale


def grid(name: str, scale: str = "builtin") -> Grid:
    return read_grid(grid_files()[name], read_scale(scale))


@pytest.mark.parametrize("scale", ["builtin", "multi30k"])
def test_every_cell_is_short_and_is_none_of_the_grids_own(scale: str) -> None:
    whole = grid("table3", scale)
    trial = trial_of(whole, 20)
    assert [row.name for row in trial.rows] == [row.name for row in whole.rows]
    for row in trial.rows:
        limited = ("trainer.max_steps", "checkpoints.every_n_steps", "trainer.val_check_interval")
        assert [value_at(row.config, key) for key in limited] == [20, 20, 20]
        assert value_at(row.config, "decoding.lines") == 20
    assert not {cell.id for cell in trial.cells()} & {cell.id for cell in whole.cells()}


def test_what_is_shorter_already_stays() -> None:
    (base, *_) = trial_of(grid("heads"), 10**6).rows
    assert value_at(base.config, "trainer.max_steps") == 600


def test_a_grid_that_trains_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="a cell of complexity trains nothing"):
        trial_of(grid("complexity"), 20)


def test_values_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "heads", "--set", "max_steps=200", "--set", "decoding.beam=1"]) == 0
    said = capsys.readouterr().out
    assert "200 updates" in said
    assert main(["plan", "heads"]) == 0
    own = capsys.readouterr().out
    ids = [{line.split()[-1] for line in text.splitlines() if " missing " in line} for text in (said, own)]
    assert len(ids[0]) == len(ids[1])
    assert not ids[0] & ids[1]
    assert main(["export", "heads", "--wandb-sweep", "--set", "max_steps=200"]) == 0
    assert "- --set\n- max_steps=200\n" in capsys.readouterr().out


def test_a_row_keeps_what_it_sets_itself() -> None:
    rows = read_grid(grid_files()["layers"], read_scale("builtin"), None, {"N": 6, "d_ff": 32}).rows
    assert [value_at(row.config, "model.network.init_args.N") for row in rows] == [1, 2, 3, 4]
    assert {value_at(row.config, "model.network.init_args.d_ff") for row in rows} == {32}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--set", "max_steps"], "must be a parameter and its value"),
        (["--set", "=3"], "must be a parameter and its value"),
        (["--set", "max_steps="], "must be a parameter and its value"),
        (["--set", "max_steps=1", "--set", "max_steps=2"], "gives max_steps twice"),
        (["--set", "maxsteps=200"], "did you mean max_steps?"),
        (["--set", "max_steps='200'"], "write the number without quotes"),
        (["--set", "max_steps=[1"], "is not YAML"),
        (["--limit", "0"], "too small"),
    ],
)
def test_what_cannot_be_set_is_refused(capsys: pytest.CaptureFixture[str], given: list[str], said: str) -> None:
    assert main(["plan", "heads", *given]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_a_value_of_a_wrong_kind_is_told_with_its_grid_and_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "explanation", "--set", "lambdas=0.5"]) == 2
    said = capsys.readouterr().err
    assert "explanation.yaml: row bilstm-additive: ablations.explanation:measure cannot use a value" in said
    assert said.count("\n") == 1
