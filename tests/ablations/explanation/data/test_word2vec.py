"""Word vectors are gensim's, near for words of the same contexts, and refuse to be made without it."""

from pathlib import Path

import numpy as np
import pytest

from ablations.explanation.data import word2vec
from ablations.explanation.data.vector_settings import VectorSettings
from ablations.explanation.data.word2vec import MOST_WORDS, check_installed, frequent_words, learn
from repro.errors import BadInput
from tests.ablations.explanation.data.planted_text import STRANGER, TWINS, write_planted_text

gensim = pytest.importorskip("gensim", reason="gensim is not installed: pip install '.[vectors]' installs it")
SETTINGS = VectorSettings("planted", 20, window=3, epochs=10)


@pytest.fixture
def texts(tmp_path: Path) -> list[list[str]]:
    return [line.split() for line in write_planted_text(tmp_path / "planted.txt").read_text().splitlines()]


def test_frequent_words_come_first_and_equals_by_the_alphabet() -> None:
    words = frequent_words([["b", "c", "a"], ["c", "b", "a", "c"], ["d"]], 2)
    assert list(words.items()) == [("c", 3), ("a", 2), ("b", 2)]


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_words_of_the_same_contexts_are_near_and_others_are_not(texts: list[list[str]]) -> None:
    words = frequent_words(texts, 5)
    vectors = dict(zip(words, learn(texts, words, SETTINGS), strict=True))
    first, second = TWINS
    assert cosine(vectors[first], vectors[second]) > 0.8
    for twin in TWINS:
        assert cosine(vectors[twin], vectors[STRANGER]) < 0.8


def test_the_vectors_are_those_that_gensim_makes_by_itself(texts: list[list[str]]) -> None:
    words = frequent_words(texts, 5)
    texts = [[word for word in text if word in words] for text in texts]
    model = gensim.models.Word2Vec(
        texts, vector_size=20, window=3, min_count=5, sg=1, negative=5, workers=1, seed=1, epochs=10, sorted_vocab=0
    )
    # Its order of words decides which start each gets: given that order, all else must be the same.
    ordered = {word: words[word] for word in model.wv.index_to_key}
    assert np.array_equal(learn(texts, ordered, SETTINGS), model.wv.vectors)


def test_the_rest_of_a_long_text_is_learnt_too() -> None:
    """Gensim would leave out all of a text after its first words."""
    long = ["one", "two"] * (MOST_WORDS // 2)
    words = {"one": 1, "two": 1, "three": 1, "four": 1}
    settings = VectorSettings("long", 5, epochs=1)
    short, whole = (learn([[*long, *rest]], words, settings) for rest in ([], ["three", "four"] * 2000))
    assert not np.array_equal(short[2:], whole[2:])


def test_without_gensim_one_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word2vec, "find_spec", lambda name: None)
    with pytest.raises(
        BadInput, match=r"gensim, which is not installed; pip install -e '\.\[vectors\]' in the checkout"
    ):
        check_installed()
