"""What word vectors are made of: defaults, names of corpora, and what there is not."""

from pathlib import Path

import pytest
import yaml

from ablations.explanation.data.corpora import CORPORA
from ablations.explanation.data.vector_settings import TEXTS, VectorSettings
from repro.errors import BadInput


def test_texts_are_corpora_of_the_grid() -> None:
    assert set(TEXTS) <= CORPORA.keys()
    assert VectorSettings("ag-news").corpus == "ag_news"
    assert VectorSettings("./imdb").corpus is None


def test_what_is_written_into_a_grid_asks_for_the_same(tmp_path: Path) -> None:
    own = tmp_path / "reviews, of films.txt"
    own.write_text("a film\n")
    for settings in (VectorSettings("ag-news"), VectorSettings(str(own), 50, window=3, root="elsewhere")):
        written = yaml.safe_load(settings.as_written())
        assert VectorSettings.read(written).as_config() == settings.as_config()
    assert VectorSettings("imdb").as_written() == "{text: imdb, e: 300}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("imbd", "vectors.text names imbd, which is not a corpus or a file; did you mean imdb"),
        ("nowhere.txt", "which is not a corpus or a file; there are"),
        (".", "is a folder; name a file in it"),
    ],
)
def test_texts_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=said):
        VectorSettings(text).check_text()
