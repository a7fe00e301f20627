"""From labelled texts to a data set: words, sentences and clauses, limits of length, and the vocabulary."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.explanation.data.dataset import SPLITS, Dataset, Instance, Span, Split, Vocabulary, add_end_words
from repro.errors import BadInput
from repro.files import sha256

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|<br />")
CLAUSE_END = re.compile(r"([,;:.!?()]+|--)|\b(?=(?:but|although|though|while|yet|because)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """How texts become instances.

    Attributes:
        min_words, max_words: words of a text that is kept, both ends included; None: more than the shortest, or less
            than the longest, of its split, which is what the paper's code does where it has no limit.
        min_texts: in how many texts a word must occur to be in the vocabulary.
        words: text -> words.
    """

    min_words: int | None
    max_words: int | None
    min_texts: int
    words: Callable[[str], list[str]]


def dataset_of(
    name: str,
    texts: Mapping[Split, Sequence[tuple[int, str]]],
    classes: tuple[str, ...],
    rule: Rule,
    paths: Iterable[Path],
) -> Dataset:
    """Labelled texts as a data set.

    Args:
        name: of the set.
        texts: split -> label and text of each.
        classes: their names, by label.
        rule: how texts become instances.
        paths: the files, whose checksums are kept.

    Raises:
        BadInput: a split has no text of a length that the rule keeps.
    """
    everything = {split: [_instance(label, text, rule.words) for label, text in texts[split]] for split in SPLITS}
    kept: dict[Split, tuple[Instance, ...]] = {}
    dropped: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        sizes = [len(each) - 2 for each in everything[split]]
        min_words = min(sizes, default=0) + 1 if rule.min_words is None else rule.min_words
        max_words = max(sizes, default=0) - 1 if rule.max_words is None else rule.max_words
        kept[split] = tuple(each for each in everything[split] if min_words <= len(each) - 2 <= max_words)
        dropped[split] = {
            "shorter": sum(size < min_words for size in sizes),
            "longer": sum(size > max_words for size in sizes),
        }
        if everything[split] and not kept[split]:
            raise BadInput(
                f"no text of {split} has {min_words} to {max_words} words; give others, or raise the limit `longest`"
            )
    of_all = Vocabulary.of((each for split in SPLITS for each in everything[split]), rule.min_texts)
    facts = {
        "vocabulary_of_all_splits": len(of_all),
        "files": {path.name: sha256(path) for path in paths},
        "kept": {split: len(kept[split]) for split in SPLITS},
        "left_out": dropped,
    }
    # As in the paper's code, what is left out for its length still is in the vocabulary.
    return Dataset(name, kept, Vocabulary.of(everything["train"], rule.min_texts), classes, facts)


def _instance(label: int, text: str, words: Callable[[str], list[str]]) -> Instance:
    """Words with the spans of sentences and clauses, which are seen in the text as it was before marks went."""
    every: list[str] = []
    sentences: list[Span] = []
    clauses: list[Span] = []
    for sentence in SENTENCE_END.split(text):
        start = len(every)
        for part in CLAUSE_END.split(sentence):
            cut = words(part) if part else []
            if cut and not CLAUSE_END.fullmatch(part):
                clauses.append((len(every) + 1, len(every) + 1 + len(cut)))
            every += cut
        if len(every) > start:
            sentences.append((start + 1, len(every) + 1))
    return Instance(add_end_words(every), label, sentences=tuple(sentences), clauses=tuple(clauses))
