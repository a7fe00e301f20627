"""NLTK's sample of the Penn Treebank: 3,914 sentences of 199 files, as sentences and their trees (section 6.3).

The treebank is (C) 1995 Linguistic Data Consortium. Nothing of its text is part of this project, and none is published
with records.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.data.corpus import Corpus
from repro.data.parsed import TREES, pair, parts_of_speech
from repro.data.text import file_identity, lines
from repro.errors import BadInput
from repro.trees.brackets import read_tree
from repro.trees.tree import Constituent
from repro.trees.usual_rules import by_usual_rules

VERSION = 1
"""Of what is done to the trees: raised whenever the same file gives other lines."""
FILES = {"train": (1, 159), "dev": (160, 179), "test": (180, 199)}
"""Split -> numbers of its first and last file."""


@dataclass(frozen=True)
class TreebankPart:
    """The sentences of one split.

    Attributes:
        path: lines of `wsj_0001.mrg<TAB>tree`, plain or compressed.
        split: a key of FILES.
    """

    path: Path
    split: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield sentences, cut as in the treebank, and their linearised trees.

        Raises:
            BadInput: a line of another form, with its number.
        """
        yield from map(pair, self.trees())

    def trees(self) -> Iterator[Constituent]:
        """Yield the trees by the usual rules.

        Raises:
            BadInput: as `pairs`.
        """
        first, last = FILES[self.split]
        for number, line in enumerate(lines(self.path), 1):
            name, tab, text = line.partition("\t")
            file = re.search(r"wsj_(\d+)", name)
            if not tab or file is None:
                raise BadInput(f"{self.path}, line {number}, must be wsj_0001 to wsj_0199, a tab and a tree")
            if first <= int(file[1]) <= last:
                tree = by_usual_rules(read_tree(text, str(self.path), number))
                if tree is not None:
                    yield tree

    def identity(self) -> dict[str, Any]:
        """The file and what is made of it."""
        return {"treebank": file_identity(self.path), "files": list(FILES[self.split]), "version": VERSION}


class _Tags(Mapping[str, tuple[dict[str, Any], ...]]):
    """The parts of speech of dev and test, read when asked for."""

    def __init__(self, parts: Mapping[str, TreebankPart]) -> None:
        self._parts = parts

    def __getitem__(self, split: str) -> tuple[dict[str, Any], ...]:
        return tuple(
            {"phenomena": [], "dependencies": [], "parts_of_speech": parts_of_speech(tree)}
            for tree in self._parts[split].trees()
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def treebank_corpus(name: str, path: Path) -> Corpus:
    """The sample as a corpus, split by file."""
    parts = {split: TreebankPart(path, split) for split in FILES}
    return Corpus(
        name,
        ("en", TREES),
        {split: (part,) for split, part in parts.items()},
        tags=_Tags({split: parts[split] for split in ("dev", "test")}),
        answers_repeat=True,
    )
