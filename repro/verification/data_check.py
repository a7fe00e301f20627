"""Whether a cell's training data are those of its record, by the checksums of a prepared corpus.

ROOT/<store>/manifest.json     what preparation writes: `sources` with the sha256 of each text, and more
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from repro import json_file
from repro.ledger.comparing.comparability import SOURCES
from repro.ledger.comparing.repetition import first_data_difference

MANIFEST = "manifest.json"


def prepared_otherwise(data: Mapping[str, Any], root: Path) -> str | None:
    """One sentence on how a prepared corpus differs from the record's; None if it does not, or is not there yet.

    Args:
        data: the record's `data`.
        root: the folder of stores.
    """
    if "sources" not in data:
        return None
    for manifest in sorted(root.glob(f"*/{MANIFEST}")):
        try:
            status = manifest.stat()
            said = _read_once(manifest, status.st_size, status.st_mtime_ns)
        except (OSError, ValueError):  # being written
            continue
        if isinstance(said, dict) and said.get("corpus") == data.get("corpus"):
            difference = data_difference(data, said)
            if difference is not None:
                return difference
    return None


@lru_cache(maxsize=64)
def _read_once(path: Path, size: int, changed: int) -> Any:
    """A cell's data are checked every second while it runs."""
    return json_file.read_json(path)


def data_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """One sentence on the first difference between what two records or stores say of their texts; None without one.

    Args:
        before: the record's `data`.
        after: the same of a store or record here.
    """
    kept = [{key: side[key] for key in SOURCES if key in before and key in after} for side in (before, after)]
    difference = first_data_difference(*kept)
    if difference is None:
        return None
    key, there, here = difference
    return (
        f"the data here differ from the record's: {key} is {here} here, but {there} in the record; get the record's "
        "version of the data and repeat the command"
    )
