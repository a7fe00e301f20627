"""Publishes finished cells: copies them to a folder of records, from which a campaign can continue anywhere.

    <to>/<scale>/<grid>/<row>-seed<k>-<cell>/attempt-N/record.json
                                                       metrics.csv                  the learning curve
                                                       inspection.json              where texts may be handed on:
                                                       hypotheses.<split>.txt.gz    TEXT_LICENCES in data/corpora.py
                                                       averaged.ckpt, weights.json  the same, and only if asked for

Only the attempt that counts is copied, under its number. A record is copied unchanged, with two exceptions: absolute
paths of this machine are cut to their last names, and texts that may not be redistributed are left out. Paths that are
part of a cell's id are kept, with a warning: those of the user's own files without a digest of their content.
"""

import gzip
import os
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from repro import files, inspection, json_file, locks, regular_file
from repro.cell_directory import AVERAGED, CURVE, RECORD, attempt_number, attempts
from repro.data.corpora import TEXT_LICENCES
from repro.errors import BadInput
from repro.ledger.grids.cell import identity
from repro.ledger.records.attempts import has_ended, records
from repro.ledger.records.published_cells import FinishedCell, last_finished
from repro.ledger.records.record import Record
from repro.ledger.running.plan import Plan, place
from repro.ledger.running.reuse import REUSED, origin
from repro.streams import note
from repro.weights.initial import initial_weights

HYPOTHESES = re.compile(r"hypotheses\.[A-Za-z0-9_-]+\.txt")
"""Translations of a split at the end of a run, not those of its milestones."""

TEXTS = ("examples",)
"""Keys of a record's details that hold sentences of the corpus."""

PLACES = ("config", "out", "checkpoint", "data.root", "vectors.root")
"""Keys of a configuration that name a place on the machine and decide nothing."""

OWN_FILES = (
    ("data.train", "data.dev", "data.test", "data.vocabulary.file", "data.sha256"),
    ("files",),
    ("vectors.text",),
    ("initial.weights",),
)
"""Keys that name the user's own files, and keys of their content, which decides; each group is cut together."""

ABSOLUTE = re.compile(r"""(?:^|(?<=[\[{,="'])|(?<=[:,] ))/[^\s,\[\]{}"'][^,\[\]{}"']*""")
"""Absolute paths in a value of a command line or configuration: by itself, in a list or mapping, or behind a comma."""

PUBLISHING = ".publishing"
"""The lock of a folder that is being published to."""


@dataclass(frozen=True)
class Copy:
    """An attempt to be published.

    Attributes:
        attempt: its directory.
        target: what its directory will be.
        record: the bytes of its record, as published.
        with_texts: whether sentences of its corpus may be handed on.
        licence: of the text that the weights were trained on; None if weights are not copied.
    """

    attempt: Path
    target: Path
    record: bytes
    with_texts: bool
    licence: str | None = None


@dataclass(frozen=True)
class Publication:
    """The copies to publish of a grid.

    Attributes:
        grid, scale: which.
        copies: the attempts that are not there yet.
        published_before: how many cells are there already.
        not_done: how many cells are not finished.
        weights: reason why weights are left out -> number of attempts; None if weights were not asked for.
    """

    grid: str
    scale: str
    copies: Sequence[Copy]
    published_before: int
    not_done: int
    weights: Mapping[str, int] | None = None

    def summary(self) -> str:
        """One line for people, once all of it is written."""
        said = (
            f"{self.grid} at {self.scale}: {len(self.copies)} published, {self.published_before} there already, "
            f"{self.not_done} not done"
        )
        if self.weights is None:
            return said
        without = "".join(f", {count} without ({reason})" for reason, count in self.weights.items())
        return f"{said}; weights of {sum(copy.licence is not None for copy in self.copies)}{without}"


def publication(planned: Plan, to: Path, with_weights: bool = False) -> Publication:
    """Look at a grid's cells below its directory of runs, and at what is published of them. Nothing is written.

    Args:
        planned: the grid, looked at without published records.
        to: the folder of published records.
        with_weights: whether to copy averaged weights, too, if the licence of the training text allows it.

    Raises:
        BadInput: a record that is damaged, of another cell, or other than what is published of the same run; or a
            folder that cannot be written to.
    """
    copies, before, not_done = [], 0, 0
    kept: Sequence[str] = ()
    without: dict[str, int] = {}
    for planned_cell in planned.cells:
        source = place(planned.out, planned_cell.cell)
        if planned_cell.state == "damaged":
            records(source)  # says which one
        finished = last_finished(source) if planned_cell.state == "done" else None
        if finished is None:
            not_done += 1
            continue
        copy = _copy(finished, place(to, planned_cell.cell), with_weights)
        if copy is None:
            before += 1
            continue
        check_writable(copy.target.parent, to)
        if with_weights:
            reason = _no_weights(copy)
            if reason is None:
                copy = replace(copy, licence=_licence(finished.record))
            else:
                without[reason] = without.get(reason, 0) + 1
        kept = kept or _public(finished.record.config)[1]
        copies.append(copy)
    if kept:
        note(
            f"records of {planned.grid.name} keep the absolute paths of {', '.join(kept)}, which are part of their "
            "ids; run them again with file digests to publish them without paths"
        )
    weights = without if with_weights else None
    return Publication(planned.grid.name, planned.grid.scale, copies, before, not_done, weights)


def publish(publications: Sequence[Publication], to: Path) -> None:
    """Write what is not there yet; each attempt appears whole or not at all.

    What a process left of these grids' attempts that was killed while it published is removed.

    Raises:
        BadInput: another process publishes to the same folder.
    """
    if not any(of_grid.copies for of_grid in publications) and not _remains(publications, to):
        return
    try:
        with locks.directory_lock(to / PUBLISHING, wait=False):
            for path in _remains(publications, to):
                shutil.rmtree(path, ignore_errors=True)
            for of_grid in publications:
                for copy in of_grid.copies:
                    _write(copy)
    except locks.Locked as error:
        raise BadInput(f"{error} is publishing to {to}; wait for it to end") from error


def _remains(publications: Sequence[Publication], to: Path) -> list[Path]:
    """Attempts that were never finished, as `files.built_atomically` calls them."""
    hidden = (path for of_grid in publications for path in (to / of_grid.scale / of_grid.grid).glob("*/.*.tmp"))
    return [path for path in hidden if attempt_number(path.name.split(".")[1]) is not None]


def check_writable(folder: Path, to: Path) -> None:
    """Check that a folder below `to`, the folder of published records, can be made or written to.

    Raises:
        BadInput: a file stands in the way, or it is not ours to write to.
    """
    existing = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not existing.is_dir():
        raise BadInput(f"--to {to} cannot be written: {existing} is not a folder; choose another")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise BadInput(f"--to {to} cannot be written: {existing} may not be written to; choose another")


def texts_may_be_published(record: Record) -> bool:
    """Whether the licence of a record's corpus lets its sentences, and translations of them, be handed on."""
    return _licence(record) is not None


def _licence(record: Record) -> str | None:
    """The licence of a record's corpus, if its sentences may be handed on; else None."""
    data, own_files = record.config.get("data"), record.config.get("files")
    own_files = own_files or initial_weights(record.config) is not None  # which other texts may have made
    if isinstance(data, Mapping):
        own_files = own_files or any(data.get(split) for split in ("train", "dev", "test"))
        vocabulary = data.get("vocabulary")
        own_files = own_files or (isinstance(vocabulary, Mapping) and vocabulary.get("file") is not None)
        data = data.get("corpus")
    return TEXT_LICENCES.get(data) if isinstance(data, str) and not own_files else None


def _no_weights(copy: Copy) -> str | None:
    """The reason why an attempt's weights are not copied; None if they are."""
    if not copy.with_texts:
        return "no licence of the training text is known that allows it"
    return None if (copy.attempt / AVERAGED).is_file() else f"{AVERAGED} is no longer there"


def _copy(finished: FinishedCell, cell: Path, with_weights: bool) -> Copy | None:
    """The copy of a finished cell to make; None if it is already published.

    Raises:
        BadInput: what is published cannot be read, is another record of the same run, or lacks the weights.
    """
    with_texts = texts_may_be_published(finished.record)
    target = cell / finished.attempt.name
    copy = Copy(finished.attempt, target, _as_published(finished, with_texts), with_texts)
    published = last_finished(cell)
    if published is not None:
        if (published.attempt / RECORD).read_bytes() != copy.record:
            _check_same_run(finished, published)
        if with_weights and _no_weights(copy) is None and not (published.attempt / AVERAGED).is_file():
            raise BadInput(
                f"{published.attempt} was published without its weights; publish to another folder with --to"
            )
        return None
    unended = [attempt for attempt in attempts(cell) if not has_ended(attempt)]
    if unended or target.exists():
        wrong = f"is half-written, without a {RECORD}" if unended else "holds the record of a run that is not done"
        raise BadInput(f"{(unended or [target])[0]} {wrong}; remove it and publish again")
    return copy


def _check_same_run(finished: FinishedCell, published: FinishedCell) -> None:
    """Two runs of one cell may differ, by their machines. One run has one result.

    Raises:
        BadInput: both records are of the same run, and say different things.
    """
    one, other = finished.record, published.record
    if one.started == other.started and (one.metrics, one.status) != (other.metrics, other.status):
        raise BadInput(
            f"{published.attempt / RECORD} differs in its metrics from {finished.attempt / RECORD}, of the same run; "
            "remove the wrong one"
        )


def _write(copy: Copy) -> None:
    with files.built_atomically(copy.target) as building:
        for name in (CURVE, *((inspection.FILE,) if copy.with_texts else ())):
            if (copy.attempt / name).is_file():
                _write_synced(building / name, regular_file.read_bytes(copy.attempt / name))
        for path in sorted(copy.attempt.iterdir()) if copy.with_texts else ():
            if HYPOTHESES.fullmatch(path.name) and path.is_file():
                _write_synced(building / f"{path.name}.gz", gzip.compress(path.read_bytes(), mtime=0))
        if copy.licence is not None:
            from repro.weights.handing_on import write_weights  # imports torch, which copying records does not need

            write_weights(copy.attempt / AVERAGED, building, copy.licence, lambda config: _public(config)[0])
        _write_synced(building / RECORD, copy.record)  # the last, for whoever looks into what is being built


def _write_synced(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _as_published(finished: FinishedCell, with_texts: bool) -> bytes:
    """The bytes of a record as it is published: its own, unless something has to be taken out."""
    raw = regular_file.read_bytes(finished.attempt / RECORD)
    before = json_file.parsed(raw)
    after = {**before, "command": _without_folders(before["command"])}
    details = {key: value for key, value in before["details"].items() if with_texts or key not in TEXTS}
    if isinstance(details.get(REUSED), str):
        details[REUSED] = origin(finished.record)
    after["details"] = details
    after["config"], _ = _public(before["config"])
    return raw if after == before else files.json_text(after).encode(errors="backslashreplace")


def _without_folders(command: str) -> str:
    """A command without the folders that lead to its absolute paths."""
    try:
        words = shlex.split(command)
    except ValueError:  # no command of ours
        return command
    if not any("/" in word for word in words):
        return command
    changed = []
    for word in words:
        option, is_joined, value = word.partition("=") if word.startswith("-") else ("", "", word)
        changed.append(f"{option}{is_joined}{_without_paths(value)}")
    return command if changed == words else shlex.join(changed)


def _public(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A configuration without absolute paths, and the keys whose paths are kept, since they are part of a cell's id."""
    public, kept = _shortened(config, PLACES), []
    for keys in OWN_FILES:
        shorter = _shortened(public, keys)
        if identity(shorter) == identity(public):
            public = shorter
        else:
            kept += [key for key in keys if _shortened(public, [key]) != public]
    return public, kept


def _shortened(config: Mapping[str, Any], keys: Sequence[str], above: str = "") -> dict[str, Any]:
    """The configuration with the absolute paths below some keys cut to their last names."""
    result: dict[str, Any] = {}
    for key, value in config.items():
        if f"{above}{key}" in keys:
            result[key] = _without_paths(value)
        else:
            result[key] = _shortened(value, keys, f"{above}{key}.") if isinstance(value, Mapping) else value
    return result


def _without_paths(value: Any) -> Any:
    """A value whose absolute paths are cut to their last names, keys of mappings included."""
    if isinstance(value, Mapping):
        return {_without_paths(key): _without_paths(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_without_paths(content) for content in value]
    if not isinstance(value, str):
        return value
    if Path(value).is_absolute() and not Path(value.partition(",")[0]).suffix:  # the comma, if any, is a folder's
        return ",".join(Path(path).name or path for path in re.split(r",(?=/)", value))
    return ABSOLUTE.sub(lambda path: Path(path[0]).name, value)
