"""What can be wrong with a configuration of a cell. Needs no torch.

task: training                   # training | decoding
size: tiny                       # probe | tiny | base
precision: fp32                  # fp32 | bf16 | int8
mean: 15                         # words a sentence on average
tokens: 1024                     # places a batch on its fuller side
batches: 6                       # different batches; one turn of a contender is all of them, once
turns: 7                         # how often each contender is visited, after a first time that warms up
beam: 4                          # of decoding; 1: greedy
extra: 5                         # of decoding: tokens that a translation is longer than its source
contenders: [ours, plain]        # names of contenders/; the first one is what the others are compared with
settings: [own, project]         # of the others: as their process is, and with this project's process settings
threads: 2
device: cpu                      # cpu | cuda
seed: 1

Of `measure_preparation` (pairs, mean, pieces of the vocabulary, jobs that encode, tokens a batch, seed) and of
`measure_start_up` (records, turns, seed) all are whole numbers above 0.

Of `measure_learning`:

contender: ours                  # ours | plain
corpus: multi30k                 # a preset of `repro prepare --list`
pieces: 8000                     # of the vocabulary
size: tiny                       # as above; its V is that of the vocabulary
P_drop: 0.1
tokens: 1024                     # source and target tokens a batch, about
updates: 1000
every: 50                        # updates between looks at the dev set
warmup: 400
peak_learning_rate: 0.004
threads: 1
seed: 1                          # of weights, batches and dropout
"""

from collections.abc import Mapping
from typing import Any

from ablations import keys
from ablations.throughput.environment import check_folder
from ablations.throughput.peers import LEARNERS, MODULES
from ablations.throughput.workload import LONGEST_SENTENCE, SIZES
from repro.data.corpora import PRESETS
from repro.data.selection import select_corpus
from repro.errors import BadInput

HERE = "ablations/throughput/checking.py"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "task": ("training", "decoding"),
    "size": tuple(SIZES),
    "precision": ("fp32", "bf16", "int8"),
    "device": ("cpu", "cuda"),
}
LISTS: Mapping[str, tuple[str, ...]] = {"contenders": tuple(MODULES), "settings": ("own", "project")}
NUMBERS = ("mean", "tokens", "batches", "turns", "beam", "extra", "threads", "seed")
KEYS = {*CHOICES, *LISTS, *NUMBERS}
PREPARATION = ("pairs", "mean", "pieces", "jobs", "tokens", "seed")
START_UP = ("records", "turns", "seed")
LEARNING_NUMBERS = ("pieces", "tokens", "updates", "every", "warmup", "threads", "seed")
LEARNING = {"contender", "corpus", "size", "P_drop", "peak_learning_rate", *LEARNING_NUMBERS}


def check(config: Mapping[str, Any]) -> None:
    """Look at a whole configuration, and for the other libraries where they are said to be.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    keys.just(config, KEYS, HERE)
    for key, known in CHOICES.items():
        keys.among(key, config[key], known)
    for key, known in LISTS.items():
        keys.some(key, config[key], known)
    for key in NUMBERS:
        keys.whole(key, config[key], least=0 if key == "extra" else 1)
    if config["tokens"] <= LONGEST_SENTENCE:
        raise BadInput(
            f"tokens is {config['tokens']}; the longest sentence has {LONGEST_SENTENCE} words and an end symbol"
        )
    if config["task"] == "training" and config["precision"] == "int8":
        raise BadInput("precision is int8, in which nothing here is trained; choose fp32 or bf16")
    check_folder(config["contenders"])


def check_preparation(config: Mapping[str, Any]) -> None:
    """Look at a configuration of `measure_preparation`.

    Raises:
        BadInput: as `check`.
    """
    keys.just(config, PREPARATION, HERE)
    for key in PREPARATION:
        keys.whole(key, config[key])


def check_start_up(config: Mapping[str, Any]) -> None:
    """Look at a configuration of `measure_start_up`.

    Raises:
        BadInput: as `check`.
    """
    keys.just(config, START_UP, HERE)
    for key in START_UP:
        keys.whole(key, config[key])


def check_learning(config: Mapping[str, Any]) -> None:
    """Look at a configuration of `measure_learning`, and for its corpus, so that not every cell fails without it.

    Raises:
        BadInput: as `check`; also where the corpus is unknown or its files are missing.
    """
    keys.just(config, LEARNING, HERE)
    keys.among("contender", config["contender"], LEARNERS)
    keys.among("corpus", config["corpus"], ("builtin", *PRESETS))
    keys.among("size", config["size"], tuple(SIZES))
    for key in LEARNING_NUMBERS:
        keys.whole(key, config[key])
    keys.number("P_drop", config["P_drop"], below=1)
    keys.number("peak_learning_rate", config["peak_learning_rate"])
    select_corpus(config["corpus"])
