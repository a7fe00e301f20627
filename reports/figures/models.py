"""The models whose BLEU and cost are shown: those of the main job, and single runs."""

from collections.abc import Iterator
from dataclasses import dataclass

from reports.catalogue import by_authority
from reports.figures.measurements import done, metric_of, number, over_seeds, values_of
from reports.verdicts.records import Records
from repro.ledger.records.record import Record

GRIDS = ("main", "fit")
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
        name: row, or preset, and scale.
        corpus: as records call it.
        records: one a seed, done.
    """

    name: str
    corpus: str
    records: tuple[Record, ...]

    def score(self, metric: str) -> tuple[float, float | None, float | None, str] | None:
        """Mean, interval and over what the interval is: "seeds", or "sentences" of a single run."""
        values = values_of(dict(enumerate(self.records)), metric)
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
    groups: dict[tuple[str, str, str, str], dict[int, Record]] = {}
    for stored in records.counted:
        record = stored.record
        scored = any(metric_of(record, name) is not None for name in DEFINITIONS)
        if record.grid in GRIDS and record.status == "done" and scored:
            single = stored.run if record.grid == "fit" else ""
            groups.setdefault((record.scale, record.grid, record.row, single), {})[record.seed] = record
    order = by_authority(sorted({scale for scale, *_ in groups}))
    for scale, grid, row, single in sorted(groups, key=lambda key: (order.index(key[0]), key[1] != "main", *key[2:])):
        runs = tuple(done(groups[scale, grid, row, single]).values())
        corpus = str(runs[0].data.get("corpus", scale))
        yield Model(f"{row or single}, {scale}", corpus, runs)
