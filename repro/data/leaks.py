"""Keeps dev and test lines out of training: memorised answers prove nothing.

A training pair leaks if its source line equals a source line of any held-out split, or its target line a target line.
White space at the ends, runs of white space and case do not count. The rule is strict on purpose: one short line in
dev, such as "Yes.", removes every training pair with that line on the same side. A target that many sources share, such
as a tree without its words, is no leak (`Corpus.answers_repeat`). All splits but `train` are held out. Only 16 bytes of
each held-out line are remembered, so training text of any size is checked as it streams by.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from repro.data.corpus import Corpus


@dataclass(frozen=True)
class HeldOutLines:
    """Digests of all lines of dev and test sets, by side: plain data, fit to be sent to other processes."""

    source: frozenset[bytes]
    target: frozenset[bytes]

    def leak(self, source: str, target: str) -> str | None:
        """The field of `LeakCounts` that a training pair counts under, or None if neither side is held out."""
        in_source, in_target = _digest(source) in self.source, _digest(target) in self.target
        if in_source and in_target:
            return "both_sides"
        return "source" if in_source else "target" if in_target else None


@dataclass
class LeakCounts:
    """Training pairs kept, and pairs that leak by both sides (even of two held-out pairs) or by one."""

    kept: int = 0
    both_sides: int = 0
    source: int = 0
    target: int = 0

    def count(self, leak: str | None) -> None:
        """Count one training pair by what `HeldOutLines.leak` says of it."""
        name = leak or "kept"
        setattr(self, name, getattr(self, name) + 1)

    @property
    def dropped(self) -> int:
        """Training pairs with a held-out line on either side."""
        return self.both_sides + self.source + self.target

    def __add__(self, other: "LeakCounts") -> "LeakCounts":
        """The counts of two stretches of a corpus together."""
        return LeakCounts(
            self.kept + other.kept,
            self.both_sides + other.both_sides,
            self.source + other.source,
            self.target + other.target,
        )

    def __str__(self) -> str:
        """For people: `dropped: 31 in dev or test (11 both sides, 12 source, 8 target)`."""
        text = f"dropped: {self.dropped:,} in dev or test"
        if not self.dropped:
            return text
        return f"{text} ({self.both_sides:,} both sides, {self.source:,} source, {self.target:,} target)"


def held_out_lines(corpus: Corpus) -> HeldOutLines:
    """Read every split but `train` and remember its lines."""
    source, target = set(), set()
    for split in corpus.splits:
        if split == "train":
            continue
        for source_line, target_line in corpus.pairs(split):
            source.add(_digest(source_line))
            if not corpus.answers_repeat:
                target.add(_digest(target_line))
    # A blank line of a test set says nothing; training pairs with an empty side are the cleaning's business.
    return HeldOutLines(frozenset(source - {_digest("")}), frozenset(target - {_digest("")}))


def without_leaks(
    pairs: Iterable[tuple[str, str]], held_out: HeldOutLines, counts: LeakCounts
) -> Iterator[tuple[str, str]]:
    """Yield the training pairs without a held-out line, in order, and count all of them in `counts`."""
    for source, target in pairs:
        leak = held_out.leak(source, target)
        counts.count(leak)
        if leak is None:
            yield source, target


def _digest(line: str) -> bytes:
    """16 bytes for a line without its case and spacing: of a billion lines no two are likely to collide."""
    return hashlib.blake2b(" ".join(line.casefold().split()).encode(), digest_size=16).digest()
