"""The papers' data sets as far as they are available, and the user's own files.

They lie in the folder that the environment variable REPRO_DATA names. Texts are prepared as in the first paper's code,
so that its counts can be reproduced. Characters outside words are deleted (SST), so is punctuation (IMDB), and words
with a digit become `qqq` (newsgroups and AG News). Texts that are too short or too long are left out and counted. Where
the available files force a difference, the data set's own docstring says so.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ablations.explanation.data.babi import Question, questions
from ablations.explanation.data.cuts import cut, cut_by_class
from ablations.explanation.data.dataset import SPLITS, Dataset, Instance, Split, Vocabulary
from ablations.explanation.data.labelled_texts import described_texts, labelled_texts
from ablations.explanation.data.text_dataset import Rule, dataset_of
from ablations.explanation.data.words import without_digits, word_characters, words_alone, words_and_marks
from repro.data.corpus_folder import DATA_VARIABLE, FORMS, corpus_folder, find_file
from repro.errors import BadInput
from repro.files import sha256
from repro.paths import expanded

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
    """The user's own texts, one `label<TAB>text` a line; labels are whole numbers from 0.

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
    texts = {split: list(labelled_texts(path)) for split, path in paths.items()}
    if "dev" not in texts:
        texts["train"], texts["dev"] = cut(texts["train"], 0.1, seed)
    highest = max(label for split in texts.values() for label, _ in split)
    if highest < 1:
        raise BadInput(f"{paths['train']} has only the class 0; it needs at least two classes, numbered from 0")
    classes = tuple(str(number) for number in range(highest + 1))
    return dataset_of("files", texts, classes, Rule(1, max_words, 1, words_and_marks), list(paths.values()))


# ---- the papers' sets


def _sst(name: str, seed: int, max_words: int | None) -> Dataset:
    """SST, binary. The paper's vocabulary has 16,175 types, those of all splits; ours are of train, as its code's."""
    paths = dict(zip(SPLITS, source_files(name), strict=True))
    texts = {split: list(labelled_texts(path, SENTIMENTS)) for split, path in paths.items()}
    return dataset_of(name, texts, SENTIMENTS, Rule(6, max_words, 1, word_characters), list(paths.values()))


def _imdb(name: str, seed: int, max_words: int | None) -> Dataset:
    """IMDB, texts under 400 words; then a fifth of train is dev, and a fifth of test is test, as in the code.

    Cut anew from the reviews by the rules of Keras's tokeniser, whose word ids the paper has. Its word for a line break
    counts, as there, but is left out of the text.
    """
    limit = max_words or 399
    paths = dict(zip(("train", "test"), source_files(name), strict=True))
    read = {split: list(labelled_texts(path, SENTIMENTS, skip=1)) for split, path in paths.items()}
    short = {split: [each for each in texts if len(words_alone(each[1])) <= limit] for split, texts in read.items()}
    train, dev = cut(short["train"], 0.2, seed)
    _, test = cut(short["test"], 0.2, seed)
    texts: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    data = dataset_of(name, texts, SENTIMENTS, Rule(7, limit, 10, words_alone), list(paths.values()))
    longer = {split: len(read[split]) - len(short[split]) for split in read}
    return replace(data, facts={**data.facts, "longer_before_the_cut": longer})


def _newsgroups(name: str, seed: int, max_words: int | None) -> Dataset:
    """Baseball against hockey: a fifth of all texts is test, a fifth of the others dev, with classes as in the whole.

    The text at hand has what headers said, without their names, and no marks or numbers; the paper's has no headers.
    """
    classes = ("baseball", "hockey")
    paths = source_files(name)
    rest, test = cut_by_class([each for path in paths for each in labelled_texts(path, classes)], 0.2, seed)
    train, dev = cut_by_class(rest, 0.2, seed + 1)
    texts: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    return dataset_of(name, texts, classes, Rule(7, max_words or 499, 2, without_digits), paths)


def _ag_news(name: str, seed: int, max_words: int | None) -> Dataset:
    """World against business, descriptions only; 15 % of what is not test are dev, as in the code.

    Just the test part is at hand, of which a quarter is test here.
    """
    (path,) = source_files(name)
    rest, test = cut(list(described_texts(path)), 0.25, seed)
    train, dev = cut(rest, 0.15, seed + 1)
    splits: dict[Split, list[tuple[int, str]]] = {"train": train, "dev": dev, "test": test}
    return dataset_of(name, splits, ("world", "business"), Rule(None, max_words, 5, without_digits), [path])


def _babi(name: str, seed: int, max_words: int | None) -> Dataset:
    """bAbI, a story up to its question; 15 % of the training questions are dev. Evidence are the supporting sentences.

    An answer may be any word of the training stories and questions, as in the code; there, of three tasks together.
    """
    train, test = source_files(name)
    trained, tested = (
        [each for each in questions(path) if max_words is None or each.size <= max_words] for path in (train, test)
    )
    rest, dev = cut(trained, 0.15, seed)
    asked: dict[Split, list[Question]] = {"train": rest, "dev": dev, "test": tested}
    answers = tuple(sorted({word for each in trained for word in (*each.words, *each.question)}))
    for path, found in ((train, trained), (test, tested)):
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
    for label, _text in labelled_texts(_file("imdb", "train.tsv"), SENTIMENTS, skip=1):
        yield "train", label


def _sized_ag_news(_: str) -> Iterator[tuple[Split, int | None]]:
    for label, _text in described_texts(_file("ag_news", "test.csv")):
        yield "test", label


def _sized_babi(name: str) -> Iterator[tuple[Split, int | None]]:
    splits: tuple[Split, ...] = ("train", "test")
    for split in splits:
        yield from ((split, None) for _ in questions(_file("babi", f"{BABI[name]}_{split}.txt")))


SIZED: Mapping[str, Callable[[str], Iterator[tuple[Split, int | None]]]] = {
    "imdb": _sized_imdb,
    "ag_news": _sized_ag_news,
    "babi1": _sized_babi,
    "babi2": _sized_babi,
}
"""Name -> the split of each of its texts, and the class where the paper counts by class."""


def _file(folder: str, name: str) -> Path:
    root = corpus_folder()
    if root is None:
        raise BadInput(f"{folder}/{name} is needed; put it, {FORMS}, into a folder and set {DATA_VARIABLE} to it")
    path = find_file(root / folder, name)
    if path is None:
        raise BadInput(f"{root / folder} has no {name}; put it there, {FORMS}")
    return path
