"""The papers' data sets as far as they are at hand, and files of one's own.

They lie in the folder that the environment variable REPRO_DATA names. Texts are prepared as in the first paper's
code, so that its counts can be met: what is no word character goes (SST), marks go (IMDB), words with a digit become
`qqq` (newsgroups and AG News), and texts that are too short or too long are left out and counted. Differences that the
files at hand force stand at each set.
"""

import csv
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ablations.explanation.data.dataset import SPLITS, Dataset, Instance, Span, Split, Vocabulary, add_end_words
from repro.data.corpus_folder import DATA_VARIABLE, FORMS, corpus_folder, find_file
from repro.data.text import lines
from repro.errors import BadInput
from repro.files import sha256
from repro.paths import expanded

T = TypeVar("T")

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|<br />")
CLAUSE_END = re.compile(r"([,;:.!?()]+|--)|\b(?=(?:but|although|though|while|yet|because)\b)", re.IGNORECASE)
TOKEN = re.compile(r"\w+(?:'\w+)?|[^\w\s]")
DIGITS = re.compile(r"\w*\d\w*")
SEPARATORS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))
"""What Keras's tokeniser takes for blanks, by which the paper's IMDB was cut into words; an apostrophe stays."""
BETWEEN_FACTS = "."
"""The word between two facts of a story, as in the paper's code."""
SENTIMENTS = ("negative", "positive")
BABI = {"babi1": "qa1_single-supporting-fact", "babi2": "qa2_two-supporting-facts"}
"""Set -> how its files' names begin."""
FILES: Mapping[str, Sequence[str]] = {
    "sst2": [f"sst2/{split}.tsv" for split in SPLITS],
    "imdb": ["imdb/train.tsv", "imdb/test.tsv"],
    "newsgroups": [f"newsgroups/baseball_hockey.{split}.tsv" for split in ("train", "test")],
    "ag_news": ["ag_news/test.csv"],
    **{name: [f"babi/{beginning}_{split}.txt" for split in ("train", "test")] for name, beginning in BABI.items()},
}
"""Set -> its files, without the endings of compressed ones."""


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


def word_characters(text: str) -> list[str]:
    """SST's: brackets' names (lrb, rrb) and all that is no word character become blanks; lower case."""
    return re.sub(r"\W+", " ", re.sub(r"\b[lr]rb\b", " ", text.lower())).split()


def words_and_marks(text: str) -> list[str]:
    """Lower case."""
    return TOKEN.findall(text.lower())


def words_alone(text: str) -> list[str]:
    """As Keras's tokeniser cuts them, lower case and without marks; the tag of a line break is a word, `br`."""
    return text.lower().translate(SEPARATORS).split()


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


def source_files(name: str) -> list[Path]:
    """The files of a data set.

    Raises:
        BadInput: one is not there.
    """
    return [_file(*file.split("/")) for file in FILES[name]]


def training_texts(name: str) -> list[tuple[str, ...]]:
    """The words of a data set's training texts: those that a model of it is trained on, without labels.

    Raises:
        BadInput: as `load`.
    """
    return [instance.words[1:-1] for instance in load(name).splits["train"]]


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
        raise BadInput(f"{paths['train']} has only the class 0; it needs at least two classes, numbered from 0")
    classes = tuple(str(number) for number in range(highest + 1))
    return _dataset("files", texts, classes, Rule(1, max_words, 1, words_and_marks), list(paths.values()))


# ---- the papers' sets


def _sst(name: str, seed: int, max_words: int | None) -> Dataset:
    """SST, binary. The paper's vocabulary has 16,175 types, those of all splits; ours are of train, as its code's."""
    paths = dict(zip(SPLITS, source_files(name), strict=True))
    texts = {split: list(_labelled_texts(path, SENTIMENTS)) for split, path in paths.items()}
    return _dataset(name, texts, SENTIMENTS, Rule(6, max_words, 1, word_characters), list(paths.values()))


def _imdb(name: str, seed: int, max_words: int | None) -> Dataset:
    """IMDB, texts under 400 words; then a fifth of train is dev, and a fifth of test is test, as in the code.

    Cut anew from the reviews by the rules of Keras's tokeniser, whose word ids the paper has. Its word for a line break
    counts, as there, but is left out of the text.
    """
    limit = max_words or 399
    paths = dict(zip(("train", "test"), source_files(name), strict=True))
    read = {split: list(_labelled_texts(path, SENTIMENTS, skip=1)) for split, path in paths.items()}
    short = {split: [each for each in texts if len(words_alone(each[1])) <= limit] for split, texts in read.items()}
    train, dev = _cut(short["train"], 0.2, seed)
    _, test = _cut(short["test"], 0.2, seed)
    texts: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    data = _dataset(name, texts, SENTIMENTS, Rule(7, limit, 10, words_alone), list(paths.values()))
    longer = {split: len(read[split]) - len(short[split]) for split in read}
    return replace(data, facts={**data.facts, "longer_before_the_cut": longer})


def _newsgroups(name: str, seed: int, max_words: int | None) -> Dataset:
    """Baseball against hockey: a fifth of all texts is test, a fifth of the others dev, with classes as in the whole.

    The text at hand has what headers said, without their names, and no marks or numbers; the paper's has no headers.
    """
    classes = ("baseball", "hockey")
    paths = source_files(name)
    rest, test = _cut_by_class([each for path in paths for each in _labelled_texts(path, classes)], 0.2, seed)
    train, dev = _cut_by_class(rest, 0.2, seed + 1)
    texts: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    return _dataset(name, texts, classes, Rule(7, max_words or 499, 2, without_digits), paths)


def _ag_news(name: str, seed: int, max_words: int | None) -> Dataset:
    """World against business, descriptions only; 15 % of what is not test are dev, as in the code.

    Just the test part is at hand, of which a quarter is test here.
    """
    (path,) = source_files(name)
    rest, test = _cut(list(_described_texts(path)), 0.25, seed)
    train, dev = _cut(rest, 0.15, seed + 1)
    splits: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    return _dataset(name, splits, ("world", "business"), Rule(None, max_words, 5, without_digits), [path])


def _babi(name: str, seed: int, max_words: int | None) -> Dataset:
    """bAbI, a story up to its question; 15 % of the training questions are dev. Evidence are the supporting sentences.

    An answer may be any word of the training stories and questions, as in the code; there, of three tasks together.
    """
    train, test = source_files(name)
    questions, tested = (
        [each for story in map(_story, _stories(path)) for each in story if max_words is None or each.size <= max_words]
        for path in (train, test)
    )
    rest, dev = _cut(questions, 0.15, seed)
    asked: dict[Split, list[_Question]] = {"train": rest, "dev": dev, "test": tested}
    answers = tuple(sorted({word for each in questions for word in (*each.words, *each.question)}))
    for path, found in ((train, questions), (test, tested)):
        for each in found:
            if each.answer not in answers:
                no_word = f"the answer {each.answer!r} is not a word of the training stories"
                raise BadInput(f"{path}: {no_word}; give the whole training file")
    splits: dict[Split, tuple[Instance, ...]] = {
        split: tuple(each.instance(answers) for each in asked[split]) for split in SPLITS
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
    for label, _text in _labelled_texts(_file("imdb", "train.tsv"), SENTIMENTS, skip=1):
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
    root = corpus_folder()
    if root is None:
        raise BadInput(f"{folder}/{name} is needed; put it, {FORMS}, into a folder and set {DATA_VARIABLE} to it")
    path = find_file(root / folder, name)
    if path is None:
        raise BadInput(f"{root / folder} has no {name}; put it there, {FORMS}")
    return path


def _labelled_texts(path: Path, classes: Sequence[str] | None = None, skip: int = 0) -> Iterator[tuple[int, str]]:
    """Labels and texts of a file; `skip` columns between them are left out. Classes are named where they are known."""
    for number, line in enumerate(lines(path), start=1):
        label, *rest = line.split("\t", 1 + skip)
        if not line.strip():
            raise BadInput(f"{path}, line {number}: is blank; remove it")
        if len(rest) != 1 + skip:
            raise BadInput(f"{path}, line {number}: has no tab; a line is a label, a tab and a text")
        if not re.fullmatch(r"[0-9]{1,4}", label):
            raise BadInput(f"{path}, line {number}: the label {label[:40]!r} is not a whole number from 0 to 9999")
        if classes is not None and int(label) >= len(classes):
            known = ", ".join(f"{place} for {name}" for place, name in enumerate(classes))
            raise BadInput(f"{path}, line {number}: the label {label} is not a known class; the classes are {known}")
        if not rest[-1].strip():
            raise BadInput(f"{path}, line {number}: the text is empty; leave the line out")
        yield int(label), rest[-1]


def _described_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Labels, 1 for business, and descriptions of AG News."""
    for number, row in _quoted_rows(path):
        if row and len(row) < 3:
            raise BadInput(f"{path}, line {number}: has too few columns; a line is a class, a title and a description")
        if row and row[0] in ("1", "3"):
            yield int(row[0] == "3"), row[2].replace("\\", " ")


def _quoted_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file, each with the number of its line."""
    rows = csv.reader(lines(path), strict=True)
    while True:
        begins = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path}, line {begins}: is not quoted as CSV is ({error}); correct its quotes") from error
        if rows.line_num > begins:
            raise BadInput(f"{path}, line {begins}: a quote is not closed in this line; correct its quotes")
        yield begins, row


def _cut(items: Sequence[T], share: float, seed: int) -> tuple[list[T], list[T]]:
    """All but a share drawn at random, and that share."""
    order = list(range(len(items)))
    random.Random(seed).shuffle(order)
    taken = set(order[: round(share * len(items))])
    return (
        [each for number, each in enumerate(items) if number not in taken],
        [each for number, each in enumerate(items) if number in taken],
    )


def _cut_by_class(
    texts: Sequence[tuple[int, str]], share: float, seed: int
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """As `_cut`, each class by itself, so that both parts have the classes of the whole."""
    labels = sorted({label for label, _ in texts})
    parts = [_cut([each for each in texts if each[0] == label], share, seed) for label in labels]
    return [each for rest, _ in parts for each in rest], [each for _, drawn in parts for each in drawn]


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


# ---- bAbI


@dataclass(frozen=True)
class _Question:
    facts: tuple[tuple[str, ...], ...]
    question: tuple[str, ...]
    answer: str
    support: tuple[int, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The facts, with a word between two of them."""
        parted = ((BETWEEN_FACTS, *fact) if place else fact for place, fact in enumerate(self.facts))
        return tuple(word for fact in parted for word in fact)

    @property
    def size(self) -> int:
        return len(self.words)

    def instance(self, answers: tuple[str, ...]) -> Instance:
        spans: list[Span] = []
        at = 1
        for fact in self.facts:
            spans.append((at, at + len(fact)))
            at += len(fact) + 1
        evidence = tuple(place for number in self.support for place in range(*spans[number]))
        words, label = add_end_words(self.words), answers.index(self.answer)
        return Instance(words, label, self.question, evidence, tuple(spans), tuple(spans))


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
                f"{path}, line {number}: is not a question; one is followed by a tab, its answer, a tab and numbers of "
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
        questions.append(_Question(tuple(facts.values()), words, answer.strip().lower(), supporting))
    return questions
