"""Preparing: the right ids under the right name, once, whoever asks, and nothing half made."""

import errno
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from repro.data import identities, preparing
from repro.data.corpus import Corpus
from repro.data.preparing import prepare
from repro.data.store import Store
from repro.data.text import LineAligned
from repro.data.vocabulary import EOS, VocabularySettings
from repro.errors import BadInput, NoRoom

SMALL = VocabularySettings(size=320)
ADJECTIVES, NOUNS = ("old", "young", "green", "big"), ("dog", "cat", "farmer", "tree", "house")

TRAIN = [
    (f"The {a} {b}  sees number {i}.", f"Der {a} {b} sieht\u2028Nummer {i}. ")
    for i, (a, b) in enumerate((a, b) for a in ADJECTIVES * 6 for b in NOUNS)
]
DEV = [("A \u2581 line\u2028in dev", "Zeile 🎉 im\tTest"), ("", ""), ("x " * 400, "y " * 300)]


@dataclass(frozen=True)
class Listed:
    """Pairs from a list. Each reading is noted in a file, and waits for as long as it is told to."""

    given: tuple[tuple[str, str], ...]
    readings: str = ""
    seconds: float = 0.0

    def pairs(self) -> Iterator[tuple[str, str]]:
        if self.readings:
            with open(self.readings, "a") as file:
                file.write("read\n")
        time.sleep(self.seconds)
        yield from self.given

    def identity(self) -> dict[str, Any]:
        return {"pairs": len(self.given), "hash": str(self.given)}


def corpus(train: Any = TRAIN, dev: Any = DEV, **more: Any) -> Corpus:
    splits = {"train": (Listed(tuple(train)),), "dev": (Listed(tuple(dev)),)}
    return Corpus(**{"name": "listed", "languages": ("en", "de"), "splits": splits, **more})


def test_ids_are_those_of_the_lines(tmp_path: Path) -> None:
    store = prepare(corpus(), tmp_path, SMALL)
    train = store.split("train")
    assert len(train) == len(TRAIN)
    for i, (source, target) in enumerate(TRAIN):
        for text, ids in ((source, train.source(i)), (target, train.target(i))):
            assert ids.dtype == np.int64
            assert list(ids) == [*store.vocabulary.encode([text])[0], EOS]
            assert store.vocabulary.decode([ids]) == [text]
        assert (train.source_lengths[i], train.target_lengths[i]) == (
            len(train.source(i)),
            len(train.target(i)),
        )
    assert store.manifest["splits"]["train"] == {
        "pairs": len(TRAIN),
        "source_tokens": train.source_lengths.sum(),
        "target_tokens": train.target_lengths.sum(),
        "dropped": dict.fromkeys(store.manifest["splits"]["train"]["dropped"], 0),
    }


def test_a_given_vocabulary_is_taken_as_it_is(tmp_path: Path) -> None:
    learnt = prepare(corpus(), tmp_path / "a", SMALL)
    given = VocabularySettings(file=str(learnt.path / "vocabulary.model"))
    other = [("A cat is greener.", "Ein Fuchs sitzt."), ("5 € – good", "ÄÖÜ ß")]
    store = prepare(corpus(other), tmp_path / "b", given)
    assert store.vocabulary.model == learnt.vocabulary.model
    for i, (source, target) in enumerate(other):
        assert list(store.split("train").source(i)) == [*learnt.vocabulary.encode([source])[0], EOS]
        assert store.vocabulary.decode([store.split("train").target(i)]) == [target]
    assert store.manifest["vocabulary"]["given"] == learnt.vocabulary.sha256


def test_a_store_is_named_by_the_given_vocabulary_and_not_by_its_place(tmp_path: Path) -> None:
    one = prepare(corpus(), tmp_path / "learnt", SMALL).path / "vocabulary.model"
    copy = tmp_path / "copy.model"
    copy.write_bytes(one.read_bytes())
    larger = prepare(corpus(), tmp_path / "learnt", VocabularySettings(size=330)).path / "vocabulary.model"
    names = [prepare(corpus(), tmp_path, VocabularySettings(file=str(file))).path.name for file in (one, copy, larger)]
    assert names[0] == names[1] != names[2]
    unlike = prepare(corpus(), tmp_path, VocabularySettings(size=37, file=str(one)))  # the size counts for nothing
    assert unlike.path.name == names[0]


def test_stores_without_a_given_vocabulary_keep_their_names(tmp_path: Path) -> None:
    """The name is a hash of the settings, and must not change when settings are added."""
    manifest = prepare(corpus(), tmp_path, SMALL).manifest
    learnt = {"kind", "size", "sample_lines", "seed"}
    assert manifest["vocabulary"].keys() - {"sha256", "sentencepiece"} == learnt


@pytest.mark.parametrize(
    ("content", "said"), [(None, "gone.model, which is not a file"), (b"text", "holds no vocabulary of this project")]
)
def test_a_vocabulary_that_cannot_be_taken_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "gone.model"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=rf"data\.vocabulary\.file is .*{said}"):
        prepare(corpus(), tmp_path / "root", VocabularySettings(file=str(file)))
    assert not list((tmp_path / "root").glob("listed-*"))


def test_held_out_splits_stay_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = prepare(corpus(), tmp_path, SMALL, max_length=20)
    assert store.lines("dev") == ([s for s, _ in DEV], [t for _, t in DEV])
    dev = store.split("dev")
    assert len(dev) == len(DEV)
    assert dev.source_lengths[2] > 400
    assert list(dev.source(1)) == [EOS]
    assert f"{sum(not (s.strip() and t.strip()) for s, t in DEV)} of {len(DEV)} pairs of dev have an empty side" in (
        capsys.readouterr().err
    )


def test_long_training_sentences_are_skipped_and_counted(tmp_path: Path) -> None:
    whole = prepare(corpus(), tmp_path, SMALL).split("train")
    longer_side = np.maximum(whole.source_lengths, whole.target_lengths)
    limit = int(np.median(longer_side))
    assert (longer_side == limit).any()
    assert (longer_side > limit).any()
    store = prepare(corpus(), tmp_path, SMALL, max_length=limit)
    kept = np.flatnonzero(longer_side <= limit)
    train = store.split("train")
    assert store.manifest["splits"]["train"]["dropped"]["over_max_length"] == len(TRAIN) - len(kept)
    assert len(train) == len(kept)
    for place, i in enumerate(kept):
        assert np.array_equal(train.target(place), whole.target(int(i)))


def test_cleaning_and_leaks_are_counted(tmp_path: Path) -> None:
    dirty = [*TRAIN, ("", "leer"), ("long " * 9, "kurz"), (DEV[0][0].upper(), "neu"), TRAIN[0]]
    store = prepare(corpus(dirty, cleaning={"max_ratio": 5.0, "drop_duplicates": True}), tmp_path, SMALL)
    counted = {reason: n for reason, n in store.manifest["splits"]["train"]["dropped"].items() if n}
    assert counted == {"empty": 1, "ratio": 1, "duplicate": 1, "held_out_source": 1}
    assert len(store.split("train")) == len(TRAIN)
    assert store.manifest["cleaning"]["max_ratio"] == 5.0


def test_chunks_and_threads_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = prepare(corpus(), tmp_path / "one", SMALL, jobs=1, max_length=30)
    monkeypatch.setattr(preparing, "CHUNK_PAIRS", 7)
    other = prepare(corpus(), tmp_path / "other", SMALL, jobs=3, max_length=30)
    assert one.path.name == other.path.name
    for name in one.manifest["files"]:
        assert (one.path / name).read_bytes() == (other.path / name).read_bytes()
    assert one.manifest == other.manifest


def test_an_unchanged_store_is_reused_and_a_changed_one_made(tmp_path: Path) -> None:
    readings = tmp_path / "readings"
    root = tmp_path / "root"

    def listed(train: Any, **more: Any) -> Corpus:
        splits = {"train": (Listed(tuple(train), str(readings)),), "dev": (Listed(tuple(DEV)),)}
        return corpus(splits=splits, **more)

    first = prepare(listed(TRAIN), root, SMALL)
    again = prepare(listed(TRAIN), root, SMALL)
    assert first.path == again.path
    assert readings.read_text() == "read\n"
    others = [
        prepare(listed(TRAIN[1:]), root, SMALL),
        prepare(listed(TRAIN), root, VocabularySettings(size=321)),
        prepare(listed(TRAIN), root, VocabularySettings(size=320, seed=2)),
        prepare(listed(TRAIN), root, SMALL, max_length=60),
        prepare(listed(TRAIN, cleaning={"max_words": 50}), root, SMALL),
        prepare(listed(TRAIN, name="other"), root, SMALL),
    ]
    assert len({store.path for store in [first, *others]}) == 7
    assert set(root.iterdir()) == {store.path for store in [first, *others]}, "nothing is left over"


def test_a_changed_file_makes_another_store_and_an_unchanged_one_is_not_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {}
    for split, pairs in {"train": TRAIN, "dev": DEV}.items():
        for side in (0, 1):
            path = paths[split, side] = tmp_path / f"{split}.{side}"
            path.write_bytes("".join(pair[side] + "\n" for pair in pairs).encode())

    def from_files() -> Corpus:
        splits = {split: (LineAligned(paths[split, 0], paths[split, 1]),) for split in ("train", "dev")}
        return corpus(splits=splits)

    first = prepare(from_files(), tmp_path / "root", SMALL)
    found = {file["name"] for part in first.manifest["sources"]["train"] for file in part["files"]}
    assert found == {"train.0", "train.1"}

    def no_hashing(self: LineAligned) -> dict[str, Any]:
        raise AssertionError("hashed again")

    with monkeypatch.context() as patched:
        patched.setattr(LineAligned, "identity", no_hashing)
        assert prepare(from_files(), tmp_path / "root", SMALL).path == first.path

    text = paths["train", 1].read_bytes()
    paths["train", 1].write_bytes(text.replace(b"Nummer 0", b"Nummer 9"))
    changed = prepare(from_files(), tmp_path / "root", SMALL)
    assert changed.path != first.path
    paths["train", 1].write_bytes(text)
    assert prepare(from_files(), tmp_path / "root", SMALL).path == first.path, "content counts, not the time"


def test_a_store_in_a_place_for_reading_only_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was hashed cannot be remembered there, and is hashed again the next time."""
    (tmp_path / "a.en").write_text("".join(f"line {i}\n" for i in range(90)))
    part = LineAligned(tmp_path / "a.en", tmp_path / "a.en")
    given = Corpus("files", ("en", "de"), {"train": (part,)})
    before = prepare(given, tmp_path / "root", VocabularySettings(size=290)).path
    os.utime(tmp_path / "a.en", (1, 1))

    def refused(path: Path, value: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(identities, "write_json", refused)
    assert prepare(given, tmp_path / "root", VocabularySettings(size=290)).path == before


def test_the_vocabulary_is_learnt_from_a_seeded_sample_of_train(tmp_path: Path) -> None:
    def made(seed: int) -> str:
        settings = VocabularySettings(size=320, sample_lines=60, seed=seed)
        return prepare(corpus(), tmp_path / str(seed), settings).vocabulary.sha256

    again = prepare(corpus(), tmp_path / "again", VocabularySettings(size=320, sample_lines=60, seed=1))
    assert made(1) == again.vocabulary.sha256
    assert made(1) != made(2)


def test_words(tmp_path: Path) -> None:
    pairs = [("a b c", "c b a"), ("b", "b b"), ("c a", "a c")]
    probe = corpus(pairs, [("a a", "b b")])
    store = prepare(probe, tmp_path, VocabularySettings(kind="words", size=3))
    assert store.vocabulary.pieces[4:] == ["a", "b", "c"]
    assert list(store.split("train").target(0)) == [6, 5, 4, EOS]
    with pytest.raises(BadInput, match="3 word types"):
        prepare(probe, tmp_path, VocabularySettings(kind="words", size=2))
    with pytest.raises(BadInput, match="'d'"):
        prepare(corpus(pairs, [("d", "a")]), tmp_path, VocabularySettings(kind="words", size=3))


def test_tags(tmp_path: Path) -> None:
    tags = tuple({"phenomenon": "ö\u2028", "distance": i} for i in range(len(DEV)))
    store = prepare(corpus(tags={"dev": tags}), tmp_path, SMALL)
    assert store.tags("dev") == list(tags)
    assert store.tags("train") is None
    with pytest.raises(BadInput, match="2 tags for 3 pairs of dev"):
        prepare(corpus(name="fewer", tags={"dev": tags[:2]}), tmp_path, SMALL)


@pytest.mark.parametrize(
    ("given", "settings", "message"),
    [
        (corpus(splits={"dev": (Listed(tuple(DEV)),)}), SMALL, "no split train"),
        (corpus(name="a/b"), SMALL, "'a/b'"),
        (corpus(dev=[]), SMALL, "split dev of listed has no pairs"),
        (corpus(DEV), SMALL, "no training pair of listed is left"),
        (corpus([("a\nb", "c")]), SMALL, "line feed"),
        (corpus(cleaning={"max_word": 3}), SMALL, "'max_word'"),
        (corpus(), VocabularySettings(size=90_000), r"90,000 pieces .* largest possible is \d"),
        (corpus(), VocabularySettings(kind="chars"), "'chars'"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_leaves_nothing(tmp_path: Path, given: Corpus, settings: VocabularySettings, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        prepare(given, tmp_path, settings)
    assert list(tmp_path.iterdir()) == []


def test_a_limit_that_no_sentence_meets(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no training pair .*\(120 over_max_length\)"):
        prepare(corpus(), tmp_path, SMALL, max_length=2)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(preparing._TokenFiles, "append", full)
    with pytest.raises(NoRoom, match="No space left on device"):
        prepare(corpus(), tmp_path, SMALL)
    assert list(tmp_path.iterdir()) == []


def slow_corpus(readings: Path, seconds: float) -> Corpus:
    return corpus(splits={"train": (Listed(tuple(TRAIN), str(readings), seconds),), "dev": (Listed(tuple(DEV)),)})


def prepare_slowly(root: Path, readings: Path, seconds: float, done: Any) -> None:
    done.put(str(prepare(slow_corpus(readings, seconds), root, SMALL).path))


def test_four_processes_at_once_make_it_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    done = context.Queue()
    arguments = (tmp_path / "root", tmp_path / "readings", 0.5, done)
    processes = [context.Process(target=prepare_slowly, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    paths = {done.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(paths) == 1
    assert (tmp_path / "readings").read_text() == "read\n"
    assert [path.name for path in (tmp_path / "root").iterdir()] == [Path(paths.pop()).name]


def test_a_killed_preparation_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    root, readings = tmp_path / "root", tmp_path / "readings"
    context = multiprocessing.get_context("fork")
    process = context.Process(target=prepare_slowly, args=(root, readings, 60.0, context.Queue()))
    process.start()
    while not readings.exists():
        time.sleep(0.01)
        assert process.is_alive()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    left = list(root.iterdir())
    assert any(path.name.endswith(".tmp") for path in left)
    assert all(path.name.startswith(".") for path in left)

    # The same corpus, as its identity has it, now read at once.
    store = prepare(slow_corpus(readings, 0.0), root, SMALL)
    assert len(store.split("train")) == len(TRAIN)
    assert list(root.iterdir()) == [store.path], "the lock and the leftovers are gone"


def test_the_manifest_is_plain_json_of_what_decided_it(tmp_path: Path) -> None:
    store = prepare(corpus(), tmp_path, SMALL)
    manifest = json.loads((store.path / "manifest.json").read_text())
    assert manifest["corpus"] == "listed"
    assert manifest["languages"] == ["en", "de"]
    assert manifest["sources"]["train"] == [Listed(tuple(TRAIN)).identity()]
    assert manifest["max_length"] == 256
    assert manifest["vocabulary"]["size"] == len(store.vocabulary) == 320
    assert manifest["vocabulary"]["sha256"] == store.vocabulary.sha256
    assert Store.open(store.path).manifest == manifest


@pytest.mark.data
@pytest.mark.slow
def test_multi30k(tmp_path: Path, data_folder: Path) -> None:
    folder = data_folder / "multi30k"
    splits = {
        split: (LineAligned(folder / f"{stem}.en.gz", folder / f"{stem}.de.gz"),)
        for split, stem in {"train": "train", "dev": "val", "test": "test_2016_flickr"}.items()
    }
    given = Corpus("multi30k", ("en", "de"), splits)
    store = prepare(given, tmp_path, VocabularySettings(size=8_000))
    started = time.perf_counter()
    store = prepare(given, tmp_path, VocabularySettings(size=8_000))
    assert time.perf_counter() - started < 1
    counts = store.manifest["splits"]["train"]
    assert counts["pairs"] + sum(counts["dropped"].values()) == 29_000
    assert [len(store.split(split)) for split in ("dev", "test")] == [1_014, 1_000]
    for split in ("dev", "test"):
        pairs = list(given.pairs(split))
        assert store.lines(split) == ([s for s, _ in pairs], [t for _, t in pairs])
        ids = store.split(split)
        assert store.vocabulary.decode([ids.target(i) for i in range(len(ids))]) == [t for _, t in pairs]
