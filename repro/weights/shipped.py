"""The small models that come with the package, so that a sentence can be translated before anything is trained.

`builtin` is the main job's Transformer at the scale builtin, and `help` one of real English, made by

    repro fit --config model/mini --config data/builtin --config trainer/builtin --out runs/mini
    python -m repro.cli.shipping runs/mini

    repro fit --config model/mini --config data/help --config trainer/cpu-hour --data.vocabulary.size 4000 \
        --model.network.init_args.P_drop 0.1 --threads 1 --trainer.max_time null --trainer.max_steps 8000 \
        --checkpoints.milestone_minutes [] --wandb.mode disabled --out runs/mini-help
    python -m repro.cli.shipping runs/mini-help --try "Click the button to insert a table." \
        --try "The selected cell contains a formula." --try "Opens a dialog where you can choose a color."

The last command of each writes `shipped_models/NAME/`: the averaged weights, the record of the run, and a description
of the model for its users (`about.json`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from repro import json_file
from repro.cell_directory import AVERAGED
from repro.errors import BadInput

FOLDER = Path(__file__).parent / "shipped_models"
FIRST = "builtin"
"""The model where nothing speaks for another."""

WEIGHTS, ABOUT = AVERAGED, "about.json"
PUNCTUATION = ".,;:!?\"'()"


@dataclass(frozen=True)
class ShippedModel:
    """A shipped model, with a description for its users.

    Attributes:
        name: that of the corpus, by which `--checkpoint` and `repro.load` take it.
        weights: the file.
        text: what it was trained on, in words.
        quality: how well it translates sentences that it never saw, in a sentence.
        sentences: some to try.
        words: all words of its training text, in lower case.
    """

    name: str
    weights: Path
    text: str
    quality: str
    sentences: Sequence[str]
    words: frozenset[str]

    def described(self) -> str:
        """In a few sentences, with some to try."""
        return (
            f"the model {self.name}, which comes with the package, was trained only on {self.text}. "
            f"{self.quality} Try: {' | '.join(self.sentences)}"
        )

    def unknown_words(self, sentence: str) -> list[str]:
        """The words of a sentence that its training text did not have, in order, each once."""
        words = [word.strip(PUNCTUATION) for word in sentence.split()]
        return list(dict.fromkeys(word for word in words if word and word.lower() not in self.words))


def shipped_names() -> list[str]:
    """The models that are there, the first choice first."""
    names = sorted(path.name for path in FOLDER.iterdir() if (path / ABOUT).is_file()) if FOLDER.is_dir() else []
    return sorted(names, key=lambda name: name != FIRST)


def shipped_model(name: str = FIRST) -> ShippedModel:
    """The model of a name, or why it cannot be used.

    Raises:
        BadInput: it is not there, as in a checkout whose large files were left out, or it is damaged.
    """
    folder = FOLDER / name
    try:
        about = json_file.read_json(folder / ABOUT)
        model = ShippedModel(
            name,
            folder / WEIGHTS,
            str(about["text"]),
            str(about["quality"]),
            [str(sentence) for sentence in about["sentences"]],
            frozenset(map(str, about["words"])),
        )
    except (OSError, json_file.NotReadable, KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"the model {name} that comes with the package cannot be read ({error}); give --checkpoint"
        ) from error
    if not model.weights.is_file():
        raise BadInput(f"the weights of the model {name} that comes with the package are missing; give --checkpoint")
    return model


def model_for(sentence: str) -> ShippedModel:
    """The model that knows most words of a sentence; of several, the first.

    Raises:
        BadInput: as `shipped_model`.
    """
    models = [shipped_model(name) for name in shipped_names()] or [shipped_model()]
    return min(models, key=lambda model: len(model.unknown_words(sentence)))
