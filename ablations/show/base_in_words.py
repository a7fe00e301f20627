"""Describes the base of a grid in one line: network, text and length of training."""

from collections.abc import Mapping
from typing import Any

from repro.ledger.grids.grid import Grid

SIZES = ("N", "d_model", "d_ff", "h", "P_drop")
"""Arguments of a network that are worth a line, where it has them."""


def base_in_words(grid: Grid) -> str:
    """Such as "base: Transformer (N 2, d_model 64, h 4), builtin homonym, 600 updates"; what is called, if no training.

    The base is the row that others are compared with, or else the first.
    """
    compared = {row.base for row in grid.rows} - {None}
    base = next((row for row in grid.rows if row.name in compared), grid.rows[0])
    config = base.config
    network = config.get("model", {}).get("network") if isinstance(config.get("model"), Mapping) else None
    if not isinstance(network, Mapping):
        return f"each cell calls {grid.function}"
    arguments = network.get("init_args", {})
    sizes = ", ".join(f"{name} {arguments[name]}" for name in SIZES if arguments.get(name) is not None)
    kind = str(network.get("class_path", "")).rpartition(".")[2]
    return f"{base.name}: {kind} ({sizes}), {_text(config.get('data') or {})}, {_length(config.get('trainer') or {})}"


def _text(data: Mapping[str, Any]) -> str:
    builtin = data.get("builtin")
    if data.get("corpus") != "builtin" or not isinstance(builtin, Mapping):
        return f"text {data.get('corpus')}"
    special = [builtin.get("probe"), *(builtin.get("phenomena") or [])]
    return " ".join(["generated text", *(str(name) for name in special if name)])


def _length(trainer: Mapping[str, Any]) -> str:
    updates, time = trainer.get("max_steps"), trainer.get("max_time")
    said = [f"{updates:,} updates"] if isinstance(updates, int) and updates > 0 else []
    return " or ".join([*said, *([f"at most {time} (days:hours:minutes:seconds)"] if time else [])]) or "no limit given"
