"""Word vectors from a file, in word2vec's or GloVe's text format, plain, gzip or xz.

One word a line, then its numbers, parted by blanks; word2vec's files have a first line with two counts. A word may hold
blanks itself, as some of GloVe's do; none of a vocabulary does.
"""

from pathlib import Path

import torch
from torch import Tensor

from ablations.explanation.data.dataset import Vocabulary
from repro.data.text import lines
from repro.errors import BadInput

LARGEST = torch.finfo(torch.float32).max


def read_vectors(path: Path, vocabulary: Vocabulary, e: int, seed: int) -> tuple[Tensor, int]:
    """Vectors for a vocabulary; a word that the file lacks starts at random, with the spread of those it has.

    Args:
        path: the file.
        vocabulary: whose words are looked for.
        e: the width that the model has.
        seed: of the random ones.

    Returns:
        (V, e), and how many words were found.

    Raises:
        BadInput: the file has another width, a line that is no vector, or none of the words.
    """
    known = set(vocabulary.words)
    of_word: dict[str, list[float]] = {}
    for number, line in enumerate(lines(path), start=1):
        word, *numbers = line.rstrip(" ").split(" ")
        if number == 1 and len(numbers) == 1 and word.isdecimal() and numbers[0].isdecimal():
            _same_width(path, int(numbers[0]), e)
            continue
        if number == 1:
            _same_width(path, len(numbers), e)
        if word not in known or len(numbers) > e:  # as good as all lines of a big file; the latter: of several words
            continue
        _same_width(path, len(numbers), e, number)
        try:
            vector = [float(component) for component in numbers]
        except ValueError:
            raise BadInput(f"{path}, line {number}: {word!r} is followed by something that is not a number") from None
        if not all(abs(component) <= LARGEST for component in vector):
            raise BadInput(f"{path}, line {number}: a number of {word!r} is not finite; remove the line, or correct it")
        of_word[word] = vector
    if not of_word:
        raise BadInput(f"{path} has none of the {len(known):,} words; give vectors of the same language and case")
    vectors = torch.zeros(len(vocabulary), e)
    places = vocabulary.ids(of_word)
    vectors[places] = torch.tensor(list(of_word.values()))
    missing = torch.ones(len(vocabulary), dtype=torch.bool)
    missing[places] = False
    spread = vectors[places].std() if len(places) > 1 else torch.tensor(1.0)
    drawn = torch.randn(int(missing.sum()), e, generator=torch.Generator().manual_seed(seed))
    vectors[missing] = drawn * spread
    return vectors, len(of_word)


def _same_width(path: Path, width: int, e: int, line: int | None = None) -> None:
    if width != e:
        where = f"{path}, line {line}" if line else f"{path}"
        raise BadInput(f"{where}: vectors have {width} numbers, but the model has e = {e}; set e to {width}")
