"""Relative paths of a record are found from the room, and its id stays as it is."""

from pathlib import Path

import pytest

from repro.ledger.grids.cell import Cell
from repro.verification.own_files import with_absolute_paths


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.en", "a.de", "b.tsv", "a,comma.en"):
        (tmp_path / name).touch()
    return tmp_path


def test_paths_are_whole_where_their_content_is_known(here: Path) -> None:
    data = {
        "train": ["a.en,a.de", "a,comma.en,a.de", "gone.en,gone.de"],
        "dev": ["b.tsv"],
        "test": ["a.en, a.de"],
        "root": "prepared",
    }
    known = ["a.en,a.de", "a,comma.en,a.de", "gone.en,gone.de", "b.tsv"]
    config = {"data": {**data, "sha256": {entry: f"digest of {entry}" for entry in known}}}
    found = with_absolute_paths(config)
    pair, comma = f"{here}/a.en,{here}/a.de", f"{here}/a,comma.en,{here}/a.de"
    assert found["data"]["train"] == [pair, comma, "gone.en,gone.de"]
    assert (found["data"]["dev"], found["data"]["test"]) == ([f"{here}/b.tsv"], ["a.en, a.de"])
    assert list(found["data"]["sha256"]) == [pair, comma, "gone.en,gone.de", f"{here}/b.tsv"]
    assert list(found["data"]["sha256"].values()) == list(config["data"]["sha256"].values())
    assert Cell("m:f", found).id == Cell("m:f", config).id


def test_files_of_a_classification_are_found_likewise(here: Path) -> None:
    config = {"files": {"train": "b.tsv", "test": "c.tsv"}, "files_sha256": {"train": "0"}}
    found = with_absolute_paths(config)
    assert found["files"] == {"train": f"{here}/b.tsv", "test": "c.tsv"}
    assert Cell("m:f", found).id == Cell("m:f", config).id


def test_a_vocabulary_and_weights_to_start_from_are_found_likewise(here: Path) -> None:
    (here / "v.model").touch()
    config = {
        "data": {"vocabulary": {"file": "v.model"}, "sha256": {"v.model": "0"}},
        "initial": {"weights": "w.ckpt", "sha256": "1"},
    }
    found = with_absolute_paths(config)
    assert found["data"] == {"vocabulary": {"file": f"{here}/v.model"}, "sha256": {f"{here}/v.model": "0"}}
    assert found["initial"] == {"weights": f"{here}/w.ckpt", "sha256": "1"}
    assert Cell("m:f", found).id == Cell("m:f", config).id
    named = {"initial": {"weights": "help", "sha256": "1"}}
    assert with_absolute_paths(named) == named  # a model of the package
    unknown = {"initial": {"weights": "w.ckpt", "sha256": None}}
    assert with_absolute_paths(unknown) == unknown


@pytest.mark.parametrize("config", [{}, {"data": "imdb"}, {"data": {"train": ["a.en,a.de"]}, "files": {"train": "b"}}])
def test_paths_that_an_id_goes_by_stay(here: Path, config: dict[str, object]) -> None:
    assert with_absolute_paths(config) == config
