"""The page on attention as explanation: the grids for files of one's own are taken as they stand there."""

from pathlib import Path

import pytest
import yaml

from ablations.explanation import check_measure
from repro.ledger.grids.cell import merge
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "explanation.md"


@pytest.mark.parametrize("classes", [2, 3])
def test_a_shown_grid_is_taken(classes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    grid, more_classes, _ = (yaml.safe_load(block.text) for block in blocks(PAGE) if block.language == "yaml")
    for name in "abc":
        texts = [f"{number % classes}\ta film of kind {number % classes}" for number in range(12)]
        Path(f"{name}.tsv").write_text("\n".join([*texts, ""]))
    Path("my-texts.yaml").write_text(yaml.safe_dump(merge(grid, more_classes if classes > 2 else {})))
    for row in read_grid(Path("my-texts.yaml"), read_scale("builtin")).rows:
        check_measure(row.config)
