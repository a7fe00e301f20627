"""Checkpoint files: complete or absent, read without unpickling code, self-contained.

A checkpoint is a Lightning checkpoint with one more key, `repro`: the configuration, the vocabulary
and how far training was. The averaged weights are the same file without optimiser and loops. So any
of them can translate with nothing else at hand. Reading one needs no Lightning.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from repro import files
from repro.data.vocabulary import Vocabulary
from repro.errors import BadInput, NoRoom
from repro.weights.averaging import average

FORMAT = 1

REGULAR, STOPPED = "step", "stopped"
"""How a checkpoint's file name begins: one that was due, or one that was written because of a signal."""


def record_of(
    config: Mapping[str, Any], vocabulary: Vocabulary, step: int, progress: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of a checkpoint's key `repro`."""
    return {
        "format": FORMAT,
        "config": config,
        "vocabulary": vocabulary_tensor(vocabulary),
        "vocabulary_sha256": vocabulary.sha256,
        "step": step,
        "progress": progress,
    }


def vocabulary_tensor(vocabulary: Vocabulary) -> torch.Tensor:
    """A vocabulary as bytes in a tensor, which a checkpoint can hold without pickled objects."""
    return torch.from_numpy(np.frombuffer(vocabulary.model, dtype=np.uint8).copy())


def read_checkpoint(path: Path, mmap: bool = False) -> dict[str, Any]:
    """The content of one of this project's checkpoints; nothing in it is executed.

    Its bytes are compared with their checksums first, once a process and file, at some 500 MB a second.

    Raises:
        BadInput: missing, truncated, changed since it was written, or not written by this project.
    """
    if not path.is_file():
        problem = "is a folder" if path.is_dir() else "does not exist"
        raise BadInput(f"checkpoint {path} {problem}; give the path of a .ckpt file that a run wrote")
    _check_bytes(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except Exception as error:  # torch raises many kinds for foreign and truncated files
        raise _damaged(path) from error
    about = content.get("repro") if isinstance(content, dict) else None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise BadInput(f"checkpoint {path} was not written by this project (format {FORMAT})")
    return content


def check_complete(path: Path, content: Mapping[str, Any], to_resume: bool = False) -> None:
    """Check that a checkpoint has all that translating needs, and what resuming needs if that is asked for.

    Raises:
        BadInput: something is missing, or is not what this project writes.
    """
    about, state = content["repro"], content.get("state_dict")
    is_state = isinstance(state, Mapping) and all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    )
    vocabulary = about.get("vocabulary")
    is_vocabulary = isinstance(vocabulary, torch.Tensor) and vocabulary.dtype == torch.uint8 and vocabulary.dim() == 1
    is_progress = isinstance(about.get("progress"), Mapping) and type(about.get("step")) is int
    right = {
        "weights": is_state,
        "configuration": isinstance(about.get("config"), Mapping),
        "vocabulary": is_vocabulary and isinstance(about.get("vocabulary_sha256"), str),
        "progress": is_progress or not to_resume,
    }
    for name, is_right in right.items():
        if not is_right:
            raise BadInput(f"checkpoint {path} holds no {name} of this project; use one that a run wrote")


_checked: dict[Path, tuple[int, int, int]] = {}
"""Files whose bytes were as their checksums say -> number, time and size that they had then."""


def _check_bytes(path: Path) -> None:
    """Compare every part of the file with its checksum, which torch writes but never checks.

    Raises:
        BadInput: they differ, or it is no such file.
    """
    try:
        status = path.stat()
        state = status.st_ino, status.st_mtime_ns, status.st_size
        if _checked.get(path.absolute()) == state:
            return
        with zipfile.ZipFile(path) as file:
            wrong = file.testzip()
    except Exception as error:  # changed bytes may make anything of a zip file's parts
        raise _damaged(path) from error
    if wrong is not None:
        raise BadInput(
            f"checkpoint {path} is damaged: the bytes of {wrong} have changed since they were written; use another one"
        )
    _checked[path.absolute()] = state


def _damaged(path: Path) -> BadInput:
    return BadInput(f"checkpoint {path} is damaged or not a checkpoint of this project, and was not unpickled")


def check_finite(path: Path, state: Mapping[str, torch.Tensor]) -> None:
    """Refuse weights that are no numbers, which translate nothing.

    Raises:
        BadInput: there are some.
    """
    for name, value in state.items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise BadInput(f"checkpoint {path} holds weights that are not finite numbers ({name}); use another one")


def write_checkpoint(content: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        NoRoom: the disk is full; BadInput: it cannot be written for another reason.
    """
    try:
        with files.written_atomically(path) as temporary:
            torch.save(content, temporary)
    except OSError as error:
        said = f"{path} cannot be written ({error.strerror or error})"
        if files.is_full(error):
            raise NoRoom(f"{said}; make room and repeat the command") from error
        raise BadInput(f"{said}; check its folder and repeat the command") from error
    except RuntimeError as error:
        # torch's own writer reports a full disk with words that differ from version to version.
        if not any(sign in str(error) for sign in ("PytorchStreamWriter", "inline_container", "unexpected pos")):
            raise
        raise NoRoom(f"{path} cannot be written; make room on its disk and repeat the command") from error


def vocabulary_of(checkpoint: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary that a checkpoint carries."""
    return Vocabulary.from_bytes(checkpoint["repro"]["vocabulary"].numpy().tobytes())


def check_vocabulary(path: Path, checkpoint: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    """Refuse a checkpoint that was trained with another vocabulary.

    Raises:
        BadInput: the vocabularies differ.
    """
    if checkpoint["repro"]["vocabulary_sha256"] != vocabulary.sha256:
        raise BadInput(
            f"checkpoint {path} was trained with a different vocabulary than that of the prepared data; "
            "use the data it was trained on, or train a new model"
        )


def saved_checkpoints(directory: Path) -> list[Path]:
    """The regular checkpoints in a directory, oldest first: those that are averaged."""
    return _own_checkpoints(directory, REGULAR)


def resumable_checkpoints(directory: Path) -> list[Path]:
    """All checkpoints in a directory, oldest first."""
    return _own_checkpoints(directory, f"{REGULAR}|{STOPPED}")


def _own_checkpoints(directory: Path, kinds: str) -> list[Path]:
    """The checkpoints with names as runs give them, oldest first; other files are left alone."""
    named = [path for path in directory.glob("*.ckpt") if re.fullmatch(rf"({kinds})-\d{{8,}}\.ckpt", path.name)]
    return sorted(named, key=lambda path: int(path.stem.rpartition("-")[2]))


def write_average(paths: list[Path], destination: Path) -> None:
    """Average checkpoints into one file that holds weights, configuration and vocabulary.

    Raises:
        BadInput: a checkpoint is missing or damaged; or as `write_checkpoint`.
    """
    last = read_checkpoint(paths[-1], mmap=True)
    state = average(read_checkpoint(path, mmap=True)["state_dict"] for path in paths)
    about = {**last["repro"], "averaged": [path.name for path in paths]}
    write_checkpoint({"state_dict": state, "repro": about}, destination)


def remove_leftovers(attempt: Path) -> None:
    """Drop the temporary files that a killed process left in an attempt's directory."""
    for leftover in attempt.rglob(".*.tmp"):
        leftover.unlink(missing_ok=True)
