"""Watching jobs: what a job could not record itself is recorded. Slurm's answers come from a stub; see also
tests/system/test_slurm.py, which starts a real one."""

import errno

import pytest

from repro.errors import BadInput, NoRoom
from repro.ledger.grids.cell import Cell
from repro.ledger.records.attempts import ended, records
from repro.ledger.running import slurm
from repro.ledger.running.ranks import JOB_VARIABLE
from repro.ledger.running.run import run_cell
from repro.ledger.running.slurm import JOB_FILE, CellJob, Cluster, Job, job_states, submitted_before, watch
from repro.ledger.running.worker import Task


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


@pytest.fixture
def cluster(queue, monkeypatch):
    """An `sbatch` that takes arrays as number 8, 9 and so on; yields a function that lists their sizes."""
    folder, taken = queue.parent / "bin", queue.parent / "taken"
    script = f'grep -h -o "array=[^ %]*" "$1" >> {taken}\necho Submitted batch job $((7 + $(wc -l < {taken})))'
    for name, text in (("sbatch", script), ("srun", "")):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return lambda: taken.read_text().split() if taken.exists() else []


def hand_over(folder, tasks):
    return slurm.submit(tasks, folder / "slurm", Cluster(), "the command")


def other_content(mine):
    mine.directory.mkdir(parents=True)
    (mine.directory / "notes.txt").touch()


def another_cell(mine):
    run_cell(Cell(mine.cell.function, {"seed": 9, "steps": 1}), mine.directory, "")


def a_file(mine):
    mine.directory.parent.mkdir(parents=True, exist_ok=True)
    mine.directory.touch()


def a_damaged_claim(mine):
    mine.directory.mkdir(parents=True)
    (mine.directory / "cell.json").write_text("{")


def a_folder_in_a_file(mine):
    mine.directory.parent.parent.mkdir(parents=True, exist_ok=True)
    mine.directory.parent.touch()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (other_content, "holds files that are not of a run"),
        (another_cell, "holds another run"),
        (a_file, "is a file"),
        (a_damaged_claim, "is damaged"),
        (a_folder_in_a_file, "cannot be written (Not a directory)"),
    ],
)
def test_a_cell_whose_place_cannot_be_used_is_left_out_and_the_others_are_handed_over(
    tmp_path, cluster, capsys, spoil, said
):
    good, bad, other = task(tmp_path / "a"), task(tmp_path / "b", steps=3), task(tmp_path / "a", steps=4)
    spoil(bad)
    jobs = hand_over(tmp_path, [good, bad, other])
    assert {name: job.task for name, job in jobs.items()} == {"8_0": good, "8_1": other}
    assert cluster() == ["array=0-1"]
    err = capsys.readouterr().err
    assert said in err
    assert err.count("this cell is left out\n") == 1
    assert all((each.directory / JOB_FILE).read_text().endswith(" 0") for each in (good, other))


def test_a_place_that_may_not_be_written_to_is_left_out(tmp_path, cluster, capsys, monkeypatch):
    good, bad = task(tmp_path), task(tmp_path, steps=3)
    monkeypatch.setattr(slurm.os, "access", lambda path, mode: path != bad.directory)  # as root may do all
    assert [job.task for job in hand_over(tmp_path, [bad, good]).values()] == [good]
    assert f"{bad.directory} may not be written to; this cell is left out" in capsys.readouterr().err


def test_a_job_whose_number_cannot_be_noted_is_watched_all_the_same(tmp_path, cluster, capsys):
    good, bad = task(tmp_path), task(tmp_path, steps=3)
    run_cell(bad.cell, bad.directory, "")
    (bad.directory / JOB_FILE).mkdir()
    assert {name: job.task for name, job in hand_over(tmp_path, [bad, good]).items()} == {"8_0": bad, "8_1": good}
    assert f"{bad.directory / JOB_FILE} cannot be written" in capsys.readouterr().err


def test_a_full_disk_stops_the_submission(tmp_path, cluster, monkeypatch):
    def full(*arguments):
        raise NoRoom("somewhere cannot be written; make room")

    monkeypatch.setattr(slurm, "assign_directory", full)
    with pytest.raises(NoRoom, match="make room"):
        hand_over(tmp_path, [task(tmp_path)])
    assert cluster() == []


@pytest.mark.parametrize(("number", "ends"), [(errno.EACCES, "failed"), (errno.ENOSPC, None)])
def test_a_record_that_cannot_be_written_fails_alone_but_for_a_full_disk(
    tmp_path, queue, monkeypatch, capsys, number, ends
):
    def refuse(*arguments):
        raise OSError(number, "planted", str(tmp_path / "runs"))

    monkeypatch.setattr(slurm, "record_end", refuse)
    if ends is None:
        with pytest.raises(NoRoom, match=r"planted\); make room"):
            see(Job(task(tmp_path), 0))
    else:
        assert see(Job(task(tmp_path), 0)) == (False, [ends])
        assert "planted); this cell is left out" in capsys.readouterr().err


def test_jobs_still_queued_are_found_again(tmp_path, queue):
    mine = task(tmp_path)
    mine.directory.mkdir(parents=True)
    assert submitted_before([mine]) == {}
    (mine.directory / JOB_FILE).write_text("7_0 2")
    assert submitted_before([mine]) == {}
    queue.write_text("7_0 PENDING\n7_1 RUNNING\n")
    assert submitted_before([mine]) == {"7_0": Job(mine, 2)}
    assert job_states(["7_0", "7_1", "7_2"]) == {"7_0": "PENDING", "7_1": "RUNNING"}


@pytest.mark.parametrize(
    "state", ["COMPLETING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "RESIZING", "SPECIAL_EXIT", "STAGE_OUT"]
)
def test_a_job_that_may_still_write_its_record_is_watched_on(tmp_path, queue, state):
    mine = task(tmp_path)
    queue.write_text(f"7_0 {state}\n")

    def observe(event):
        if event.kind == "tick" and not records(mine.directory):
            run_cell(mine.cell, mine.directory, "")
            queue.write_text("")

    assert watch({"7_0": Job(mine, 0)}, observe, "the command")
    assert [record.status for record in records(mine.directory)] == ["done"]


@pytest.mark.parametrize("state", ["CANCELLED", "COMPLETED", "FAILED", "NODE_FAIL", "PREEMPTED", "TIMEOUT"])
def test_a_job_that_squeue_shows_after_its_end_has_ended(tmp_path, queue, state):
    queue.write_text(f"7_0 {state}\n7_1 PENDING\n")
    assert job_states(["7_0", "7_1"]) == {"7_1": "PENDING"}


@pytest.mark.parametrize(
    ("trainer", "tasks", "gpus"),
    [
        ({}, 1, 0),
        ({"devices": 2}, 2, 0),
        ({"devices": "2", "accelerator": "gpu"}, 2, 2),
        ({"devices": [0, 1], "accelerator": "cuda"}, 2, 2),
        ({"devices": "0,1,2", "accelerator": "gpu"}, 3, 3),
        ({"devices": "auto", "accelerator": "gpu"}, 1, 1),
    ],
)
def test_a_job_asks_for_the_devices_of_its_trainer(tmp_path, cluster, trainer, tasks, gpus):
    mine = task(tmp_path, trainer=trainer)
    hand_over(tmp_path, [mine])
    script = next((tmp_path / "slurm").glob("*.sh")).read_text()
    assert f"--ntasks-per-node={tasks}\n" in script
    assert f"--gpus-per-node={gpus}\n" in script if gpus else "--gpus" not in script


@pytest.mark.parametrize("devices", [-1, "-1"])
def test_a_job_of_all_devices_is_refused_before_any_is_submitted(tmp_path, cluster, devices):
    tasks = [task(tmp_path), task(tmp_path, trainer={"devices": devices})]
    with pytest.raises(BadInput, match=r"trainer\.devices is -1, but Slurm must be told"):
        hand_over(tmp_path, tasks)
    assert cluster() == []


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
