import json
from pathlib import Path

import pytest

from ablations.throughput import check_measure_start_up, measure_start_up
from ablations.throughput.start_up import plant
from repro.errors import BadInput
from repro.ledger.records.record import read_record


def test_planted_records_are_those_of_cells(tmp_path: Path) -> None:
    assert plant(tmp_path, 30) == 30
    found = [read_record(path.parent) for path in tmp_path.rglob("record.json")]
    assert len({record.cell for record in found}) == 30
    assert all((tmp_path / record.scale / record.grid).is_dir() for record in found)


@pytest.mark.slow
def test_a_cell(tmp_path: Path) -> None:
    found = measure_start_up({"records": 20, "turns": 1, "seed": 1}, tmp_path)
    json.dumps([found.metrics, found.details])
    assert set(found.metrics) == {"seconds.help", "seconds.status", "seconds.report"}
    assert all(metric["value"] > 0 for metric in found.metrics.values())


def test_a_bad_configuration_is_one_sentence() -> None:
    with pytest.raises(BadInput, match="turns is missing"):
        check_measure_start_up({"records": 1, "seed": 1})
