"""WMT 2014: files put in place by hand, and the download with a stand-in for Hugging Face's two packages."""

import hashlib
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from repro.data import wmt14
from repro.data.corpora import find_corpus
from repro.data.wmt14 import wmt14_splits
from repro.errors import BadInput

PUBLISHED_PAIRS = wmt14.PAIRS
PAIRS = {"train": 7, "dev": 3, "test": 4}
ROWS = {split: [(f"{split} {i}", f"Satz {split} {i}") for i in range(count)] for split, count in PAIRS.items()}


@pytest.fixture(autouse=True)
def small_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wmt14, "PAIRS", {"de": PAIRS, "fr": PAIRS})


class Hub:
    """A hub whose Parquet files are JSON lists of rows."""

    def __init__(self, folder: Path, config: str = "de-en") -> None:
        self.folder, self.error, self.siblings = folder, None, []
        self.add("README.md", b"card")
        self.add("cs-en/train-00000-of-00001.parquet", b"foreign")
        source, target = config.split("-")[1], config.split("-")[0]
        for split, rows in ROWS.items():
            data = [{"translation": {source: a, target: b}} for a, b in rows]
            parts = (data[:3], data[3:]) if split == "train" else (data,)
            for i, part in enumerate(parts):
                name = f"{config}/{wmt14.HUB_SPLITS[split]}-0000{i}-of-0000{len(parts)}.parquet"
                self.add(name, json.dumps(part).encode())
        self.siblings.reverse()  # the hub promises no order

    def add(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        lfs = SimpleNamespace(sha256=hashlib.sha256(content).hexdigest())
        self.siblings.append(SimpleNamespace(rfilename=name, size=len(content), lfs=lfs))

    def dataset_info(self, name: str, *, revision: str, files_metadata: bool):
        assert (name, revision, files_metadata) == (wmt14.DATASET, wmt14.REVISION, True)
        if self.error:
            raise self.error
        return SimpleNamespace(siblings=self.siblings)

    def hf_hub_download(self, name: str, filename: str, *, repo_type: str, revision: str) -> str:
        assert (name, repo_type, revision) == (wmt14.DATASET, "dataset", wmt14.REVISION)
        return str(self.folder / filename)

    @staticmethod
    def load_dataset(form: str, *, data_files: list[str], split: str, streaming: bool):
        assert (form, split, streaming) == ("parquet", "train", True)
        for file in data_files:
            yield from json.loads(Path(file).read_bytes())


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub(tmp_path / "hub")
    client, datasets = ModuleType("huggingface_hub"), ModuleType("datasets")
    client.HfApi = lambda: hub  # type: ignore[attr-defined]
    client.hf_hub_download = hub.hf_hub_download  # type: ignore[attr-defined]
    datasets.load_dataset = hub.load_dataset  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", client)
    monkeypatch.setitem(sys.modules, "datasets", datasets)
    return hub


def test_download_gives_line_aligned_splits_and_a_manifest(tmp_path: Path, hub: Hub) -> None:
    cache = tmp_path / "cache"
    (cache / ".wmt14_en_de.0f.tmp").mkdir(parents=True)  # of a download that was killed
    corpus = find_corpus("wmt14-en-de", folder=tmp_path, cache=cache)
    assert {split: list(corpus.pairs(split)) for split in corpus.splits} == ROWS
    assert corpus.cleaning["max_words"] == 250
    assert corpus.cleaning["max_ratio"] == 2.0
    manifest = json.loads((cache / "wmt14_en_de/manifest.json").read_text())
    assert manifest["revision"] == wmt14.REVISION
    assert len(manifest["fetched"]) == 4
    text = (cache / "wmt14_en_de/newstest2014.de").read_bytes()
    assert manifest["written"]["test"]["files"][1] == {
        "name": "newstest2014.de",
        "bytes": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
    }
    assert [path.name for path in cache.iterdir()] == ["wmt14_en_de"]
    hub.error = OSError("must not be asked again")
    assert list(wmt14_splits("de", None, cache)["train"].pairs()) == ROWS["train"]


def test_line_ends_inside_a_sentence_become_spaces(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ROWS | {"dev": [("a\nb", "c\r\nd"), ("e\rf", "g"), ("h", "i\u2028j")]}
    monkeypatch.setitem(globals(), "ROWS", broken)
    rebuilt = Hub(tmp_path / "hub")
    hub.siblings = rebuilt.siblings
    splits = wmt14_splits("de", None, tmp_path)
    assert list(splits["dev"].pairs()) == [("a b", "c  d"), ("e f", "g"), ("h", "i\u2028j")]
    manifest = json.loads((tmp_path / "wmt14_en_de/manifest.json").read_text())
    assert manifest["written"]["dev"]["pairs_with_line_ends_inside"] == 2


def damage_size(hub: Hub) -> None:
    hub.siblings[0].size += 1


def damage_content(hub: Hub) -> None:
    path = hub.folder / "de-en/train-00001-of-00002.parquet"
    path.write_bytes(path.read_bytes().replace(b"train", b"trick"))


def lose_rows(hub: Hub) -> None:
    hub.siblings = [file for file in hub.siblings if "train-00001" not in file.rfilename]


def lose_network(hub: Hub) -> None:
    hub.error = ConnectionError("Name or service not known\nand much more")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_size, "bytes instead of"),
        (damage_content, "SHA-256"),
        (lose_rows, "has 3 rows in train instead of 7"),
        (lose_network, r"could not be downloaded \(Name or service not known\); check the network, or put"),
    ],
)
def test_download_that_is_not_as_announced_leaves_nothing(tmp_path: Path, hub: Hub, damage, message: str) -> None:
    damage(hub)
    with pytest.raises(BadInput, match=message) as error:
        wmt14_splits("de", None, tmp_path / "cache")
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").iterdir())


def test_parquet_that_the_installed_versions_cannot_read_is_named(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(form: str, *, data_files: list[str], split: str, streaming: bool):
        raise TypeError("no such argument\nand much more")

    monkeypatch.setattr(sys.modules["datasets"], "load_dataset", fail)
    monkeypatch.setattr(sys.modules["datasets"], "__version__", "3.1", raising=False)
    with pytest.raises(BadInput) as error:
        wmt14_splits("de", None, tmp_path / "cache")
    first = hub.folder / "de-en/train-00000-of-00002.parquet"
    assert str(error.value).startswith(f"{first} cannot be read with datasets 3.1 (no such argument); install another")
    assert not list((tmp_path / "cache").iterdir())


def test_without_the_extra_the_message_says_what_to_install_or_put_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(BadInput) as error:
        wmt14_splits("fr", tmp_path, tmp_path / "cache")
    message = str(error.value)
    assert "pip install -e '.[wmt14]' in the checkout" in message
    assert (
        "put {train, newstest2013, newstest2014}.{en,fr}, plain or compressed (.gz, .xz, .bz2, .zst), into wmt14_en_fr"
        in message
    )


def by_hand(folder: Path) -> Path:
    folder.mkdir()
    for split, stem in wmt14.STEMS.items():
        for side, language in enumerate(("en", "de")):
            (folder / f"{stem}.{language}").write_text("".join(f"{pair[side]}\n" for pair in ROWS[split]))
    return folder


def test_files_put_in_place_by_hand(tmp_path: Path) -> None:
    by_hand(tmp_path / "wmt14_en_de")
    corpus = find_corpus("wmt14-en-de", folder=tmp_path, cache=tmp_path / "cache")
    assert {split: list(corpus.pairs(split)) for split in corpus.splits} == ROWS
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["newstest2014.de", "newstest2013.en"])
def test_a_filtered_test_set_is_refused(tmp_path: Path, name: str) -> None:
    folder = by_hand(tmp_path / "wmt14_en_de")
    text = (folder / name).read_text().split("\n")
    (folder / name).write_text("\n".join(text[1:]))
    with pytest.raises(BadInput, match=rf"{name} has . lines, but newstest201. has"):
        wmt14_splits("de", tmp_path, tmp_path)


def test_cached_corpus_that_lost_a_file(tmp_path: Path, hub: Hub) -> None:
    wmt14_splits("de", None, tmp_path)
    (tmp_path / "wmt14_en_de/train.en").unlink()
    with pytest.raises(BadInput, match="lacks some of its files; delete it"):
        wmt14_splits("de", None, tmp_path)


def test_counts_are_those_of_the_papers_data() -> None:
    """4.5 M sentence pairs (section 5.1), and the whole newstest2014."""
    assert round(PUBLISHED_PAIRS["de"]["train"] / 1e6, 1) == 4.5
    assert {counts["test"] for counts in PUBLISHED_PAIRS.values()} == {3003}
