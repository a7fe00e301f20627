"""The corpus that the `data` section of a configuration names: a preset, generated text, or one's own files."""

from collections.abc import Sequence

from repro.data.builtin import BuiltinSettings, builtin_corpus
from repro.data.corpora import corpus_from_files, find_corpus
from repro.data.corpus import Corpus
from repro.errors import BadInput


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
        BadInput: no such preset, missing files, or settings that contradict each other.
    """
    files = {split: list(given) for split, given in (("train", train), ("dev", dev), ("test", test)) if given}
    if files:
        if languages is None or len(languages) != 2:
            raise BadInput("data.languages must name two languages, such as [en, de], for files of one's own")
        if "train" not in files:
            raise BadInput("data.train is missing; files of one's own need it beside dev and test")
        return corpus_from_files(name, (languages[0], languages[1]), **files)
    if name == "builtin":
        return builtin_corpus(builtin or BuiltinSettings())
    return find_corpus(name)
