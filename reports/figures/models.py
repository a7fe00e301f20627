"""The models whose BLEU and cost are shown: those of the main job, and single runs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from reports.catalogue import by_authority
from reports.figures.measurements import done, number, over_seeds
from reports.verdicts.records import Records, StoredRecord
from repro.cell_directory import attempt_number
from repro.ledger.grids.cell import SINGLE
from repro.ledger.records.metric_values import metric_values, value_of
from repro.ledger.records.record import Record

GRIDS = ("main", SINGLE)
"""The main job, and single runs."""
DEFINITIONS = (
    "test.bleu",
    "test.bleu_intl",
    "test.bleu_intl_lc",
    "test.bleu_tokenised",
    "test.bleu_tokenised_lc",
    "test.bleu_compound",
)


@dataclass(frozen=True)
class Model:
    """The runs of one model on one corpus.

    Attributes:
        name: row, or folder of a single run, and scale.
        corpus: as records call it.
        records: one a seed, done.
    """

    name: str
    corpus: str
    records: tuple[Record, ...]

    def score(self, metric: str) -> tuple[float, float | None, float | None, str] | None:
        """Mean, interval and over what the interval is: "seeds", or "sentences" of a single run."""
        values = metric_values(dict(enumerate(self.records)), metric)
        mean = over_seeds(values)
        if mean is None:
            return None
        if mean.n > 1:
            return mean.value, mean.low, mean.high, "seeds"
        interval = self.records[min(values)].metrics[metric].get("interval")
        low, high = map(number, interval) if isinstance(interval, list | tuple) and len(interval) == 2 else (None, None)
        return mean.value, low, high, "sentences"


def models_of(records: Records) -> Iterator[Model]:
    """All models of the main job with a BLEU, the most authoritative scale first; of single runs each is one."""
    groups: dict[tuple[str, str, str, str, str], list[StoredRecord]] = {}
    for stored in records.counted:
        record = stored.record
        scored = any(value_of(record, name) is not None for name in DEFINITIONS)
        if record.grid in GRIDS and record.status == "done" and scored:
            single = (stored.run, f"{stored.directory}/{stored.path}") if record.grid == SINGLE else ("", "")
            groups.setdefault((record.scale, record.grid, record.row, *single), []).append(stored)
    order = by_authority(sorted({scale for scale, *_ in groups}))
    ranked = sorted(groups, key=lambda key: (order.index(key[0]), key[1] != "main", *key[2:]))
    names = _names([groups[key][0] for key in ranked])
    for key, name in zip(ranked, names, strict=True):
        runs = tuple(done({stored.record.seed: stored.record for stored in groups[key]}).values())
        yield Model(name, str(runs[0].data.get("corpus", key[0])), runs)


def _names(firsts: Sequence[StoredRecord]) -> list[str]:
    """What models are called, of each of which this is the first run: row, or folder, and scale.

    Of single runs with one name, as many of the folders above are named as tell them apart.
    """
    names = [f"{first.record.row or first.run}, {first.record.scale}" for first in firsts]
    alike: dict[str, set[tuple[str, ...]]] = {}
    for name, first in zip(names, firsts, strict=True):
        if first.record.grid == SINGLE:
            alike.setdefault(name, set()).add(_folders(first))
    return [
        f"{_tail(_folders(first), alike[name])}, {first.record.scale}" if len(alike.get(name, ())) > 1 else name
        for name, first in zip(names, firsts, strict=True)
    ]


def _tail(own: tuple[str, ...], alike: Collection[tuple[str, ...]]) -> str:
    """The fewest last folders that none of the others has."""
    tails = (own[-deep:] for deep in range(1, len(own) + 1))
    return "/".join(next(tail for tail in tails if [it[-len(tail) :] for it in alike].count(tail) == 1))


def _folders(stored: StoredRecord) -> tuple[str, ...]:
    """Those that lead to a run, without its attempts."""
    return tuple(part for part in stored.directory.resolve().parts if attempt_number(part) is None)
