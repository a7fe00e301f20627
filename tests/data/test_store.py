"""A prepared store: opens fast, reads only what is asked for, and refuses what is damaged or foreign."""

import json
import pickle
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repro.data import store as store_module
from repro.data.corpus import Corpus
from repro.data.preparing import prepare
from repro.data.store import Split, Store, id_type
from repro.data.vocabulary import EOS, VocabularySettings, learn_words
from repro.errors import BadInput

PAIRS = tuple((" ".join("abc"[: i % 4]) + " d", "e " * (i % 7) + "f") for i in range(50))


@dataclass(frozen=True)
class Listed:
    given: tuple[tuple[str, str], ...]

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield from self.given

    def identity(self) -> dict[str, Any]:
        return {"pairs": len(self.given)}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    splits = {"train": (Listed(PAIRS),), "test": (Listed((("a c", "b"), ("c c c", "d"))),)}
    return prepare(Corpus("words", ("en", "de"), splits), tmp_path, VocabularySettings("words", 64))


def test_splits_and_languages(store: Store) -> None:
    assert store.splits == ["train", "test"]
    assert store.languages == ("en", "de")
    assert store.lines("test") == (["a c", "c c c"], ["b", "d"])
    with pytest.raises(BadInput, match="no split 'dev'; it has train, test"):
        store.split("dev")
    with pytest.raises(BadInput, match="no raw text of train"):
        store.lines("train")


def test_a_sentence_out_of_range_is_an_error(store: Store) -> None:
    test = store.split("test")
    for i in (-1, 2):
        with pytest.raises(IndexError, match="it has 2"):
            test.source(i)


def test_pickles_open_the_files_again_instead_of_carrying_them(store: Store) -> None:
    train = store.split("train")
    carried = pickle.dumps(train)
    assert len(carried) < 1_000
    copy = pickle.loads(carried)
    assert all(np.array_equal(copy.target(i), train.target(i)) for i in range(len(train)))
    assert pickle.loads(pickle.dumps(store)).manifest == store.manifest


@pytest.mark.parametrize(("size", "expected"), [(65_535, np.uint16), (65_536, np.int32), (100_000, np.int32)])
def test_id_types_hold_every_id(size: int, expected: type) -> None:
    assert id_type(size) == expected
    assert np.iinfo(id_type(size)).max >= size - 1


def test_a_vocabulary_over_65_535_pieces(tmp_path: Path) -> None:
    words = [f"w{i:05d}" for i in range(66_000)]
    pairs = tuple((word, words[-1 - i]) for i, word in enumerate(words))
    corpus = Corpus("wide", ("en", "de"), {"train": (Listed(pairs),)})
    store = prepare(corpus, tmp_path, VocabularySettings("words", 70_000))
    assert len(store.vocabulary) == 66_004
    train = store.split("train")
    assert list(train.source(65_999)) == list(train.target(0)) == [66_003, EOS]


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
}


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["vocabulary.model", "train.source.ids", "train.target.offsets", "test.source.txt"])
def test_a_damaged_file_is_named(store: Store, name: str, how: str) -> None:
    DAMAGES[how](store.path / name)
    with pytest.raises(BadInput, match=f"{name} is damaged or foreign"):
        Store.open(store.path)


def changed_bit(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 16
    path.write_bytes(raw)
    store_module._compared.clear()  # as for another process


@pytest.mark.parametrize("part", ["source.ids", "source.offsets", "target.ids", "target.offsets"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_one_changed_bit_is_noticed_when_the_store_is_opened(store: Store, split: str, part: str) -> None:
    changed_bit(store.path / f"{split}.{part}")
    with pytest.raises(BadInput, match=f"{split}.{part} is damaged.*have changed since it was prepared; delete"):
        Store.open(store.path)


def test_every_file_has_a_checksum(store: Store) -> None:
    assert store.manifest["sha256"].keys() == store.manifest["files"].keys()
    for name in store.manifest["files"]:
        before = (store.path / name).read_bytes()
        changed_bit(store.path / name)
        with pytest.raises(BadInput, match=f"{name} is damaged"):
            Store.open(store.path)
        (store.path / name).write_bytes(before)
    Store.open(store.path)


def test_a_large_store_is_compared_when_that_is_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "ALWAYS_COMPARED", 0)
    changed_bit(store.path / "train.source.ids")
    opened = Store.open(store.path)
    with pytest.raises(BadInput, match=r"train.source.ids is damaged"):
        opened.check()


def test_a_store_is_compared_once_a_process(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store_module._compared.clear()
    read: list[Path] = []
    sha256 = store_module.sha256
    monkeypatch.setattr(store_module, "sha256", lambda path: read.append(path) or sha256(path))
    for _ in range(3):
        Store.open(store.path)
    assert len(read) == len(store.manifest["files"])


def test_a_store_without_checksums_opens(store: Store) -> None:
    """As an earlier version prepared it."""
    manifest = store.path / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["sha256"], content["manifest_sha256"]
    manifest.write_text(json.dumps(content))
    assert Store.open(store.path).check() == 0


def test_a_manifest_that_says_something_else_is_noticed(store: Store) -> None:
    manifest = store.path / "manifest.json"
    text = manifest.read_text()
    assert text.count('"max_length": 256') == 1
    manifest.write_text(text.replace('"max_length": 256', '"max_length": 257'))
    store_module._compared.clear()
    with pytest.raises(BadInput, match=r"manifest.json is damaged .*it has changed since it was written; delete"):
        Store.open(store.path)
    manifest.write_text(json.dumps(json.loads(text), indent=7))  # says the same
    assert Store.open(store.path).check() == len(store.manifest["files"])


WRONG = [None, True, 5, "x", [], [1], {}, {"a": 1}, {"../a": 1}]


@pytest.mark.parametrize("key", ["corpus", "languages", "vocabulary", "splits", "files", "sha256"])
def test_a_manifest_of_wrong_types_is_one_sentence(store: Store, key: str) -> None:
    manifest = store.path / "manifest.json"
    content = json.loads(manifest.read_text())
    for wrong in WRONG:
        changed = {**content, key: wrong}
        changed[store_module.SEAL] = store_module.seal(changed)  # else it is refused for another reason
        manifest.write_text(json.dumps(changed))
        store_module._compared.clear()
        if not isinstance(wrong, type(content[key])):
            with pytest.raises(BadInput, match=rf"its {key} is not what it should be"):
                Store.open(store.path)
            continue
        with suppress(BadInput):
            opened = Store.open(store.path)
            assert all(opened.languages)
            for split in opened.splits:
                opened.split(split)


def test_another_vocabulary_of_the_same_size_is_noticed(store: Store) -> None:
    learn_words(["a b c d e g"], 64).save(store.path / "vocabulary.model")
    with pytest.raises(BadInput, match=r"vocabulary\.model .* not the vocabulary that the ids were made with"):
        Store.open(store.path)


def test_offsets_of_another_split_are_noticed(store: Store) -> None:
    path = store.path / "train.target.offsets"
    offsets = np.frombuffer(path.read_bytes(), np.int64).copy()
    offsets[-1] += 1
    path.write_bytes(offsets.tobytes())
    with pytest.raises(BadInput, match=r"train\.target\.offsets .* do not fit"):
        Store.open(store.path).split("train")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[1]", "its format is None"),
        (b'{"format": 99}', "its format is 99, but this version reads 1"),
        (b'{"format": 1, "corpus": "x", "files": {}}', "lacks languages, splits, vocabulary"),
    ],
)
def test_a_foreign_manifest_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(BadInput, match=rf"manifest\.json .*{message}"):
        Store.open(tmp_path)


def test_no_store_at_all(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadInput, match=f"{path} is not a prepared store"):
            Store.open(path)


def test_a_store_of_4_5_million_pairs_opens_at_once(tmp_path: Path) -> None:
    """Files as large as WMT's, with holes for content, so that nothing of them can be read on opening."""
    pairs, tokens = 4_500_000, 130_000_000
    learn_words(["a"], 1).save(tmp_path / "vocabulary.model")
    for side in store_module.SIDES:
        with open(tmp_path / f"train.{side}.ids", "wb") as file:
            file.truncate(2 * tokens)
        with open(tmp_path / f"train.{side}.offsets", "wb") as file:
            file.truncate(8 * pairs)
            file.seek(8 * pairs)
            file.write(np.array([tokens], "<i8").tobytes())
    manifest = {
        "format": 1,
        "corpus": "large",
        "languages": ["en", "de"],
        "vocabulary": {
            "size": 5,
            "sha256": store_module.Vocabulary.load(tmp_path / "vocabulary.model").sha256,
        },
        "splits": {"train": {"pairs": pairs, "source_tokens": tokens, "target_tokens": tokens}},
        "files": {path.name: path.stat().st_size for path in tmp_path.iterdir()},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    started = time.perf_counter()
    train = Store.open(tmp_path).split("train")
    assert isinstance(train, Split)
    assert len(train.source_lengths) == pairs
    assert time.perf_counter() - started < 1
