"""Cleans training pairs by length, length ratio and copying; every dropped pair is counted.

Only training text is cleaned. A dev or test set is scored whole: a BLEU over 2,737 of newstest2014's 3,003 lines is not
the BLEU of newstest2014.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from repro.errors import BadInput


@dataclass(frozen=True)
class Cleaning:
    """Limits on a pair; every default lets everything through but pairs with an empty side.

    Attributes:
        min_words: fewest words a side (words are separated by white space).
        max_words: most words a side.
        max_characters: most characters a side; catches text without spaces.
        max_ratio: most words of the longer side for each word of the shorter one.
        drop_identical: drop pairs whose sides are the same, which are mostly untranslated.
        drop_duplicates: drop repeated pairs; remembers 16 bytes (about 100 of memory) of every pair kept.
    """

    min_words: int = 1
    max_words: int | None = None
    max_characters: int | None = None
    max_ratio: float | None = None
    drop_identical: bool = False
    drop_duplicates: bool = False

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Cleaning":
        """Cleaning from plain settings, as in `Corpus.cleaning`.

        Raises:
            BadInput: an unknown key, or a limit that no pair can meet.
        """
        known = [field.name for field in fields(cls)]
        for key, value in settings.items():
            if key not in known:
                raise BadInput(f"cleaning has no setting {key!r}; it has {', '.join(known)}")
            if key.startswith("drop_"):
                if not isinstance(value, bool):
                    raise BadInput(f"cleaning: {key} is {value!r}; it must be true or false")
            elif value is None and key != "min_words":
                continue
            elif isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
                raise BadInput(f"cleaning: {key} is {value!r}; it must be a number of at least 1")
        cleaning = cls(**settings)
        if cleaning.max_words is not None and cleaning.max_words < cleaning.min_words:
            raise BadInput(
                f"cleaning: max_words {cleaning.max_words} is below min_words {cleaning.min_words}; raise it"
            )
        return cleaning

    def reason_to_drop(self, source: str, target: str) -> str | None:
        """The field of `CleaningCounts` that a pair falls under, or None to keep it; blind to duplicates."""
        n_source, n_target = len(source.split()), len(target.split())
        shorter, longer = min(n_source, n_target), max(n_source, n_target)
        if shorter == 0:
            return "empty"
        if shorter < self.min_words:
            return "too_short"
        if self.max_words is not None and longer > self.max_words:
            return "too_long"
        if self.max_characters is not None and max(len(source), len(target)) > self.max_characters:
            return "too_long"
        if self.max_ratio is not None and longer > self.max_ratio * shorter:
            return "ratio"
        if self.drop_identical and source.strip() == target.strip():
            return "identical"
        return None


@dataclass
class CleaningCounts:
    """Pairs kept, and pairs dropped by reason: the first that applies, in this order."""

    kept: int = 0
    empty: int = 0
    too_short: int = 0
    too_long: int = 0
    ratio: int = 0
    identical: int = 0
    duplicate: int = 0

    def count(self, reason: str | None) -> None:
        """Count one pair under its reason, or as kept."""
        name = reason or "kept"
        setattr(self, name, getattr(self, name) + 1)

    @property
    def dropped(self) -> int:
        """Pairs dropped for any reason."""
        return sum(asdict(self).values()) - self.kept

    def __add__(self, other: "CleaningCounts") -> "CleaningCounts":
        """The counts of two stretches of a corpus together."""
        return CleaningCounts(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))

    def __str__(self) -> str:
        """For people: `kept 9,990; dropped 10: 7 too long, 3 ratio`."""
        reasons = [
            f"{count:,} {name.replace('_', ' ')}" for name, count in asdict(self).items() if count and name != "kept"
        ]
        return f"kept {self.kept:,}; dropped {self.dropped:,}" + (": " + ", ".join(reasons) if reasons else "")


def clean(pairs: Iterable[tuple[str, str]], cleaning: Cleaning, counts: CleaningCounts) -> Iterator[tuple[str, str]]:
    """Yield the pairs worth keeping, in order, and count all of them in `counts`."""
    seen: set[bytes] = set()
    for source, target in pairs:
        reason = cleaning.reason_to_drop(source, target)
        if reason is None and cleaning.drop_duplicates:
            # A line holds no "\n", so the joined pair stands for no other pair.
            digest = hashlib.blake2b(f"{source}\n{target}".encode(), digest_size=16).digest()
            if digest in seen:
                reason = "duplicate"
            seen.add(digest)
        counts.count(reason)
        if reason is None:
            yield source, target
