"""Makes a prepared store: cleans, learns the vocabulary and encodes, once, however many processes ask for it.

A store's name ends with a hash of all that decides its content: the identity of every input, cleaning, vocabulary
settings and length limit. So a different input or setting makes a different store, and equal ones find the existing
store. A store is made under a lock, in a directory that gets its final name when it is complete.

Text streams through: training pairs are read, cleaned and written to a temporary file once, while a sample
for the vocabulary is drawn; then they are encoded in chunks. Encoding, which takes most of the time, runs on
all cores: it happens in threads of SentencePiece's own, outside Python's lock, so no process has to be
started for it.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repro.cores import usable_cores
from repro.data.cleaning import Cleaning, CleaningCounts, clean
from repro.data.corpus import Corpus
from repro.data.identities import Identities
from repro.data.leaks import LeakCounts, held_out_lines, without_leaks
from repro.data.parsed import TREES
from repro.data.share import ShareCounts, shared
from repro.data.store import FORMAT, MANIFEST, OFFSET_TYPE, SEAL, SIDES, VOCABULARY, Store, file_name, id_type, seal
from repro.data.vocabulary import (
    EOS,
    Reservoir,
    Vocabulary,
    VocabularySettings,
    given_vocabulary,
    learn_bpe,
    learn_words,
)
from repro.errors import BadInput, NoRoom
from repro.files import built_atomically, is_full, remove_leftovers, sha256, write_json
from repro.locks import directory_lock
from repro.progress import Progress, progress
from repro.streams import note

CHUNK_PAIRS = 10_000
INPUTS = "inputs.json"
TEXT: dict[str, Any] = {"encoding": "utf-8", "newline": "\n"}
"""How text files are opened: "\\n" ends a line, and nothing else does."""

MOST_TOKENS = 4_000
"""Most tokens of a dev or test sentence; attention's memory grows with their square."""


def prepare(
    corpus: Corpus,
    root: Path,
    vocabulary: VocabularySettings | None = None,
    *,
    max_length: int = 256,
    share: float = 1,
    jobs: int | None = None,
) -> Store:
    """The prepared store of a corpus under `root`, made now unless it is there.

    Training pairs are cleaned as the corpus says, and dropped if a side of them is a line of another split or
    has more than `max_length` tokens, its end of sentence included; every drop is counted in the manifest.
    The other splits stay whole.

    Args:
        root: the directory of all stores; made if missing.
        vocabulary: kind and size, or a file; by default byte-pair encoding with 37,000 pieces (section 5.1).
        share: the part of the remaining training pairs that vocabulary and model see, above 0 and at most 1.
        jobs: threads that encode; by default as many as this process may use cores. The result is the same.

    Raises:
        BadInput: the corpus cannot be read, the vocabulary cannot be as asked, nothing is left to train on,
            the store that is there is damaged, or a new one cannot be written; NoRoom: the disk is full.
    """
    vocabulary = vocabulary or VocabularySettings()
    if "train" not in corpus.splits:
        raise BadInput(f"the corpus {corpus.name} has no split train, from which a vocabulary is learnt; add one")
    if vocabulary.kind not in ("bpe", "words"):
        raise BadInput(f"the vocabulary kind {vocabulary.kind!r} is unknown; use bpe or words")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", corpus.name):
        raise BadInput(f"the corpus name {corpus.name!r} is part of a path; use letters, digits, - and _")
    try:
        inputs, identities = _inputs(corpus, root, vocabulary, max_length, share)
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
        directory = root / f"{corpus.name}-{digest[:12]}"
        if not directory.exists():
            with directory_lock(
                root / f".{directory.name}.lock",
                waiting=lambda owner: note(f"waiting for {owner}, which prepares {directory}"),
            ):
                if not directory.exists():
                    remove_leftovers(directory)
                    with built_atomically(directory) as building:
                        _build(corpus, building, inputs, vocabulary, max_length, share, jobs or usable_cores())
        identities.save()
    except OSError as error:
        kind = NoRoom if is_full(error) else BadInput
        raise kind(
            f"{corpus.name} cannot be prepared under {root} ({error.strerror or error}); "
            "nothing was kept, so make room or name another place"
        ) from error
    return Store.open(directory)


def _build(
    corpus: Corpus,
    directory: Path,
    inputs: dict[str, Any],
    settings: VocabularySettings,
    max_length: int,
    share: float,
    jobs: int,
) -> None:
    """Write a whole store into `directory`."""
    sample: Reservoir[tuple[str, str]] = Reservoir(max(1, settings.sample_lines // 2), settings.seed)
    spool = _Spool(directory)
    cleaning_counts, leak_counts, share_counts = CleaningCounts(), LeakCounts(), ShareCounts()
    pairs = clean(corpus.pairs("train"), Cleaning.from_settings(corpus.cleaning), cleaning_counts)
    pairs = without_leaks(pairs, held_out_lines(corpus), leak_counts)
    pairs = shared(pairs, share, share_counts)
    with spool.writing() as write:
        for pair in progress(pairs, f"reading {corpus.name} train", unit="pairs"):
            write(pair)
            if settings.kind == "bpe" and settings.file is None:
                sample.offer(pair)
    dropped = {
        **_without_kept(cleaning_counts),
        **{f"held_out_{reason}": count for reason, count in _without_kept(leak_counts).items()},
    }
    if share < 1:
        dropped["not_in_share"] = share_counts.not_in_share
    _check_left(corpus, share_counts.kept, dropped)

    if settings.file is None:
        vocabulary = _learn(settings, sample, spool, trees=corpus.languages[1] == TREES)
    else:
        vocabulary = given_vocabulary(settings.file)
    vocabulary.save(directory / VOCABULARY)

    splits: dict[str, dict[str, Any]] = {}
    files = _TokenFiles(directory, "train", vocabulary)
    dropped["over_max_length"] = _encode(spool.pairs(), files, max_length, jobs, share_counts.kept)
    spool.remove()
    _check_left(corpus, files.pairs, dropped)
    splits["train"] = files.summary(dropped)

    for split in corpus.splits:
        if split == "train":
            continue
        held_out = list(corpus.pairs(split))
        if not held_out:
            raise BadInput(f"the split {split} of {corpus.name} has no pairs; add some or leave it out")
        if blank := sum(not all(map(str.strip, pair)) for pair in held_out):
            note(f"{blank:,} of {len(held_out):,} pairs of {split} have an empty side, and are scored, too")
        files = _TokenFiles(directory, split, vocabulary)
        _encode(_bounded(corpus, split, held_out, vocabulary), files, None, jobs, len(held_out))
        _write_held_out(corpus, split, held_out, directory)
        splits[split] = files.summary({})

    manifest = {
        **inputs,
        "vocabulary": {
            **inputs["vocabulary"],
            "size": len(vocabulary),
            "sha256": vocabulary.sha256,
            "sentencepiece": version("sentencepiece"),
        },
        "splits": splits,
        "files": {path.name: path.stat().st_size for path in sorted(directory.iterdir())},
        "sha256": {path.name: sha256(path) for path in sorted(directory.iterdir())},
    }
    write_json(directory / MANIFEST, {**manifest, SEAL: seal(manifest)})


def _bounded(
    corpus: Corpus, split: str, pairs: Sequence[tuple[str, str]], vocabulary: Vocabulary
) -> Iterator[tuple[str, str]]:
    """The pairs of a dev or test set, all of which are decoded and scored, however long.

    Raises:
        BadInput: a sentence of more tokens than memory may be asked for.
    """
    for number, pair in enumerate(pairs, start=1):
        for side, text in zip(SIDES, pair, strict=True):
            # No token is shorter than a byte, so that hardly any sentence has to be encoded for this.
            tokens = len(vocabulary.encode([text])[0]) if len(text.encode()) > MOST_TOKENS else 0
            if tokens > MOST_TOKENS:
                raise BadInput(
                    f"pair {number:,} of {split} of {corpus.name} has {tokens:,} {side} tokens, but at most "
                    f"{MOST_TOKENS:,} are allowed; split it or leave it out"
                )
        yield pair


def _learn(
    settings: VocabularySettings, sample: Reservoir[tuple[str, str]], spool: "_Spool", trees: bool
) -> Vocabulary:
    """The vocabulary of the training text. With trees each bracket is one piece, and words are learnt by themselves."""
    if settings.kind == "bpe":
        note(f"learning a vocabulary of {settings.size:,} pieces")
        if trees:
            brackets = {bracket for _, target in spool.pairs() for bracket in target.split()}
            return learn_bpe((source for source, _ in sample.drain()), settings.size, sorted(brackets))
        return learn_bpe(chain.from_iterable(sample.drain()), settings.size)
    return learn_words(chain.from_iterable(spool.pairs()), settings.size)


def _encode(
    pairs: Iterator[tuple[str, str]], files: "_TokenFiles", max_length: int | None, jobs: int, total: int
) -> int:
    """Write the token ids of all pairs but those with a side over `max_length`; return how many those are."""
    skipped = 0
    with Progress(f"encoding {files.split}", total, "pairs") as counter:
        while chunk := list(islice(pairs, CHUNK_PAIRS)):
            sides = [files.vocabulary.encode([pair[i] for pair in chunk], threads=jobs) for i in (0, 1)]
            encoded = list(zip(*sides, strict=True))
            if max_length is not None:
                # One more for the end of sentence.
                encoded = [pair for pair in encoded if max(len(pair[0]), len(pair[1])) + 1 <= max_length]
                skipped += len(chunk) - len(encoded)
            files.append(encoded)
            counter.advance(len(chunk))
    return skipped


class _TokenFiles:
    """The four files of a split's token ids, while they grow."""

    def __init__(self, directory: Path, split: str, vocabulary: Vocabulary) -> None:
        self.split, self.vocabulary = split, vocabulary
        self.pairs = 0
        self.tokens = dict.fromkeys(SIDES, 0)
        self._type = id_type(len(vocabulary))
        self._directory = directory
        for side in SIDES:
            self._extend(f"{side}.offsets", np.zeros(1, OFFSET_TYPE))
            self._extend(f"{side}.ids", np.zeros(0, self._type))

    def append(self, pairs: Sequence[tuple[list[int], list[int]]]) -> None:
        """Write more pairs of token ids, and the end of sentence after each."""
        for i, side in enumerate(SIDES):
            sentences = [pair[i] for pair in pairs]
            lengths = np.fromiter((len(sentence) + 1 for sentence in sentences), OFFSET_TYPE, len(sentences))
            closed = chain.from_iterable(chain(sentence, (EOS,)) for sentence in sentences)
            self._extend(f"{side}.ids", np.fromiter(closed, self._type, int(lengths.sum())))
            self._extend(f"{side}.offsets", self.tokens[side] + np.cumsum(lengths, dtype=OFFSET_TYPE))
            self.tokens[side] += int(lengths.sum())
        self.pairs += len(pairs)

    def _extend(self, part: str, numbers: NDArray[Any]) -> None:
        with open(self._directory / file_name(self.split, part), "ab") as file:
            file.write(numbers.tobytes())

    def summary(self, dropped: Mapping[str, int]) -> dict[str, Any]:
        """The numbers of pairs, tokens and dropped pairs, for the manifest; tokens include the end of each sentence."""
        tokens = {f"{side}_tokens": count for side, count in self.tokens.items()}
        return {"pairs": self.pairs, **tokens, "dropped": dict(dropped)}


class _Spool:
    """The cleaned training text on disk, between the reading that samples it and the encoding."""

    def __init__(self, directory: Path) -> None:
        self._paths = [directory / f"spool.{side}" for side in SIDES]

    @contextmanager
    def writing(self) -> Iterator[Callable[[tuple[str, str]], None]]:
        """Yield the function that adds a pair."""
        with open(self._paths[0], "w", **TEXT) as source, open(self._paths[1], "w", **TEXT) as target:

            def write(pair: tuple[str, str]) -> None:
                source.write(_checked(pair[0]) + "\n")
                target.write(_checked(pair[1]) + "\n")

            yield write

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield what was written."""
        with open(self._paths[0], **TEXT) as source, open(self._paths[1], **TEXT) as target:
            for pair in zip(source, target, strict=True):
                yield pair[0].removesuffix("\n"), pair[1].removesuffix("\n")

    def remove(self) -> None:
        for path in self._paths:
            path.unlink()


def _write_held_out(corpus: Corpus, split: str, pairs: Sequence[tuple[str, str]], directory: Path) -> None:
    """Write the raw lines of a dev or test set, and its tags."""
    for i, side in enumerate(SIDES):
        with open(directory / file_name(split, f"{side}.txt"), "w", **TEXT) as file:
            file.writelines(_checked(pair[i]) + "\n" for pair in pairs)
    if split in corpus.tags:
        tags = corpus.tags[split]
        if len(tags) != len(pairs):
            raise BadInput(
                f"{corpus.name} has {len(tags):,} tags for {len(pairs):,} pairs of {split}; give one per pair"
            )
        with open(directory / file_name(split, "tags.jsonl"), "w", **TEXT) as file:
            file.writelines(json.dumps(tag, ensure_ascii=False) + "\n" for tag in tags)


def _checked(line: str) -> str:
    if "\n" in line:
        raise BadInput(f"a line of the corpus holds a line feed ({line[:40]!r}); split the text there or take it out")
    return line


def _check_left(corpus: Corpus, kept: int, dropped: Mapping[str, int]) -> None:
    if not kept:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count) or "there was none"
        raise BadInput(f"no training pair of {corpus.name} is left ({reasons}); relax the limits or give other text")


def _inputs(
    corpus: Corpus, root: Path, vocabulary: VocabularySettings, max_length: int, share: float
) -> tuple[dict[str, Any], Identities]:
    """All that decides a store's content, as plain data; and what was remembered or found out on the way."""
    identities = Identities(root / INPUTS)
    return {
        "format": FORMAT,
        "corpus": corpus.name,
        "languages": list(corpus.languages),
        "sources": {split: [identities.of(part) for part in parts] for split, parts in corpus.splits.items()},
        "cleaning": dataclasses.asdict(Cleaning.from_settings(corpus.cleaning)),
        "vocabulary": _vocabulary_inputs(vocabulary),
        "max_length": max_length,
        **({"share": share} if share < 1 else {}),  # stores made before there were shares keep their names
    }, identities


def _vocabulary_inputs(settings: VocabularySettings) -> dict[str, Any]:
    """The identity of the vocabulary: its training settings, or the digest of the given one."""
    learnt = dataclasses.asdict(settings)
    file = learnt.pop("file")
    return learnt if file is None else {"given": given_vocabulary(file).sha256}


def _without_kept(counts: CleaningCounts | LeakCounts) -> dict[str, int]:
    return {reason: count for reason, count in dataclasses.asdict(counts).items() if reason != "kept"}
