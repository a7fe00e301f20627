"""Others' records: read apart, checked, and without any part in what is judged."""

import shutil

import pytest

from reports.build import CLAIMS, INPUTS, build, outdated_by
from reports.claims.own_claims import OwnFiles
from reports.record_places import ORIGIN as ORIGIN_FILE
from reports.verdicts.others import Origin, read_origin, read_others
from reports.verdicts.report import make_report
from repro.errors import BadInput
from tests.reports.verdicts.others import GRID, ORIGIN, others_in


@pytest.fixture
def runs(tmp_path):
    """Records of one's own."""
    shutil.copytree(GRID, tmp_path / "runs" / "demo" / "essentials")
    return tmp_path / "runs"


def faulty_for(seed):
    """With a fault that does not hinder the reader of one's own records."""

    def change(content):
        if content["seed"] == seed:
            content["commit"] = "x"

    return change


def test_verdicts_are_the_same_with_and_without(runs, tmp_path):
    """Though theirs say the opposite, which they would decide if they counted."""
    folder = others_in(tmp_path / "theirs")
    without, with_others = make_report([runs]), make_report([runs], others=[folder])
    assert with_others.judged == without.judged
    assert with_others.stands == without.stands
    assert with_others.records == without.records
    assert with_others.count() == without.count()
    assert len(with_others.others[0].shown) == 20
    counted = folder.with_name("counted")
    shutil.copytree(folder, counted, ignore=shutil.ignore_patterns(ORIGIN_FILE))
    assert make_report([counted]).judged != without.judged


def test_nor_do_they_count_where_they_lie_among_ones_own(runs, tmp_path):
    before = make_report([runs])
    folder = others_in(runs / "others" / "lab", lambda content: content.update(row="base-2"))
    assert make_report([runs]).records == before.records
    assert make_report([runs], others=[folder]).judged == before.judged


def test_claims_json_is_the_same_and_the_report_knows_that_others_changed(runs, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.page.sections.SECTIONS", ("others",))  # drawings take seconds
    folder = others_in(tmp_path / "theirs")
    own = OwnFiles(others=(folder,))
    build([runs], tmp_path / "a")
    report = build([runs], tmp_path / "b", own=own)
    assert (tmp_path / "a" / CLAIMS).read_bytes() == (tmp_path / "b" / CLAIMS).read_bytes()
    assert "others_sha256" not in (tmp_path / "a" / INPUTS).read_text()
    assert outdated_by(report, tmp_path / "b") == []
    assert outdated_by(report, tmp_path / "a") == ["others' records (--others)"]
    record = next(folder.rglob("record.json"))
    record.write_text(record.read_text().replace('"seconds": ', '"seconds": 1'))
    assert outdated_by(make_report([runs], others=[folder]), tmp_path / "b") == ["others' records (--others)"]


def test_faulty_ones_are_left_out_and_counted(runs, tmp_path):
    folder = others_in(tmp_path / "theirs", faulty_for(2))
    (others,) = read_others([folder], [runs])
    assert others.left_out == 4
    assert len(others.shown) == 16
    assert {stored.record.seed for stored in others.shown} == {1, 3, 4, 5}
    assert str(others.faults[0]).startswith("demo/essentials/base-seed2-")
    assert str(others.faults[0]).endswith(": commit is 'x'; it must be a commit of 40 hexadecimal digits, or null")
    assert others.summary() == (
        f"others' records of A lab: 16 shown; 4 left out as faulty, see `report check {folder}`"
    )


def test_an_origin_is_read_as_text(tmp_path):
    folder = others_in(tmp_path / "theirs", note="in\n two   lines")
    assert read_origin(folder) == Origin("A lab", "CC BY 4.0", ORIGIN["url"], "", "in two lines")


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        ({"licence": None}, r"origin.yaml: licence is None; it must be text"),
        ({"url": "http://x"}, r"origin.yaml: url is 'http://x'; it must be an address that begins with https://"),
        ({"lab": "x"}, r"origin.yaml: lab is unknown; there are "),
    ],
)
def test_an_origin_that_cannot_be_used(runs, tmp_path, origin, sentence):
    folder = others_in(tmp_path / "theirs", **origin)
    with pytest.raises(BadInput, match=sentence):
        read_others([folder], [runs])


def test_folders_that_cannot_be_others(runs, tmp_path):
    folder = others_in(tmp_path / "theirs")
    with pytest.raises(BadInput, match="nowhere is not a folder"):
        read_others([tmp_path / "nowhere"], [runs])
    with pytest.raises(BadInput, match=r"has no origin.yaml; write one with name, licence, and url or paper"):
        read_others([runs], [])
    with pytest.raises(
        BadInput, match=r"theirs has an origin.yaml, so its records are those of others; give it with --others"
    ):
        read_others([], [folder])
    with pytest.raises(BadInput, match="its records are either yours or others'"):
        read_others([folder], [folder / "demo"])
    shutil.copytree(folder, tmp_path / "again")
    with pytest.raises(BadInput, match="two --others folders have the name 'A lab'"):
        read_others([folder, tmp_path / "again"], [runs])
    empty = others_in(tmp_path / "empty", name="B")
    shutil.rmtree(empty / "demo")
    with pytest.raises(BadInput, match=r"empty holds no record.json"):
        read_others([empty], [runs])
