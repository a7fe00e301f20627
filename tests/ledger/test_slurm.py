"""Watching jobs: what a job could not record itself is recorded. Slurm's answers come from a stub; see also
tests/system/test_slurm.py, which starts a real one."""

import pytest

from repro.errors import BadInput, NoRoom
from repro.ledger import slurm
from repro.ledger.attempts import ended, records
from repro.ledger.cell import Cell
from repro.ledger.ranks import JOB_VARIABLE
from repro.ledger.run import run_cell
from repro.ledger.slurm import JOB_FILE, CellJob, Job, job_states, submitted_before, watch
from repro.ledger.worker import Task


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A `squeue` that prints the content of the returned file."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "squeue").write_text(f"#!/bin/sh\ncat {tmp_path / 'queue'}\n")
    (folder / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(slurm, "POLL_SECONDS", 0.01)
    (tmp_path / "queue").write_text("")
    return tmp_path / "queue"


def task(folder, **config):
    cell = Cell("tests.ledger.functions:steps", {"seed": 1, "steps": 2, **config}, "g", "r", "s")
    return Task(cell, folder / "runs" / f"r-seed1-{cell.id}")


def see(job):
    """What watching one job returns, and how it is said to have ended."""
    seen = []
    done = watch({"7_0": job}, lambda event: seen.append(event.ending) if event.task else None, "the command")
    return done, seen


def test_the_jobs_own_record_counts(tmp_path, queue):
    mine = task(tmp_path)
    job = Job(mine, 0)
    run_cell(mine.cell, mine.directory, "")
    assert see(job) == (True, ["done"])
    assert [record.status for record in records(mine.directory)] == ["done"]


def test_a_job_repeats_what_is_done_if_asked_and_its_requeue_does_not(tmp_path, monkeypatch):
    mine = task(tmp_path)
    run_cell(mine.cell, mine.directory, "")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("SLURM_NTASKS", "1")
    monkeypatch.setenv(JOB_VARIABLE, "")  # which the job sets
    job = CellJob(mine.directory, "the command", repeat=True)
    assert job() == "done"
    assert len(records(mine.directory)) == 2
    assert job.checkpoint().function() == "done"
    assert len(records(mine.directory)) == 2


@pytest.mark.parametrize("earlier", [False, True])
def test_a_job_that_is_gone_without_a_record_is_recorded_as_killed(tmp_path, queue, earlier):
    mine = task(tmp_path, ends="failed")
    if earlier:
        run_cell(mine.cell, mine.directory, "")
    assert see(Job(mine, ended(mine.directory))) == (False, ["killed"])
    found = records(mine.directory)
    assert [record.status for record in found] == ["failed"] * earlier + ["killed"]
    assert found[-1].error == "job 7_0 is gone"


def test_a_damaged_claim_fails_alone(tmp_path, queue, capsys):
    mine = task(tmp_path)
    mine.directory.mkdir(parents=True)
    (mine.directory / "cell.json").write_text("{")
    assert see(Job(mine, 0)) == (False, ["failed"])
    assert "cell.json is damaged" in capsys.readouterr().err


def test_jobs_still_queued_are_found_again(tmp_path, queue):
    mine = task(tmp_path)
    mine.directory.mkdir(parents=True)
    assert submitted_before([mine]) == {}
    (mine.directory / JOB_FILE).write_text("7_0 2")
    assert submitted_before([mine]) == {}
    queue.write_text("7_0 PENDING\n7_1 RUNNING\n")
    assert submitted_before([mine]) == {"7_0": Job(mine, 2)}
    assert job_states(["7_0", "7_1", "7_2"]) == {"7_0": "PENDING", "7_1": "RUNNING"}


def test_a_full_disk_ends_the_watching_and_records_nothing(tmp_path, queue, monkeypatch):
    def full(*arguments):
        raise NoRoom("somewhere cannot be written; make room")

    monkeypatch.setattr(slurm, "record_end", full)
    with pytest.raises(NoRoom, match="make room"):
        see(Job(task(tmp_path), 0))


def test_slurm_that_does_not_answer_is_named(tmp_path, queue, monkeypatch):
    (tmp_path / "bin" / "squeue").write_text("#!/bin/sh\necho no controller >&2\nexit 1\n")
    monkeypatch.setattr(slurm.time, "sleep", lambda seconds: None)
    with pytest.raises(BadInput, match=r"squeue fails \(no controller\)"):
        job_states(["7_0"])
