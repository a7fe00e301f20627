"""How many devices the trainer of a configuration asks for, read as Lightning does, but without loading Lightning."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

NUMBER = re.compile(r"\s*[0-9]+\s*")
INDICES = re.compile(r"\s*[0-9]+\s*(,\s*[0-9]+\s*)*,?\s*")


@dataclass(frozen=True)
class Devices:
    """What a trainer asks for.

    Attributes:
        count: of each node; "all" that there are; "auto" where that is left to Lightning.
        chosen: whether by their indices, such as [0, 1] or "0,".
        nodes: how many.
    """

    count: int | Literal["all", "auto"]
    chosen: bool = False
    nodes: int = 1

    @property
    def processes(self) -> int | None:
        """Of all nodes; None where the configuration does not say."""
        return self.count * self.nodes if isinstance(self.count, int) else None


def devices_of(config: Mapping[str, Any]) -> Devices:
    """What the trainer of a configuration asks for; one device where it says nothing that Lightning would take."""
    trainer = config.get("trainer")
    if not isinstance(trainer, Mapping):
        return Devices(1)
    nodes = trainer.get("num_nodes")
    nodes = nodes if isinstance(nodes, int) and nodes > 0 else 1
    devices = trainer.get("devices", 1)
    if isinstance(devices, list | tuple):
        return Devices(max(1, len(devices)), bool(devices), nodes)
    text = str(devices).strip()
    if text in ("-1", "auto", "None"):
        return Devices("all" if text == "-1" else "auto", nodes=nodes)
    if NUMBER.fullmatch(text):
        return Devices(max(1, int(text)), nodes=nodes)
    if INDICES.fullmatch(text):
        return Devices(sum(bool(part.strip()) for part in text.split(",")), True, nodes)
    return Devices(1, nodes=nodes)
