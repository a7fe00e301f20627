"""The corpus that the `data` section of a configuration names: a known one, generated text, or the user's own files."""

from collections.abc import Mapping, Sequence
from typing import Any

from repro.data.builtin import BuiltinSettings, builtin_corpus
from repro.data.corpora import CORPORA, corpus_from_files, find_corpus
from repro.data.corpus import Corpus
from repro.errors import BadInput, hint


def configured_corpus(data: Mapping[str, Any]) -> Corpus:
    """The corpus of a `data` section as plain data, as it stands in a configuration file.

    Raises:
        BadInput: as `select_corpus`.
    """
    builtin = data.get("builtin")
    if builtin:
        builtin = BuiltinSettings(**{**builtin, "phenomena": tuple(builtin.get("phenomena") or ())})
    files = {key: data.get(key) for key in ("languages", "train", "dev", "test")}
    return select_corpus(data["corpus"], **files, builtin=builtin)


def check_splits(corpus: Corpus, decoded: Sequence[str], unaveraged: Sequence[str] = ()) -> None:
    """Check that a corpus has a dev set, and the splits that are decoded.

    Args:
        corpus: whose splits.
        decoded: names under `decoding.splits`.
        unaveraged: names under `decoding.unaveraged`. One that is not decoded has no effect, so that a preset may name
            more than a run decodes; but the corpus must have it.

    Raises:
        BadInput: it lacks one, or the training text is to be decoded, which is not kept.
    """
    if "train" in decoded:
        raise BadInput("decoding.splits names train, whose text is not kept; name other splits, such as dev and test")
    for split in unaveraged:
        if split not in (*decoded, *corpus.splits):
            raise BadInput(
                f"decoding.unaveraged names {split!r}, which is not a split of the corpus {corpus.name}; "
                f"{hint(split, list(corpus.splits))}"
            )
    for split in ("dev", *decoded):
        if split not in corpus.splits:
            remedy = "give data.dev" if split == "dev" else f"give data.{split}, or change decoding.splits"
            raise BadInput(
                f"the corpus {corpus.name} has no split {split!r}, only {', '.join(corpus.splits)}; {remedy}"
            )


def select_corpus(
    name: str,
    languages: Sequence[str] | None = None,
    train: Sequence[str] | None = None,
    dev: Sequence[str] | None = None,
    test: Sequence[str] | None = None,
    builtin: BuiltinSettings | None = None,
) -> Corpus:
    """The corpus of these settings; see `TranslationData` for each.

    Raises:
        BadInput: no such corpus, missing files, settings that contradict each other, or other languages than the
            corpus has.
    """
    if train or dev or test:
        if languages is None or len(languages) != 2:
            raise BadInput("languages must be source and target codes, such as en and de, for files of your own")
        if name == "builtin" or name in CORPORA:
            raise BadInput(
                f"corpus is {name}, but files of your own are given; give them another name with --data.corpus"
            )
        if not train:
            raise BadInput("train is missing; files of your own need it in addition to dev and test")
        return corpus_from_files(name, languages, train, dev or (), test or ())
    corpus = builtin_corpus(builtin or BuiltinSettings()) if name == "builtin" else find_corpus(name)
    if languages is not None and tuple(languages) != tuple(corpus.languages):
        raise BadInput(
            f"languages is {', '.join(map(str, languages))}, but the corpus {name} is from {corpus.languages[0]} to "
            f"{corpus.languages[1]}; leave languages out. For the other direction, give files of your own under "
            "another name, the new source first"
        )
    return corpus
