"""Generated parallel text with the lengths and the frequencies of news, of any size, for measuring its preparation.

Words are drawn by Zipf's law from types of random syllables, where rarer types are longer; sentence lengths as in
`workload.py`. The text is meaningless, but costs as much to read, clean and encode as real text.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ablations.throughput.workload import lengths_of_pairs

TYPES = 200_000
"""Types a language, about those of WMT 2014's English that come more than a few times."""

SYLLABLES = [
    consonant + vowel for consonant in "bdfgklmnprstvwz" for vowel in ("a", "e", "i", "o", "u", "ei", "en", "er")
]
CHUNK = 50_000


def write_text(source: Path, target: Path, pairs: int, mean: float, seed: int) -> None:
    """Write two files of which line i of one goes with line i of the other.

    Args:
        source, target: the files.
        pairs: lines in each.
        mean: words a line on average.
        seed: of everything.
    """
    rng = np.random.default_rng(seed)
    languages = [_types(rng), _types(rng)]
    rank = np.arange(1, TYPES + 1)
    cumulative = np.cumsum(1 / (rank + 2.7))  # Zipf's law as Mandelbrot corrected it
    with open(source, "w", encoding="utf-8") as one, open(target, "w", encoding="utf-8") as other:
        for first in range(0, pairs, CHUNK):
            lengths = lengths_of_pairs(rng, mean, min(CHUNK, pairs - first))
            for file, types, counts in zip((one, other), languages, lengths, strict=True):
                drawn = np.searchsorted(cumulative, rng.uniform(0, cumulative[-1], int(counts.sum())))
                words = types[drawn].tolist()
                ends = np.cumsum(counts).tolist()
                starts = [0, *ends[:-1]]
                file.writelines(" ".join(words[a:b]) + ".\n" for a, b in zip(starts, ends, strict=True))


def _types(rng: np.random.Generator) -> NDArray[np.object_]:
    """Words by rank; of equal ones, which syllables make now and then, each counts for itself."""
    counts = (np.log2(np.arange(1, TYPES + 1)) / 5).round().astype(int).clip(1)
    drawn = rng.integers(0, len(SYLLABLES), int(counts.sum())).tolist()
    ends = np.cumsum(counts).tolist()
    starts = [0, *ends[:-1]]
    words = ["".join(SYLLABLES[i] for i in drawn[a:b]) for a, b in zip(starts, ends, strict=True)]
    return np.array(words, dtype=object)
