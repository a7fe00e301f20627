"""`inspection.json`: every intermediate of one test sentence, as a look into the trained network."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repro.data.vocabulary import Vocabulary
from repro.errors import Taken
from repro.inspection import FILE, inspect_network, write
from repro.models import Transformer
from repro.streams import note

MIN_TOKENS, MAX_TOKENS = 8, 14
"""Tokens that an example should have: enough to see something, few enough to see it at a glance."""


def write_inspection(
    network: Any, vocabulary: Vocabulary, samples: Sequence[tuple[str, str, str]], directory: Path
) -> None:
    """Write the inspection of one of the samples, if the network is a Transformer.

    It is optional: errors are reported on stderr, and the run goes on.

    Args:
        network: in evaluation mode, with its final weights.
        vocabulary: its own.
        samples: source, hypothesis and reference of test sentences.
        directory: the attempt's.

    Raises:
        Taken: another process works on the cell now.
    """
    if not isinstance(network, Transformer) or not samples:
        return
    try:
        sentence = example(vocabulary, [source for source, _, _ in samples])
        write(inspect_network(network.eval(), vocabulary, sentence).content, directory / FILE)
    except Taken:
        raise
    except Exception as error:
        note(f"no {FILE} was left in {directory} ({error}); the run is complete without it")


def example(vocabulary: Vocabulary, sentences: Sequence[str]) -> str:
    """The first sentence of a good length, else the one that is nearest to it."""
    lengths = [len(ids) for ids in vocabulary.encode(list(sentences))]
    off = [max(MIN_TOKENS - length, length - MAX_TOKENS, 0) for length in lengths]
    return sentences[off.index(min(off))]
