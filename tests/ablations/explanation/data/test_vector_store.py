"""Word vectors are made once, alike each time, whole or not at all; damage is said."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ablations.explanation.data import vector_store
from ablations.explanation.data.dataset import Vocabulary
from ablations.explanation.data.vector_settings import VectorSettings
from ablations.explanation.data.vector_store import MANIFEST, VECTORS, made_vectors, open_vectors
from ablations.explanation.data.vectors import read_vectors
from ablations.explanation.data.word2vec import FIXED, frequent_words, learn
from repro.data.store import seal
from repro.errors import BadInput
from repro.files import sha256
from tests.ablations.explanation.data.planted_text import TWINS, write_planted_text

pytest.importorskip("gensim", reason="gensim is not installed: pip install '.[vectors]' installs it")


@pytest.fixture
def settings(tmp_path: Path) -> VectorSettings:
    text = write_planted_text(tmp_path / "planted.txt")
    return VectorSettings(str(text), 12, epochs=2, root=str(tmp_path / "prepared"))


def test_vectors_come_back_as_they_were_learnt(settings: VectorSettings) -> None:
    made = made_vectors(settings)
    texts = [line.split() for line in settings.path.read_text().splitlines()]
    words = frequent_words(texts, 5)
    vocabulary = Vocabulary(words)
    read, found = read_vectors(made.path, vocabulary, 12, seed=1)
    assert found == len(words)
    assert torch.equal(read[vocabulary.ids(words)], torch.tensor(learn(texts, words, settings)))


def test_the_manifest_says_what_they_are_made_of(settings: VectorSettings) -> None:
    made = made_vectors(settings)
    text = settings.path.read_text()
    assert made.manifest["sources"] == {"own": sha256(settings.path)}
    assert made.manifest["settings"] == {"e": 12, "window": 5, "epochs": 2, "min_count": 5, **FIXED}
    assert made.manifest["versions"].keys() == {"gensim", "numpy", "scipy"}
    assert made.manifest["tokens"] == len(text.split())
    assert made.manifest["words"] == len(set(text.split()))
    assert made.manifest["sha256"] == {VECTORS: sha256(made.path)}


def test_they_are_made_once(settings: VectorSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = made_vectors(settings)
    copy = tmp_path / "under another name.txt"
    copy.write_bytes(settings.path.read_bytes())

    def never(*_: object) -> None:
        raise AssertionError("learnt again")

    monkeypatch.setattr(vector_store, "learn", never)
    again = VectorSettings(str(copy), 12, epochs=2, root=settings.root)
    assert made_vectors(again).path == made.path
    assert list(Path(settings.root).iterdir()) == [made.directory]


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        (VECTORS, lambda raw: raw[:-3], "its size has changed"),
        (VECTORS, lambda raw: raw.replace(b"cat", b"cot"), "bytes have changed"),
        (MANIFEST, lambda raw: raw.replace(b'"tokens": ', b'"tokens": 1'), "not what was written"),
        (MANIFEST, lambda raw: raw[:20], "cannot be read"),
        (MANIFEST, lambda raw: b"[]", "not what was written"),
        (VECTORS, None, "cannot be read: No such file"),
        (MANIFEST, None, "cannot be read: No such file"),
    ],
)
def test_damage_is_said_in_one_sentence(settings: VectorSettings, name: str, damage: Any, said: str) -> None:
    directory = made_vectors(settings).directory
    raw = (directory / name).read_bytes()
    (directory / name).unlink()
    if damage is not None:
        (directory / name).write_bytes(damage(raw))
    with pytest.raises(
        BadInput, match=rf"{name} is damaged \(.*{said}.*\); delete .* and the vectors will be made again"
    ):
        made_vectors(settings)


def test_a_manifest_that_lacks_a_file(settings: VectorSettings) -> None:
    directory = made_vectors(settings).directory
    manifest = json.loads((directory / MANIFEST).read_text()) | {"files": {}}
    (directory / MANIFEST).write_text(json.dumps({**manifest, "manifest_sha256": seal(manifest)}))
    with pytest.raises(BadInput, match="is damaged"):
        open_vectors(directory)


@pytest.mark.parametrize(
    ("text", "needed", "said"),
    [
        ("", None, "is empty"),
        ("\n \n", None, "no word occurs 5 times"),
        ("a film\n" * 4, None, "no word occurs 5 times in .*, which min_count asks for; give more text, or lower"),
        ("a film\n" * 5, ["plot"], "has none of the 1 words of the data 5 times"),
        ("a film\n" * 5 + "plot\n", ["plot"], "has none of the 1 words of the data 5 times"),
    ],
)
def test_texts_of_which_nothing_can_be_learnt_leave_nothing(
    tmp_path: Path, text: str, needed: list[str] | None, said: str
) -> None:
    (tmp_path / "own.txt").write_text(text)
    with pytest.raises(BadInput, match=said):
        made_vectors(VectorSettings(str(tmp_path / "own.txt"), 4, root=str(tmp_path / "prepared")), needed)
    assert not (tmp_path / "prepared").exists()


def test_a_text_that_changed_since_the_grid_was_read(settings: VectorSettings) -> None:
    stated = VectorSettings.read(settings.as_config())
    settings.path.write_text("another text\n" * 9)
    with pytest.raises(BadInput, match="has changed since the grid was read"):
        made_vectors(stated)
    assert not Path(settings.root).exists()


def test_a_corpus_is_read_without_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the reader of the grid, from its training texts alone; the same when labels are others."""
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "sst2").mkdir()
    found = []
    for flipped in (0, 1):
        rows = [f"{(n + flipped) % 2}\tThe film, it was {'good' if n % 2 else 'bad'} again!\n" for n in range(20)]
        rows.append("0\tThe reader leaves out the longest text, which is this one!\n")
        for split, word in (("train", "seen"), ("dev", "unseen"), ("test", "unseen")):
            (tmp_path / "sst2" / f"{split}.tsv").write_text("".join(row.replace("!", f" {word}!") for row in rows))
        found.append(made_vectors(VectorSettings("sst2", 4, root=str(tmp_path / f"prepared{flipped}"))))
    one, other = found
    assert one.path.read_bytes() == other.path.read_bytes()
    words = {line.split()[0] for line in one.path.read_text().splitlines()[1:]}
    assert words == {"the", "film", "it", "was", "good", "bad", "again", "seen"}
    assert one.manifest["sources"].keys() == {"train.tsv", "dev.tsv", "test.tsv"}


def test_a_corpus_that_is_missing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    with pytest.raises(BadInput, match=r"imdb has no train\.tsv; put it there, plain or compressed"):
        made_vectors(VectorSettings("imdb", root=str(tmp_path / "prepared")))
    assert not (tmp_path / "prepared").exists()


# ---- of processes


def started(settings: VectorSettings, root: Path, hash_seed: int) -> subprocess.Popen[str]:
    command = ["vectors", str(settings.path), "--e", "12", "--epochs", str(settings.epochs), "--root", str(root)]
    return subprocess.Popen(
        [sys.executable, "-m", "ablations.cli", *command],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(settings: VectorSettings, tmp_path: Path) -> None:
    roots = [tmp_path / "one", tmp_path / "two"]
    processes = [started(settings, root, seed) for seed, root in enumerate(roots, start=1)]
    for process in processes:
        assert process.wait() == 0, process.communicate()[1]
    one, two = (next(root.glob(f"*/{VECTORS}")) for root in roots)
    assert one.read_bytes() == two.read_bytes()
    assert one.with_name(MANIFEST).read_bytes() == two.with_name(MANIFEST).read_bytes()


@pytest.mark.slow
def test_two_processes_at_once_make_one(settings: VectorSettings, tmp_path: Path) -> None:
    said = [process.communicate() for process in [started(settings, tmp_path / "one", 1) for _ in range(2)]]
    assert sum("making vectors" in err for _, err in said) == 1
    assert said[0][0] == said[1][0] != ""
    assert len(list((tmp_path / "one").iterdir())) == 1


@pytest.mark.slow
def test_a_kill_leaves_nothing_half(settings: VectorSettings, tmp_path: Path) -> None:
    endless = VectorSettings(settings.text, 12, epochs=1_000_000, root=str(tmp_path / "one"))
    process = started(endless, tmp_path / "one", 1)
    assert process.stderr is not None
    assert "making vectors" in process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not list((tmp_path / "one").glob(f"*/{MANIFEST}"))
    made = made_vectors(VectorSettings(settings.text, 12, epochs=2, root=str(tmp_path / "one")))
    assert open_vectors(made.directory).manifest["words"] == made.manifest["words"]
    words = {line.split()[0] for line in made.path.read_text().splitlines()}
    assert words.issuperset(TWINS)
