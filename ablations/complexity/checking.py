"""What can be wrong with a configuration of a cell. Needs no torch.

measurement: operations          # operations | sequential | paths | time | footnote
layers: [self-attention]         # names of table1.yaml; one of them, but for `time`
seed: 1                          # of weights, inputs and draws
n: [64, 128, 256]                # lengths
d: [64, 256]                     # widths, one of them for `sequential` and `paths`; d_k for the footnote
k: [3, 5, 9]                     # kernels, one of them for `sequential` and `time`
r: [3, 5, 9]                     # neighbourhoods, likewise
h: 1                             # heads
modes: [forward, training]       # of `time`: these, and decoding
keys: 32                         # of the footnote: over how many the softmax goes
draws: 4000                      # of the footnote: queries for each d_k
repeats: 5                       # of `time`: measurements of a point,
seconds: 3.0                     #   unless it has taken so long before,
call_seconds: 20.0               #   and no call that is foreseen to take longer
threads: 2                       #   and threads of torch; may be left out
"""

from collections.abc import Mapping
from typing import Any

from ablations import keys
from ablations.complexity.paper import SWEPT, table1
from repro.errors import BadInput

MEASURED = ("operations", "sequential", "paths", "time", "footnote")
MODES = ("forward", "training", "decoding")
LISTS = ("n", "d", "k", "r")
COUNTS = ("h", "keys", "draws", "repeats", "threads")
SECONDS = ("seconds", "call_seconds")
KEYS = {"measurement", "layers", "modes", "seed", *LISTS, *COUNTS, *SECONDS}

THREADS = 2
"""Where `threads` is left out, as in the shipped grid, whose cells had their ids before there was such a key."""

SINGLE = {"sequential": ("d", "k", "r"), "paths": ("d",), "time": ("k", "r")}
"""Lists of which a measurement takes one value."""

FEWEST = {"operations": 3, "sequential": 6, "paths": 6, "time": 2, "footnote": 1}
"""Lengths that a fit or a choice between laws needs; without kernels, each length is one point."""


def check(config: Mapping[str, Any]) -> None:
    """Look at a whole configuration.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    config = {"threads": THREADS, **config}
    keys.just(config, KEYS, "ablations/complexity/checking.py")
    measurement = config["measurement"]
    keys.among("measurement", measurement, MEASURED)
    for key in LISTS:
        _sizes(key, config[key])
    keys.whole("seed", config["seed"], 0)
    for key in COUNTS:
        keys.whole(key, config[key])
    for key in SECONDS:
        keys.number(key, config[key], above=0)
    if measurement == "footnote":
        if config["keys"] < 2 or config["draws"] < 2:
            raise BadInput("keys and draws must be at least 2; a spread needs two")
        return
    _layers(config)


def _layers(config: Mapping[str, Any]) -> None:
    measurement, layers = config["measurement"], config["layers"]
    if not isinstance(layers, list) or not layers:
        raise BadInput("layers must list at least one layer of table1.yaml")
    for layer in layers:
        keys.among("layers", layer, tuple(table1()))
    if measurement == "time":
        keys.some("modes", config["modes"], MODES)
    elif len(layers) > 1:
        raise BadInput(f"layers has {len(layers)} entries; {measurement} looks at one layer a cell")
    if len(config["n"]) < FEWEST[measurement]:
        raise BadInput(f"n has {len(config['n'])} values; {measurement} needs at least {FEWEST[measurement]}")
    if measurement == "operations":
        for key in ("d", *(SWEPT[layer] for layer in layers if layer in SWEPT)):
            if len(config[key]) < 3:
                raise BadInput(f"{key} has {len(config[key])} values; an exponent needs at least 3")
    for key in SINGLE.get(measurement, ()):
        used = key == "d" or any(SWEPT.get(layer) == key for layer in layers)
        if used and len(config[key]) > 1:
            raise BadInput(f"{key} has {len(config[key])} values; {measurement} takes one, so give a cell to each")
    wrong = [d for d in config["d"] if d % config["h"]]
    if wrong:
        raise BadInput(f"d has {wrong[0]}, which h = {config['h']} does not divide; change one of them")


def _sizes(key: str, sizes: Any) -> None:
    if not isinstance(sizes, list) or not sizes:
        raise BadInput(f"{key} must be a list of whole numbers")
    for size in sizes:
        if type(size) is not int or size < 1:
            raise BadInput(f"{key} has {size!r}; it must hold whole numbers above 0")
        if key in ("k", "r") and (size % 2 == 0 or size < 3):
            raise BadInput(f"{key} has {size}; it must be odd and at least 3, so that a window has a middle")
    if sorted(set(sizes)) != sizes:
        raise BadInput(f"{key} must rise, without a value twice; it is {sizes}")
