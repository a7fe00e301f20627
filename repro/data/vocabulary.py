"""The vocabulary that source and target share: byte-pair encoding, lossless and deterministic.

Section 5.1 of "Attention Is All You Need": sentences were encoded with byte-pair encoding, with one
source-target vocabulary of about 37,000 types for English-German; 32,000 word pieces for English-French.

`SentencePieceVocabulary` is the paper's kind. Text goes in raw and comes out raw: nothing is normalised, no
space is dropped, a character outside the vocabulary is spelt in bytes, and the one character that
SentencePiece uses up for itself (U+2581, its sign for a space) is escaped. `WordVocabulary` is for built-in
probes of a few dozen types, where one word is one token.

Both number their special pieces alike: padding 0, begin of sentence 1, end of sentence 2, unknown 3. The
unknown piece is there because SentencePiece requires one; no text is ever encoded with it.
"""

import hashlib
import io
import json
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from repro.errors import BadInput
from repro.files import written_atomically
from repro.json_file import parsed
from repro.paths import expanded
from repro.regular_file import NotRegular, read_bytes
from repro.streams import note

T = TypeVar("T")

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIAL_PIECES = ("<pad>", "<s>", "</s>", "<unk>")
EXAMPLES = 5
"""Words that a message names."""
SIZE = "data.vocabulary.size (`repro prepare`: --vocabulary-size)"
"""The option that decides the size, as a message names it."""
LONGEST_LEARNT = 4_192
"""Bytes of a line: SentencePiece skips longer lines.

An option would change that, but SentencePiece writes it into the model: every vocabulary would change its bytes, and
every store its checksum.
"""


@dataclass(frozen=True)
class VocabularySettings:
    """The settings that decide a vocabulary, in addition to the training text.

    Attributes:
        kind: "bpe" for byte-pair encoding, "words" for one type a word.
        size: the number of pieces, special ones and the 256 bytes included ("bpe"); the most word types
            allowed ("words").
        sample_lines: byte-pair encoding is learnt from at most so many lines, source and target together.
        seed: draws that sample.
        file: a vocabulary that is taken as it is, such as `vocabulary.model` of a prepared corpus. The other settings
            then count for nothing, and no vocabulary is learnt.
    """

    kind: Literal["bpe", "words"] = "bpe"
    size: int = 37_000
    sample_lines: int = 1_000_000
    seed: int = 1
    file: str | None = None


class Vocabulary(ABC):
    """Lines of text to lists of token ids, and back.

    Attributes:
        model: the bytes that are the vocabulary; `from_bytes` makes an equal one of them.
        pieces: the piece of every id, in order of ids.
    """

    model: bytes
    pieces: list[str]

    def encode(self, lines: Sequence[str], threads: int = 1) -> list[list[int]]:
        """Token ids of each line, without begin and end of sentence, on `threads` threads if the kind can.

        Raises:
            BadInput: one text in place of lines, or a word that a vocabulary of words does not have.
        """
        if isinstance(lines, str):
            raise BadInput("lines is one text; give a list with one line per entry")
        return self._encode(lines, threads)

    @abstractmethod
    def _encode(self, lines: Sequence[str], threads: int) -> list[list[int]]:
        """As `encode`, of lines."""

    @abstractmethod
    def decode(self, ids: Iterable[Sequence[int]]) -> list[str]:
        """The line of each list of token ids; special pieces are left out."""

    def __len__(self) -> int:
        return len(self.pieces)

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        return Vocabulary.from_bytes, (self.model,)

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of `model`: equal for equal vocabularies, on every machine."""
        return hashlib.sha256(self.model).hexdigest()

    def save(self, path: Path) -> None:
        """Write `model` to a file."""
        with written_atomically(path) as temporary:
            temporary.write_bytes(self.model)

    @staticmethod
    def load(path: Path) -> "Vocabulary":
        """The vocabulary in a file that `save` wrote.

        Raises:
            BadInput: the file is missing or holds something else.
        """
        try:
            model = read_bytes(Path(path))
        except OSError as error:
            raise BadInput(f"the vocabulary {path} cannot be read ({error.strerror})") from error
        except NotRegular as error:
            raise BadInput(f"the vocabulary {path} cannot be read ({error})") from error
        return Vocabulary.from_bytes(model, name=str(path))

    @staticmethod
    def from_bytes(model: bytes, name: str = "given") -> "Vocabulary":
        """The vocabulary whose `model` is given; `name` stands for it in the message of an error.

        Raises:
            BadInput: the bytes are no vocabulary of this project.
        """
        try:
            return WordVocabulary(model) if model.startswith(b"{") else SentencePieceVocabulary(model)
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise BadInput(
                f"the vocabulary {name} is damaged or was not made by this project; prepare the data again"
            ) from error


class SentencePieceVocabulary(Vocabulary):
    """Byte-pair encoding by SentencePiece. For every string, `decode(encode([s])) == [s]`."""

    def __init__(self, model: bytes) -> None:
        from sentencepiece import SentencePieceProcessor

        if not model:
            raise ValueError("an empty file is not a SentencePiece model")
        processor = SentencePieceProcessor(model_proto=model)
        if [processor.pad_id(), processor.bos_id(), processor.eos_id(), processor.unk_id()] != [
            PAD,
            BOS,
            EOS,
            UNK,
        ]:
            raise ValueError("a SentencePiece model with other special pieces")
        if not processor.is_byte(processor.piece_to_id("<0x00>")):
            raise ValueError("a SentencePiece model without byte fallback for unknown characters")
        self.model = model
        self.pieces = processor.id_to_piece(list(range(processor.get_piece_size())))
        self._processor = processor

    def _encode(self, lines: Sequence[str], threads: int) -> list[list[int]]:
        return self._processor.encode([_escape(line) for line in lines], num_threads=threads)

    def decode(self, ids: Iterable[Sequence[int]]) -> list[str]:
        plain = [[int(i) for i in line if i >= len(SPECIAL_PIECES)] for line in ids]
        return [_unescape(line) for line in self._processor.decode(plain, num_threads=1)]


class WordVocabulary(Vocabulary):
    """One type for each word; words are what whitespace separates, and come back joined by single spaces."""

    def __init__(self, model: bytes) -> None:
        words = parsed(model)["words"]
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("words that are not text")
        self.model = model
        self.pieces = [*SPECIAL_PIECES, *words]
        self._ids = {word: i for i, word in enumerate(words, start=len(SPECIAL_PIECES))}

    def _encode(self, lines: Sequence[str], threads: int) -> list[list[int]]:
        try:
            return [[self._ids[word] for word in line.split()] for line in lines]
        except KeyError as unknown:
            raise BadInput(
                f"the word {unknown.args[0]!r} is not among the {len(self._ids)} of the vocabulary; "
                f"use words of the training text, such as {', '.join(self.pieces[len(SPECIAL_PIECES) :][:EXAMPLES])}, "
                "or a vocabulary of kind bpe"
            ) from None

    def decode(self, ids: Iterable[Sequence[int]]) -> list[str]:
        return [" ".join(self.pieces[i] for i in line if i >= len(SPECIAL_PIECES)) for line in ids]


def learn_words(lines: Iterable[str], size: int) -> WordVocabulary:
    """The vocabulary of all words in `lines`, in sorted order.

    Raises:
        BadInput: the text has more than `size` word types, or none.
    """
    words: set[str] = set()
    for line in lines:
        words.update(line.split())
    if not words:
        raise BadInput("there is no text to learn a vocabulary from")
    if len(words) > size:
        raise BadInput(
            f"the training text has {len(words):,} word types, more than the {size:,} of its vocabulary; "
            f"raise {SIZE}, or use kind bpe"
        )
    return WordVocabulary(json.dumps({"words": sorted(words)}, ensure_ascii=False).encode())


def given_vocabulary(file: str) -> Vocabulary:
    """The vocabulary that `data.vocabulary.file` names.

    Raises:
        BadInput: it is not there, or is no vocabulary.
    """
    path = expanded(file)
    if not path.is_file():
        raise BadInput(
            f"data.vocabulary.file is {file}, which is not a file; name a vocabulary.model, or repeat the "
            "`repro prepare NAME --vocabulary-from` that wrote it"
        )
    try:
        return Vocabulary.load(path)
    except BadInput as error:
        raise BadInput(
            f"data.vocabulary.file is {file}, which holds no vocabulary of this project; name a vocabulary.model, or "
            "repeat the `repro prepare NAME --vocabulary-from` that wrote it"
        ) from error


def learn_bpe(lines: Iterable[str], size: int, symbols: Sequence[str] = ()) -> SentencePieceVocabulary:
    """Learn byte-pair encoding with exactly `size` pieces; the same lines give the same bytes.

    Args:
        lines: of text. Those with more than `LONGEST_LEARNT` bytes are skipped, and stderr says how many they are.
        size: pieces in all, special ones, the 256 bytes and `symbols` included.
        symbols: words that are one piece each, and that no other piece holds a part of; they need not be in `lines`.

    Raises:
        BadInput: `size` is more than the text allows, or too small for its characters, or there is no text.
    """
    from sentencepiece import SentencePieceTrainer

    too_long = 0

    def learnt() -> Iterator[str]:
        nonlocal too_long
        for line in map(_escape, lines):
            if len(line.encode()) > LONGEST_LEARNT:
                too_long += 1
            else:
                yield line

    model = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=learnt(),
            model_writer=model,
            model_type="bpe",
            vocab_size=size,
            hard_vocab_limit=True,
            # Lossless: keep every character and every space.
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            byte_fallback=True,
            # A space is added before the first word and taken off again, so that a word is one piece wherever
            # it stands.
            add_dummy_prefix=True,
            # One character in 10,000 may be spelt in bytes, so that stray scripts take no place.
            character_coverage=0.9999,
            num_threads=1,
            pad_id=PAD,
            bos_id=BOS,
            eos_id=EOS,
            unk_id=UNK,
            user_defined_symbols=[_SPACE_SIGN + symbol for symbol in symbols],
            minloglevel=3,  # errors come as exceptions, the rest is of no use here
        )
    except RuntimeError as error:
        raise _clear_error(str(error), size, too_long) from error
    if too_long:
        note(f"the vocabulary is learnt without lines of more than {LONGEST_LEARNT:,} bytes; there are {too_long:,}")
    return SentencePieceVocabulary(model.getvalue())


def _clear_error(message: str, size: int, too_long: int) -> Exception:
    """The error behind SentencePiece's message about a vocabulary of `size` pieces, from text with `too_long` lines."""
    if match := re.search(r"too high .*<= (\d+)", message):
        return BadInput(
            f"a vocabulary of {size:,} pieces is more than the training text allows, so lower {SIZE}; "
            f"the largest possible is {int(match[1]):,}"
        )
    if match := re.search(r"smaller than required_chars. \d+ vs (\d+)", message):
        return BadInput(
            f"a vocabulary of {size:,} pieces cannot hold the characters of the training text, so raise {SIZE}; "
            f"the smallest possible is {int(match[1]):,}"
        )
    if "sentences_.empty()" in message and too_long:
        return BadInput(
            f"the only text to learn a vocabulary from is {too_long:,} lines of more than {LONGEST_LEARNT:,} bytes, "
            "which SentencePiece skips; split them"
        )
    if "sentences_.empty()" in message:
        return BadInput("there is no text to learn a vocabulary from")
    return RuntimeError(f"SentencePiece: {message}")


class Reservoir(Generic[T]):
    """A uniform sample of at most `size` items of a stream of any length (Vitter 1985, algorithm R)."""

    def __init__(self, size: int, seed: int) -> None:
        self.items: list[T] = []
        self._size, self._seen, self._random = size, 0, random.Random(seed)

    def offer(self, item: T) -> None:
        """Show the sample the next item of the stream."""
        if self._seen < self._size:
            self.items.append(item)
        else:
            place = self._random.randrange(self._seen + 1)
            if place < self._size:
                self.items[place] = item
        self._seen += 1

    def drain(self) -> Iterator[T]:
        """Yield the items and forget them one by one, so that a large sample is not held twice."""
        while self.items:
            yield self.items.pop()


# SentencePiece writes spaces as U+2581, so that character itself would come back as a space. It is
# escaped with a character of a private plane, which is escaped as well.
_SPACE_SIGN = "\u2581"
_ESCAPE = "\U000f2581"


def _escape(line: str) -> str:
    if _SPACE_SIGN not in line and _ESCAPE not in line:
        return line
    return line.replace(_ESCAPE, _ESCAPE + "0").replace(_SPACE_SIGN, _ESCAPE + "1")


def _unescape(line: str) -> str:
    if _ESCAPE not in line:
        return line
    return line.replace(_ESCAPE + "1", _SPACE_SIGN).replace(_ESCAPE + "0", _ESCAPE)
