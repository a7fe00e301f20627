import os
import threading

import pytest

from repro.errors import BadInput, Interrupted
from repro.ledger.running import ranks


@pytest.fixture(autouse=True)
def no_job(monkeypatch):
    for name in ("LOCAL_RANK", "SLURM_PROCID", ranks.JOB_VARIABLE, ranks.ATTEMPT_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def test_a_process_by_itself_is_the_first():
    assert ranks.is_first()


@pytest.mark.parametrize(("rank", "first"), [("0", True), ("1", False)])
def test_local_ranks(monkeypatch, rank, first):
    monkeypatch.setenv("LOCAL_RANK", rank)
    monkeypatch.setenv(ranks.ATTEMPT_VARIABLE, "runs/attempt-1")
    assert ranks.is_first() == first


def test_a_local_rank_that_nobody_of_ours_gave_counts_for_nothing(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert ranks.is_first()


def test_local_ranks_inherit_the_attempt(tmp_path, monkeypatch):
    monkeypatch.setenv(ranks.ATTEMPT_VARIABLE, "")  # so that it is put back afterwards
    ranks.share_attempt(tmp_path / "attempt-3")
    assert ranks.shared_attempt(tmp_path) == tmp_path / "attempt-3"
    assert list(tmp_path.iterdir()) == []


def test_a_job_s_tasks_read_a_note_that_is_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv(ranks.JOB_VARIABLE, "17-0")
    monkeypatch.setenv("SLURM_PROCID", "1")
    monkeypatch.setenv(ranks.ATTEMPT_VARIABLE, "")
    assert not ranks.is_first()
    (tmp_path / ".attempt-of-16-0").write_text("attempt-1")  # an earlier job's
    later = threading.Timer(0.2, lambda: ranks.share_attempt(tmp_path / "attempt-2"))
    later.start()
    assert ranks.shared_attempt(tmp_path, patience_seconds=20) == tmp_path / "attempt-2"
    later.join()
    ranks.forget_attempt(tmp_path)
    with pytest.raises(Interrupted, match="never began"):
        ranks.shared_attempt(tmp_path, patience_seconds=0.1)


WRONG_NOTES = {
    "a folder": (lambda path: path.mkdir(), "it is a folder"),
    "a pipe": (os.mkfifo, "it is not a regular file"),
    "gigabytes": (lambda path: path.write_text("attempt-1" * 10_000), "it has more than"),
    "no UTF-8": (lambda path: path.write_bytes(b"\xff\xfe"), "utf-8"),
    "another word": (lambda path: path.write_text("../../elsewhere"), "does not name an attempt ('../../elsewhere')"),
    "nothing": (lambda path: path.touch(), "does not name an attempt ('')"),
}


@pytest.mark.timeout(30)  # a pipe would be waited for without end
@pytest.mark.parametrize(("make", "said"), WRONG_NOTES.values(), ids=WRONG_NOTES)
def test_something_else_in_the_note_s_place_is_named(tmp_path, monkeypatch, make, said):
    monkeypatch.setenv(ranks.JOB_VARIABLE, "17-0")
    note = tmp_path / ".attempt-of-17-0"
    make(note)
    with pytest.raises(BadInput) as error:
        ranks.shared_attempt(tmp_path, patience_seconds=20)
    assert str(error.value).startswith(f"{note} ")
    assert said in str(error.value)
    assert str(error.value).endswith("; remove it and restart the job")
