"""Which decided claims were decided with data known beforehand, counted."""

from dataclasses import replace

from reports.verdicts.hindsight import Hindsight, hindsight
from reports.verdicts.verdict import judge_claims
from tests.reports.judging import BASE, LOW, claim
from tests.reports.records import records_of, runs_of


def judged(values, order, added):
    """One claim, judged by five seeds, of a question that is as old as `order` says."""
    runs = [*runs_of("g", "row", "m", values), *runs_of("g", "base", "m", BASE)]
    records = records_of(runs, added={("builtin", 5)} if added else set())
    (each,) = judge_claims([claim("worse")], records)
    verdict = replace(each.verdict, question=replace(each.verdict.question, order=order))
    return replace(each, verdict=verdict)


def test_each_way_is_counted_and_claims_only_once():
    changed, added = judged(LOW, "after data", False), judged(LOW, "before data", True)
    both, neither = judged(LOW, "after data", True), judged(LOW, "before data", False)
    assert hindsight([changed, added, both, neither]) == Hindsight(changed=2, added=2, either=3)


def test_what_is_not_decided_is_not_counted():
    undecided = judged([90.0, 88.0, 93.0, 85.0, 95.0], "after data", True)
    assert undecided.verdict.verdict == "inconclusive"
    assert hindsight([undecided]) == Hindsight(0, 0, 0)


def test_the_sentence_has_each_count():
    assert hindsight([judged(LOW, "after data", True)]).sentence().startswith("1 of them")
