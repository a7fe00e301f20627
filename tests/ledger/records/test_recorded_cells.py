"""Which of several records of a row and seed counts, and which tell of its spread."""

from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.ledger.records.recorded_cells import RecordedCells, cell_directories_of, newest_record
from tests.ledger.campaign import change_record, run_all, small_grid


def cells(*roots: Path) -> RecordedCells:
    return RecordedCells(cell_directories_of("g", "s", roots))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Attempts of two cells of one row and seed: the second one's configuration is newer."""
    (first,) = run_all(small_grid(seeds=[1]), tmp_path)
    (second,) = run_all(small_grid(seeds=[1], steps=5), tmp_path)
    change_record(first, started="2026-01-01T00:00:00+00:00")
    change_record(second, started="2026-02-01T00:00:00+00:00")
    return first, second


def test_the_newest_counts_unless_the_grid_plans_another(tmp_path: Path, two: tuple[Path, Path]) -> None:
    first, second = two
    assert cells(tmp_path).rows == {"r": [1]}
    assert cells(tmp_path).best("r", 1, ()).path.parent == second
    planned = {first.parent.name.rpartition("-")[2]}
    assert cells(tmp_path).best("r", 1, planned).path.parent == first
    assert cells(tmp_path).best("r", 2, planned) is None


def test_a_result_counts_before_a_failure_and_a_damaged_one_not_at_all(tmp_path: Path, two: tuple[Path, Path]) -> None:
    first, second = two
    change_record(second, status="failed")
    assert cells(tmp_path).best("r", 1, ()).path.parent == first
    change_record(first, status="diverged")
    assert cells(tmp_path).best("r", 1, ()).path.parent == first
    (first / "record.json").write_text("{")
    assert cells(tmp_path).best("r", 1, ()).path.parent == second
    (second / "record.json").write_text("{")
    with pytest.raises(BadInput, match="is not a record"):
        cells(tmp_path).best("r", 1, ())


def test_of_one_cell_the_first_folder_s_record_counts(tmp_path: Path) -> None:
    for name in ("mine", "theirs"):
        (attempt,) = run_all(small_grid(seeds=[1]), tmp_path / name)
        change_record(attempt, started=f"2026-0{1 + (name == 'theirs')}-01T00:00:00+00:00")
    for roots in (["mine", "theirs"], ["theirs", "mine"]):
        best = cells(*(tmp_path / name for name in roots)).best("r", 1, ())
        assert best.path.is_relative_to(tmp_path / roots[0])


def test_the_spread_is_of_other_seeds_of_the_same_configuration(tmp_path: Path) -> None:
    attempts = run_all(small_grid(seeds=[1, 2, 3, 4]), tmp_path / "mine")
    run_all(small_grid(seeds=[2, 5]), tmp_path / "theirs")
    run_all(small_grid(seeds=[6], steps=5), tmp_path / "mine")
    change_record(attempts[3], status="failed")
    found = cells(tmp_path / "mine", tmp_path / "theirs")
    best = found.best("r", 1, ())
    assert sorted(each.record.seed for each in found.others(best.record)) == [2, 3, 5]


def test_a_cell_without_a_record_has_none(tmp_path: Path) -> None:
    (attempt,) = run_all(small_grid(seeds=[1]), tmp_path)
    (attempt / "record.json").unlink()
    assert newest_record(attempt.parent) is None
    assert cells(tmp_path).best("r", 1, ()) is None
