"""The configurations of the cells that measure speed, one per grid, with their checks. Needs no torch."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from ablations.throughput.peers import LEARNERS, MODULES
from ablations.throughput.workload import LONGEST_SENTENCE, SIZES
from repro.data.corpora import CORPORA
from repro.dataclass_config import Count, Key, Natural, NotNegative, Number, OneOf, SomeOf
from repro.errors import BadInput

Settings = Literal["own", "project"]
SizeName = Annotated[str, OneOf(tuple(SIZES))]


@dataclass(frozen=True)
class Throughput:
    """Of the grid `throughput`: peers at one task, in turns.

    Attributes:
        task: what is timed.
        size: of the model, with its vocabulary.
        precision: of the products; nothing is trained in int8.
        mean_words: key `mean`. Words in a sentence on average.
        tokens: places in a batch on its fuller side.
        batches: how many different ones; one turn of a peer is all of them, once.
        turns: how often each peer is visited, after a first time that warms up.
        beam: of decoding; 1: greedy.
        extra_tokens: key `extra`. Of decoding: tokens that a translation is longer than its source.
        peers: key `contenders`. Names of peers/; the others are compared with the first one.
        settings: of the others: as their process is, and with this project's process settings.
        threads: of each process.
        device: where the peers work.
        seed: of batches and weights.
    """

    task: Literal["training", "decoding"]
    size: SizeName
    precision: Literal["fp32", "bf16", "int8"]
    mean_words: Annotated[Count, Key("mean")]
    tokens: Count
    batches: Count
    turns: Count
    beam: Count
    extra_tokens: Annotated[Natural, Key("extra")]
    peers: Annotated[tuple[str, ...], Key("contenders"), SomeOf(tuple(MODULES))]
    settings: Annotated[tuple[Settings, ...], SomeOf(get_args(Settings))]
    threads: Count
    device: Literal["cpu", "cuda"]
    seed: Count

    def __post_init__(self) -> None:
        _refuse_short_batches(self.tokens)
        if self.task == "training" and self.precision == "int8":
            raise BadInput("precision is int8, which is not for training; choose fp32 or bf16")


@dataclass(frozen=True)
class StepProfile:
    """Of the grid `profile`: updates under torch's profiler.

    Attributes:
        size: of the model, with its vocabulary.
        precision: of the products.
        mean_words: key `mean`. Words in a sentence on average.
        tokens: places in a batch on its fuller side.
        batches: how many different ones.
        turns: how often all of them are trained on, after a first time that warms up.
        threads: of the process.
        seed: of batches and weights.
    """

    size: SizeName
    precision: Literal["fp32", "bf16"]
    mean_words: Annotated[Count, Key("mean")]
    tokens: Count
    batches: Count
    turns: Count
    threads: Count
    seed: Count

    def __post_init__(self) -> None:
        _refuse_short_batches(self.tokens)


@dataclass(frozen=True)
class Preparation:
    """Of the grid `preparation`: a corpus of generated text.

    Attributes:
        pairs: how many sentence pairs it has.
        mean_words: key `mean`. Words in a sentence on average.
        pieces: of the vocabulary.
        jobs: processes that encode.
        tokens: in a batch of the plan.
        seed: of the text and of the plan.
    """

    pairs: Count
    mean_words: Annotated[Count, Key("mean")]
    pieces: Count
    jobs: Count
    tokens: Count
    seed: Count


@dataclass(frozen=True)
class StartUp:
    """Of the grid `startup`: commands that compute nothing.

    Attributes:
        records: how many lie there.
        turns: how often each command is run, after a first time that warms up.
        seed: of nothing; every cell has one.
    """

    records: Count
    turns: Count
    seed: Count


@dataclass(frozen=True)
class Learning:
    """Of the grids `learning` and `learning-exact`: the learning curve of one peer.

    Attributes:
        peer: key `contender`. Which one learns.
        corpus: a preset of `repro prepare --list`.
        pieces: of the vocabulary.
        size: of the model, but for its vocabulary.
        P_drop: dropout.
        tokens: source and target tokens in a batch, about.
        updates: how many are made.
        every: updates between looks at the dev set.
        warmup: updates of rising learning rate.
        peak_learning_rate: the highest one.
        threads: of the cell.
        seed: of weights, batches and dropout.
    """

    peer: Annotated[str, Key("contender"), OneOf(LEARNERS)]
    corpus: Annotated[str, OneOf(("builtin", *CORPORA))]
    pieces: Count
    size: SizeName
    P_drop: Annotated[float, Number(below=1)]
    tokens: Count
    updates: Count
    every: Count
    warmup: Count
    peak_learning_rate: NotNegative
    threads: Count
    seed: Count


def _refuse_short_batches(tokens: int) -> None:
    if tokens <= LONGEST_SENTENCE:
        raise BadInput(f"tokens is {tokens}; the longest sentence has {LONGEST_SENTENCE} words and an end symbol")
