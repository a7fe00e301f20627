"""The user's own files, identified by their content: the key `data.sha256` of a configuration.

`data.sha256` maps each entry of train, dev and test, such as "a.en,a.de", to the SHA-256 of its files, also joined by a
comma; and the file of a given vocabulary to its own. So the identity of a cell depends on the content of files, and not
on their location.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from repro.data.corpora import part_from_entry
from repro.data.identities import Identities
from repro.data.preparing import INPUTS
from repro.errors import BadInput
from repro.files import sha256
from repro.paths import expanded

SPLITS = ("train", "dev", "test")


def with_sha256(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the SHA-256 of each user file that exists and has none yet.

    Raises:
        BadInput: a file that cannot be read.
    """
    data = config.get("data")
    if not isinstance(data, Mapping):
        return dict(config)
    stated = dict(data.get("sha256") or {})
    missing = [entry for entry in (*_entries(data), *_vocabulary_file(data)) if entry not in stated]
    if not missing:
        return dict(config)
    digests = {entry: digest for entry in missing if (digest := _sha256(entry, data)) is not None}
    return {**config, "data": {**data, "sha256": {**stated, **digests}}}


def check_sha256(data: Mapping[str, Any]) -> None:
    """Check that the user's own files match `data.sha256`.

    Raises:
        BadInput: one has changed; names it.
    """
    stated = data.get("sha256") or {}
    for entry in (*_entries(data), *_vocabulary_file(data)):
        digest = _sha256(entry, data) if entry in stated else None
        if digest is not None and digest != stated[entry]:
            raise BadInput(
                f"{entry} has changed since data.sha256 was written; "
                f"repeat `repro prepare {data.get('corpus')}`, or take its line out of data.sha256"
            )


def _entries(data: Mapping[str, Any]) -> Iterator[str]:
    for split in SPLITS:
        entries = data.get(split)
        if isinstance(entries, list | tuple):
            yield from (entry for entry in entries if isinstance(entry, str))


def _vocabulary_file(data: Mapping[str, Any]) -> Iterator[str]:
    """The path of the vocabulary, where one is given."""
    vocabulary = data.get("vocabulary")
    file = vocabulary.get("file") if isinstance(vocabulary, Mapping) else None
    if isinstance(file, str):
        yield file


def _sha256(entry: str, data: Mapping[str, Any]) -> str | None:
    """Of the files of an entry, or of a vocabulary; None if they are not there."""
    if entry in _vocabulary_file(data):
        file = expanded(entry)
        return sha256(file) if file.is_file() else None
    try:
        source, target = data.get("languages") or ("", "")
        part = part_from_entry(entry, (source, target))
    except (BadInput, TypeError, ValueError):
        return None  # said in full where the files are read
    identity = Identities(Path(str(data.get("root") or ".")) / INPUTS).of(part)
    return ",".join(file["sha256"] for file in identity["files"])
