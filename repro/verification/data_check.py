"""Whether a cell is trained on what its record's was: the checksums of a prepared corpus, before training goes on.

ROOT/<store>/manifest.json     what preparation writes: `sources` with the sha256 of each text, and more
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro import json_file
from repro.ledger.comparability import SOURCES
from repro.ledger.repetition import first_data_difference

MANIFEST = "manifest.json"


def prepared_otherwise(data: Mapping[str, Any], root: Path) -> str | None:
    """In what a corpus that was prepared is not the record's, in one sentence; None as far as it is, or is not there.

    Args:
        data: the record's.
        root: where stores are made.
    """
    if "sources" not in data:
        return None
    for manifest in sorted(root.glob(f"*/{MANIFEST}")):
        try:
            said = json_file.read_json(manifest)
        except (OSError, ValueError):  # being written
            continue
        if isinstance(said, dict) and said.get("corpus") == data.get("corpus"):
            difference = data_difference(data, said)
            if difference is not None:
                return difference
    return None


def data_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """The first difference between what two records or stores say of their texts, in one sentence; None if none.

    Args:
        before: the record's.
        after: of what is here.
    """
    kept = [{key: side[key] for key in SOURCES if key in before and key in after} for side in (before, after)]
    difference = first_data_difference(*kept)
    if difference is None:
        return None
    key, there, here = difference
    return (
        f"the data here are not the record's: {key} is {here} here, and {there} in the record; get the same copy and "
        "repeat the command"
    )
