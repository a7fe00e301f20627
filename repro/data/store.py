"""A prepared store: a corpus as memory-mapped token ids, with their provenance.

A store is a directory, complete or not there at all (`preparing.py` makes it):

    manifest.json           format, corpus, languages, sources with checksums, settings; for each split
                            the pairs kept, pairs dropped by reason, tokens; size and sha256 of every file,
                            and of what the manifest itself says
    vocabulary.model        see `vocabulary.py`
    SPLIT.source.ids        token ids of all source sentences end to end, each with its end of sentence
    SPLIT.source.offsets    where each sentence begins, and the end: int64, one more than sentences
    SPLIT.target.ids, SPLIT.target.offsets
    SPLIT.source.txt, SPLIT.target.txt    the raw lines, of every split but train
    SPLIT.tags.jsonl          one JSON object a pair, where the corpus has tags

All numbers are little-endian; ids are uint16 for a vocabulary of fewer than 65,536 pieces, else int32.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro import json_file
from repro.data.vocabulary import PAD, Vocabulary
from repro.errors import BadInput
from repro.files import sha256
from repro.regular_file import read_bytes

FORMAT = 1
MANIFEST = "manifest.json"
SEAL = "manifest_sha256"
VOCABULARY = "vocabulary.model"
SIDES = ("source", "target")
OFFSET_TYPE = np.dtype("<i8")


MOST_TEXT = 2**31
"""Bytes of a held-out set's lines; a training set's are not kept."""


ALWAYS_COMPARED = 16 * 2**20
"""Bytes of a store that is compared with its checksums whenever it is opened; of larger ones it takes seconds."""

_compared: set[tuple[Path, int]] = set()
"""Stores that were as their checksums say when this process opened them, and when their manifests were written."""


def seal(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of what a manifest says; it holds it under the key `SEAL`."""
    said = {key: value for key, value in manifest.items() if key != SEAL}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def id_type(vocabulary_size: int) -> np.dtype[Any]:
    """The type of stored token ids: the smaller that holds every id."""
    return np.dtype("<u2") if vocabulary_size < 65_536 else np.dtype("<i4")


def file_name(split: str, part: str) -> str:
    """The name of a split's file; `part` is such as "source.ids" or "tags.jsonl"."""
    return f"{split}.{part}"


class Split:
    """The token ids of one split. Sentences are numbered from 0, in the order of the corpus.

    The ids of a sentence end with the end-of-sentence id, on both sides, and lengths count it; there is no
    begin of sentence. A model's decoder reads [begin, y_1 .. y_n-1] and learns [y_1 .. y_n].
    """

    def __init__(self, directory: Path, name: str, vocabulary_size: int) -> None:
        self.name = name
        self._directory = directory
        ids_type = id_type(vocabulary_size)
        self._ids = {side: _mapped(directory / file_name(name, f"{side}.ids"), ids_type) for side in SIDES}
        self._offsets = {side: _mapped(directory / file_name(name, f"{side}.offsets"), OFFSET_TYPE) for side in SIDES}
        for side in SIDES:
            offsets, ids = self._offsets[side], self._ids[side]
            if len(offsets) != len(self._offsets["source"]) or len(offsets) == 0 or offsets[-1] != len(ids):
                raise _damaged(directory / file_name(name, f"{side}.offsets"), "its offsets do not fit the ids")

    def __len__(self) -> int:
        return len(self._offsets["source"]) - 1

    def __reduce__(self) -> tuple[object, tuple[Path, str]]:
        # A worker process opens the files itself rather than be sent their content.
        return _open_split, (self._directory, self.name)

    @cached_property
    def source_lengths(self) -> NDArray[np.int32]:
        """Tokens of each source sentence, its end of sentence included: int32 [pairs]."""
        return np.diff(self._offsets["source"]).astype(np.int32)

    @cached_property
    def target_lengths(self) -> NDArray[np.int32]:
        """Tokens of each target sentence, its end of sentence included: int32 [pairs]."""
        return np.diff(self._offsets["target"]).astype(np.int32)

    def source(self, i: int) -> NDArray[np.int64]:
        """The token ids of source sentence i, end of sentence included: int64 [source_lengths[i]]."""
        return self._sentence("source", i)

    def target(self, i: int) -> NDArray[np.int64]:
        """The token ids of target sentence i, end of sentence included: int64 [target_lengths[i]]."""
        return self._sentence("target", i)

    def rows(self, side: str, sentences: NDArray[np.integer]) -> NDArray[np.int64]:
        """Sentences of a side, "source" or "target", as a rectangle: int64 [sentences, longest of them], padded."""
        starts = self._offsets[side][sentences]
        lengths = self._offsets[side][np.asarray(sentences) + 1] - starts
        columns = np.arange(int(lengths.max(initial=0)))
        real = columns < lengths[:, None]
        places = starts[:, None] + np.where(real, columns, 0)
        return np.where(real, self._ids[side][places], PAD).astype(np.int64)

    def _sentence(self, side: str, i: int) -> NDArray[np.int64]:
        if not 0 <= i < len(self):
            raise IndexError(f"{self.name} has no sentence {i}: it has {len(self)}")
        start, end = self._offsets[side][i : i + 2]
        return self._ids[side][start:end].astype(np.int64)


class Store:
    """A prepared corpus, opened for reading.

    Attributes:
        path: its directory.
        manifest: what is in it and how it was made, as plain data.
        vocabulary: the vocabulary of both sides.
    """

    def __init__(self, path: Path, manifest: dict[str, Any], vocabulary: Vocabulary) -> None:
        self.path, self.manifest, self.vocabulary = path, manifest, vocabulary

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Open a prepared store, after a look at the presence and size of every file.

        A small one is compared with its checksums, too, once a process; `check` does that with any.

        Raises:
            BadInput: it is no store, of another format, or a file of it is missing, truncated, changed or foreign.
        """
        path = Path(path)
        manifest = _manifest(path)
        for name, size in manifest["files"].items():
            try:
                size_on_disk = (path / name).stat().st_size
            except OSError:
                raise _damaged(path / name, "it is missing") from None
            if size_on_disk != size:
                raise _damaged(path / name, f"it has {size_on_disk:,} bytes, but {size:,} were written")
        vocabulary = Vocabulary.load(path / VOCABULARY)
        if vocabulary.sha256 != manifest["vocabulary"]["sha256"]:
            raise _damaged(path / VOCABULARY, "it is not the vocabulary that the ids were made with")
        store = cls(path, manifest, vocabulary)
        opened = path.absolute(), (path / MANIFEST).stat().st_mtime_ns
        if opened not in _compared and sum(manifest["files"].values()) <= ALWAYS_COMPARED:
            store.check()
            _compared.add(opened)
        return store

    def check(self) -> int:
        """Compare every file with the checksum in the manifest, and that with its own; how many files were compared.

        Stores that were prepared before there were checksums have none.

        Raises:
            BadInput: a file has changed since it was prepared.
        """
        own = self.manifest.get(SEAL)
        if own is not None and own != seal(self.manifest):
            raise _damaged(self.path / MANIFEST, "it has changed since it was written")
        digests: dict[str, str] = self.manifest.get("sha256", {})
        for name, digest in digests.items():
            if sha256(self.path / name) != digest:
                raise _damaged(self.path / name, "its bytes have changed since it was prepared")
        return len(digests)

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Store.open, (self.path,)

    @property
    def languages(self) -> tuple[str, str]:
        """Source and target language codes."""
        source, target = self.manifest["languages"]
        return source, target

    @property
    def splits(self) -> list[str]:
        """The names of the splits, train first."""
        return list(self.manifest["splits"])

    def split(self, name: str) -> Split:
        """The token ids of a split.

        Raises:
            BadInput: there is no such split, or its files do not fit together.
        """
        self._check_has(name)
        return Split(self.path, name, len(self.vocabulary))

    def lines(self, split: str) -> tuple[list[str], list[str]]:
        """The raw source and target lines of any split but train.

        Raises:
            BadInput: there is no such split, or its text is not kept.
        """
        self._check_has(split)
        if split == "train":
            raise BadInput("a store keeps no raw text of train; decode its ids, or name another split")
        source, target = (_lines(self.path / file_name(split, f"{side}.txt")) for side in SIDES)
        return source, target

    def tags(self, split: str) -> list[dict[str, Any]] | None:
        """The corpus's tags of each pair of a split, such as its phenomena; None if it has none."""
        self._check_has(split)
        path = self.path / file_name(split, "tags.jsonl")
        if path.name not in self.manifest["files"]:
            return None
        try:
            tags = [json_file.parsed(line.encode()) for line in _lines(path)]
        except ValueError as error:
            raise _damaged(path, str(error)) from error
        if not all(isinstance(tag, dict) for tag in tags):
            raise _damaged(path, "a line of it is not a mapping")
        return tags

    def _check_has(self, split: str) -> None:
        if split not in self.manifest["splits"]:
            raise BadInput(f"{self.path} has no split {split!r}; it has {', '.join(self.splits)}")


def _manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    try:
        manifest = json_file.read_json(file)
    except OSError as error:
        raise BadInput(
            f"{path} is not a prepared store: its {MANIFEST} cannot be read ({error.strerror}); name another directory"
        ) from None
    except ValueError as error:
        raise _damaged(file, f"it is not JSON ({error})") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        stated = manifest.get("format") if isinstance(manifest, dict) else None
        raise _damaged(file, f"its format is {stated!r}, but this version reads {FORMAT}")
    if missing := {"corpus", "languages", "vocabulary", "splits", "files"} - manifest.keys():
        raise _damaged(file, f"it lacks {', '.join(sorted(missing))}")
    if wrong := _wrong_key(manifest):
        raise _damaged(file, f"its {wrong} is not what it should be")
    return manifest


def _wrong_key(manifest: Mapping[str, Any]) -> str | None:
    languages, vocabulary = manifest["languages"], manifest["vocabulary"]
    splits, files, digests = manifest["splits"], manifest["files"], manifest.get("sha256", {})
    right = {
        "corpus": isinstance(manifest["corpus"], str),
        "languages": isinstance(languages, list) and [type(language) for language in languages] == [str, str],
        "vocabulary": isinstance(vocabulary, dict)
        and type(vocabulary.get("size")) is int
        and isinstance(vocabulary.get("sha256"), str),
        "splits": isinstance(splits, dict) and all(map(_is_summary, splits.values())),
        "files": isinstance(files, dict) and all(type(size) is int for size in files.values()),
        "sha256": isinstance(digests, dict) and all(isinstance(digest, str) for digest in digests.values()),
    }
    wrong = next((key for key, is_right in right.items() if not is_right), None)
    if wrong is None and any(Path(name).name != name for name in (*files, *digests)):
        return "files"  # a name that leads elsewhere
    return wrong


def _is_summary(split: Any) -> bool:
    """Whether this is what a manifest says of a split."""
    if not isinstance(split, dict) or not isinstance(split.get("dropped", {}), dict):
        return False
    counts = [split.get("pairs"), *(split.get(f"{side}_tokens") for side in SIDES), *split.get("dropped", {}).values()]
    return all(type(count) is int for count in counts)


def _open_split(directory: Path, name: str) -> Split:
    return Split(directory, name, _manifest(directory)["vocabulary"]["size"])


def _mapped(path: Path, dtype: np.dtype[Any]) -> NDArray[Any]:
    """A file of numbers as a read-only array that is read from disk where it is touched."""
    try:
        if path.stat().st_size == 0:
            return np.empty(0, dtype)  # an empty file cannot be mapped
        # As a plain array: the subclass costs time at every slice.
        return np.memmap(path, dtype, mode="r").view(np.ndarray)
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def _lines(path: Path) -> list[str]:
    try:
        text = read_bytes(path, most_bytes=MOST_TEXT).decode()
    except (OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    return text.removesuffix("\n").split("\n") if text else []


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput(f"{path} is damaged or foreign: {why}; delete {path.parent} and prepare the data again")
