"""Lists the records that a folder had once: `python -m reports.replaced_history reports/published`.

It writes the folder's `replaced.yaml` from the history of git up to HEAD: for each row, when the first record began
that a commit has changed or removed. Records that are still there, but lie elsewhere in the folder, are not counted.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from reports.record_places import REPLACED, places
from reports.verdicts.replaced import RowOfScale
from repro import files
from repro.cell_directory import RECORD
from repro.errors import BadInput
from repro.streams import say

UPDATE = "python -m reports.replaced_history"


def replaced_records(folder: Path) -> dict[RowOfScale, str]:
    """Scale, grid and row -> when the first of its records began that the folder no longer has, ISO 8601 in UTC.

    Raises:
        BadInput: the folder is not in a checkout of git.
    """
    still_there = {_run(record) for record in _present(folder)}
    first: dict[RowOfScale, str] = {}
    for record in _changed_or_removed(folder):
        row = record["scale"], record["grid"], record["row"]
        if _run(record) not in still_there:
            first[row] = min(record["started"], first.get(row, record["started"]))
    return dict(sorted(first.items()))


def replaced_text(replaced: Mapping[RowOfScale, str]) -> str:
    """The content of `replaced.yaml`."""
    content: dict[str, dict[str, dict[str, str]]] = {}
    for (scale, grid, row), began in replaced.items():
        content.setdefault(scale, {}).setdefault(grid, {})[row] = began
    head = f"# When the first of each row's replaced or withdrawn records began. Written by `{UPDATE}`.\n"
    return head + yaml.safe_dump({"replaced": content}, width=120)


def _run(record: Mapping[str, Any]) -> tuple[str, str]:
    return record["cell"], record["started"]


def _present(folder: Path) -> Iterator[Mapping[str, Any]]:
    for place in places(folder, others=True):
        for attempt in place.attempts:
            path = place.folder / attempt / RECORD
            if path.is_file():
                yield json.loads(path.read_bytes())


def _changed_or_removed(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Records of the folder as they were before each commit that changed or removed them."""
    log = _git(folder, "log", "--no-renames", "--diff-filter=MD", "--format=:%H", "--name-only", "-z", "--relative")
    commit = ""
    for entry in log.decode("utf-8", "surrogateescape").replace("\n", "").split("\0"):
        if entry.startswith(":"):
            commit = entry.removeprefix(":")
        elif entry.rpartition("/")[2] == RECORD:
            yield json.loads(_git(folder, "show", f"{commit}^:./{entry}"))


def _git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip()
        raise BadInput(f"{folder}: git says: {reason}; `{UPDATE}` needs a checkout with its history")
    return done.stdout


def main(arguments: list[str]) -> int:
    """Write the file into the folder that the arguments name."""
    [folder] = map(Path, arguments)
    replaced = replaced_records(folder)
    files.write_texts(folder, {REPLACED: replaced_text(replaced)})
    say(f"{folder / REPLACED}: {len(replaced)} rows")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
