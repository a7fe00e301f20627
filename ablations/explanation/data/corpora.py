"""The papers' data sets as far as they are at hand, and files of one's own.

They lie in the folder that the environment variable REPRO_DATA names. Texts are prepared as in the first paper's
code, so that its counts can be met: what is no word character goes (SST), words with a digit become `qqq` (newsgroups
and AG News), and texts that are too short or too long are left out and counted. Differences that the files at hand
force stand at each set.
"""

import csv
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.explanation.data.dataset import SPLITS, Dataset, Instance, Span, Split, Vocabulary, add_end_words
from repro.data.text import lines
from repro.errors import BadInput
from repro.files import sha256
from repro.paths import expanded

DATA_VARIABLE = "REPRO_DATA"
ENDINGS = ("", ".gz", ".xz", ".bz2", ".zst")

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|<br />")
CLAUSE_END = re.compile(r"([,;:.!?()]+|--)|\b(?=(?:but|although|though|while|yet|because)\b)", re.IGNORECASE)
TOKEN = re.compile(r"\w+(?:'\w+)?|[^\w\s]")
DIGITS = re.compile(r"\w*\d\w*")
BABI = {"babi1": "qa1_single-supporting-fact", "babi2": "qa2_two-supporting-facts"}
"""Set -> how its files' names begin."""


@dataclass(frozen=True)
class Rule:
    """How texts become instances.

    Attributes:
        min_words, max_words: words of a text that is kept, both ends included; `max_words` None: less than the longest
            of its split, the paper's rule for SST.
        min_count: how often a word must occur to be in the vocabulary.
        words: text -> words.
    """

    min_words: int
    max_words: int | None
    min_count: int
    words: Callable[[str], list[str]]


def word_characters(text: str) -> list[str]:
    """SST's: brackets' names (lrb, rrb) and all that is no word character become blanks; lower case."""
    return re.sub(r"\W+", " ", re.sub(r"\b[lr]rb\b", " ", text.lower())).split()


def words_and_marks(text: str) -> list[str]:
    """Lower case."""
    return TOKEN.findall(text.lower())


def without_digits(text: str) -> list[str]:
    """Words and marks, lower case; a word with a digit in it is `qqq`."""
    return TOKEN.findall(DIGITS.sub("qqq", text.lower()))


def load(name: str, seed: int = 1, max_words: int | None = None) -> Dataset:
    """A data set by name.

    Args:
        name: one of `CORPORA`.
        seed: of the cuts that the data do not make themselves.
        max_words: words of the longest text that is kept, in place of the set's own limit.

    Raises:
        BadInput: an unknown name, or the files are not there or not what they should be.
    """
    if name not in CORPORA:
        raise BadInput(f"there is no data set {name!r}; there are {', '.join(CORPORA)}, or name files of your own")
    return CORPORA[name](name, seed, max_words)


def from_files(files: Mapping[Split, str], seed: int = 1, max_words: int = 400) -> Dataset:
    """Texts of one's own, `label<TAB>text` a line; labels are whole numbers from 0.

    Longer texts than `max_words` words are left out and counted, as the first paper does with IMDB's of 400 and more.

    Args:
        files: train, dev and test; without dev, a tenth of train is cut off as dev.
        seed: of that cut.
        max_words: words of the longest text that is kept.

    Raises:
        BadInput: a label that is no number, an empty text, a class that is missing from a split.
    """
    for split in files:
        if split not in SPLITS:
            raise BadInput(f"files has {split!r}; it may have train, dev and test")
    for split in ("train", "test"):
        if split not in files:
            raise BadInput(f"files lacks {split}; it needs at least train and test")
    paths = {split: expanded(name) for split, name in files.items()}
    texts = {split: list(_labelled_texts(path)) for split, path in paths.items()}
    if "dev" not in texts:
        texts["train"], texts["dev"] = _cut(texts["train"], 0.1, seed)
    highest = max(label for split in texts.values() for label, _ in split)
    if highest < 1:
        raise BadInput(f"{paths['train']} has the one class 0; it takes at least two, numbered from 0")
    classes = tuple(str(number) for number in range(highest + 1))
    return _dataset("files", texts, classes, Rule(1, max_words, 1, words_and_marks), list(paths.values()))


# ---- the papers' sets


def _sst(name: str, seed: int, max_words: int | None) -> Dataset:
    """SST, binary. The paper's vocabulary has 16,175 types, those of all splits; ours are of train, as its code's."""
    paths = {split: _file("sst2", f"{split}.tsv") for split in SPLITS}
    texts = {split: list(_labelled_texts(path)) for split, path in paths.items()}
    return _dataset(name, texts, ("negative", "positive"), Rule(6, max_words, 1, word_characters), list(paths.values()))


def _imdb(name: str, seed: int, max_words: int | None) -> Dataset:
    """IMDB, texts under 400 words; a fifth of train is dev, and a fifth of test is test, as in the code."""
    train, test = _file("imdb", "train.tsv"), _file("imdb", "test.tsv")
    kept, dev = _cut(list(_labelled_texts(train, skip=1)), 0.2, seed)
    _, tested = _cut(list(_labelled_texts(test, skip=1)), 0.2, seed)
    texts: dict[Split, list[tuple[int, str]]] = {"train": kept, "dev": dev, "test": tested}
    return _dataset(
        name, texts, ("negative", "positive"), Rule(7, max_words or 399, 10, words_and_marks), [train, test]
    )


def _newsgroups(name: str, seed: int, max_words: int | None) -> Dataset:
    """Baseball against hockey, split by date; a fifth of train is dev. The text at hand has no marks or numbers."""
    train = _file("newsgroups", "baseball_hockey.train.tsv")
    test = _file("newsgroups", "baseball_hockey.test.tsv")
    kept, dev = _cut(list(_labelled_texts(train)), 0.2, seed)
    texts: dict[Split, list[tuple[int, str]]] = {"train": kept, "dev": dev, "test": list(_labelled_texts(test))}
    return _dataset(name, texts, ("baseball", "hockey"), Rule(7, max_words or 499, 2, without_digits), [train, test])


def _ag_news(name: str, seed: int, max_words: int | None) -> Dataset:
    """World against business, descriptions only. Just the test part is at hand: 60, 15, 25 % of it are the splits."""
    path = _file("ag_news", "test.csv")
    rest, test = _cut(list(_described_texts(path)), 0.25, seed)
    train, dev = _cut(rest, 0.2, seed + 1)
    splits: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    return _dataset(name, splits, ("world", "business"), Rule(1, max_words or 400, 5, without_digits), [path])


def _babi(name: str, seed: int, max_words: int | None) -> Dataset:
    """bAbI, a story up to its question; 15 % of the training stories are dev. Evidence are the supporting sentences."""
    train, test = (_file("babi", f"{BABI[name]}_{split}.txt") for split in ("train", "test"))
    stories = [_story(story) for story in _stories(train)]
    random.Random(seed).shuffle(stories)
    cut = len(stories) * 85 // 100
    asked: dict[Split, list[_Question]] = {
        "train": [question for story in stories[:cut] for question in story],
        "dev": [question for story in stories[cut:] for question in story],
        "test": [question for story in map(_story, _stories(test)) for question in story],
    }
    answers = tuple(sorted({question.answer for question in asked["train"]}))
    splits: dict[Split, tuple[Instance, ...]] = {
        split: tuple(
            question.instance(answers) for question in asked[split] if max_words is None or question.words <= max_words
        )
        for split in SPLITS
    }
    facts = {"files": {path.name: sha256(path) for path in (train, test)}}
    return Dataset(name, splits, Vocabulary.of(splits["train"]), answers, facts)


CORPORA: Mapping[str, Callable[[str, int, int | None], Dataset]] = {
    "sst2": _sst,
    "imdb": _imdb,
    "newsgroups": _newsgroups,
    "ag_news": _ag_news,
    "babi1": _babi,
    "babi2": _babi,
}
"""Name -> what reads it."""


def sizes(name: str) -> dict[str, int]:
    """How many texts, or questions of bAbI, the files of a set have for each split and class.

    Before any cut and filter: what Table 1 of the first paper prints, where no choice of ours comes between.

    Args:
        name: one of `SIZED`.

    Returns:
        Such as {"train": 25000, "train.class_0": 12500, ...}; a split whose files are another one's part is left out.

    Raises:
        BadInput: the files are not there or not what they should be.
    """
    counted: Counter[str] = Counter()
    for split, label in SIZED[name](name):
        counted[split] += 1
        if label is not None:
            counted[f"{split}.class_{label}"] += 1
    return dict(counted)


def _sized_imdb(_: str) -> Iterator[tuple[Split, int | None]]:
    """The test set is left out, since the paper's is a random fifth of it."""
    for label, _text in _labelled_texts(_file("imdb", "train.tsv"), skip=1):
        yield "train", label


def _sized_ag_news(_: str) -> Iterator[tuple[Split, int | None]]:
    for label, _text in _described_texts(_file("ag_news", "test.csv")):
        yield "test", label


def _sized_babi(name: str) -> Iterator[tuple[Split, int | None]]:
    splits: tuple[Split, ...] = ("train", "test")
    for split in splits:
        for story in _stories(_file("babi", f"{BABI[name]}_{split}.txt")):
            yield from ((split, None) for _question in _story(story))


SIZED: Mapping[str, Callable[[str], Iterator[tuple[Split, int | None]]]] = {
    "imdb": _sized_imdb,
    "ag_news": _sized_ag_news,
    "babi1": _sized_babi,
    "babi2": _sized_babi,
}
"""Name -> the split of each of its texts, and the class where the paper counts by class."""


# ---- from lines to instances


def _file(folder: str, name: str) -> Path:
    root = os.environ.get(DATA_VARIABLE)
    if not root:
        raise BadInput(
            f"{folder}/{name} is needed; put it, plain, .gz or .xz, into a folder and set {DATA_VARIABLE} to it"
        )
    for ending in ENDINGS:
        path = expanded(root) / folder / f"{name}{ending}"
        if path.is_file():
            return path
    raise BadInput(f"{Path(root) / folder} has no {name}, plain, .gz or .xz; put it there")


def _labelled_texts(path: Path, skip: int = 0) -> Iterator[tuple[int, str]]:
    """Labels and texts of a file; `skip` columns between them are left out."""
    for number, line in enumerate(lines(path), start=1):
        label, *rest = line.split("\t", 1 + skip)
        if not line.strip():
            raise BadInput(f"{path}, line {number}: is blank; remove it")
        if len(rest) != 1 + skip:
            raise BadInput(f"{path}, line {number}: has no tab; a line is a label, a tab and a text")
        if not re.fullmatch(r"[0-9]{1,4}", label):
            raise BadInput(f"{path}, line {number}: the label {label[:40]!r} is no whole number from 0 to 9999")
        if not rest[-1].strip():
            raise BadInput(f"{path}, line {number}: the text is empty; leave the line out")
        yield int(label), rest[-1]


def _described_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Labels, 1 for business, and descriptions of AG News."""
    rows = csv.reader(lines(path))
    for row in rows:
        if row and len(row) < 3:
            raise BadInput(
                f"{path}, line {rows.line_num}: has too few columns; a line is a class, a title and a description"
            )
        if row and row[0] in ("1", "3"):
            yield int(row[0] == "3"), row[2].replace("\\", " ")


def _cut(texts: list[tuple[int, str]], share: float, seed: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """All but a share drawn at random, and that share."""
    order = list(range(len(texts)))
    random.Random(seed).shuffle(order)
    taken = set(order[: round(share * len(texts))])
    return (
        [text for number, text in enumerate(texts) if number not in taken],
        [text for number, text in enumerate(texts) if number in taken],
    )


def _dataset(
    name: str,
    texts: Mapping[Split, Sequence[tuple[int, str]]],
    classes: tuple[str, ...],
    rule: Rule,
    paths: Iterable[Path],
) -> Dataset:
    everything = {split: [_instance(label, text, rule.words) for label, text in texts[split]] for split in SPLITS}
    kept: dict[Split, tuple[Instance, ...]] = {}
    dropped: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        sizes = [len(instance) - 2 for instance in everything[split]]
        max_words = max(sizes, default=0) - 1 if rule.max_words is None else rule.max_words
        kept[split] = tuple(
            instance for instance in everything[split] if rule.min_words <= len(instance) - 2 <= max_words
        )
        dropped[split] = {
            "shorter": sum(size < rule.min_words for size in sizes),
            "longer": sum(size > max_words for size in sizes),
        }
        if everything[split] and not kept[split]:
            raise BadInput(
                f"no text of {split} has {rule.min_words} to {max_words} words; "
                "give others, or raise the limit `longest`"
            )
    of_all = Vocabulary.of((instance for split in SPLITS for instance in everything[split]), rule.min_count)
    facts = {
        "vocabulary_of_all_splits": len(of_all),
        "files": {path.name: sha256(path) for path in paths},
        "kept": {split: len(kept[split]) for split in SPLITS},
        "left_out": dropped,
    }
    # As in the paper's code, what is left out for its length still is in the vocabulary.
    return Dataset(name, kept, Vocabulary.of(everything["train"], rule.min_count), classes, facts)


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


# ---- bAbI


@dataclass(frozen=True)
class _Question:
    facts: tuple[tuple[str, ...], ...]
    question: tuple[str, ...]
    answer: str
    support: tuple[int, ...]

    @property
    def words(self) -> int:
        return sum(map(len, self.facts))

    def instance(self, answers: tuple[str, ...]) -> Instance:
        spans: list[Span] = []
        at = 1
        for fact in self.facts:
            spans.append((at, at + len(fact)))
            at += len(fact)
        evidence = tuple(place for number in self.support for place in range(*spans[number]))
        words = add_end_words(word for fact in self.facts for word in fact)
        if self.answer not in answers:
            raise BadInput(f"the answer {self.answer!r} occurs in no training story; give the whole training file")
        return Instance(words, answers.index(self.answer), self.question, evidence, tuple(spans), tuple(spans))


def _stories(path: Path) -> Iterator[list[tuple[int, str]]]:
    story: list[tuple[int, str]] = []
    for number, line in enumerate(lines(path), start=1):
        at, _, text = line.partition(" ")
        if not at.isdigit():
            raise BadInput(f"{path}, line {number}: does not start with a number; bAbI's lines do")
        if at == "1" and story:
            yield story
            story = []
        _, *more = text.split("\t")
        told = {str(place) for place, words in story if "\t" not in words}
        if more and (len(more) != 2 or not told.issuperset(more[1].split())):
            raise BadInput(
                f"{path}, line {number}: is no question; one is followed by a tab, its answer, a tab and numbers of "
                "sentences before it in its story"
            )
        story.append((int(at), text))
    if story:
        yield story


def _story(story: Sequence[tuple[int, str]]) -> list[_Question]:
    facts: dict[int, tuple[str, ...]] = {}
    questions = []
    for number, text in story:
        if "\t" not in text:
            facts[number] = tuple(re.findall(r"\w+", text.lower()))
            continue
        question, answer, support = text.split("\t")
        places = {line: place for place, line in enumerate(facts)}
        supporting = tuple(sorted(places[int(line)] for line in support.split()))
        words = tuple(re.findall(r"\w+", question.lower()))
        questions.append(_Question(tuple(facts.values()), words, answer.strip(), supporting))
    return questions
