"""`ablate keys` and what `ablate plan` says of a grid before anything is run."""

import re

import pytest
import yaml

from ablations.cli import main
from ablations.show.base_in_words import base_in_words
from repro.ledger.grid_content import grid_path
from repro.ledger.grid_file import KEYS, read_grid
from repro.ledger.scale import read_scale


def test_every_key_of_a_grid_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys"]) == 0
    out = capsys.readouterr().out
    explained = set(re.findall(r"^    (\w+):", out, re.M))
    assert explained >= KEYS - {"model", "trainer", "config", "learnt"}
    for word in ("model", "trainer", "config", "learnt"):  # in the sentences behind the example, or beside a key
        assert re.search(rf"\b{word}\b", out)
    example = "\n".join(line[4:] for line in out.split("\n") if line.startswith("    "))
    assert yaml.safe_load(example)["margin"] == {"dev.bleu": 0.5}, "the example is YAML as it stands"


@pytest.mark.parametrize(
    ("grid", "scale", "said"),
    [
        ("heads", "builtin", "base: Transformer (N 2, d_model 64, d_ff 128, h 4, P_drop 0.0), generated text homonym"),
        ("main", "multi30k", "text multi30k, at most 00:01:00:00"),
        ("complexity", "builtin", "each cell calls ablations.complexity:measure"),
    ],
)
def test_what_the_base_is(grid: str, scale: str, said: str) -> None:
    assert said in base_in_words(read_grid(grid_path(grid), read_scale(scale)))
