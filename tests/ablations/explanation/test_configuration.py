"""What a cell's configuration may not be, in one sentence each."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ablations.explanation.configuration import Configuration
from repro.dataclass_config import from_mapping
from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_files, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale

GRID = grid_files()["explanation"]
BASE: dict[str, Any] = dict(read_grid(GRID, read_scale("builtin")).rows[0].config)


@pytest.mark.parametrize("scale", scales_of(GRID))
def test_every_row_of_the_grid_is_right(scale: str) -> None:
    for row in read_grid(GRID, read_scale(scale)).rows:
        from_mapping(Configuration, row.config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "sst"}, "data is 'sst', which is unknown; did you mean sst2"),
        ({"encoder": "lstm"}, "encoder is 'lstm', which is unknown; did you mean bilstm"),
        ({"attention": "mean"}, "attention is 'mean', which is unknown; there are additive, dot, uniform"),
        (
            {"encoder": "transformer", "experiments": []},
            "attention is 'additive'.*there are class, mean, norm, rollout",
        ),
        ({"experiments": ["corelation"]}, "did you mean correlation"),
        ({"experiments": "correlation"}, "experiments is 'correlation'; it must list some of"),
        ({"experiments": ["guides"]}, "guides without adversarial"),
        (
            {"encoder": "transformer", "attention": "mean"},
            "experiments has uniform, which does not work with a Transformer",
        ),
        ({"data": "babi1", "experiments": ["seeds"]}, "texts without questions"),
        ({"m": 30, "encoder": "convolution"}, "m is 30; for convolution it must be a multiple of 4"),
        ({"m": 33}, "m is 33; for bilstm it must be a multiple of 2"),
        ({"epochs": 0}, "epochs is 0; it must be a whole number of at least 1"),
        ({"instances": 2.5}, "instances is 2.5"),
        ({"rate": 0}, "rate is 0; it must be a number above 0"),
        ({"guide_lambda": "none"}, "guide_lambda is 'none'"),
        ({"sizes": [100, 10]}, "sizes has 2 entries; it needs three"),
        ({"sizes": [100, 10, 1]}, "sizes is 1; it must be a whole number of at least 2"),
        ({"lambdas": 0.1}, "lambdas is 0.1; it must be a list"),
        ({"files": "mine.tsv"}, "files is 'mine.tsv'; it must give train, test"),
        ({"files": {"train": "no/such.tsv"}}, "files names no/such.tsv, which does not exist"),
        ({"vectors": "no/such.txt"}, "vectors names no/such.txt, which does not exist"),
        ({"vectors": 3}, "vectors is 3; it must be a file of vectors, what to make vectors of, such as"),
        ({"vectors": {"text": "imdb"}}, "vectors.e is 300 and the model's e is 32; set both to one number"),
        (
            {"vectors": {"text": "imbd", "e": 32}},
            "vectors.text names imbd, which is not a corpus or a file; did you mean imdb",
        ),
        ({"vectors": {"text": "imdb", "size": 32}}, "vectors.size is not a key of this experiment"),
        (
            {"encoder": "transformer", "attention": "mean", "experiments": [], "vectors": {"text": "imdb", "e": 32}},
            "vectors is set, but a Transformer starts from none",
        ),
        ({"longest": 300}, "longest is set, but built-in reviews have no limit"),
        (
            {"encoder": "transformer", "attention": "mean", "experiments": [], "vectors": __file__},
            "vectors is set, but a Transformer starts from none; set `vectors: null` in that row",
        ),
        ({"files": {"train": "."}}, "files names ., which is a folder; name a file in it"),
        ({"files_sha256": "00"}, "files_sha256 is '00'; it must map splits to the SHA-256 of their files"),
        ({"epoch": 3}, "epoch is not a key"),
    ],
)
def test_what_may_not_be(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        from_mapping(Configuration, {**BASE, **change})


def test_a_key_that_is_missing() -> None:
    with pytest.raises(BadInput, match=r"rate is missing; ablations/explanation/configuration\.py describes it"):
        from_mapping(Configuration, {key: value for key, value in BASE.items() if key != "rate"})


def test_vectors_for_the_whole_grid_are_not_those_of_its_transformers(tmp_path: Path) -> None:
    """As the grid's file advises for SST: one line for all rows."""
    content = yaml.safe_load(GRID.read_text(encoding="utf-8"))
    content["config"]["vectors"] = __file__
    (tmp_path / "explanation.yaml").write_text(yaml.safe_dump(content))
    for row in read_grid(tmp_path / "explanation.yaml", read_scale("builtin")).rows:
        assert row.config["vectors"] == (None if row.name.startswith("transformer") else __file__)
        from_mapping(Configuration, row.config)
