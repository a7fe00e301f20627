"""Planted runs that went badly: the signs of their pairs, and the verdicts that they leave."""

from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from reports.claims.claim import Published
from reports.verdicts.lost_runs import fate, is_lost, lost_pairs, signs_of
from reports.verdicts.records import StoredRecord
from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import BASE, QUESTION, claim, verdict_of
from tests.reports.records import planted, runs_of


def runs(name, values, status="done"):
    """Seed -> run; None is a run that ended well without a value, "lost" one that diverged."""
    found = {}
    for seed, value in enumerate(values, 1):
        lost = value == "lost"
        record = planted("g", "r", seed, {} if lost else {name: value}, status="diverged" if lost else status)
        found[seed] = StoredRecord(record, "p", Path())
    return found


def test_what_is_lost():
    diverged, missed, reached = runs("goal.seconds", ["lost", None, 3.0]).values()
    assert [is_lost(run, "goal.seconds") for run in (diverged, missed, reached)] == [True, True, False]
    assert not is_lost(missed, "test.bleu")  # it has no such goal
    assert not is_lost(runs("test.f1", [None])[1], "test.f1")  # without a value for a reason of its own
    (failed,) = runs("goal.seconds", [None], status="failed").values()
    assert not is_lost(failed, "goal.seconds")
    assert (fate("goal.seconds"), fate("test.bleu")) == ("diverged or missed the goal", "diverged")


@pytest.mark.parametrize(
    ("better", "stated", "signs"),
    [
        ("higher", "higher", {1: 1, 2: -1, 3: -1, 4: 1, 5: 0, 6: 0}),
        ("higher", "lower", {1: -1, 2: 1, 3: 1, 4: -1, 5: 0, 6: 0}),
        ("lower", "lower", {1: -1, 2: 1, 3: -1, 4: 1, 5: 0, 6: 0}),
        ("lower", "higher", {1: 1, 2: -1, 3: 1, 4: -1, 5: 0, 6: 0}),
    ],
)
def test_a_lost_run_is_worse_than_any(better, stated, signs):
    row = runs("test.bleu", [9.0, 7.0, "lost", 8.0, "lost", 8.0, None])
    base = runs("test.bleu", [8.0, 8.0, 8.0, "lost", "lost", 8.0, 8.0, 8.0])
    assert lost_pairs(row, base, "test.bleu") == {3, 4, 5}
    assert signs_of(row, base, "test.bleu", stated, better) == signs  # seed 7 has no value, seed 8 no row


# ---- verdicts


SCORED = replace(QUESTION, metric="test.bleu", declared=MetricDeclaration("test.bleu", "higher", quality=True))


def test_runs_that_diverged_count_as_worse_by_sign():
    row = [planted("g", "row", seed, {}, status="diverged") for seed in range(1, 6)]
    base = runs_of("g", "base", "test.bleu", BASE)
    found = verdict_of(claim("worse", SCORED), *row, *base)
    assert (found.verdict, found.not_done) == ("reproduced", {"diverged": 5})
    assert "5 of 5 pairs" in found.reason
    assert "5 diverged" in found.reason
    assert found.p == pytest.approx(1 / 32)
    assert verdict_of(claim("better", SCORED), *row, *base).verdict == "inconclusive"
    same = verdict_of(claim("same", SCORED), *row, *base)
    assert (same.verdict, same.reason) == ("inconclusive", "5 pairs have a run that diverged; not done: 5 diverged")


def test_a_base_that_has_learnt_nothing_is_none_beside_runs_that_diverged_either():
    learnt = Condition("test.bleu", "the base has learnt too little", above=5.0)
    row = [planted("g", "row", seed, {}, status="diverged") for seed in range(1, 6)]
    base = runs_of("g", "base", "test.bleu", [0.3, 0.4, 0.2, 0.3, 0.5])
    found = verdict_of(claim("worse", replace(SCORED, conditions=(learnt,))), *row, *base)
    assert found.verdict == "inconclusive"
    assert "has learnt too little" in found.reason


@pytest.mark.parametrize("rule", ["better", "worse"])
def test_runs_that_diverged_say_nothing_of_what_is_no_quality(rule):
    row = [planted("g", "row", seed, {}, status="diverged") for seed in range(1, 9)]
    asked = replace(QUESTION, metric="attention.entropy.step0")
    found = verdict_of(claim(rule, asked), *row, *runs_of("g", "base", "attention.entropy.step0", [2.0] * 8))
    assert (found.verdict, found.reason) == ("inconclusive", "8 pairs have a run that diverged; not done: 8 diverged")


@pytest.mark.parametrize(
    ("rule", "reached", "missed", "word"),
    [
        ("worse", 1, 8, "reproduced"),
        ("better", 1, 8, "inconclusive"),
        ("better", 5, 0, "reproduced"),
        ("better", 5, 3, "inconclusive"),  # the five are survivors
    ],
)
def test_runs_that_missed_the_goal_are_worse_than_any_time_to_it(rule, reached, missed, word):
    seconds = [5.0 + seed / 10 for seed in range(reached)] + [None] * missed
    declared = MetricDeclaration("goal.seconds", "lower", quality=True)
    # A question's metric has a name in words, which does not say that there was a goal.
    asked = replace(QUESTION, metric="goal.seconds", better="lower", declared=declared, function="repro.training:fit")
    found = verdict_of(
        claim(rule, asked),
        *[planted("g", "row", seed, {"goal.seconds": value}) for seed, value in enumerate(seconds, 1)],
        *runs_of("g", "base", "goal.seconds", [9.0 + seed**2 / 100 for seed in range(reached + missed)]),
    )
    assert found.verdict == word
    if missed:
        toward = {"better": reached, "worse": missed}[rule]
        lie = f"runs diverged or missed the goal: {toward} of {reached + missed} pairs are as stated"
        assert f"compared by sign, since {lie}" in found.reason
        assert found.p == pytest.approx(stats.binomtest(toward, reached + missed, alternative="greater").pvalue)


@pytest.mark.parametrize("rule", ["limit", "value", "order"])
def test_means_of_survivors_are_never_judged(rule):
    rows = [f"r{n}" for n in range(6)]
    published = Published("30 BLEU", 30.0, definition="bleu", corpus="builtin")
    question = {
        "limit": replace(QUESTION, base=None, above=10.0),
        "value": replace(QUESTION, base=None, metric="test.bleu", expected=30.0),
        "order": replace(
            QUESTION, base=None, rows=tuple(rows), published={row: float(n) for n, row in enumerate(rows)}
        ),
    }[rule]
    records = [planted("g", row, 1, {question.metric: 20.0 + n}) for n, row in enumerate(rows)]
    records += runs_of("g", "row", question.metric, [30.0, 30.1, 29.9, 30.0, 30.2, 30.1])
    made = claim(rule, question, published=published)
    assert verdict_of(made, *records).verdict == "reproduced"
    lost = planted("g", rows[0] if rule == "order" else "row", 7, {}, status="diverged")
    found = verdict_of(made, *records, lost)
    assert (found.verdict, found.reason) == ("inconclusive", "1 of 7 runs diverged; not done: 1 diverged")


def test_survivors_of_a_row_that_diverges_do_not_speak_for_it():
    row = [*runs_of("g", "row", "test.bleu", {1: 95.0, 2: 95.1, 3: 95.2, 4: 95.1, 5: 95.3})]
    row += [planted("g", "row", seed, {}, status="diverged") for seed in (6, 7, 8)]
    base = runs_of("g", "base", "test.bleu", [*BASE, 90.0, 90.1, 90.2])
    assert verdict_of(claim("better", SCORED), *row, *base).verdict == "inconclusive"
    assert verdict_of(claim("better", SCORED), *row[:5], *base).verdict == "reproduced"


def test_failed_runs_are_seen_and_decide_nothing():
    row = [planted("g", "row", seed, {}, status="failed", error="boom") for seed in range(1, 6)]
    found = verdict_of(claim("worse"), *row, *runs_of("g", "base", "m", BASE))
    assert (found.verdict, found.not_done) == ("inconclusive", {"failed": 5})
    assert len(found.records) == 10


@pytest.mark.parametrize("side", ["row", "base"])
def test_runs_that_diverged_without_a_partner_leave_the_claim_open(side):
    row = [value + 9 + seed / 9 for seed, value in enumerate(BASE)]
    records = [*runs_of("g", "row", "m", row), *runs_of("g", "base", "m", BASE)]
    assert verdict_of(claim("better"), *records).verdict == "reproduced"
    diverged = [planted("g", side, seed, {}, status="diverged") for seed in range(6, 16)]
    found = verdict_of(claim("better"), *records, *diverged)
    assert found.verdict == "inconclusive"
    assert "10 runs whose seed the other side does not have diverged" in found.reason
