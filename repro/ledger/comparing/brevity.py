"""How much of a BLEU score is lost to translations that are too short.

BLEU is the geometric mean of n-gram precisions times a brevity penalty, exp(1 - r / c) where the c words of the
translations are fewer than the r words of the references (Papineni et al. 2002, section 2.2.2). Models that have seen
little text often leave words out, so that two of them may differ in length where they differ in nothing else.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from repro import statistics
from repro.json_file import is_number
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record


@dataclass(frozen=True)
class Brevity:
    """Of a row.

    Attributes:
        length: words of the translations over words of the references, as a mean over seeds.
        by_seed: BLEU (0 to 100) divided by its brevity penalty.
    """

    length: float
    by_seed: Mapping[int, float]

    @property
    def unpenalised(self) -> float:
        """BLEU without the penalty, as a mean over seeds."""
        return fmean(self.by_seed.values())

    def minus(self, base: "Brevity", paired: bool) -> "statistics.Difference":
        """BLEU without the penalty, row minus base, with an interval that is not corrected for other rows.

        Args:
            base: of the row that this one is compared with.
            paired: over the seeds that both have; else of the two means. Only what is estimated as the difference with
                the penalty is can be read beside it: two sets of seeds may differ by as much as two rows.
        """
        return statistics.difference(self.by_seed, base.by_seed, paired=paired)


def brevities(records: Mapping[str, Mapping[int, Record]], metric: str) -> dict[str, Brevity]:
    """Row -> its brevity by one metric, over the records that are done and state the length that their score has.

    Empty unless the translations of some row are shorter than the references: then no score has a penalty.
    """
    found = {row: brevity for row, runs in records.items() if (brevity := _brevity(runs, metric)) is not None}
    return found if any(brevity.length < 1 for brevity in found.values()) else {}


def _brevity(runs: Mapping[int, Record], metric: str) -> Brevity | None:
    lengths, by_seed = [], {}
    for seed, score in metric_values(runs, metric).items():
        length = (runs[seed].metrics[metric].get("details") or {}).get("length_ratio")
        if length is None or not is_number(length) or length <= 0:
            continue
        penalty = math.exp(min(0.0, 1 - 1 / length))
        if not penalty:  # of hardly any translation it is too small for a number
            return None
        lengths.append(float(length))
        by_seed[seed] = score / penalty
    return Brevity(fmean(lengths), by_seed) if lengths else None
