"""Progress of long work where there is no terminal: how far it is, and how long it may still take."""

import pytest
from rich.progress import Progress as Bar  # here, so that it keeps the true clock

from repro.progress import Progress, progress


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that each look moves on by a second, and a line for every step."""
    now = iter(range(10_000))
    monkeypatch.setattr("repro.progress.time.monotonic", lambda: float(next(now)))
    monkeypatch.setattr("repro.progress.PLAIN_LINE_EVERY_SECONDS", 0.0)


def test_the_time_left_goes_by_the_steps_so_far(monkeypatch, capsys):
    seconds = iter([0.0, *[30.0] * 3, *[60.0] * 3])
    monkeypatch.setattr("repro.progress.time.monotonic", lambda: next(seconds))
    with Progress("leaving words out", 4, "batches") as counter:
        counter.advance()
        counter.advance(2, note="slow")
    assert capsys.readouterr().err.split("\n")[:2] == [
        "leaving words out: 1/4 batches in 30 s, about 1 min 30 s left",
        "leaving words out: 3/4 batches in 1 min 0 s, slow, about 20 s left",
    ]


def test_nothing_is_left_at_the_end_nor_known_without_a_total(capsys):
    assert list(progress("ab", "reading", 2, "lines")) == ["a", "b"]
    assert list(progress("ab", "reading", unit="lines")) == ["a", "b"]
    lines = capsys.readouterr().err.rstrip().split("\n")
    assert ["left" in line for line in lines] == [True, False, False, False]


def test_a_label_of_several_lines_is_one(capsys):
    with Progress("two\nlines", 1) as counter:
        counter.advance()
    assert capsys.readouterr().err.count("\n") == 1


def test_resumed_work_is_as_quick_as_what_was_done_since(monkeypatch, capsys):
    seconds = iter([0.0, *[30.0] * 3, *[60.0] * 3])
    monkeypatch.setattr("repro.progress.time.monotonic", lambda: next(seconds))
    with Progress("training", 1_100, "updates", done_before=1_000) as counter:
        counter.advance(0)
        counter.advance(20)
    assert capsys.readouterr().err.split("\n")[:2] == [
        "training: 1,000/1,100 updates, 0 of them in 30 s",
        "training: 1,020/1,100 updates, 20 of them in 1 min 0 s, about 4 min 0 s left",
    ]


def test_a_bar_begins_where_earlier_work_ended(monkeypatch):
    monkeypatch.setattr("repro.progress.sys.stderr.isatty", lambda: True)
    with Progress("training", 1_100, "updates", done_before=1_000) as counter:
        assert isinstance(counter._bar, Bar)
        (task,) = counter._bar.tasks
        assert task.completed == 1_000
        counter.advance(20)
        assert (task.completed, task.total) == (1_020, 1_100)
