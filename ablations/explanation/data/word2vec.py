"""Word vectors learnt from text by gensim's word2vec, the same each time: one thread, one seed, words in a fixed order.

They are the same on machines whose processors and versions of gensim, NumPy and SciPy are alike.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ablations.explanation.data.vector_settings import VectorSettings
from repro.errors import BadInput
from repro.progress import Progress

FIXED: Mapping[str, Any] = {
    "sg": 1,
    "hs": 0,
    "negative": 5,
    "sample": 1e-3,
    "alpha": 0.025,
    "min_alpha": 1e-4,
    "seed": 1,
}
"""Fixed arguments, by gensim's names: skip-gram, 5 negative samples; subsampling and rates are word2vec's."""
MOST_WORDS = 10_000
"""Most words of a text that gensim takes at once; it would drop the rest."""
PACKAGES = ("gensim", "numpy", "scipy")
"""Packages whose versions may change a vector's last digits."""

Text = Sequence[str]


def check_installed() -> None:
    """Check that gensim is there.

    Raises:
        BadInput: it is not.
    """
    if find_spec("gensim") is None:
        raise BadInput(
            "word vectors are made by gensim, which is not installed; pip install -e '.[vectors]' in the checkout"
        )


def frequent_words(texts: Iterable[Text], min_count: int) -> dict[str, int]:
    """Words that occur at least `min_count` times -> how often; frequent ones first, equals by the alphabet."""
    counts = Counter(word for text in texts for word in text)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return {word: counts[word] for word in ranked if counts[word] >= min_count}


def learn(texts: Sequence[Text], words: Mapping[str, int], settings: VectorSettings) -> NDArray[np.float32]:
    """Vectors of words, by skip-gram with negative sampling.

    Args:
        texts: each a sequence of words.
        words: those that get a vector -> how often they occur.
        settings: width, window and epochs.

    Returns:
        (V, e), in the order of `words`.
    """
    from gensim.models import Word2Vec

    pieces = [text[start : start + MOST_WORDS] for text in texts for start in range(0, len(text), MOST_WORDS)]
    model = Word2Vec(
        vector_size=settings.width,
        window=settings.window,
        min_count=1,  # those of fewer are left out already
        sorted_vocab=0,  # gensim's own order of equally frequent words is NumPy's choice
        workers=1,
        **FIXED,
    )
    model.build_vocab_from_freq(dict(words), corpus_count=len(pieces))
    with Progress("learning word vectors", len(pieces) * settings.epochs, "texts") as counter:
        model.train(_Passes(pieces, settings.epochs, counter), total_examples=len(pieces), epochs=settings.epochs)
    vectors: NDArray[np.float32] = model.wv.vectors
    return vectors


class _Passes:
    """The texts, as often as there are epochs, with progress; gensim's own thread reads them, a little ahead."""

    def __init__(self, texts: Sequence[Text], epochs: int, counter: Progress) -> None:
        self._texts, self._epochs, self._counter, self._epoch = texts, epochs, counter, 0

    def __iter__(self) -> Iterator[Text]:
        self._epoch += 1
        for text in self._texts:
            yield text
            self._counter.advance(note=f"epoch {self._epoch} of {self._epochs}")
