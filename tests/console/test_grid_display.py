import re
from pathlib import Path

from repro.console.grid_display import GridDisplay
from repro.ledger.grids.cell import Cell
from repro.ledger.running.launcher import Event
from repro.ledger.running.worker import Task


def task(seed):
    return Task(Cell("f:f", {"seed": seed}, "grid", "A1", "builtin"), Path("somewhere") / str(seed))


def test_how_far_running_cells_are(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("repro.console.grid_display.PLAIN_SECONDS", 0.0)
    running = Task(Cell("f:f", {"seed": 1}, "grid", "A1", "builtin"), tmp_path)
    (tmp_path / "log.txt").write_text("preparing\ntraining: 310 updates\n")
    with GridDisplay("grid, builtin", total=1, done=0) as board:
        board(Event("started", running))
        board(Event("tick"))
    assert "[0/1] grid/A1 seed 1: training: 310 updates, running for 0 s\n" in capsys.readouterr().err


def test_a_cell_that_says_nothing_new_is_mentioned_again_only_after_a_while(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("repro.console.grid_display.PLAIN_SECONDS", 0.0)
    running = Task(Cell("f:f", {"seed": 1}, "grid", "A1", "builtin"), tmp_path)
    log = tmp_path / "log.txt"
    log.write_text("of a process before\n---- 2026-01-01 10:00:00, process 7\n")
    with GridDisplay("grid, builtin", total=1, done=0) as board:
        board(Event("started", running))
        for text in ("", "", "epoch 1\n", "", ""):
            with log.open("a") as file:
                file.write(text)
            board(Event("tick"))
        monkeypatch.setattr("repro.console.grid_display.REPEAT_SECONDS", 0.0)
        board(Event("tick"))
    said = [line.partition("seed 1: ")[2].partition(",")[0] for line in capsys.readouterr().err.rstrip().split("\n")]
    assert said == ["started", "no output yet", "epoch 1", "epoch 1"]


def test_one_line_an_event_where_there_is_no_terminal(capsys):
    with GridDisplay("grid, builtin", total=4, done=1) as board:
        board(Event("started", task(1)))
        board(Event("tick"))
        board(Event("ended", task(1), "done", 61.0))
        board(Event("ended", task(2), "killed", 2.0))
        board(Event("ended", task(3), "elsewhere", 0.1))
    lines = capsys.readouterr().err.rstrip("\n").split("\n")
    assert lines[0] == "[1/4] grid/A1 seed 1: started"
    assert lines[1].startswith("[2/4] grid/A1 seed 1: done after 1 min 1 s")
    assert lines[2].startswith("[2/4] grid/A1 seed 2: killed after 2 s (see somewhere/2)")
    assert lines[3].startswith("[2/4] grid/A1 seed 3: runs elsewhere")
    assert len(lines) == 4


def test_whom_a_cell_waits_for(capsys):
    with GridDisplay("grid, builtin", total=1, done=0) as board:
        board(Event("waits", task(1), holders=("process 7 (ablate run heads)",)))
        board(Event("waits", task(1)))
    lines = capsys.readouterr().err.split("\n")
    assert "waits for process 7 (ablate run heads), since one of the two needs this machine alone" in lines[0]
    assert "waits for other runs, since" in lines[1]


def test_a_table_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("repro.console.grid_display.REDRAW_SECONDS", 0.0)
    with GridDisplay("grid, builtin", total=2, done=0, expected=100.0) as board:
        board(Event("started", task(1)))
        board(Event("tick"))
        board(Event("ended", task(1), "done", 1.0))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "grid/A1 seed 1" in text
    assert "grid, builtin: 1 of 2 done" in text
    assert "left" in text


def test_cells_that_are_not_run_again_are_neither_done_nor_to_do(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with GridDisplay("grid, builtin", total=3, done=1, expected=100.0, to_do=1) as board:
        board(Event("ended", task(1), "done", 1.0))
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert "grid, builtin: 2 of 3 done" in said
    assert "left" not in said
