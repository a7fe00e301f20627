"""A cell: one thing to run. Its id is a hash of what decides the result, and of nothing else.

Needs neither torch nor Lightning, so that planning thousands of cells is quick.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro.errors import BadInput

ID = re.compile(r"[0-9a-f]{12}")
"""The form of ids."""
TRAINING = "repro.training:fit"
"""The function of cells that train a model to translate."""
SINGLE = "fit"
"""The value that a single run of `repro fit` has in place of a grid's name."""

NOT_DECIDING = (
    "config",
    "out",
    "checkpoint",
    "wandb",
    "data.root",
    "data.sha256",
    "data.workers",
    "data.jobs",
    "data.evaluation_tokens",
    "decoding.batch_tokens",
    "checkpoints.milestone_minutes",
    "observe.inspect",
    "vectors.root",
)
"""Keys that say where and how comfortably a cell runs, but not what comes out."""

DECIDING_TRAINER_KEYS = (
    "accumulate_grad_batches",
    "devices",
    "gradient_clip_val",
    "max_steps",
    "max_time",
    "num_nodes",
    "precision",
)
"""Lightning's trainer settings that decide the result."""


ADDED_LATER: Mapping[str, Any] = {
    "decoding.unaveraged": [],
    "decoding.lines": None,
    "model.network.init_args.compatibility": "dot-product",
    "model.network.init_args.embedding_variance": "1/d_model",
    "data.builtin.test_words": None,
    "data.builtin.trees": False,
    "data.builtin.test_depth": None,
    "data.builtin.longest": None,
    "data.share": 1.0,
    "data.vocabulary.file": None,
}
"""Keys that presets gained after cells had been published -> the value that stands for what those cells did.

A key that holds this value is no part of a cell's identity, so that ids outlive the growth of presets. Nothing is ever
taken out of here: that would change the id of every cell made since.
"""


PATHS = {"vectors": "text", "initial": "weights"}
"""Sections that name a file and, under `sha256`, what it holds -> the key of the file's path."""


@dataclass(frozen=True)
class Cell:
    """One configuration with its seed.

    Attributes:
        function: what runs it, as "module:name"; called with the configuration and a directory.
        config: the resolved configuration, plain data.
        grid, row, scale: where it belongs; no part of its identity.
        tuning: the trials that chose the row's settings, as `Tuned.of` gives them; None if none are counted. Not part
            of the identity, since trials elsewhere do not change the result.
    """

    function: str
    config: Mapping[str, Any]
    grid: str = ""
    row: str = ""
    scale: str = ""
    tuning: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits, equal for configurations that give equal results.

        Raises:
            BadInput: a value is neither text nor a finite number, such as YAML's .nan or a date.
        """
        decides = {"function": self.function, "config": identity(self.config)}
        try:
            text = json.dumps(decides, sort_keys=True, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            key = _not_plain(self.config)
            raise BadInput(f"{key} must hold finite numbers, text, true, false or null") from error
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def seed(self) -> int:
        """The seed of everything random in the cell."""
        return int(self.config.get("seed_everything", self.config.get("seed", 0)))


def id_without_seed(config: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits, equal for configurations whose results differ by nothing but the seed.

    Raises:
        BadInput: as `Cell.id`.
    """
    return Cell("", {**config, "seed": None, "seed_everything": None}).id


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a configuration that decides the result."""
    former = [key for key, value in ADDED_LATER.items() if _holds(config, key.split("."), value)]
    if _holds(config, ("initial", "weights"), None):
        former.append("initial")  # random weights, which all cells had before there was a choice
    kept = _without(_by_content(config), {tuple(key.split(".")) for key in (*NOT_DECIDING, *former)})
    trainer = kept.get("trainer")
    if isinstance(trainer, Mapping):
        kept["trainer"] = {key: trainer[key] for key in DECIDING_TRAINER_KEYS if trainer.get(key) is not None}
    return kept


def _by_content(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration, in which user files have their sha256 in place of their paths, if it is given."""
    for name, path in PATHS.items():
        section = config.get(name)
        if isinstance(section, Mapping) and section.get("sha256") is not None:
            config = {**config, name: _without(section, {(path,)})}
    files, digests = config.get("files"), config.get("files_sha256")
    if isinstance(files, Mapping) and isinstance(digests, Mapping):
        content = {split: digests.get(split, path) for split, path in files.items()}
        config = {**_without(config, {("files_sha256",)}), "files": content}
    data = config.get("data")
    if not isinstance(data, Mapping) or not isinstance(data.get("sha256"), Mapping):
        return config
    known = data["sha256"]
    entries = {split: data[split] for split in ("train", "dev", "test") if isinstance(data.get(split), list)}
    by_content: dict[str, Any] = {
        split: [known.get(entry, entry) if isinstance(entry, str) else entry for entry in listed]
        for split, listed in entries.items()
    }
    vocabulary = data.get("vocabulary")
    if isinstance(vocabulary, Mapping) and isinstance(file := vocabulary.get("file"), str):
        by_content["vocabulary"] = {"file": known.get(file, file)}  # the settings of one that is learnt do not count
    return {**config, "data": {**data, **by_content}}


def _holds(config: Any, path: Sequence[str], value: Any) -> bool:
    """Whether a configuration has exactly this value at a key; false is not 0, nor 1 the same as 1.0."""
    for part in path:
        if not isinstance(config, Mapping) or part not in config:
            return False
        config = config[part]
    return type(config) is type(value) and bool(config == value)


def _without(data: Mapping[str, Any], keys: set[tuple[str, ...]]) -> dict[str, Any]:
    result = dict(data)
    deeper: dict[str, set[tuple[str, ...]]] = {}
    for first, *rest in keys:
        if not rest:
            result.pop(first, None)
        else:
            deeper.setdefault(first, set()).add(tuple(rest))
    for key, below in deeper.items():
        if isinstance(result.get(key), Mapping):
            result[key] = _without(result[key], below)
    return result


def first_difference(one: Any, other: Any, key: str = "") -> tuple[str, Any, Any] | None:
    """The first key, in the order of the alphabet, in which two configurations differ, with both values."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(one.keys() | other.keys(), key=str):
            difference = first_difference(one.get(name), other.get(name), f"{key}.{name}" if key else str(name))
            if difference is not None:
                return difference
        return None
    return None if one == other else (key, one, other)


def merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Nested plain data, later layers over earlier ones."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            before = result.get(key)
            both = isinstance(before, Mapping) and isinstance(value, Mapping)
            result[key] = merge(before, value) if both else value  # type: ignore[arg-type]
    return result


def _not_plain(value: Any, key: str = "") -> str | None:
    """The dotted key of the first value that JSON cannot hold; None if it can hold all."""
    if isinstance(value, Mapping):
        inside = ((f"{key}.{name}" if key else str(name), item) for name, item in value.items())
        return next((dotted for name, item in inside if (dotted := _not_plain(item, name))), None)
    if isinstance(value, list | tuple):
        return next((dotted for item in value if (dotted := _not_plain(item, key))), None)
    plain = value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return None if plain else key
