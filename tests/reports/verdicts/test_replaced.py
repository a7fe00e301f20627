"""Data that were there before those that count: a question may have been changed because of them."""

import pytest

from reports.claims.question_log import Change
from reports.verdicts import question_age
from reports.verdicts.question_age import age_of
from reports.verdicts.records import read_records
from reports.verdicts.replaced import replaced_data
from repro.errors import BadInput
from tests.reports.judging import claim
from tests.reports.records import planted, write

FIRST, LATER = "2026-01-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"


@pytest.fixture(autouse=True)
def _logged(monkeypatch):
    """The question last changed between the two."""
    change = Change("digest", "2026-02-01T00:00:00+00:00", "0123456789ab")
    monkeypatch.setattr(question_age, "last_change", lambda claim, scale: change)


def age(folder):
    found = age_of(claim("worse"), "builtin", read_records([folder]).counted)
    return found.order, found.first_data


@pytest.mark.parametrize(
    ("status", "known"), [("done", True), ("diverged", True), ("failed", False), ("killed", False)]
)
def test_another_attempt_of_a_cell_is_data_if_it_came_to_an_end(status, known, tmp_path):
    metrics = {"m": 1.0} if status == "done" else {}
    write(tmp_path, planted("g", "row", 1, metrics, status=status, started=FIRST), attempt=1)
    write(tmp_path, planted("g", "row", 1, {"m": 1.0}, started=LATER), attempt=2)
    assert age(tmp_path) == (("after data", FIRST) if known else ("before data", LATER))


@pytest.mark.parametrize(("status", "known"), [("done", True), ("diverged", True), ("failed", False)])
def test_so_is_another_cell_of_the_same_row_and_seed(status, known, tmp_path):
    metrics = {"m": 1.0} if status == "done" else {}
    write(tmp_path, planted("g", "row", 1, {"m": 1.0}, cell="0" * 12, started=LATER))
    write(tmp_path, planted("g", "row", 1, metrics, cell="1" * 12, status=status, started=FIRST))
    assert [stored.record.cell for stored in read_records([tmp_path]).set_aside] == ["1" * 12]
    assert age(tmp_path) == (("after data", FIRST) if known else ("before data", LATER))


def test_a_folder_tells_of_records_that_it_has_no_more(tmp_path):
    write(tmp_path, planted("g", "row", 1, {"m": 1.0}, started=LATER))
    before = read_records([tmp_path]).digest
    (tmp_path / "replaced.yaml").write_text(f"replaced: {{builtin: {{g: {{other: '{FIRST}'}}}}}}")
    assert age(tmp_path) == ("before data", LATER)
    (tmp_path / "replaced.yaml").write_text(f"replaced: {{builtin: {{g: {{row: '{FIRST}'}}}}}}")
    assert age(tmp_path) == ("after data", FIRST)
    assert read_records([tmp_path]).digest != before


def test_it_tells_of_its_own_records_alone(tmp_path):
    """Whoever runs a row afresh, and reports it alone, was not told anything by records that others replaced."""
    write(tmp_path / "published", planted("g", "row", 1, {"m": 1.0}, started=LATER))
    write(tmp_path / "own", planted("g", "row", 2, {"m": 1.0}, started=LATER))
    (tmp_path / "published" / "replaced.yaml").write_text(f"replaced: {{builtin: {{g: {{row: '{FIRST}'}}}}}}")
    own, published = (read_records([tmp_path / name]).counted for name in ("own", "published"))
    assert [stored.replaced for stored in (*own, *published)] == [(), (FIRST,)]


def test_a_folder_without_the_file_has_replaced_nothing(tmp_path):
    assert replaced_data(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "replaced: {builtin: {g: {row: yesterday}}}",
            r"replaced.builtin.g.row is 'yesterday'; it must be a time in UTC",
        ),
        ("replaced: {builtin: {g: early}}", r"replaced.builtin.g is 'early'; it must be keys and values"),
        ("builtin: {}", r"builtin is unknown"),
        ("- a list", r"must hold keys and values"),
    ],
)
def test_a_file_that_is_wrong_is_refused(text, wrong, tmp_path):
    (tmp_path / "replaced.yaml").write_text(text)
    with pytest.raises(BadInput, match=wrong):
        replaced_data(tmp_path)


def test_a_time_that_is_none_leaves_the_order_open(tmp_path):
    write(tmp_path, planted("g", "row", 1, {"m": 1.0}, started=LATER))
    (tmp_path / "replaced.yaml").write_text("replaced: {builtin: {g: {row: '2026-99-99T00:00:00+00:00'}}}")
    assert age(tmp_path)[0] == "unknown"
