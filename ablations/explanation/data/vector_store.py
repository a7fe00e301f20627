"""Keeps word vectors, made once, below the folder of prepared data, next to the stores of corpora.

A folder of vectors is complete or not there at all:

    vectors.txt      word2vec's text format: two counts, then a word and its numbers a line, frequent words first
    manifest.json    text, sources with checksums, settings, versions, counts; size and sha256 of vectors.txt, and
                     of what the manifest itself says

Its name ends with a hash of all that decides the vectors: the sources' content and the settings.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablations.explanation.data.corpora import source_files, training_texts
from ablations.explanation.data.vector_settings import VectorSettings, sha256_of
from ablations.explanation.data.word2vec import FIXED, PACKAGES, Text, check_installed, frequent_words, learn
from ablations.explanation.data.words import words_and_marks
from repro import json_file
from repro.console.empty_directories import no_empty_directories
from repro.data.store import MANIFEST, SEAL, seal
from repro.data.text import lines
from repro.errors import BadInput, NoRoom
from repro.files import built_atomically, is_full, remove_leftovers, sha256, write_json
from repro.locks import directory_lock
from repro.paths import expanded
from repro.streams import note

FORMAT = 1
"""Raised whenever the same settings give other vectors."""
VECTORS = "vectors.txt"
OWN = "own"
"""The name of a user's own file in the names of folders: its content decides, not its name."""


@dataclass(frozen=True)
class MadeVectors:
    """Vectors that are there and whole.

    Attributes:
        directory: their folder.
        manifest: what they are, as plain data.
    """

    directory: Path
    manifest: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """The file of vectors, in word2vec's text format."""
        return self.directory / VECTORS


def made_vectors(settings: VectorSettings, needed: Collection[str] | None = None) -> MadeVectors:
    """The vectors of these settings, made now unless they exist; only once, however many processes ask for them.

    Args:
        settings: what they are made of, and under which root.
        needed: words of which the text must have at least one; None: any will do.

    Raises:
        BadInput: there is no such text, it has too few words or none of the needed ones, gensim is not installed, or
            the vectors that are there are damaged. Nothing is written then. NoRoom: the disk is full.
    """
    inputs = _inputs(settings)
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    root = expanded(settings.root)
    directory = root / f"vectors-{inputs['text']}-{digest[:12]}"
    if not directory.exists():
        check_installed()
        try:
            with no_empty_directories(root):
                _make_once(directory, settings, inputs, needed)
        except OSError as error:
            kind = NoRoom if is_full(error) else BadInput
            raise kind(
                f"vectors of {settings.text} cannot be made under {root} ({error.strerror or error}); "
                "make room or name another folder"
            ) from error
    return open_vectors(directory)


def open_vectors(directory: Path) -> MadeVectors:
    """Vectors that were made before, compared with their checksums.

    Raises:
        BadInput: a file is missing or has changed.
    """
    file = directory / MANIFEST
    try:
        manifest = json_file.read_json(file)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or manifest.get(SEAL) != seal(manifest):
            raise _damaged(file, "it is not what was written")
        if (directory / VECTORS).stat().st_size != manifest["files"][VECTORS]:
            raise _damaged(directory / VECTORS, "its size has changed since it was written")
        if sha256(directory / VECTORS) != manifest["sha256"][VECTORS]:
            raise _damaged(directory / VECTORS, "its bytes have changed since it was made")
    except OSError as error:
        raise _damaged(Path(error.filename or file), f"it cannot be read: {error.strerror or error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(file, f"it cannot be read: {error}") from error
    return MadeVectors(directory, manifest)


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput(f"{path} is damaged ({why}); delete {path.parent} and the vectors will be made again")


def _inputs(settings: VectorSettings) -> dict[str, Any]:
    """All that decides vectors, as plain data."""
    settings.check_text()
    if settings.corpus is not None:
        sources = {path.name: sha256_of(path) for path in source_files(settings.corpus)}
    else:
        sources = {OWN: sha256_of(settings.path)}
        if settings.sha256 not in (None, sources[OWN]):
            raise BadInput(f"{settings.path} has changed since the grid was read; run the command again")
    return {
        "format": FORMAT,
        "text": settings.corpus or OWN,
        "sources": sources,
        "settings": {
            "e": settings.width,
            "window": settings.window,
            "epochs": settings.epochs,
            "min_count": settings.min_count,
            **FIXED,
        },
    }


def _make_once(
    directory: Path, settings: VectorSettings, inputs: Mapping[str, Any], needed: Collection[str] | None
) -> None:
    with directory_lock(
        directory.with_name(f".{directory.name}.lock"),
        waiting=lambda owner: note(f"waiting for {owner}, which makes {directory}"),
    ):
        if directory.exists():
            return
        remove_leftovers(directory)
        texts = _texts(settings)
        words = frequent_words(texts, settings.min_count)
        _check_words(settings, words, needed)
        tokens = sum(map(len, texts))
        note(f"making vectors of {len(words):,} words from {len(texts):,} texts of {settings.text}, {tokens:,} words")
        vectors = learn(texts, words, settings)
        with built_atomically(directory) as building:
            _write(building / VECTORS, list(words), vectors)
            manifest = {
                **inputs,
                "versions": {package: version(package) for package in PACKAGES},
                "texts": len(texts),
                "tokens": tokens,
                "words": len(words),
                "files": {VECTORS: (building / VECTORS).stat().st_size},
                "sha256": {VECTORS: sha256(building / VECTORS)},
            }
            write_json(building / MANIFEST, {**manifest, SEAL: seal(manifest)})


def _texts(settings: VectorSettings) -> Sequence[Text]:
    """The words of each text, all in memory: 8 bytes a word."""
    if settings.corpus is not None:
        return training_texts(settings.corpus)
    known: dict[str, str] = {}  # one object for all occurrences of a word
    cut = ([known.setdefault(word, word) for word in words_and_marks(line)] for line in lines(settings.path))
    return [text for text in cut if text]


def _check_words(settings: VectorSettings, words: Mapping[str, int], needed: Collection[str] | None) -> None:
    if not words:
        raise BadInput(
            f"no word occurs {settings.min_count} times in {settings.text}, which min_count asks for; "
            "give more text, or lower min_count"
        )
    if needed is not None and words.keys().isdisjoint(needed):
        raise BadInput(
            f"{settings.text} has none of the {len(needed):,} words of the data {settings.min_count} times, which "
            "min_count asks for; give vectors a text of the same language and case"
        )


def _write(path: Path, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Nine digits, of which a 32-bit number comes back unchanged."""
    numbers = " %.9g" * vectors.shape[1]
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"{len(words)} {vectors.shape[1]}\n")
        file.writelines(f"{word}{numbers % tuple(row)}\n" for word, row in zip(words, vectors.tolist(), strict=True))
