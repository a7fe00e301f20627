"""Whether records may be compared: the same measurement, of the same data, and times on one machine."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from repro.duration import duration
from repro.ledger.records.record import Record
from repro.metric_declaration import MetricDeclaration

TIMED = frozenset({"s", "minutes", "tokens/s", "target tokens a second", "pairs a second", "FLOP/s"})
"""Units of what depends on the machine, and on what else runs there."""

MACHINE = ("cpu", "cores", "gpus")
"""Keys of a record's hardware that decide times."""

MOST_APART = 3600.0
"""Seconds between the end of a run and the start of another, or three times the longer of both if that is more.

A machine that others share does not keep its speed: within hours, that of one model varied by a fifth.
"""

NAMES = ("corpus", "languages", "train", "dev", "test", "builtin")
"""Keys of a configuration's data that name the text."""

SOURCES = ("sources", "files", "generator", "settings")
"""Keys of a record's data that identify the text to the byte; counts and vocabularies follow from them."""

OF_TOKENS = re.compile(r"target[ _]tokens?|wordpieces?|perplexity a token", re.IGNORECASE)
"""Matches units and definitions of numbers that depend on how the vocabulary cuts the text into tokens."""


def unlike(records: Iterable[Record], metric: str) -> str | None:
    """Why a metric of these records must neither be compared nor averaged; None if it may be.

    Rows may be trained on different data where their configurations say so. Where the same data were asked for, as by
    the name of a corpus of which machines have different copies, they must have been the same. The text that a metric
    is measured on is one, and numbers per token need one vocabulary, too.
    """
    having = [record for record in records if metric in record.metrics]
    kinds = {(str(it.metrics[metric]["unit"]), str(it.metrics[metric]["definition"])) for it in having}
    if len(kinds) > 1:
        return f"{metric} is defined in {len(kinds)} ways in these records, which must not be compared"
    if any(counts_tokens(it.metrics[metric]) for it in having) and len({vocabulary_of(it) for it in having}) > 1:
        return f"{metric} counts tokens of different vocabularies, which must not be compared"
    copies: list[tuple[Any, Any]] = []  # of data that were asked for, and what was read; few, however many the records
    for record in having:
        asked, read = _asked_for(record.config), _text_of(record.data)
        known = next((first for same, first in copies if _same(same, asked)), None)
        if known is None:
            copies.append((asked, read))
        elif not _same(known, read):
            return "these records are of different copies of the same data, which must not be compared"
    if len({repr(measured_text(it, metric)) for it in having}) > 1:
        return f"{metric} is of different texts, which must not be compared"
    return None


def counts_tokens(metric: Mapping[str, Any]) -> bool:
    """Whether a metric, as a record has it, depends on how the vocabulary cuts the text into tokens."""
    return OF_TOKENS.search(f"{metric['unit']} {metric['definition']}") is not None


def measured_text(record: Record, metric: str) -> Any:
    """What says which text a metric was measured on; None of what is of no text, such as the number of updates."""
    split = metric.partition(".")[0]
    return None if split == "train" and not counts_tokens(record.metrics[metric]) else text_of_split(record, split)


def text_of_split(record: Record, split: str) -> Any:
    """What says which text a split is: its files with their checksums, or how it was generated.

    None of what is no split. Data without splits, as experiments other than trainings have, are one text.
    """
    named = record.data.get("sources")
    return named.get(split) if isinstance(named, Mapping) else [named, *map(record.data.get, ("files", "generator"))]


def vocabulary_of(record: Record) -> str:
    """What the vocabulary is, and not how it came about; where it has no checksum, all that is known."""
    vocabulary = record.data.get("vocabulary")
    return repr(vocabulary.get("sha256", vocabulary) if isinstance(vocabulary, Mapping) else vocabulary)


def is_timed(records: Iterable[Record], metric: str) -> bool:
    """Whether a metric of these records is a time or a speed."""
    return any(record.metrics[metric]["unit"] in TIMED for record in records if metric in record.metrics)


def timed_on_several_machines(
    records: Iterable[Record], metric: str, declared: MetricDeclaration | None = None
) -> bool:
    """Whether a metric of these records depends on the machine, and they are not all of one machine."""
    timed = [record for record in records if metric in record.metrics and _depends(record, metric, declared)]
    return any(_machine(record) != _machine(timed[0]) for record in timed[1:])


def timed_apart(
    row: Mapping[int, Record], base: Mapping[int, Record], metric: str, declared: MetricDeclaration | None = None
) -> str | None:
    """Why a metric that depends on the machine cannot be compared between two rows (seed -> record); None if it can.

    It cannot if a pair is of two machines. Nor can times and speeds if much time lies between its runs.

    Args:
        declared: what is declared of the metric. A score depends on the machine if training ends by the clock.
    """
    for seed in sorted(row.keys() & base.keys()):
        both = [side[seed] for side in (row, base) if metric in side[seed].metrics]
        if len(both) < 2 or not _depends(both[0], metric, declared):
            continue
        if _machine(both[0]) != _machine(both[1]):
            return f"{metric} of seed {seed} was measured on different machines, which must not be compared"
        if not is_timed(both, metric):
            continue
        apart = _seconds_between(both[0], both[1])
        if apart > max(MOST_APART, 3 * max(record.seconds for record in both)):
            return (
                f"the two runs of seed {seed} that measured {metric} are {duration(apart)} apart, and the machine's "
                "speed may have changed in between"
            )
    return None


def _depends(record: Record, metric: str, declared: MetricDeclaration | None) -> bool:
    return is_timed([record], metric) or (declared is not None and declared.timed)


def _seconds_between(one: Record, other: Record) -> float:
    """From the end of the earlier run to the start of the later one; 0 if they overlap, or it is unknown."""
    try:
        runs = sorted((datetime.fromisoformat(run.started).timestamp(), run.seconds) for run in (one, other))
    except ValueError:
        return 0.0
    (began, took), (next_began, _) = runs
    return max(0.0, next_began - began - took)


def _asked_for(config: Mapping[str, Any]) -> tuple[Any, Any]:
    data = config.get("data")
    named = {key: data.get(key) for key in NAMES} if isinstance(data, Mapping) else data
    return named, config.get("files")


def _text_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Which text was read. The settings of a training are how it prepared that text, which its configuration says."""
    return {key: data.get(key) for key in SOURCES if not (key == "settings" and "sources" in data)}


def _machine(record: Record) -> list[Any]:
    return [record.hardware.get(key) for key in MACHINE]


def _same(one: Any, other: Any) -> bool:
    """Whether plain data are the same, types included: false is not 0, nor 1 the same as 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
