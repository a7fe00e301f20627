"""How much of a BLEU score is lost to translations that are too short.

BLEU is the geometric mean of n-gram precisions times a brevity penalty, exp(1 - r / c) where the c words of the
translations are fewer than the r words of the references (Papineni et al. 2002, section 2.2.2). Models that have seen
little text often leave words out, so that two of them may differ in length where they differ in nothing else.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from repro.json_file import is_number
from repro.ledger.records.record import Record


@dataclass(frozen=True)
class Brevity:
    """Of a row, as means over its seeds.

    Attributes:
        length: words of the translations over words of the references.
        unpenalised: BLEU (0 to 100) divided by its brevity penalty.
    """

    length: float
    unpenalised: float


def brevities(records: Mapping[str, Mapping[int, Record]], metric: str) -> dict[str, Brevity]:
    """Row -> its brevity by one metric, over the records that are done and state the length that their score has.

    Empty unless the translations of some row are shorter than the references: then no score has a penalty.
    """
    found = {row: brevity for row, runs in records.items() if (brevity := _brevity(runs.values(), metric)) is not None}
    return found if any(brevity.length < 1 for brevity in found.values()) else {}


def _brevity(runs: Iterable[Record], metric: str) -> Brevity | None:
    scored = [record.metrics[metric] for record in runs if record.status == "done" and metric in record.metrics]
    both = [(each["value"], (each.get("details") or {}).get("length_ratio")) for each in scored]
    known = [
        (float(score), float(length))
        for score, length in both
        if score is not None and length is not None and is_number(score) and is_number(length) and length > 0
    ]
    penalties = [math.exp(min(0.0, 1 - 1 / length)) for _, length in known]
    if not known or not all(penalties):  # of hardly any translation the penalty is too small for a number
        return None
    return Brevity(
        fmean(length for _, length in known),
        fmean(score / penalty for (score, _), penalty in zip(known, penalties, strict=True)),
    )
