"""Exports averaged weights for publication: without local paths, with checksum, licence and a command to use them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from repro import files
from repro.weights.checkpoint_file import read_checkpoint, write_checkpoint

ABOUT = "weights.json"


def write_weights(
    checkpoint: Path, folder: Path, licence: str, public: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> None:
    """Write a checkpoint's copy into a folder, and a file that says what it is.

    Args:
        checkpoint: averaged weights of a finished run.
        folder: the folder for both files.
        licence: of the text that they were trained on.
        public: returns a configuration without paths of the machine.

    Raises:
        BadInput: the checkpoint is damaged, or cannot be written; NoRoom: the disk is full.
    """
    content = read_checkpoint(checkpoint)
    about = {**content["repro"], "config": dict(public(content["repro"]["config"]))}
    target = folder / checkpoint.name
    write_checkpoint({**content, "repro": about}, target)
    files.write_json(
        folder / ABOUT,
        {
            "file": target.name,
            "bytes": target.stat().st_size,
            "sha256": files.sha256(target),
            "parameters": sum(weight.numel() for weight in content["state_dict"].values()),
            "text_licence": licence,
            "use": f"repro translate --checkpoint {target.name} < sentences.txt",
        },
    )
