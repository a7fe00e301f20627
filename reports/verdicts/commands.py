"""The commands beside a verdict: what would run a claim's question, and what repeats it and compares."""

import shlex
from collections.abc import Sequence

from reports.catalogue import as_typed, scale_as_typed
from reports.claims.claim import Claim, Question
from reports.verdicts.rules import MIN_SEEDS
from repro.ledger.grids.grid import seeds_text


def command_of(claim: Claim, question: Question, seeds: int | None = None) -> str:
    """The one command that runs what is asked, with as many seeds as decide it, or as many as are asked for."""
    assert claim.test is not None
    one_run = claim.test.rule == "exact" and question.one_run_decides
    if seeds is None:
        seeds = 1 if claim.test.rule == "order" else MIN_SEEDS
    few = question.seeds < seeds and not one_run
    return shlex.join(["ablate", "run", *_portion(question), *(["--seeds", str(seeds)] if few else [])])


def of_grid(grid: str, scale: str) -> str:
    """The command that runs all cells of a grid that have not run."""
    return shlex.join(["ablate", "run", as_typed(grid), "--scale", scale_as_typed(scale)])


def repeating(question: Question, seeds: Sequence[int] = ()) -> str:
    """The one command that runs anew what was looked at, and compares it with its records.

    Args:
        question: what was asked.
        seeds: of the runs that were compared; they are named where the grid does not plan all of them.
    """
    named = [] if set(seeds) <= set(range(1, question.seeds + 1)) else ["--seeds", seeds_text(sorted(seeds))]
    return shlex.join(["ablate", "repeat", *_portion(question), *named])


def _portion(question: Question) -> list[str]:
    """Grid, scale and rows, but for claims about a whole grid."""
    rows = [*question.rows, *([] if question.base is None else [question.base])]
    return [
        as_typed(question.grid),
        "--scale",
        scale_as_typed(question.scale),
        *([] if question.published is not None else ["--rows", ",".join(rows)]),
    ]
