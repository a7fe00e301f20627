"""How much has been run, of planted records; and the page in the documents, of the published ones."""

from pathlib import Path

import pytest

from reports.claims.claim_file import shipped_claims
from reports.coverage import COLUMNS, claims_counted, coverage, missing, page, repeated_measurements
from reports.verdicts.hindsight import hindsight
from reports.verdicts.records import read_records
from reports.verdicts.report import Report, make_report
from reports.verdicts.standing import count_stands, count_ways, judgeable
from reports.verdicts.verdict import DECIDED, judge_claims
from tests.reports.records import planted, runs_of, write

ROOT = Path(__file__).parents[2]


def test_a_line_counts_cells_seeds_hours_and_commits(tmp_path: Path) -> None:
    for record in [
        *runs_of("heads", "base", "test.exact_match", [90.0, 91.0, 92.0], seconds=1800.0),
        planted("heads", "one", 1, {"test.exact_match": 80.0}, seconds=3600.0, commit="fedcba9876"),
        planted("heads", "half", 1, {}, status="failed"),
    ]:
        write(tmp_path, record)
    (line,) = coverage(read_records([tmp_path]))
    assert (line.scale, line.grid, line.done, line.planned) == ("builtin", "heads", 4, 50)
    assert (line.fewest, line.most) == (1, 3)
    assert line.core_hours == pytest.approx(3 * 0.5 + 1.0)
    assert line.commits == ["0123456", "fedcba9"]
    left = missing([line])
    assert "heads" not in left["builtin"]
    assert "heads" in left["multi30k"]
    assert "essentials" not in left["multi30k"]  # it does not run there


def test_cells_of_further_seeds_are_counted_apart(tmp_path: Path) -> None:
    for seed in (1, 2, 6):  # the grid plans five seeds
        write(tmp_path, planted("heads", "base", seed, {"test.exact_match": 90.0}))
    records = read_records([tmp_path])
    (line,) = coverage(records)
    assert (line.done, line.beyond) == (2, 1)
    assert "| 2 of 50, and 1 more |" in page(make_report([tmp_path]))


def test_threads_count_as_core_time(tmp_path: Path) -> None:
    record = planted("main", "transformer", 1, {"test.exact_match": 90.0}, seconds=3600.0)
    record.config["threads"] = 2  # type: ignore[index]
    write(tmp_path, record)
    (line,) = coverage(read_records([tmp_path]))
    assert line.core_hours == pytest.approx(2.0)


def test_claims_are_counted_by_how_they_were_tested(tmp_path: Path) -> None:
    for record in runs_of("positions", "positions=learned", "test.exact_match", [90.0] * 5):
        write(tmp_path, record)
    records = read_records([tmp_path])
    report = Report(tuple(judge_claims(shipped_claims(), records)), records, "digest")
    counts = claims_counted(report)
    assert sum(sum(places.values()) for places in counts.values()) == len(report.judged)
    assert {column for places in counts.values() for column in places} <= set(COLUMNS)
    assert counts["Attention Is All You Need", "Table 4"] == {"shown": 10, "unavailable": 2}
    assert f"| `positions` | 5 of {24} |" in page(report)


def test_claims_that_look_at_the_same_numbers_are_counted(tmp_path: Path) -> None:
    """A lecture's claim and one of section 4 both ask how far accuracy falls with distance."""
    for row, falls in (("lstm", [14.0, 15.0, 13.0, 14.5, 13.5]), ("self-attention", [1.0, 1.2, 0.8, 1.1, 0.9])):
        for record in runs_of("recurrence", row, "test.exact_match.fall", falls):
            write(tmp_path, record)
    shared = make_report([tmp_path])
    decided = [judged.claim.id for judged in shared.shipped if judged.verdict.verdict in DECIDED]
    assert {"vaswani2017-long-range-fall", "lecture-long-dependencies-kept"} < set(decided)
    assert repeated_measurements(shared.shipped) == 1
    alone = [judged for judged in shared.shipped if judged.claim.id != "lecture-long-dependencies-kept"]
    assert repeated_measurements(alone) == 0
    assert "same rows as another one: 1." in page(shared)


def test_the_page_in_the_documents_is_that_of_the_published_records() -> None:
    """If it is not: `python -m reports.coverage reports/published > docs/evidence.md`; and README has its counts."""
    published = make_report([ROOT / "reports" / "published"])
    assert (ROOT / "docs" / "evidence.md").read_text() == page(published)
    stands = published.stands_of(published.shipped)
    counts, ways = count_stands(stands), count_ways(stands)
    untrained = ways["counted"] + ways["arithmetic"]
    said = (
        f"Of {judgeable(counts)} claims that a measurement could decide, {counts['decided']} are decided so far: "
        f"{untrained} by counting, timing or arithmetic, and {ways['trained']} by training models with five seeds or "
        f"more. {hindsight(published.shipped).sentence()}"
    )
    assert said in " ".join((ROOT / "README.md").read_text().split())
    assert counts["decided"] == untrained + ways["trained"]
