"""Shared by all experiments of a cell: data, trained models, the inspected texts and their adversaries."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ablations.explanation.adversary import Adversaries, Settings, attack
from ablations.explanation.concatenation import concatenate, concatenate_tensors
from ablations.explanation.configuration import Configuration, Source
from ablations.explanation.data import corpora
from ablations.explanation.data.dataset import SPECIALS, SPLITS, Batch, Dataset, Split
from ablations.explanation.data.reviews import ReviewSettings, generate
from ablations.explanation.data.vector_settings import VectorSettings, sha256_of
from ablations.explanation.data.vector_store import made_vectors
from ablations.explanation.data.vectors import read_vectors
from ablations.explanation.importance import gradient, leave_one_out
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.models.transformer import TransformerClassifier
from ablations.explanation.predictions import Predictions, predict
from ablations.explanation.training import History, Objective, Selection, Training, train
from repro.paths import expanded
from repro.progress import progress

T = TypeVar("T")
BATCH_SIZE = 128
"""Texts that are looked into at once."""
SEED_STEP = 1000
"""Seeds of other models are this far apart, so that no cell's base is another's."""


def load(source: Source) -> Dataset:
    """The data of a cell; the same for every seed.

    Raises:
        BadInput: absent or unusable data.
    """
    if source.files is not None:
        files: Any = dict(source.files)  # which splits they name is checked there
        return corpora.from_files(files, max_words=source.max_words or 400)
    if source.data == "reviews":
        return generate(ReviewSettings(**dict(zip(SPLITS, source.sizes, strict=True))))
    return corpora.load(source.data, max_words=source.max_words)


@dataclass(frozen=True)
class StartingVectors:
    """Word vectors that a classifier starts from.

    Attributes:
        tensor: (V, e), of the data's words.
        found: how many of these words have a vector that was not drawn at random.
        manifest: what the vectors were made of; of a finished file, its name and SHA-256.
    """

    tensor: Tensor
    found: int
    manifest: Mapping[str, Any]


def load_vectors(start: str | VectorSettings | None, dataset: Dataset, e: int) -> StartingVectors | None:
    """Vectors of the data's words to start from, made now where they are asked for by what they are made of.

    Raises:
        BadInput: the file cannot be used, or the vectors cannot be made.
    """
    if start is None:
        return None
    if isinstance(start, str):
        path = expanded(start)
        read = read_vectors(path, dataset.vocabulary, e, seed=1)
        return StartingVectors(*read, {"file": path.name, "sha256": sha256_of(path)})
    made = made_vectors(start, needed=dataset.vocabulary.words[len(SPECIALS) :])
    return StartingVectors(*read_vectors(made.path, dataset.vocabulary, e, seed=1), made.manifest)


class Workbench:
    """A cell's model and texts.

    Args:
        config: of the cell.
        dataset: what `load` gives.

    Attributes:
        numbers: of the test texts that are looked into, by length; tensors over texts are in this order. A
            Transformer whose attention is taken head by head has each text once a head.
        trained_adversaries: lambda -> the model that was trained against the base with it.
        predicted_splits: what the cell's model says of the splits that were asked for.
    """

    def __init__(self, config: Configuration, dataset: Dataset) -> None:
        self.config, self.dataset, self.seed = config, dataset, config.seed
        test = dataset.splits["test"]
        wanted = min(config.instances or len(test), len(test))
        # Drawn, since classes may take turns in a file; the same for every seed, so that seeds see the same texts.
        drawn = random.Random(1).sample(range(len(test)), wanted)
        self.numbers = sorted(drawn, key=lambda number: (len(test[number]), number))
        self.trained_adversaries: dict[float, Classifier] = {}
        self.predicted_splits: dict[Split, Predictions] = {}

    # ---- models

    @cached_property
    def vectors(self) -> StartingVectors | None:
        """Word vectors to start from, if the configuration has some."""
        return load_vectors(self.config.starting_vectors, self.dataset, self.config.embedding_width)

    @property
    def training(self) -> Training:
        """As the configuration has it."""
        config = self.config
        return Training(config.epochs, config.patience, config.learning_rate, config.batch_size)

    def classifier(self, seed: int, encoder: str | None = None, attention: str | nn.Module | None = None) -> Classifier:
        """An untrained classifier, as configured but for what is given."""
        config = self.config
        return Classifier(
            len(self.dataset.vocabulary),
            len(self.dataset.classes),
            encoder or config.encoder,
            config.attention if attention is None else attention,
            config.embedding_width,
            config.hidden_width,
            seed,
            self.dataset.has_questions,
            None if self.vectors is None else self.vectors.tensor,
        )

    @cached_property
    def trained(self) -> tuple[nn.Module, History]:
        """The cell's model, and how its training went."""
        config = self.config
        model: nn.Module
        if config.encoder == "transformer":
            V, classes, m = len(self.dataset.vocabulary), len(self.dataset.classes), config.hidden_width
            model = TransformerClassifier(V, classes, self.seed, config.N, m, 2 * m, config.h)
        else:
            model = self.classifier(self.seed)
        return model, train(model, self.dataset, self.training, self.seed)

    @cached_property
    def views(self) -> list[Any]:
        """The model once for each attention that is taken from it: a Transformer's heads one by one, else one."""
        model, reading = self.trained[0], self.config.attention
        if not isinstance(model, TransformerClassifier):
            return [model]
        readings: Sequence[Any] = range(model.h) if reading == "class" else [reading]
        views = [copy.copy(model) for _ in readings]
        for view, own_reading in zip(views, readings, strict=True):
            view.reading = own_reading
        return views

    def predictions(self, split: Split) -> Predictions:
        """Of the cell's model, on a whole split; worked out once."""
        if split not in self.predicted_splits:
            self.predicted_splits[split] = predict(self.views[0], self.dataset, split)
        return self.predicted_splits[split]

    def other(
        self,
        seed: int,
        attention: str | nn.Module | None = None,
        encoder: str | None = None,
        training: Training | None = None,
        objective: Objective | None = None,
        selection: Selection | None = None,
        label: str = "training another model",
    ) -> Classifier:
        """A further trained classifier."""
        model = self.classifier(seed, encoder, attention)
        train(model, self.dataset, training or self.training, seed, objective, selection, label)
        return model

    @cached_property
    def others(self) -> list[Classifier]:
        """The same model of other seeds, trained alike."""
        count = self.config.other_seeds
        return [
            self.other(self.seed + SEED_STEP * number, label=f"training with other seed {number} of {count}")
            for number in range(1, count + 1)
        ]

    # ---- the texts that are looked into

    @cached_property
    def batches(self) -> list[Batch]:
        """The texts, of like length together."""
        return list(self._batches())

    def _batches(self) -> Iterator[Batch]:
        for start in range(0, len(self.numbers), BATCH_SIZE):
            yield self.dataset.batch("test", self.numbers[start : start + BATCH_SIZE])

    def results(self, look: Callable[[Any, Batch], T], label: str) -> T:
        """One result, a dataclass, of looking at every text under every view; progress is shown under the label."""
        asked = [(view, batch) for view in self.views for batch in self.batches]
        return concatenate([look(view, batch) for view, batch in progress(asked, label, len(asked), "batches")])

    def tensor(self, look: Callable[[Any, Batch], Tensor], label: str | None = None) -> Tensor:
        """The same for a tensor, which does not depend on the view and is worked out once; None: without progress."""
        batches = self.batches if label is None else progress(self.batches, label, len(self.batches), "batches")
        once = [look(self.views[0], batch) for batch in batches]
        return concatenate_tensors(once * len(self.views))

    @cached_property
    def attention(self) -> Tensor:
        """(B, n) weights of every text under every view."""
        with torch.no_grad():
            return concatenate_tensors([view(batch)[1] for view in self.views for batch in self.batches])

    @cached_property
    def predicted(self) -> Tensor:
        """(B) classes."""
        with torch.no_grad():
            return self.tensor(lambda model, batch: model(batch)[0].argmax(dim=1))

    @cached_property
    def where(self) -> Tensor:
        """(B, n) boolean: the words."""
        return self.tensor(lambda _, batch: batch.attendable)

    @cached_property
    def index(self) -> Tensor:
        """(B) numbers in the test split."""
        return self.tensor(lambda _, batch: batch.index)

    @cached_property
    def gradient(self) -> Tensor:
        """(B, n), the first paper's; with the last layer's attention held fixed it is the same under every view."""
        return self.tensor(gradient, "gradients")

    @cached_property
    def leave_one_out(self) -> Tensor:
        """(B, n)."""
        return self.tensor(leave_one_out, "leaving words out")

    @cached_property
    def adversaries(self) -> Adversaries:
        """Of every text under every view."""
        config = self.config
        settings = Settings(k=config.adversaries, steps=config.adversary_steps, lr=config.adversary_rate)
        return self.results(lambda model, batch: attack(model, batch, settings, self.seed), "searching for adversaries")
