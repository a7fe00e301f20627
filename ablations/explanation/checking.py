"""What can be wrong with a configuration of a cell. Needs no torch.

data: reviews                # reviews, or a data set of data/corpora.py
files: null                  # files of one's own in place of it: {train: a.tsv, dev: b.tsv, test: c.tsv}
longest: null                # words of the longest text that is kept, but for reviews; null: the data set's own limit
vectors: null                # a file of word vectors to start from, but for a Transformer; null: at random
sizes: [2000, 300, 400]      # of train, dev and test of the built-in reviews
seed: 1                      # of parameters, order of batches and all else that is random, but not of the data
experiments: [correlation]   # see EXPERIMENTS
encoder: bilstm              # bilstm | average | convolution | mlp | transformer
attention: additive          # additive | dot | uniform; for a Transformer: class | mean | rollout
e: 32                        # width of embeddings; a Transformer's is m
m: 32                        # width of hidden states
N: 2                         # of a Transformer: layers,
h: 4                         #   and heads
epochs: 8                    # of training, at most
patience: 8                  # epochs without a better one
rate: 0.006                  # Adam's
size: 32                     # texts of a batch
instances: 200               # test texts that are looked into, drawn once for all seeds; null: all
permutations: 100            # of each of them
adversaries: 5               # of each of them,
steps: 500                   #   by so many steps of Adam,
step_rate: 0.01              #   at this rate
other_seeds: 8               # models that the base is compared with
guide_epochs: 8              # of the token-wise networks,
guide_rate: 0.006            #   and their rate
lambdas: [0.0005]            # of trained adversaries: the curve,
curve_seeds: [1, 2]          #   for these seeds; for others guide_lambda alone
guide_lambda: 0.001          # of the one whose weights guide
adversarial_epochs: 8        # of each of them
examples: 6                  # texts that are kept with all their attentions
threads: 1                   # of the cell
"""

from collections.abc import Mapping
from typing import Any

from ablations import keys
from repro.errors import BadInput
from repro.paths import expanded

DATA = ("reviews", "sst2", "imdb", "newsgroups", "ag_news", "babi1", "babi2")
ENCODERS = ("bilstm", "average", "convolution", "mlp", "transformer")
ATTENTIONS = ("additive", "dot", "uniform")
READINGS = ("class", "mean", "rollout")
EXPERIMENTS = (
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
)
"""In the order in which they run: later ones use what earlier ones made."""

COUNTS = (
    *("e", "m", "N", "h", "epochs", "patience", "size", "permutations", "adversaries", "steps", "other_seeds"),
    *("guide_epochs", "adversarial_epochs", "threads"),
)
RATES = ("rate", "step_rate", "guide_rate")
KEYS = {
    *("data", "files", "longest", "vectors", "sizes", "seed", "experiments", "encoder", "attention", "instances"),
    *("lambdas", "curve_seeds", "guide_lambda", "examples"),
    *COUNTS,
    *RATES,
}
OF_A_CLASSIFIER = ("uniform", "seeds", "adversarial", "guides")
"""The second paper's experiments, which exchange a classifier's attention or train it anew several times."""


def check(config: Mapping[str, Any]) -> None:
    """Look at a whole configuration.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    keys.just(config, KEYS, "ablations/explanation/checking.py")
    keys.among("data", config["data"], DATA)
    keys.among("encoder", config["encoder"], ENCODERS)
    keys.among("attention", config["attention"], READINGS if config["encoder"] == "transformer" else ATTENTIONS)
    for key in COUNTS:
        keys.whole(key, config[key], 1)
    for key in ("seed", "examples"):
        keys.whole(key, config[key], 0)
    for key in ("longest", "instances"):
        if config[key] is not None:
            keys.whole(key, config[key], 1)
    for key in RATES:
        keys.number(key, config[key], above=0)
    keys.number("guide_lambda", config["guide_lambda"])
    _lists(config)
    _experiments(config)
    _files(config)
    _widths(config)


def _lists(config: Mapping[str, Any]) -> None:
    for key in ("sizes", "lambdas", "curve_seeds"):
        if not isinstance(config[key], list):
            raise BadInput(f"{key} is {config[key]!r}; it must be a list")
    if len(config["sizes"]) != 3:
        raise BadInput(f"sizes has {len(config['sizes'])} entries; it needs three: of train, dev and test")
    for size in config["sizes"]:
        keys.whole("sizes", size, 2)
    for seed in config["curve_seeds"]:
        keys.whole("curve_seeds", seed, 0)
    for strength in config["lambdas"]:
        keys.number("lambdas", strength)


def _experiments(config: Mapping[str, Any]) -> None:
    names = config["experiments"]
    if not isinstance(names, list):
        raise BadInput(f"experiments is {names!r}; it must list some of {', '.join(EXPERIMENTS)}, or none: []")
    for name in names:
        keys.among("experiments", name, EXPERIMENTS)
        if name in OF_A_CLASSIFIER and config["encoder"] == "transformer":
            raise BadInput(f"experiments has {name}, which a Transformer cannot do; leave it out")
    if "guides" in names and "adversarial" not in names:
        raise BadInput("experiments has guides without adversarial, whose model is one of the guides; add it")
    if {"seeds", "guides"} & set(names) and config["data"].startswith("babi"):
        raise BadInput(
            "experiments has seeds or guides, which the papers have for texts without questions; leave it out"
        )


def _files(config: Mapping[str, Any]) -> None:
    files = config["files"]
    if files is not None and not isinstance(files, dict):
        raise BadInput(f"files is {files!r}; it must name train, test and, if there is one, dev")
    for name in files.values() if files else ():
        _file("files", name)
    if files is None and config["data"] == "reviews" and config["longest"] is not None:
        raise BadInput("longest is set, and built-in reviews have no limit; set `longest: null`, or name other data")
    if config["vectors"] is not None:
        if config["encoder"] == "transformer":
            raise BadInput("vectors is set, and a Transformer starts from none; set `vectors: null` in that row")
        _file("vectors", config["vectors"])


def _file(key: str, name: Any) -> None:
    path = expanded(str(name))
    if not path.is_file():
        problem = "is a folder; name a file in it" if path.exists() else "does not exist; check its name"
        raise BadInput(f"{key} names {name}, which {problem}")


def _widths(config: Mapping[str, Any]) -> None:
    encoder, m = config["encoder"], config["m"]
    divisor = {"convolution": 4, "transformer": config["h"]}.get(encoder, 2)
    if m % divisor:
        raise BadInput(f"m is {m}; for {encoder} it must be a multiple of {divisor}")
