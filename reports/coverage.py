"""How much of each ablation has been run, as a page of the documents: `python -m reports.coverage reports/published`.

One line for each grid and scale with records that count: cells done of those planned, seeds, core-hours, commits. Below
it, the grids of that scale of which nothing has run; for each paper, how its claims were tested; and what each model's
attention says under each definition of explanation, on each corpus.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.catalogue import grid_at, grids, scales, scales_of_grid
from reports.figures.explanation import corpora
from reports.figures.explanation.definitions import DEFINITIONS, SIGNS
from reports.figures.explanation.models import GRID, models_at
from reports.figures.measurements import scales_of
from reports.figures.rendering import figure_texts
from reports.formatting import standing_text
from reports.verdicts.hindsight import hindsight
from reports.verdicts.records import Records, StoredRecord
from reports.verdicts.report import Report, make_report
from reports.verdicts.verdict import DECIDED, Judged
from repro.ledger.records.time_spent import time_spent

COLUMNS: Mapping[str, str] = {
    "counted": "counted",
    "arithmetic": "arithmetic",
    "trained": "five seeds",
    "few seeds": "fewer seeds",
    "runnable": "machine like yours",
    "large": "WMT 2014 or GPU",
    "stuck": "more runs do not help",
    "unavailable": "missing data",
    "shown": "never judged",
}
"""How a claim was decided, or else what it would need -> the head of its column."""

PAGE = """# Evidence

How much of each ablation has been run. This page is made from the published records:
`python -m reports.coverage reports/published > docs/evidence.md`.

- *done* counts the cells that the grid plans at this scale. *more* counts cells of further seeds.
- *seeds* is the smallest and the largest number of seeds of any row that ran.
- *core-hours* is the time of all attempts that count, times their threads. Most ran alongside other work, so it shows
  what was spent, not how fast anything is.

## Grids

{grids}

Nothing has been run yet of:

{missing}

## Claims

{standing}

{hindsight} The report marks each.

Decided claims that look at the same metric of the same rows as another one: {repeated}. Such claims are not
independent.

Decided claims are counted by how they were decided. *counted*: counted, computed or timed, independent of any seed.
*arithmetic*: the paper's own arithmetic. *five seeds*: models with five seeds or more; *fewer seeds*: with fewer. The
others are counted by what they need. *machine like yours*: a command runs it, or more seeds of it, on a few cores. *WMT
2014 or GPU*: a larger one does. *more runs do not help*: it has runs, but something else than their number stands
against a verdict, such as a metric at its ceiling. *missing data*: data, word vectors or a checked figure are missing.
*never judged*: figures of other systems, descriptions and conclusions, which are not included in any total.

*Good for Misconceived Reasons* is the paper of Wu et al. 2021, with Multi30k's published figure. *A lecture on
attention* is a list of further statements, tested in the same way.

{claims}

## Does attention explain?

By definition, model and corpus, from the records of `explanation`. {signs}. Neither paper says where explaining begins.
The thresholds are this project's; the report's section "Is attention explanation?" has them, with what was measured.

{explains}
"""


@dataclass(frozen=True)
class Line:
    """A grid at a scale.

    Attributes:
        done, planned: cells.
        beyond: cells of further seeds than the grid plans.
        fewest, most: seeds of its rows that have run.
        core_hours: of the records that count.
        commits: that made them, shortened, in order of their number of records.
    """

    scale: str
    grid: str
    done: int
    planned: int
    beyond: int
    fewest: int
    most: int
    core_hours: float
    commits: Sequence[str]


def coverage(records: Records) -> list[Line]:
    """A line for each shipped grid and scale with records, in the order of scales and grids."""
    at: dict[tuple[str, str], list[StoredRecord]] = {}
    for stored in records.counted:
        if stored.planned is not None and stored.record.status == "done":
            at.setdefault((stored.record.scale, stored.record.grid), []).append(stored)
    return [_line(scale, grid, records) for (scale, grid), records in sorted(at.items())]


def _line(scale: str, grid: str, records: Sequence[StoredRecord]) -> Line:
    seeds = Counter(stored.record.row for stored in records)
    commits = Counter(stored.record.commit[:7] for stored in records if stored.record.commit)
    planned = {(cell.row, cell.seed) for cell in grid_at(grid, scale).cells()}
    done = sum((stored.record.row, stored.record.seed) in planned for stored in records if stored.planned)
    return Line(
        scale,
        grid,
        done,
        len(planned),
        sum(stored.planned is True for stored in records) - done,
        min(seeds.values()),
        max(seeds.values()),
        sum(time_spent(stored.record) * int(stored.record.config.get("threads") or 1) for stored in records) / 3600,
        [commit for commit, _ in commits.most_common()],
    )


def missing(lines: Iterable[Line]) -> dict[str, list[str]]:
    """Scale -> grids that could run there, and have no record."""
    begun = {(line.scale, line.grid) for line in lines}
    return {
        scale: grids_left
        for scale in sorted(scales())
        if (grids_left := [g for g in sorted(grids()) if scale in scales_of_grid(g) and (scale, g) not in begun])
    }


def claims_counted(report: Report) -> dict[tuple[str, str], Counter[str]]:
    """Paper and place -> how many shipped claims are in each of COLUMNS."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for judged in report.shipped:
        stand = report.stands[judged.claim.id]
        counts.setdefault((judged.claim.paper.title, judged.claim.place), Counter())[stand.way or stand.standing] += 1
    return counts


def repeated_measurements(claims: Sequence[Judged]) -> int:
    """How many decided claims look at the same metric of the same rows as one before them."""
    looked_at = Counter(
        (question.grid, question.scale, question.metric, frozenset(question.sides))
        for judged in claims
        if judged.verdict.verdict in DECIDED and judged.claim.test is not None and judged.verdict.scale is not None
        for question in [judged.claim.test.questions[judged.verdict.scale]]
    )
    return sum(count - 1 for count in looked_at.values())


def answers_by_definition(records: Records) -> str:
    """A table: a line for each model on each corpus, a column for each definition of explanation."""
    texts = figure_texts("en")
    asked = corpora.answers([models_at(records, scale) for scale in scales_of(records, GRID)])
    names = [texts[f"explanation.definition.{key}"] for key in DEFINITIONS]
    return _table(
        ["corpus", "model", *names],
        [[each.corpus, f"`{each.row}`", *(SIGNS[answer.word][1] for answer in each.answers)] for each in asked],
    )


def page(report: Report) -> str:
    """The page as Markdown."""
    lines = coverage(report.records)
    by_place = claims_counted(report)
    words = {word: figure_texts("en")[f"explanation.answer.{word}"] for word in SIGNS}
    totals = sum(by_place.values(), Counter[str]())
    return PAGE.format(
        grids=_table(
            ["scale", "grid", "done", "seeds", "core-hours", "commits"],
            [
                [
                    line.scale,
                    f"`{line.grid}`",
                    f"{line.done} of {line.planned}" + (f", and {line.beyond} more" if line.beyond else ""),
                    str(line.most) if line.fewest == line.most else f"{line.fewest} to {line.most}",
                    f"{line.core_hours:.2f}",
                    ", ".join(line.commits) or "unknown",
                ]
                for line in lines
            ],
        ),
        missing=_table(
            ["scale", "grids"],
            [[scale, ", ".join(f"`{grid}`" for grid in left)] for scale, left in missing(lines).items()],
        ),
        signs=", ".join(f"{SIGNS[word][1]}: {name}" for word, name in words.items()),
        explains=answers_by_definition(report.records),
        standing=standing_text(report.stands_of(report.shipped), "en"),
        hindsight=hindsight(report.shipped).sentence(),
        repeated=repeated_measurements(report.shipped),
        claims=_table(
            ["paper", "place", *COLUMNS.values()],
            [
                [paper, place, *(str(counts[column]) for column in COLUMNS)]
                for (paper, place), counts in [*by_place.items(), (("all", ""), totals)]
            ],
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *rows])


if __name__ == "__main__":
    print(page(make_report([Path(folder) for folder in sys.argv[1:]])), end="")
