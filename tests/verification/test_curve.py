"""First updates beside those of a record: which lines, which numbers, and by whose spread."""

from dataclasses import replace
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.ledger.records.originals import Original
from repro.ledger.records.record import read_record
from repro.ledger.records.recorded_cells import RecordFile
from repro.verification.cell_run import read_curve
from repro.verification.curve import compare_curves, kept_curve, other_curves
from tests.verification.conftest import Publish

HEAD = "step,split,nll,seconds\n"


@pytest.fixture
def original(publish: Publish) -> Original:
    path = publish()
    return Original(read_record(path.parent), path, None)


def test_lines_up_to_an_update_or_the_first_one(original: Original) -> None:
    assert [step for step, _ in kept_curve(original, 2)] == [1, 2]
    curve = original.path.parent / "metrics.csv"
    curve.write_text(HEAD + "100,train,1,1\n200,train,1,1\n")
    assert list(kept_curve(original, 2)) == [(100, "train")]
    curve.write_text("")
    with pytest.raises(BadInput, match="no learning curve"):
        kept_curve(original, 2)


def test_a_line_that_is_being_written_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    assert read_curve(path) == {}
    path.write_text(HEAD + "1,train,0.5,2\nx,train,1,1\n2,train,0.2")
    assert list(read_curve(path)) == [(1, "train")]


def test_numbers_are_equal_within_the_spread_or_off(original: Original) -> None:
    kept = {(1, "train"): {"step": "1", "split": "train", "nll": "0.5", "seconds": "1", "word": "w"}}
    others = [{(1, "train"): {"nll": value}} for value in ("0.4", "0.5", "0.6")]

    def finding(value: str) -> str:
        (point,) = compare_curves(kept, {(1, "train"): {"nll": value}}, others)
        return point.compared.finding

    assert (finding("0.5"), finding("0.51"), finding("9"), finding("")) == ("equal", "within the spread", "off", "off")
    (point,) = compare_curves(kept, {}, others)
    assert (point.column, point.compared.after) == ("nll", None)


def test_curves_of_other_seeds_lie_beside_their_records(publish: Publish, original: Original) -> None:
    path = publish(2)
    other = RecordFile(read_record(path.parent), path)
    assert len(other_curves(replace(original, other_files=(other,)))) == 1
    (path.parent / "metrics.csv").unlink()
    assert other_curves(replace(original, other_files=(other,))) == []
