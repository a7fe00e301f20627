"""The small model that comes with the package, so that a sentence can be translated before anything is trained.

It is the main job's Transformer at the scale builtin, made by

    repro fit --config model/mini --config data/builtin --config trainer/builtin --out runs/mini
    python -m repro.cli.shipping runs/mini

The second command writes `shipped_model/`: the averaged weights, the record of the run, and what people should know of
the model (`about.json`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from repro import json_file
from repro.errors import BadInput

FOLDER = Path(__file__).parent / "shipped_model"
WEIGHTS, ABOUT = "averaged.ckpt", "about.json"
PUNCTUATION = ".,;:!?\"'()"


@dataclass(frozen=True)
class ShippedModel:
    """What people should know of it.

    Attributes:
        weights: the file.
        exact_match: percent of test sentences that it translates exactly.
        tested_on: how many sentences that was.
        sentences: some of its test sentences, which it translates exactly.
        words: all words of its training text, in lower case.
    """

    weights: Path
    exact_match: float
    tested_on: int
    sentences: Sequence[str]
    words: frozenset[str]

    def described(self) -> str:
        """In one sentence, with sentences to try."""
        examples = " | ".join(self.sentences)
        return (
            "the model that comes with the package knows generated sentences alone. "
            f"It translates {self.exact_match:g}% of {self.tested_on:,} new ones exactly. Try: {examples}"
        )

    def unknown_words(self, sentence: str) -> list[str]:
        """The words of a sentence that its training text did not have, in order, each once."""
        words = [word.strip(PUNCTUATION) for word in sentence.split()]
        return list(dict.fromkeys(word for word in words if word and word.lower() not in self.words))


def shipped_model() -> ShippedModel:
    """The model, or why it cannot be used.

    Raises:
        BadInput: it is not there, as in a checkout whose large files were left out, or it is damaged.
    """
    try:
        about = json_file.read_json(FOLDER / ABOUT)
        model = ShippedModel(
            FOLDER / WEIGHTS,
            float(about["exact_match"]),
            int(about["tested_on"]),
            [str(sentence) for sentence in about["sentences"]],
            frozenset(map(str, about["words"])),
        )
    except (OSError, json_file.NotReadable, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"the model that comes with the package cannot be read ({error}); give --checkpoint") from error
    if not model.weights.is_file():
        raise BadInput("the weights that come with the package are not there; give --checkpoint")
    return model
