import pytest

from repro.training.observe.curve import COLUMNS, Curve, read_curve

ROW = {"train/loss": 4.25, "train/nll": 4.0, "train/epoch": 0, "train/learning_rate": 1.0 / 3.0}


@pytest.fixture
def curve(tmp_path):
    curve = Curve(tmp_path / "metrics.csv")
    for step in range(1, 7):
        curve.log_metrics(ROW, step)
        if step % 2 == 0:
            curve.log_metrics({"dev/loss": 5.0 - step, "dev/unknown": 1.0}, step)
    return curve


def test_rows_are_read_as_they_were_logged(curve):
    assert curve.path.read_text().split("\n")[0] == ",".join(COLUMNS)
    rows = read_curve(curve.path, "train")
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0] == {"step": 1, "loss": 4.25, "nll": 4.0, "epoch": 0, "learning_rate": 0.333333333}
    assert read_curve(curve.path, "dev") == [{"step": s, "loss": 5.0 - s} for s in (2, 4, 6)]


def test_cutting_back_drops_later_rows_only(curve):
    before = curve.path.read_text().split("\n")
    curve.cut_back(4)
    assert curve.path.read_text() == "\n".join(before[:7]) + "\n"
    curve.log_metrics(ROW, 5)
    assert [row["step"] for row in read_curve(curve.path, "train")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("torn", range(1, 25))
def test_a_torn_last_line_is_dropped(curve, torn):
    """However much of the next row's line was written when the process was killed."""
    whole = curve.path.read_bytes()
    curve.path.write_bytes(whole + b"7,train,4.25,4,54.5,0.333,1.0\n"[:torn])
    curve.cut_back(100)
    assert curve.path.read_bytes() == whole


def test_a_torn_header_becomes_a_header(tmp_path):
    (tmp_path / "metrics.csv").write_text("step,spl")
    curve = Curve(tmp_path / "metrics.csv")
    curve.cut_back(10)
    assert curve.path.read_text() == ",".join(COLUMNS) + "\n"


def test_without_a_file_there_is_nothing_to_cut(tmp_path):
    Curve(tmp_path / "metrics.csv").cut_back(10)
    assert list(tmp_path.iterdir()) == []
