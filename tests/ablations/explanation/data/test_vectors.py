"""Word vectors: both formats, words that are missing, and files that do not fit."""

from pathlib import Path

import pytest
import torch

from ablations.explanation.data.dataset import Vocabulary
from ablations.explanation.data.vectors import read_vectors
from repro.errors import BadInput

WORDS = Vocabulary(["film", "plot", "rare"])


@pytest.mark.parametrize("head", ["", "2 3\n"])
def test_both_formats(tmp_path: Path, head: str) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text(head + "plot 1 2 3\nother 7 7 7\nfilm plot 8 8 8\nfilm film 8 8 8\nfilm -1 0.5 2e-1 \n")
    vectors, found = read_vectors(path, WORDS, 3, seed=1)
    assert found == 2
    torch.testing.assert_close(vectors[WORDS.ids(["film", "plot"])], torch.tensor([[-1, 0.5, 0.2], [1.0, 2, 3]]))
    assert vectors[WORDS.ids(["rare"])].abs().sum() > 0
    again, _ = read_vectors(path, WORDS, 3, seed=1)
    other, _ = read_vectors(path, WORDS, 3, seed=2)
    assert torch.equal(vectors, again)
    assert not torch.equal(vectors, other)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("film 1 2\n", "vectors have 2 numbers, but the model has e = 3; set e to 2"),
        ("9 300\nfilm 1 2 3\n", "vectors have 300 numbers, but the model has e = 3"),
        ("other 1 2 3\nfilm 1 2\n", "line 2: vectors have 2 numbers"),
        ("film 1 two 3\n", "line 1: 'film' is followed by something that is not a number"),
        ("film 1 nan 3\n", "line 1: a number of 'film' is not finite; remove the line"),
        ("plot 1 2 3\nfilm 1 2 -inf\n", "line 2: a number of 'film' is not finite"),
        ("film 1 2 1e39\n", "line 1: a number of 'film' is not finite"),
        ("² ³\nfilm 1 2 3\n", "vectors have 1 numbers, but the model has e = 3"),
        ("other 1 2 3\n", "has none of the 7 words"),
        ("", "is empty"),
    ],
)
def test_files_that_do_not_fit(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=message):
        read_vectors(path, WORDS, 3, seed=1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        read_vectors(tmp_path / "nowhere.txt", WORDS, 3, seed=1)
