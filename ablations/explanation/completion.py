"""Completes a row of the grid `explanation` when it is read, so that content decides its cell. Needs no torch.

Finished vectors are an exception: the path of their file decides, and the record has the file's digest.
"""

from collections.abc import Mapping
from typing import Any

from ablations.explanation.data.vector_settings import VectorSettings, sha256_of
from repro.paths import expanded


def completed_measure(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """A cell's configuration with all inputs of its word vectors, and the SHA-256 of the user's own files.

    Raises:
        BadInput: a setting of the vectors is wrong, or a file cannot be read.
    """
    vectors, digests = config.get("vectors"), _sha256_of_files(config.get("files"))
    if isinstance(vectors, Mapping):
        config = {**config, "vectors": VectorSettings.read(vectors).as_config()}
    if digests and config.get("files_sha256") is None:
        config = {**config, "files_sha256": digests}
    return config


def _sha256_of_files(files: Any) -> dict[str, str]:
    """Split -> the SHA-256 of its file; nothing of files that are not there, which is said where they are read."""
    if not isinstance(files, Mapping):
        return {}
    paths = {split: expanded(name) for split, name in files.items() if isinstance(name, str)}
    return {split: sha256_of(path) for split, path in paths.items() if path.is_file()}
