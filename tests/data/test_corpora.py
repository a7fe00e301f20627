"""Corpora by name: presets hold what they promise, and a wrong name or missing file says what to do."""

import errno
import gzip
from pathlib import Path

import pytest

from repro.data import libreoffice_help
from repro.data.corpora import CORPORA, corpus_from_files, find_corpus
from repro.data.preparing import prepare
from repro.data.text import Tsv
from repro.data.vocabulary import VocabularySettings
from repro.errors import BadInput, NoRoom


def written(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_own_files_several_to_a_split(tmp_path: Path) -> None:
    source, target = written(tmp_path / "a.en", "one", "two"), written(tmp_path / "a.de.gz", "eins", "zwei")
    tsv = written(tmp_path / "b.tsv", "three\tdrei")
    spec = {
        "name": "mine",
        "languages": ["en", "de"],
        "train": [f"{source}, {target}", str(tsv)],
        "dev": [str(tsv)],
        "cleaning": {"max_words": 3},
    }
    corpus = find_corpus(spec)
    assert list(corpus.pairs("train")) == [("one", "eins"), ("two", "zwei"), ("three", "drei")]
    assert list(corpus.pairs("dev")) == [("three", "drei")]
    assert (corpus.name, corpus.languages, set(corpus.splits)) == ("mine", ("en", "de"), {"train", "dev"})
    assert corpus.cleaning == {"max_words": 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a b"}, "'a b' can have only letters"),
        ({"name": "../a"}, "can have only letters"),
        ({"languages": "ende"}, "give the codes of source and target"),
        ({"languages": ["en"]}, "give the codes of source and target"),
        ({"train": []}, "has no training files"),
        ({"train": "a.tsv"}, "give a list"),
        ({"train": ["a,b,c"]}, "'a,b,c' names no text"),
        ({"train": ["a.en,"]}, "'a.en,' names no text"),
        ({"dev": ["missing.tsv"]}, "missing.tsv does not exist"),
        ({"dev": ["."]}, "names no text"),
        ({"dev": [".."]}, "is a folder"),
        ({"tset": ["a.tsv"]}, "may have dev, test and cleaning"),
    ],
)
def test_own_files_described_wrongly(tmp_path: Path, change, message: str) -> None:
    tsv = str(written(tmp_path / "b.tsv", "three\tdrei"))
    with pytest.raises(BadInput, match=message):
        find_corpus({"name": "mine", "languages": ["en", "de"], "train": [tsv], **change})


def test_unknown_name_lists_the_presets() -> None:
    with pytest.raises(BadInput, match=r"no corpus 'multi31k'; there are multi30k, .*wmt14-en-fr"):
        find_corpus("multi31k")


def test_the_folder_is_found_through_one_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for split in ("train", "val", "test_2016_flickr"):
        written(tmp_path / f"multi30k/{split}.en", f"English {split}")
        written(tmp_path / f"multi30k/{split}.de.gz", f"Deutsch {split}")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    corpus = find_corpus("multi30k")
    assert [list(corpus.pairs(split)) for split in ("train", "dev", "test")] == [
        [(f"English {split}", f"Deutsch {split}")] for split in ("train", "val", "test_2016_flickr")
    ]
    monkeypatch.setenv("REPRO_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match="nowhere, which is not a folder"):
        find_corpus("multi30k")


def test_missing_files_are_all_named_with_where_to_put_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "multi30k/train.en", "x")
    with pytest.raises(BadInput) as error:
        find_corpus("multi30k", folder=tmp_path)
    message = str(error.value)
    assert "multi30k/train.en" not in message
    for name in ("train.de", "val.en", "val.de", "test_2016_flickr.en", "test_2016_flickr.de"):
        assert f"multi30k/{name}" in message
    assert str(tmp_path) in message
    monkeypatch.delenv("REPRO_DATA", raising=False)
    with pytest.raises(BadInput, match="set REPRO_DATA to that folder"):
        find_corpus("news")


def test_test_split_is_used_where_there_is_one(tmp_path: Path) -> None:
    for split in ("train", "dev"):
        written(tmp_path / f"tatoeba_en_de/{split}.tsv", "a\tb")
    assert set(find_corpus("tatoeba-en-de", folder=tmp_path).splits) == {"train", "dev"}
    written(tmp_path / "tatoeba_en_de/test.tsv", "c\td")
    assert list(find_corpus("tatoeba-en-de", folder=tmp_path).pairs("test")) == [("c", "d")]


def test_help_is_the_folders_only_if_it_has_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else `repro suite --scale help` would end for want of a test set where the files are there that `news` reads."""
    packages = {split: Tsv(written(tmp_path / f"{split}.tsv", "x\ty")) for split in ("train", "dev", "test")}
    monkeypatch.setattr(libreoffice_help, "help_splits", lambda language, cache: packages)
    for split in ("train", "dev"):
        written(tmp_path / f"lo_help_en_de/{split}.tsv", "a\tb")
    assert list(find_corpus("help", folder=tmp_path).pairs("test")) == [("x", "y")]
    written(tmp_path / "lo_help_en_de/test.tsv", "c\td")
    corpus = find_corpus("help", folder=tmp_path)
    assert [list(corpus.pairs(split)) for split in ("train", "dev", "test")] == [[("a", "b")]] * 2 + [[("c", "d")]]


def test_a_full_or_closed_cache_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = written(tmp_path / "a_file_not_a_folder", "x")
    with pytest.raises(BadInput, match=r"cannot be put into .*set XDG_CACHE_HOME"):
        find_corpus("help", folder=tmp_path, cache=cache)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(libreoffice_help, "help_splits", full)
    with pytest.raises(NoRoom, match=r"cannot be put into .*make room"):
        find_corpus("help", folder=tmp_path, cache=tmp_path)


# Pairs of train, dev and test as the folder's own description counts them.
SIZES = {
    "multi30k": (29_000, 1_014, 1_000),
    "multi30k-en-fr": (29_000, 1_014, 1_000),
    "news": (274_396, 3_000, 2_999),
    "europarl": (20_000, 3_000, 2_999),
    "tatoeba-en-de": (163_873, 2_000, None),
    "tatoeba-en-fr": (160_994, 2_000, None),
}


@pytest.mark.data
@pytest.mark.parametrize("name", SIZES)
def test_preset_has_the_described_number_of_pairs(data_folder: Path, name: str) -> None:
    corpus = find_corpus(name, folder=data_folder)
    for split, size in zip(("train", "dev", "test"), SIZES[name], strict=True):
        if size is not None:
            assert sum(1 for _ in corpus.pairs(split)) == size, split
    assert corpus.name == name
    assert corpus.languages[0] == "en"
    assert all(part.identity()["files"] for parts in corpus.splits.values() for part in parts)


@pytest.mark.data
def test_anchor_is_lower_cased_and_tokenised(data_folder: Path) -> None:
    corpus = find_corpus("multi30k-anchor", folder=data_folder)
    assert next(corpus.pairs("test")) == (
        "a man in an orange hat starring at something .",
        "ein mann mit einem orangefarbenen hut , der etwas anstarrt .",
    )
    assert sum(len(target.split(" ")) for _, target in corpus.pairs("test")) == 12_103


@pytest.mark.data
def test_news_trains_on_neither_its_dev_nor_its_test_set(data_folder: Path) -> None:
    corpus = find_corpus("news", folder=data_folder)
    names = [file["name"] for part in corpus.splits["train"] for file in part.identity()["files"]]
    assert not [name for name in names if "2013" in name or "2016" in name]
    assert (
        len(names) == len(set(names)) + 4
    )  # train.en, train.de and train.tsv (twice more) are names of several folders
    assert not [1 for source, _ in corpus.pairs("train") if "&apos;" in source or "&quot;" in source]


def test_presets_need_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys, repro.data.corpora; sys.exit('torch' in sys.modules or 'sacremoses' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert {"multi30k", "multi30k-anchor", "help", "news", "wmt14-en-de", "wmt14-en-fr"} <= CORPORA.keys()


def test_corpus_from_files_is_what_a_mapping_gives(tmp_path: Path) -> None:
    tsv = str(written(tmp_path / "b.tsv", "three\tdrei"))
    assert corpus_from_files("mine", ("en", "de"), [tsv]) == find_corpus(
        {"name": "mine", "languages": ("en", "de"), "train": [tsv]}
    )


@pytest.mark.slow
@pytest.mark.data
def test_the_store_of_news_holds_no_line_of_its_dev_or_test_set(data_folder: Path, tmp_path: Path) -> None:
    """Read back from the stored ids, whatever the vocabulary: all of it is lossless."""
    corpus = find_corpus("news", folder=data_folder)
    store = prepare(corpus, tmp_path, VocabularySettings(size=2_000, sample_lines=20_000), jobs=2)

    def plain(line: str) -> str:
        return " ".join(line.split()).casefold()

    train = store.split("train")
    assert len(train) > 250_000
    for column, ids in ((0, train.source), (1, train.target)):
        held_out = {plain(pair[column]) for name in ("dev", "test") for pair in corpus.pairs(name)}
        assert len(held_out) > 5_900
        stored = {plain(line) for line in store.vocabulary.decode(ids(i) for i in range(len(train)))}
        assert len(stored) > 200_000
        assert not held_out & stored
