"""A corpus: named splits of aligned sentence pairs, read lazily from any source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Part(Protocol):
    """One source of aligned sentence pairs: two files, a TSV, a generator."""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield (source, target) lines in order, raw, without line ends. Reading again starts anew.

        Raises:
            BadInput: unequal line counts, an empty file, invalid UTF-8 (with its line number), a missing file.
        """
        ...

    def identity(self) -> dict[str, Any]:
        """Plain data that decides the pairs: file names with size and sha256, or a generator's settings."""
        ...


@dataclass(frozen=True)
class Corpus:
    """Parallel text: for each split the parts that make it up, in order.

    Attributes:
        name: used in paths and manifests: letters, digits, `-` and `_`.
        languages: source and target language codes, such as ("en", "de").
        splits: "train", "dev", "test" and any further test sets, each a tuple of parts.
        cleaning: plain settings of the cleaning already chosen for this corpus (see `cleaning.py`).
        tags: for some splits one dictionary a pair: phenomena and dependency distances of generated text, the parts of
            speech of parsed one.
        answers_repeat: whether different sources often share a target, as sentences may share a tree. If so, a target
            shared with a held-out split is no leak.
    """

    name: str
    languages: tuple[str, str]
    splits: Mapping[str, tuple[Part, ...]]
    cleaning: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    answers_repeat: bool = False

    def pairs(self, split: str) -> Iterator[tuple[str, str]]:
        """Yield the (source, target) pairs of all parts of a split."""
        for part in self.splits[split]:
            yield from part.pairs()
