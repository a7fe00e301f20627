"""The preset that `repro prepare` writes for the user's own files, and the next command."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from repro.data.own_files import with_sha256
from repro.files import write_text
from repro.presets import own_preset_path, presets_folder, read_yaml

SMALL = presets_folder() / "data" / "multi30k.yaml"
"""A small corpus, whose settings suit the user's own files."""


def own_settings(files: Mapping[str, Any]) -> dict[str, Any]:
    """The section `data` for the user's own files, with defaults for everything that was not given.

    Args:
        files: entries of train, dev and test; None for a split without files.
    """
    return {**read_yaml(SMALL)["data"], **files}


def write_own_preset(data: Mapping[str, Any], root: Path) -> Path:
    """Write the preset `data/NAME` for the user's own files, unless an equal one exists; return its path.

    What a preset that is there says in other sections stays.

    Args:
        data: the section `data`; its corpus is the preset's name.
        root: the directory of prepared stores, where it is remembered what files hold.
    """
    path = own_preset_path(f"data/{data['corpus']}")
    before = read_yaml(path) if path.is_file() else {}
    found = with_sha256({"data": {**data, "sha256": None, "root": str(root)}})["data"]
    content = {**before, "data": {**data, "sha256": found["sha256"]}}
    if content == before:
        return path
    head = f"# Files of your own: `repro prepare {data['corpus']}` wrote this.\n# Command:    {fit_command(data)}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=float("inf")))
    return path


def next_steps(data: Mapping[str, Any], path: Path) -> Iterator[str]:
    """The written preset and the next command, in lines."""
    name = data["corpus"]
    yield f"{path}: the preset data/{name}, for `repro fit` and for grids"
    if not data.get("dev"):
        yield f"training needs a dev set; repeat the command with --dev SOURCE,TARGET, and then: {fit_command(data)}"
        return
    yield f"next: {fit_command(data)}"


def fit_command(data: Mapping[str, Any]) -> str:
    """The command that trains on the user's own corpus, and scores the splits that exist."""
    name = data["corpus"]
    words = ["repro", "fit", "--config", "model/tiny", "--config", f"data/{name}", "--config", "trainer/cpu-hour"]
    words += [] if data.get("test") else ["--decoding.splits", "[dev]"]
    return shlex.join([*words, "--out", f"runs/{name}"])
