"""A claim, and what planted records make of it."""

from dataclasses import replace

from reports.claims.claim import Claim, Paper, Question, Test
from reports.verdicts.verdict import judge_claims
from tests.reports.records import records_of, runs_of

PAPER = Paper("someone2017", "Some", "here", "1700.00001", "its text")
BASE = [90.1, 90.4, 89.8, 90.2, 90.0]
LOW = [80.3, 81.0, 79.9, 80.6, 80.2]
QUESTION = Question("g", "builtin", ("row",), "base", "m", "higher", margin=2.0, seeds=5)


def claim(rule, *questions, decides_at=("builtin",), name="c", family="f", published=None):
    given = questions or (QUESTION,)
    return Claim(
        name, PAPER, "Table 9", "9", "It is so.", published, Test(rule, {a.scale: a for a in given}), decides_at, family
    )


def verdict_of(made, *records):
    (judged,) = judge_claims([made], records_of(list(records)))
    return judged.verdict


def compared(rule, row, base=BASE, **changes):
    question = replace(QUESTION, **changes)
    return verdict_of(claim(rule, question), *runs_of("g", "row", "m", row), *runs_of("g", "base", "m", base))
