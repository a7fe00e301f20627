import threading

import pytest

from repro.errors import Interrupted
from repro.ledger import ranks


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
