"""What a path on the command line may be, and what is refused."""

from pathlib import Path

import pytest

from repro.comparison.recorded_run import recorded_runs
from repro.errors import BadInput
from repro.ledger.grids.cell import TRAINING
from tests.comparison.runs import write_run


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return write_run(tmp_path / "one" / "attempt-1").parent


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_run(tmp_path / "other" / "mine" / "fit" / "b-seed1-0123456789ab" / "attempt-1")


def test_a_run_may_be_named_by_its_folder_its_attempt_its_record_or_a_folder_above(one: Path, other: Path) -> None:
    record = other / "record.json"
    for path in (other, record, other.parent, other.parents[1], other.parents[3]):
        runs = recorded_runs([one, path])
        assert [run.directory for run in runs] == [one / "attempt-1", other]
        assert [run.letter for run in runs] == ["A", "B"]
        assert runs[1].function == TRAINING


def test_a_run_is_found_through_a_link(one: Path, other: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(other, target_is_directory=True)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    assert recorded_runs([one, folder])[1].directory == folder / "link"


def test_the_attempt_that_is_done_counts(one: Path, other: Path) -> None:
    write_run(one / "attempt-2", attempt=2)
    write_run(one / "attempt-3", status="failed", metrics={}, attempt=3)
    assert recorded_runs([one, other])[0].directory == one / "attempt-2"


def test_what_names_no_single_run_is_refused(one: Path, other: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun" / "attempt-1").mkdir(parents=True)
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "record.json").write_text("{")
    for path, said in {
        "nowhere": "nowhere does not exist; give the folder of a run, or its record.json",
        "empty": "empty holds no run",
        "begun": "begun has not ended; there is no record.json to compare yet",
        "text.txt": "text.txt is not a record.json",
        "odd": "is not a record",
        "other": "is the same as",
        ".": "holds several runs, such as ",
    }.items():
        with pytest.raises(BadInput, match=said):
            recorded_runs([other, tmp_path / path])
    for paths in ([one], [one] * 9):
        with pytest.raises(BadInput, match=f"give 2 to 8 runs to compare, not {len(paths)}"):
            recorded_runs(paths)
