"""Finds the user's own files that a record names, from any folder: its cell runs in a different one.

This needs a digest of each file in the record: only then does the cell's id depend on content instead of paths.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.data.corpora import part_from_entry
from repro.data.own_files import SPLITS
from repro.data.text import Tsv
from repro.errors import BadInput
from repro.paths import expanded
from repro.weights.shipped import shipped_names


def with_absolute_paths(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the whole paths of files that are there; the cell's id stays as it is."""
    config = dict(config)
    data, files, digests = config.get("data"), config.get("files"), config.get("files_sha256")
    if isinstance(data, Mapping) and isinstance(data.get("sha256"), Mapping):
        whole = {entry: _absolute_entry(entry) for entry in data["sha256"]}
        entries = {split: data[split] for split in SPLITS if isinstance(data.get(split), list)}
        vocabulary = data.get("vocabulary")
        if isinstance(vocabulary, Mapping) and vocabulary.get("file") in whole:
            data = {**data, "vocabulary": {**vocabulary, "file": whole[vocabulary["file"]]}}
        config["data"] = {
            **data,
            **{split: [whole.get(entry, entry) for entry in listed] for split, listed in entries.items()},
            "sha256": {whole[entry]: digest for entry, digest in data["sha256"].items()},
        }
    initial = config.get("initial")
    if isinstance(initial, Mapping) and initial.get("sha256") is not None:
        weights = initial["weights"]
        if expanded(weights).exists() or weights not in shipped_names():  # whose name is the same in any folder
            config["initial"] = {**initial, "weights": _absolute(weights)}
    if isinstance(files, Mapping) and isinstance(digests, Mapping):
        config["files"] = {split: _absolute(path) if split in digests else path for split, path in files.items()}
    return config


def _absolute_entry(entry: str) -> str:
    """Of "source file,target file" or of one TSV file; as it is where the files are not there."""
    try:
        part = part_from_entry(entry, ("", ""))
    except BadInput:  # said in full by the cell
        return entry
    paths = (part.path,) if isinstance(part, Tsv) else (part.source_path, part.target_path)
    return ",".join(map(_absolute, paths))


def _absolute(path: str | Path) -> str:
    return str(expanded(path).absolute())
