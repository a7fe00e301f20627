"""Batches as tensors, against sentences laid out one by one."""

import numpy as np
import pytest

from repro.data.corpus import Corpus
from repro.data.preparing import prepare
from repro.data.store import Split
from repro.data.text import LineAligned
from repro.data.vocabulary import BOS, EOS, PAD, VocabularySettings
from repro.training.batch import collate

LINES = ["a b c", "d", "a a a a a a", "c d", "b b b"]


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Split:
    folder = tmp_path_factory.mktemp("batch")
    for name, lines in (("en", LINES), ("de", [line[::-1] + " e" for line in reversed(LINES)])):
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    corpus = Corpus("letters", ("en", "de"), {"train": (LineAligned(folder / "en", folder / "de"),)})
    return prepare(corpus, folder / "prepared", VocabularySettings(kind="words", size=10)).split("train")


@pytest.mark.parametrize("sentences", [[0], [4, 2, 0], [3, 1], list(range(5))])
def test_a_batch_is_its_sentences_padded(split: Split, sentences: list[int]) -> None:
    batch = collate(split, np.array(sentences), update=7)
    assert batch.update == 7
    for rows, side in ((batch.src, split.source), (batch.labels, split.target)):
        lists = [side(i).tolist() for i in sentences]
        width = max(map(len, lists))
        assert rows.tolist() == [row + [PAD] * (width - len(row)) for row in lists]
    for read, learnt in zip(batch.tgt.tolist(), batch.labels.tolist(), strict=True):
        n = learnt.index(EOS) + 1
        assert read == [BOS, *learnt[: n - 1], *[PAD] * (len(learnt) - n)]


def test_no_sentences_are_a_row_of_padding(split: Split) -> None:
    batch = collate(split, np.empty(0, dtype=np.int64))
    assert [rows.tolist() for rows in (batch.src, batch.tgt, batch.labels)] == [[[PAD]]] * 3
