"""The configuration of a cell of the grid `explanation`, with its checks. Needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from ablations.explanation.data.vector_settings import VectorSettings, sha256_of
from repro.dataclass_config import Count, Key, Natural, NotNegative, OneOf, Positive, Whole
from repro.errors import BadInput
from repro.paths import expanded

Data = Literal["reviews", "sst2", "imdb", "newsgroups", "ag_news", "babi1", "babi2"]
Encoder = Literal["bilstm", "average", "convolution", "mlp", "transformer"]
Experiment = Literal[
    "correlation",
    "permutation",
    "adversary",
    "reordering",
    "evidence",
    "uniform",
    "seeds",
    "adversarial",
    "guides",
    "definitions",
]

ATTENTIONS = ("additive", "dot", "uniform")
READINGS = ("class", "mean", "norm", "rollout")
EXPERIMENTS: tuple[Experiment, ...] = get_args(Experiment)
"""In the order in which they run: later ones use what earlier ones made."""

OF_A_CLASSIFIER = ("uniform", "seeds", "adversarial", "guides")
"""The second paper's experiments, which exchange a classifier's attention or train it anew several times."""


def _listed(key: str, value: Any) -> None:
    if not isinstance(value, list):
        raise BadInput(f"{key} is {value!r}; it must list some of {', '.join(EXPERIMENTS)}, or none: []")


def _of_three_splits(key: str, value: Any) -> None:
    if isinstance(value, list) and len(value) != 3:
        raise BadInput(f"{key} has {len(value)} entries; it needs three, for train, dev and test")


def _path_or_settings(key: str, value: Any) -> None:
    if value is not None and not isinstance(value, str | Mapping):
        made = "what to make vectors of, such as {text: imdb, e: 300}"
        raise BadInput(f"{key} is {value!r}; it must be a file of vectors, {made}, or null")


def _named_splits(key: str, value: Any) -> None:
    if value is not None and not isinstance(value, dict):
        raise BadInput(f"{key} is {value!r}; it must give train, test and, if there is one, dev")


def _digests(key: str, value: Any) -> None:
    if value is not None and not isinstance(value, dict):
        raise BadInput(f"{key} is {value!r}; it must map splits to the SHA-256 of their files, or be left out")


@dataclass(frozen=True)
class Source:
    """Which texts a cell reads; as `Configuration` has them.

    Attributes:
        data, max_words, sizes: as there.
        files: split and name of each file, or None.
    """

    data: str
    files: tuple[tuple[str, str], ...] | None
    max_words: int | None
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Configuration:
    """A model, its data, and the experiments that are made on it.

    Attributes:
        data: generated reviews, or one of the papers' data sets.
        files: your own files in place of it: {train: a.tsv, dev: b.tsv, test: c.tsv}, or null.
        max_words: key `longest`. Longer texts are left out; null: the data set's own limit. Reviews have none.
        vectors: word vectors that a classifier starts from: a file, or what they are made of, see `VectorSettings`;
            null: it starts at random.
        sizes: how many reviews are generated for train, dev and test.
        seed: of parameters, order of batches and all else that is random, but not of the data.
        experiments: those that are made, in any order.
        encoder: which model.
        attention: additive, dot or uniform; for a Transformer, how its attention is read: class, mean, norm or
            rollout.
        embedding_width: key `e`. Not of a Transformer, whose embeddings are as wide as its hidden states.
        hidden_width: key `m`. Width of hidden states.
        N: layers of a Transformer.
        h: heads of a Transformer.
        epochs: of training, at most.
        patience: training ends after so many epochs without a better one.
        learning_rate: key `rate`. Adam's, in training.
        batch_size: key `size`. Texts in a batch, at most.
        instances: how many test texts are looked into, drawn once for all seeds; null: all.
        permutations: of each of these texts.
        adversaries: attentions that are searched for each of these texts.
        adversary_steps: key `steps`. Adam's steps in that search.
        adversary_rate: key `step_rate`. Adam's learning rate in that search.
        other_seeds: how many models of other seeds the base is compared with.
        guide_epochs: of the token-wise networks.
        guide_rate: their learning rate.
        lambdas: of the trained adversaries that make up the curve.
        curve_seeds: the seeds that have the whole curve; others have `guide_lambda` alone.
        guide_lambda: of the trained adversary whose weights guide, in cells without the curve; of the curve, any may.
        adversarial_epochs: of each trained adversary.
        examples: how many texts are kept with all their attentions.
        threads: of the cell.
        files_sha256: split -> the SHA-256 of its file, which a cell's identity holds in place of the path; a grid that
            is read adds it.
    """

    data: Data
    files: Annotated[Mapping[str, str] | None, _named_splits]
    max_words: Annotated[Count | None, Key("longest")]
    vectors: Annotated[str | Mapping[str, Any] | None, _path_or_settings]
    sizes: Annotated[tuple[Annotated[int, Whole(2)], ...], _of_three_splits]
    seed: Natural
    experiments: Annotated[tuple[Experiment, ...], _listed]
    encoder: Encoder
    attention: str
    embedding_width: Annotated[Count, Key("e")]
    hidden_width: Annotated[Count, Key("m")]
    N: Count
    h: Count
    epochs: Count
    patience: Count
    learning_rate: Annotated[Positive, Key("rate")]
    batch_size: Annotated[Count, Key("size")]
    instances: Count | None
    permutations: Count
    adversaries: Count
    adversary_steps: Annotated[Count, Key("steps")]
    adversary_rate: Annotated[Positive, Key("step_rate")]
    other_seeds: Count
    guide_epochs: Count
    guide_rate: Positive
    lambdas: tuple[NotNegative, ...]
    curve_seeds: tuple[Natural, ...]
    guide_lambda: NotNegative
    adversarial_epochs: Count
    examples: Natural
    threads: Count
    files_sha256: Annotated[Mapping[str, str] | None, _digests] = None

    def __post_init__(self) -> None:
        OneOf(READINGS if self.encoder == "transformer" else ATTENTIONS)("attention", self.attention)
        self._check_experiments()
        self._check_files()
        divisor = {"convolution": 4, "transformer": self.h}.get(self.encoder, 2)
        if self.hidden_width % divisor:
            raise BadInput(f"m is {self.hidden_width}; for {self.encoder} it must be a multiple of {divisor}")

    @property
    def source(self) -> Source:
        """Which texts it reads."""
        files = None if self.files is None else tuple(self.files.items())
        return Source(self.data, files, self.max_words, self.sizes)

    @property
    def starting_vectors(self) -> str | VectorSettings | None:
        """The file of word vectors to start from, or the settings to make them; None: there are none."""
        return VectorSettings.read(self.vectors) if isinstance(self.vectors, Mapping) else self.vectors

    def _check_experiments(self) -> None:
        for name in self.experiments:
            if name in OF_A_CLASSIFIER and self.encoder == "transformer":
                raise BadInput(f"experiments has {name}, which does not work with a Transformer; leave it out")
        if "guides" in self.experiments and "adversarial" not in self.experiments:
            raise BadInput(
                "experiments has guides without adversarial, whose model is one of the guides; add adversarial"
            )
        if {"seeds", "guides"} & set(self.experiments) and self.data.startswith("babi"):
            raise BadInput(
                "experiments has seeds or guides, which the papers run only on texts without questions; leave them out"
            )

    def _check_files(self) -> None:
        for split, name in self.files.items() if self.files else ():
            _check_file("files", name)
            digest = (self.files_sha256 or {}).get(split)
            if digest is not None and digest != sha256_of(expanded(name)):
                raise BadInput(
                    f"{name} has changed since this cell was planned; restore the file, or run the grid again, which "
                    "plans new cells"
                )
        if self.files is None and self.data == "reviews" and self.max_words is not None:
            raise BadInput(
                "longest is set, but built-in reviews have no limit; set `longest: null`, or choose other data"
            )
        if self.vectors is not None:
            if self.encoder == "transformer":
                raise BadInput("vectors is set, but a Transformer starts from none; set `vectors: null` in that row")
            self._check_vectors()

    def _check_vectors(self) -> None:
        start = self.starting_vectors
        if isinstance(start, str):
            _check_file("vectors", start)
        elif start is not None:
            start.check_text()
            if start.width != self.embedding_width:
                raise BadInput(
                    f"vectors.e is {start.width} and the model's e is {self.embedding_width}; set both to one number"
                )


def _check_file(key: str, name: str) -> None:
    path = expanded(str(name))
    if not path.is_file():
        problem = "is a folder; name a file in it" if path.exists() else "does not exist; check its name"
        raise BadInput(f"{key} names {name}, which {problem}")
