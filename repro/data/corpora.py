"""Which corpus a name means: presets for known real text, and any files of the user's own.

The presets read one folder of corpora, which the environment variable REPRO_DATA names; each preset has its
own folder in it. `help` and `wmt14-*` are downloaded when they are not there.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from repro.data import libreoffice_help, wmt14
from repro.data.corpus import Corpus, Part
from repro.data.text import LineAligned, Rewriting, Tsv
from repro.errors import BadInput, NoRoom
from repro.files import is_full

DATA_VARIABLE = "REPRO_DATA"
ENDINGS = ("", ".gz", ".xz")

NEWS_TRAINING_SETS = (
    "newstest2008",
    "newstest2009",
    "newstest2010",
    "newstest2011",
    "newstest2012",
    "newstest2015",
    "newstest2017",
    "newstest2018",
    "newstest2019-en-de",
    "newstest2019-de-en",
)
"""What `news` trains on: all but newstest2013, the paper's development set, and newstest2016, our test."""


def find_corpus(name: str | Mapping[str, Any], *, folder: Path | None = None, cache: Path | None = None) -> Corpus:
    """The corpus of a preset, or of the user's own files.

    Args:
        name: a key of `PRESETS`, or the arguments of `corpus_from_files` as a mapping.
        folder: the folder of corpora; by default the one that REPRO_DATA names.
        cache: where downloads go; by default `attention-repro` in the user's cache folder.

    Raises:
        BadInput: an unknown name, or missing files, with what to put where; NoRoom: a full disk.
    """
    if isinstance(name, Mapping):
        unknown = name.keys() - {"name", "languages", "train", "dev", "test", "cleaning"}
        if unknown or not {"name", "languages", "train"} <= name.keys():
            raise BadInput(
                "A corpus of your own has name, languages and train, and may have dev, test and cleaning; "
                f"this one has {', '.join(map(str, name)) or 'nothing'}."
            )
        return corpus_from_files(**name)
    if name not in PRESETS:
        raise BadInput(f"There is no corpus {name!r}; there are {', '.join(PRESETS)}, or name files of your own.")
    if folder is None and os.environ.get(DATA_VARIABLE):
        folder = Path(os.environ[DATA_VARIABLE]).expanduser()
        if not folder.is_dir():
            raise BadInput(f"{DATA_VARIABLE} names {folder}, which is no folder; set it to your folder of corpora.")
    cache = cache or default_cache()
    try:
        return PRESETS[name](name, folder, cache)
    except OSError as error:
        kind = NoRoom if is_full(error) else BadInput
        raise kind(
            f"The corpus {name} cannot be put into {cache} ({error.strerror or error}); make room, or set "
            "XDG_CACHE_HOME to another folder."
        ) from error


def default_cache() -> Path:
    """The folder for downloads: `attention-repro` in $XDG_CACHE_HOME, or in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "attention-repro"


def corpus_from_files(
    name: str,
    languages: Sequence[str],
    train: Sequence[str],
    dev: Sequence[str] = (),
    test: Sequence[str] = (),
    cleaning: Mapping[str, Any] | None = None,
) -> Corpus:
    """A corpus of the user's own files, several to a split if wanted.

    Args:
        name: letters, digits, `-` and `_`.
        languages: codes of source and target, such as ("en", "de").
        train, dev, test: each entry is "source file,target file", line-aligned, or one TSV file; plain, .gz
            or .xz.
        cleaning: settings of `repro.data.cleaning.Cleaning` for the training text.

    Raises:
        BadInput: a bad name, not two languages, an entry of another form, a file that is not there.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise BadInput(f"The corpus name {name!r} may have only letters, digits, - and _; choose another.")
    if isinstance(languages, str) or len(languages) != 2 or not all(re.fullmatch(r"[A-Za-z-]+", x) for x in languages):
        raise BadInput(f"languages is {languages!r}; give the codes of source and target, such as [en, de].")
    if not train:
        raise BadInput(f"The corpus {name} has no training files; give at least one entry for train.")
    pair = (languages[0], languages[1])
    splits: dict[str, tuple[Part, ...]] = {}
    for split, entries in (("train", train), ("dev", dev), ("test", test)):
        if isinstance(entries, str):
            raise BadInput(f"{split} of the corpus {name} is the text {entries!r}; give a list of such entries.")
        if entries:
            splits[split] = tuple(_part_from_entry(entry, pair) for entry in entries)
    return Corpus(name, pair, splits, dict(cleaning or {}))


def _part_from_entry(entry: str, languages: tuple[str, str]) -> Part:
    paths = [Path(path.strip()).expanduser() for path in entry.split(",")]
    if len(paths) > 2 or any(path == Path() for path in paths):
        raise BadInput(f"{entry!r} names no text; give 'source file,target file', or one TSV file.")
    for path in paths:
        if not path.is_file():
            raise BadInput(f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; name a text file.")
    return Tsv(paths[0]) if len(paths) == 1 else LineAligned(paths[0], paths[1], languages)


# --- Presets: each takes its name, the folder of corpora (None if not set) and the cache ---


class _Folder:
    """Finds the files of a preset in the folder of corpora, and says all at once what is missing."""

    def __init__(self, preset: str, folder: Path | None) -> None:
        self.preset, self.folder = preset, folder
        self.missing: list[str] = []

    def find(self, name: str) -> Path | None:
        """The file `name`, also with .gz or .xz at its end, or None."""
        paths = [self.folder / f"{name}{ending}" for ending in ENDINGS] if self.folder else []
        return next((path for path in paths if path.is_file()), None)

    def file(self, name: str) -> Path:
        """The file that `find` finds; noted as missing if there is none."""
        path = self.find(name)
        if path is None:
            self.missing.append(name)
            return Path(name)
        return path

    def aligned(self, stem: str, target: str, rewriting: Rewriting = "none") -> LineAligned:
        """`stem.en` with `stem.<target>`."""
        return LineAligned(self.file(f"{stem}.en"), self.file(f"{stem}.{target}"), ("en", target), rewriting)

    def tsv(self, stem: str) -> Tsv:
        """`stem.tsv`, English first."""
        return Tsv(self.file(f"{stem}.tsv"))

    def test_if_there(self, stem: str) -> dict[str, Tsv]:
        """A test split from `stem.tsv` for corpora that are published without one; empty if there is none."""
        path = self.find(f"{stem}.tsv")
        return {"test": Tsv(path)} if path else {}

    def corpus(self, target: str, train: Sequence[Part], cleaning: Mapping[str, Any], **held_out: Part) -> Corpus:
        """The corpus, if nothing is missing.

        Raises:
            BadInput: names every missing file, and the folder they belong in.
        """
        if self.missing:
            files = ", ".join(self.missing)
            where = str(self.folder) if self.folder else f"a folder and set {DATA_VARIABLE} to that folder"
            raise BadInput(f"The corpus {self.preset} needs files: put {files} (plain, .gz or .xz) into {where}.")
        splits = {"train": tuple(train), **{split: (part,) for split, part in held_out.items()}}
        return Corpus(self.preset, ("en", target), splits, cleaning)


def _multi30k(target: str, rewriting: Rewriting) -> Callable[[str, Path | None, Path], Corpus]:
    def preset(name: str, folder: Path | None, cache: Path) -> Corpus:
        files = _Folder(name, folder)
        train = files.aligned("multi30k/train", target, rewriting)
        dev = files.aligned("multi30k/val", target, rewriting)
        test = files.aligned("multi30k/test_2016_flickr", target, rewriting)
        return files.corpus(target, [train], {}, dev=dev, test=test)

    return preset


def _tatoeba(target: str) -> Callable[[str, Path | None, Path], Corpus]:
    def preset(name: str, folder: Path | None, cache: Path) -> Corpus:
        files = _Folder(name, folder)
        train, dev = files.tsv(f"tatoeba_en_{target}/train"), files.tsv(f"tatoeba_en_{target}/dev")
        return files.corpus(target, [train], {}, dev=dev, **files.test_if_there(f"tatoeba_en_{target}/test"))

    return preset


def _europarl(name: str, folder: Path | None, cache: Path) -> Corpus:
    """The first 20,000 pairs of Europarl v7; newstest2013 and newstest2016 as dev and test, as in `news`."""
    files = _Folder(name, folder)
    train = files.tsv("europarl_en_de/train")
    dev, test = files.aligned("wmt_news/newstest2013", "de"), files.aligned("wmt_news/newstest2016", "de")
    return files.corpus("de", [train], {"max_words": 250}, dev=dev, test=test)


def _news(name: str, folder: Path | None, cache: Path) -> Corpus:
    """All English-German training text of the folder: 274,396 pairs before cleaning."""
    files = _Folder(name, folder)
    train: list[Part] = [
        files.aligned("multi30k/train", "de"),
        *(files.aligned(f"wmt_news/{stem}", "de") for stem in NEWS_TRAINING_SETS),
        files.tsv("europarl_en_de/train"),
        files.aligned("wmt_10k_tok/train", "de", "detokenise"),
        files.tsv("tatoeba_en_de/train"),
        files.tsv("lo_help_en_de/train"),
    ]
    dev, test = files.aligned("wmt_news/newstest2013", "de"), files.aligned("wmt_news/newstest2016", "de")
    return files.corpus("de", train, {"max_words": 250, "max_ratio": 3.0}, dev=dev, test=test)


def _help(target: str) -> Callable[[str, Path | None, Path], Corpus]:
    def preset(name: str, folder: Path | None, cache: Path) -> Corpus:
        files = _Folder(name, folder)
        train, dev, test = (files.tsv(f"lo_help_en_{target}/{split}") for split in ("train", "dev", "test"))
        if not files.missing:  # part of it, such as what `news` reads, would be another corpus under this name
            return files.corpus(target, [train], {}, dev=dev, test=test)
        splits: dict[str, tuple[Part, ...]] = {
            split: (part,) for split, part in libreoffice_help.help_splits(target, cache).items()
        }
        return Corpus(name, ("en", target), splits)

    return preset


def _wmt14(target: str) -> Callable[[str, Path | None, Path], Corpus]:
    def preset(name: str, folder: Path | None, cache: Path) -> Corpus:
        splits: dict[str, tuple[Part, ...]] = {
            split: (part,) for split, part in wmt14.wmt14_splits(target, folder, cache).items()
        }
        return Corpus(name, ("en", target), splits, asdict(wmt14.CLEANING))

    return preset


PRESETS: dict[str, Callable[[str, Path | None, Path], Corpus]] = {
    "multi30k": _multi30k("de", "none"),
    "multi30k-en-fr": _multi30k("fr", "none"),
    "multi30k-anchor": _multi30k("de", "lowercase-tokenise"),
    "help": _help("de"),
    "help-en-fr": _help("fr"),
    "news": _news,
    "europarl": _europarl,
    "tatoeba-en-de": _tatoeba("de"),
    "tatoeba-en-fr": _tatoeba("fr"),
    "wmt14-en-de": _wmt14("de"),
    "wmt14-en-fr": _wmt14("fr"),
}
