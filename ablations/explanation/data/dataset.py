"""Instances, splits and batches, the same for generated reviews and real ones.

Every instance stands between two special words, as in the code of both papers: `<s>` and `</s>`, which a model reads
but attention may not reach (`Batch.attendable`). All positions in this package count `<s>` as 0, so the first
word of a review is at 1.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from repro.errors import BadInput

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
Span = tuple[int, int]
"""Positions from the first, included, to the second, not included."""

PAD, UNKNOWN, START, END = range(4)
SPECIALS = ("<pad>", "<unk>", "<s>", "</s>")


def add_end_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words between the two special ones."""
    return (SPECIALS[START], *words, SPECIALS[END])


@dataclass(frozen=True)
class Instance:
    """A text with its label.

    Attributes:
        words: the text between `<s>` and `</s>`, which are its first and last words.
        label: number of its class.
        query: the question, for question answering; else empty.
        evidence: positions of the words that the label follows from; None where nobody knows.
        sentences: spans of its sentences, in order; together all words but the special ones, and the full stops between
            facts of bAbI.
        clauses: spans of its clauses, in order; marks that stand between them belong to none.
        phenomena: what is difficult about it, for generated reviews.
    """

    words: tuple[str, ...]
    label: int
    query: tuple[str, ...] = ()
    evidence: tuple[int, ...] | None = None
    sentences: tuple[Span, ...] = ()
    clauses: tuple[Span, ...] = ()
    phenomena: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Words, special ones included."""
        return len(self.words)


@dataclass(frozen=True)
class Batch:
    """B instances, padded on the right to n tokens.

    Attributes:
        tokens: (B, n) ids.
        mask: (B, n) boolean, True: a real token.
        attendable: (B, n) boolean, True: attention may take it; real tokens but the first and the last.
        labels: (B) numbers of classes.
        index: (B) numbers of the instances in their split.
        query: (B, q) ids of the question, padded on the right; None where there are no questions.
        split: which split `index` counts in.
    """

    tokens: Tensor
    mask: Tensor
    attendable: Tensor
    labels: Tensor
    index: Tensor
    query: Tensor | None = None
    split: Split = "train"

    def __len__(self) -> int:
        return self.tokens.shape[0]

    @property
    def lengths(self) -> Tensor:
        """(B) real tokens of each instance, special ones included."""
        return self.mask.sum(dim=1)

    def rows(self, rows: Tensor) -> "Batch":
        """The batch of these rows, which may come more than once: (R) numbers or (B) boolean."""
        return replace(
            self,
            tokens=self.tokens[rows],
            mask=self.mask[rows],
            attendable=self.attendable[rows],
            labels=self.labels[rows],
            index=self.index[rows],
            query=None if self.query is None else self.query[rows],
        )


class Vocabulary:
    """Words and their ids; the special words come first.

    Args:
        words: without the special ones, each once.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = (*SPECIALS, *words)
        self._ids = {word: number for number, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    def ids(self, words: Iterable[str]) -> list[int]:
        """An unknown word is `<unk>`."""
        return [self._ids.get(word, UNKNOWN) for word in words]

    @classmethod
    def of(cls, instances: Iterable[Instance], min_texts: int = 1) -> "Vocabulary":
        """Words of texts and questions that occur in at least `min_texts` of them, frequent ones first."""
        counts: Counter[str] = Counter()
        texts: Counter[str] = Counter()
        for each in instances:
            words = (*each.words, *each.query)
            counts.update(words)
            texts.update(set(words))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(word for word in ranked if texts[word] >= min_texts and word not in SPECIALS)


@dataclass(frozen=True)
class Dataset:
    """Three splits over one vocabulary.

    Attributes:
        name: as the configuration has it.
        splits: train, dev and test.
        vocabulary: from training text.
        classes: names of the classes, in the order of their numbers.
        facts: which data it is, for the record: counts, what was dropped and why, checksums.

    Raises:
        BadInput: a split is empty, or a class is missing from it.
    """

    name: str
    splits: Mapping[Split, tuple[Instance, ...]]
    vocabulary: Vocabulary
    classes: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for split in SPLITS:
            if not self.splits.get(split):
                raise BadInput(f"{self.name} has no instance in {split}; each of train, dev and test needs one")
            present = {instance.label for instance in self.splits[split]}
            for number, name in enumerate(self.classes):
                # Of the answers to questions not all need occur in each split.
                if number not in present and not self.has_questions:
                    raise BadInput(
                        f"{self.name} has no instance of class {name} in {split}; add some, or change the split"
                    )

    @property
    def has_questions(self) -> bool:
        """Whether instances have questions."""
        return bool(self.splits["train"][0].query)

    @cached_property
    def _ids(self) -> dict[tuple[Split, int], tuple[Tensor, Tensor]]:
        """(split, number) -> ids of words and question, filled as they are asked for."""
        return {}

    def batch(self, split: Split, numbers: Sequence[int]) -> Batch:
        """The instances of these numbers, in this order."""
        for number in numbers:
            if (split, number) not in self._ids:
                self._ids[split, number] = self._encode(self.splits[split][number])
        labels = [self.splits[split][number].label for number in numbers]
        return self._batch([self._ids[split, number] for number in numbers], labels, numbers, split)

    def collate(self, instances: Sequence[Instance], numbers: Sequence[int], split: Split) -> Batch:
        """A batch of any instances, such as reordered ones; `numbers` says which of the split they belong to."""
        encoded, labels = [self._encode(instance) for instance in instances], [instance.label for instance in instances]
        return self._batch(encoded, labels, numbers, split)

    def _encode(self, instance: Instance) -> tuple[Tensor, Tensor]:
        words, query = self.vocabulary.ids(instance.words), self.vocabulary.ids(instance.query)
        return torch.tensor(words), torch.tensor(query, dtype=torch.long)

    def _batch(
        self, encoded: Sequence[tuple[Tensor, Tensor]], labels: Sequence[int], numbers: Sequence[int], split: Split
    ) -> Batch:
        tokens = pad_sequence([words for words, _ in encoded], batch_first=True, padding_value=PAD)
        lengths = torch.tensor([len(words) for words, _ in encoded])[:, None]
        at = torch.arange(tokens.shape[1])
        return Batch(
            tokens=tokens,
            mask=at < lengths,
            attendable=(at >= 1) & (at < lengths - 1),
            labels=torch.tensor(labels),
            index=torch.tensor(list(numbers)),
            query=pad_sequence([query for _, query in encoded], True, PAD) if self.has_questions else None,
            split=split,
        )

    def batches(
        self, split: Split, size: int = 32, tokens: int = 8192, generator: torch.Generator | None = None
    ) -> Iterator[Batch]:
        """Every instance of a split once, in batches of like lengths.

        Args:
            split: which.
            size: instances of a batch at most.
            tokens: of a batch at most, padding included; a single instance may exceed it.
            generator: draws which instances of like length come together and the order of batches, for training;
                None: by length, always alike.
        """
        order = _by_length([len(instance) for instance in self.splits[split]], generator)
        batches = list(_cut(order, [len(instance) for instance in self.splits[split]], size, tokens))
        if generator is not None:
            batches = [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]
        for numbers in batches:
            yield self.batch(split, numbers)


def _by_length(lengths: Sequence[int], generator: torch.Generator | None) -> list[int]:
    """Numbers by length; equal lengths in their order, or shuffled."""
    ties = torch.arange(len(lengths)) if generator is None else torch.randperm(len(lengths), generator=generator)
    return sorted(ties.tolist(), key=lambda number: lengths[number])


def _cut(order: Sequence[int], lengths: Sequence[int], size: int, tokens: int) -> Iterator[list[int]]:
    batch: list[int] = []
    for number in order:  # of rising length, so the newest is the longest
        if batch and (len(batch) == size or (len(batch) + 1) * lengths[number] > tokens):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
