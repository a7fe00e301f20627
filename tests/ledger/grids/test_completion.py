"""A function may complete the configuration of a row when the grid is read; most leave it as it is."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.completion import completed
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale

FUNCTION = "ablations.explanation:measure"


def test_a_function_that_says_nothing_completes_nothing() -> None:
    config = {"vectors": {"text": "imdb"}}
    for function in ("repro.training:fit", "ablations.complexity:measure", "nowhere:f", "no function", ":"):
        assert completed(function, config) is config


def rows(folder: Path, vectors: Any, average: Any = None) -> dict[str, Any]:
    """The rows of the shipped grid at its smallest scale with these vectors for all, and one row changed."""
    content = yaml.safe_load(grid_files()["explanation"].read_text(encoding="utf-8"))
    content["config"] |= {"vectors": vectors, "e": 300}
    content["rows"]["average"] |= average or {}
    (folder / "mine.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return {row.name: row for row in read_grid(folder / "mine.yaml", read_scale("builtin")).rows}


def test_a_grid_s_rows_are_completed_and_may_do_without_the_mapping(tmp_path: Path) -> None:
    read = rows(tmp_path, {"text": "ag-news"}, {"vectors": {"window": 3}})
    usual = {"text": "ag_news", "e": 300, "window": 5, "epochs": 5, "min_count": 5, "root": "prepared"}
    assert read["bilstm-additive"].config["vectors"] == usual
    assert read["average"].config["vectors"] == {**usual, "window": 3}
    assert read["transformer-mean"].config["vectors"] is None


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ({"text": "imdb", "windw": 3}, r"vectors\.windw is not a key of this experiment; did you mean window"),
        ({"text": "imdb", "e": 0}, r"vectors\.e is 0; it must be a whole number of at least 1"),
        ({"e": 300}, r"vectors\.text is missing"),
        ({"text": 3}, r"vectors\.text is 3; it must be a corpus, one of sst2, imdb, newsgroups, ag_news, or a file"),
        ({"text": "imdb", "root": 3}, r"vectors\.root is 3; it must be a folder"),
        (
            {"text": "imdb", "sha256": "00"},
            r"vectors\.sha256 is set, but imdb is not a file of your own; leave sha256 out",
        ),
        ({"text": "mine.txt", "sha256": 5}, r"vectors\.sha256 is 5; it must be the SHA-256 of the text"),
    ],
)
def test_what_cannot_be_completed_is_refused_with_its_grid_and_row(tmp_path: Path, vectors: Any, said: str) -> None:
    with pytest.raises(BadInput, match=rf"mine\.yaml: row bilstm-additive: {said}"):
        rows(tmp_path, vectors)


def identities(folder: Path, vectors: Any) -> set[str]:
    return {Cell(FUNCTION, row.config).id for name, row in rows(folder, vectors).items() if "transformer" not in name}


def test_the_identity_follows_settings_and_content_but_no_place(tmp_path: Path) -> None:
    usual = identities(tmp_path, {"text": "ag-news"})
    assert usual == identities(tmp_path, {"text": "ag_news", "e": 300, "epochs": 5, "root": "elsewhere"})
    for other in ({"text": "imdb"}, {"text": "ag-news", "window": 4}, {"text": "ag-news", "min_count": 1}):
        assert usual.isdisjoint(identities(tmp_path, other))
    (tmp_path / "a.txt").write_text("a film\n")
    (tmp_path / "b.txt").write_text("a film\n")
    first = identities(tmp_path, {"text": str(tmp_path / "a.txt")})
    assert first == identities(tmp_path, {"text": str(tmp_path / "b.txt")})
    (tmp_path / "b.txt").write_text("a plot\n")
    assert first.isdisjoint(identities(tmp_path, {"text": str(tmp_path / "b.txt")}))
