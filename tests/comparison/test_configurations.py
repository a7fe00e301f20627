"""What lies around runs and is not the same for all."""

from pathlib import Path

from repro.comparison.configurations import differing_surroundings
from repro.comparison.recorded_run import recorded_runs
from tests.comparison.runs import write_run


def test_only_what_differs_around_runs_is_named(tmp_path: Path) -> None:
    write_run(tmp_path / "0")
    write_run(tmp_path / "1", commit="d" * 40, hardware={"cpu": "b", "cores": 2, "gpus": []})
    found = recorded_runs([tmp_path / "0", tmp_path / "1"])
    assert differing_surroundings(found) == {"code": ["c" * 12, "d" * 12], "machine.cpu": ["a", "b"]}
