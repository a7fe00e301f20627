"""What is stale: records that other code has made, cells that no grid plans, a report older than its records."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from reports.build import NONE, outdated_by
from reports.catalogue import grids
from reports.claims.own_claims import OwnFiles
from reports.formatting import standing_text
from reports.verdicts.report import Report, make_report
from reports.verdicts.standing import count_stands
from reports.verdicts.without_verdict import without_verdict
from repro.ledger.records.record import code_of
from repro.ledger.running import machine
from repro.table import table
from repro.texts import texts_of


def status_of(directories: Sequence[Path], out: Path, own: OwnFiles = NONE) -> tuple[list[str], bool]:
    """Lines for people, and whether the report is not that of these records and claims.

    Raises:
        BadInput: a directory, claim or record that cannot be used.
    """
    with own.known() as claims:
        return _status_of(make_report(directories, claims, own.others), out)


def _status_of(report: Report, out: Path) -> tuple[list[str], bool]:
    records = report.records
    commit, dirty = machine.commit()
    code = code_of(commit, dirty) or "no checkout"
    count = len(records.counted)
    lines = [f"{'1 record counts' if count == 1 else f'{count} records count'}; this code is {code}"]
    stands = report.stands_of(report.shipped)
    texts = texts_of("reports", "en")
    counts = [[texts[f"standing.{standing}"], str(number)] for standing, number in count_stands(stands).items()]
    lines += ["", standing_text(stands, "en"), table([["claims", "number"], *counts])]
    groups: Counter[tuple[str, str, str]] = Counter()
    for stored in records.counted:
        record = stored.record
        if commit is not None and (record.commit != commit or record.dirty):
            groups[record.scale, record.grid or "-", stored.commit or "unknown code"] += 1
    if groups:
        rows = [["scale", "grid", "made by", "records"]]
        rows += [[*names, str(number)] for names, number in sorted(groups.items())]
        lines += ["", "records made by other code:", table(rows)]
        if any(it in grids() for _, it, _ in groups):
            lines.append(
                "`ablate repeat GRID` compares them with what this code gives; `ablate run GRID --stale` replaces them"
            )
    unplanned = [stored for stored in records.counted if stored.planned is False]
    for title, listed in (
        ("records of an earlier version of their grid", unplanned),
        (
            "records set aside in favour of another of the same row and seed, or of those that the grid plans today",
            records.set_aside,
        ),
    ):
        lines += ["", f"{title}:", *(f"  {stored.path}" for stored in listed)] if listed else []
    for each in without_verdict(records):
        lines += ["", each.said(texts_of("reports", "en"))]
        lines += [f"  {it.path}" + (f": {it.differs}" if it.differs else "") for it in each.records]
    if records.damaged:
        lines += [
            "",
            "records that cannot be read:",
            *(f"  {damaged.path}: {damaged.reason}" for damaged in records.damaged),
        ]
    lines += ["", _questions(report), *_added_seeds(report)]
    outdated = outdated_by(report, out)
    if outdated is None:
        said = "does not exist"
    else:
        said = f"is out of date: it has other {', '.join(outdated)}" if outdated else "is up to date"
    return [*lines, "", f"the report {out} {said}"], outdated != []


def _added_seeds(report: Report) -> list[str]:
    """How many verdicts rest on more seeds than their grid plans, if any do."""
    with_added = sum(bool(judged.verdict.added_seeds) for judged in report.judged)
    of = sum(judged.verdict.question is not None for judged in report.judged)
    return [f"{with_added} of {of} verdicts with records have seeds added to those planned"] if with_added else []


def _questions(report: Report) -> str:
    """How many verdicts rest on data that came before their question's last change."""
    orders = Counter(judged.verdict.question.order for judged in report.judged if judged.verdict.question is not None)
    of = f"of {sum(orders.values())} verdicts with records"
    parts = [f"{orders['after data']} {of} have a question that changed after the first of their data"]
    parts += [f"{orders['unknown']} have data of unknown or uncommitted code"] if orders["unknown"] else []
    parts += [f"{orders['not logged']} have a question that is not in the log"] if orders["not logged"] else []
    return "; ".join(parts)
