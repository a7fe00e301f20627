"""Files of one's own are known by what they hold: a cell's id follows the text, not the folder."""

from pathlib import Path
from typing import Any

import pytest

from repro.data.own_files import check_sha256, with_sha256
from repro.errors import BadInput
from repro.files import sha256
from repro.ledger.grids.cell import Cell, identity


def config(folder: Path, text: str = "a line\n") -> dict[str, Any]:
    """A configuration with files of one's own in a folder."""
    folder.mkdir(exist_ok=True)
    for name in ("a.en", "a.de", "b.tsv"):
        (folder / name).write_text(text)
    data = {
        "corpus": "mine",
        "languages": ["en", "de"],
        "train": [f"{folder / 'a.en'},{folder / 'a.de'}", str(folder / "b.tsv")],
        "dev": None,
        "sha256": None,
        "root": str(folder / "prepared"),
    }
    return {"data": data, "seed_everything": 1}


def cell(of: dict[str, Any]) -> str:
    return Cell("m:f", with_sha256(of)).id


def test_each_file_s_sha256_stands_under_its_entry(tmp_path: Path) -> None:
    given = config(tmp_path)
    pair, tsv = given["data"]["train"]
    digest = sha256(tmp_path / "b.tsv")
    assert with_sha256(given)["data"]["sha256"] == {pair: f"{digest},{digest}", tsv: digest}
    assert given["data"]["sha256"] is None  # what was given is left as it was


def test_an_id_follows_the_content_and_not_the_folder(tmp_path: Path) -> None:
    here, there = config(tmp_path / "here"), config(tmp_path / "there")
    other = config(tmp_path / "other", "another line\n")
    assert cell(here) == cell(there) != cell(other)
    assert str(tmp_path) not in str(identity(with_sha256(here)))
    assert Cell("m:f", here).id != Cell("m:f", there).id  # as long as nobody has looked at the files


def test_a_given_vocabulary_is_known_by_its_content(tmp_path: Path) -> None:
    def given(folder: str, text: str) -> dict[str, Any]:
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "vocabulary.model"
        file.write_text(text)
        return {"data": {"corpus": "help", "vocabulary": {"file": str(file)}}, "seed_everything": 1}

    here, there, other = given("here", "abc"), given("there", "abc"), given("other", "abd")
    file = Path(here["data"]["vocabulary"]["file"])
    assert with_sha256(here)["data"]["sha256"] == {str(file): sha256(file)}
    assert cell(here) == cell(there) != cell(other)
    assert str(tmp_path) not in str(identity(with_sha256(here)))
    without = {"data": {"corpus": "help", "vocabulary": {"size": 8000}}}
    with_none = {"data": {"corpus": "help", "vocabulary": {"size": 8000, "file": None}}}
    assert cell(without) == cell(with_none)  # as before a vocabulary could be given
    found = with_sha256(here)
    check_sha256(found["data"])
    file.write_text("changed")
    with pytest.raises(BadInput, match=r"vocabulary\.model has changed since"):
        check_sha256(found["data"])
    file.unlink()
    check_sha256(found["data"])  # whoever reads it says that it is not there


def test_the_sha256_alone_is_no_part_of_an_identity() -> None:
    for sha in (None, {}, {"gone.tsv": "12"}):
        assert identity({"data": {"train": ["a.tsv"], "sha256": sha}}) == {"data": {"train": ["a.tsv"]}}


def test_what_is_stated_stays_and_what_is_not_there_has_none(tmp_path: Path) -> None:
    given = config(tmp_path)
    pair, tsv = given["data"]["train"]
    given["data"] |= {"sha256": {pair: "stated"}, "dev": [str(tmp_path / "gone.tsv")]}
    assert with_sha256(given)["data"]["sha256"] == {pair: "stated", tsv: sha256(tmp_path / "b.tsv")}


@pytest.mark.parametrize("other", [{}, {"data": "text"}, {"data": {"corpus": "help", "train": None}}])
def test_other_configurations_stay_as_they_are(other: dict[str, Any]) -> None:
    assert with_sha256(other) == other


def test_a_file_that_has_changed_is_refused_by_name(tmp_path: Path) -> None:
    found = with_sha256(config(tmp_path))
    check_sha256(found["data"])
    (tmp_path / "b.tsv").write_text("a line\tmore\n")
    with pytest.raises(BadInput, match=r"b\.tsv has changed since .*`repro prepare mine"):
        check_sha256(found["data"])
    (tmp_path / "b.tsv").unlink()
    check_sha256(found["data"])  # whoever reads it says that it is not there
