"""A summary of a training before it starts, in a few aligned lines: sizes of model and data, and where it writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.data.batches import BatchPlan
from repro.data.store import Store
from repro.table import table
from repro.weights.initial import initial_weights

SIZES = ("N", "d_model", "d_ff", "h", "d_k", "d_v")
"""Arguments of networks that say how large they are, as the papers call them."""


def overview(config: Mapping[str, Any], store: Store, plan: BatchPlan, parameters: int, directory: Path) -> str:
    """The lines, each a heading and what it stands before.

    Args:
        config: the resolved configuration.
        store: the prepared data.
        plan: the training batches that are made of it.
        parameters: trained numbers of the network, shared ones counted once.
        directory: where the run writes.
    """
    splits = store.manifest["splits"]
    train = splits["train"]
    held_out = [f"{name} {entry['pairs']:,} pairs" for name, entry in splits.items() if name != "train"]
    left_out = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in train.get("dropped", {}).items() if count]
    rows = [
        ["model", _model(config["model"]["network"], parameters)],
        [
            "data",
            f"{store.manifest['corpus']}, {' to '.join(store.languages)}: {train['pairs']:,} pairs, "
            f"{train['source_tokens']:,} source and {train['target_tokens']:,} target tokens",
        ],
        *([["left out", ", ".join(left_out)]] if left_out else []),
        ["held out", ", ".join(held_out) or "nothing"],
        *([["weights", f"begin as those of {initial.file}"]] if (initial := initial_weights(config)) else []),
        ["vocabulary", f"{len(store.vocabulary):,} types, shared by both languages"],
        [
            "batches",
            f"{config['data']['tokens']:,} tokens: {plan.batches_per_epoch:,} per epoch, {plan.padding():.1%} padding",
        ],
        ["updates", _updates(config["trainer"], plan.batches_per_epoch)],
        ["writes to", str(directory)],
    ]
    return table(rows)


def _model(network: Mapping[str, Any], parameters: int) -> str:
    arguments = network.get("init_args") or {}
    sizes = [f"{name} {arguments[name]}" for name in SIZES if arguments.get(name) is not None]
    return f"{network['class_path'].rpartition('.')[2]}, {parameters:,} parameters: {', '.join(sizes)}"


def _updates(trainer: Mapping[str, Any], per_epoch: int) -> str:
    steps, time = trainer.get("max_steps"), trainer.get("max_time")
    limited = f"for {time} (days:hours:minutes:seconds)"
    if steps in (None, -1):
        return limited
    number = f"{steps:,}, which is {steps / per_epoch:.1f} epochs"
    return number if time is None else f"{number}; at most {limited}"
