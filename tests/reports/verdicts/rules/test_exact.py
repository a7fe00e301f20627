"""Measurements that no seed changes."""

from dataclasses import replace

import pytest

from reports.claims.claim import Question
from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import claim, verdict_of
from tests.reports.records import metric, planted

COUNTED = MetricDeclaration(".*", exact=True)
EXACT = Question(
    "complexity", "builtin", ("r",), None, "operations.n", "higher", margin=0.1, expected=2.0, declared=COUNTED
)


def exact(value, interval=None, question=EXACT, **others):
    found = {question.metric: metric(value, "exponent of n", "slope", interval=interval), **others}
    return verdict_of(claim("exact", question), planted("complexity", "r", 1, found))


@pytest.mark.parametrize(
    ("value", "interval", "word"),
    [
        (2.0, [1.99, 2.01], "reproduced"),
        (1.0, [0.99, 1.01], "contradicted"),  # the plant: a wrong exponent
        (2.0, [1.8, 2.2], "inconclusive"),
        (1.95, [1.85, 2.05], "inconclusive"),
        (2.1, None, "reproduced"),
        (2.11, None, "contradicted"),
        (None, None, "inconclusive"),
    ],
)
def test_exact_measurements(value, interval, word):
    found = exact(value, interval)
    assert (found.verdict, found.family) == (word, 0)


def test_a_measurement_that_judges_itself_gives_its_reason():
    question = replace(EXACT, metric="agrees", expected=1.0, margin=0.0)
    found = {"agrees": metric(0.0, "0 or 1", "1 if so", details={"reason": "follows n^2, not n"})}
    record = planted("complexity", "r", 1, found, details={"table": [{"measured": "n^2: 3"}]})
    verdict = verdict_of(claim("exact", question), record)
    assert verdict.verdict == "contradicted"
    assert verdict.reason.endswith(": no, stated: yes; follows n^2, not n; measured: n^2: 3")
    agreeing = planted("complexity", "r", 1, {"agrees": metric(1.0, "0 or 1", "1 if so")})
    assert verdict_of(claim("exact", question), agreeing).reason.endswith(": yes, as stated")


@pytest.mark.parametrize(
    ("side", "value", "interval", "word"),
    [
        ("below", 1.0, [0.9, 1.1], "reproduced"),
        ("below", 3.0, [2.9, 3.1], "contradicted"),
        ("below", 2.0, [1.9, 2.1], "inconclusive"),
        ("above", 3.0, [2.9, 3.1], "reproduced"),
        ("above", 1.0, None, "contradicted"),
    ],
)
def test_one_measurement_below_another(side, value, interval, word):
    for limit in ("other", 2.05):
        question = replace(EXACT, expected=None, margin=None, **{side: limit})
        assert exact(value, interval, question, other=metric(2.0, interval=[1.95, 2.05])).verdict == word


def test_seeds_that_disagree_about_what_is_exact_leave_it_open():
    records = [planted("complexity", "r", seed, {"operations.n": value}) for seed, value in ((1, 2.0), (2, 1.0))]
    assert verdict_of(claim("exact", EXACT), *records).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("values", "unit", "word", "said"),
    [
        ([2.0, 2.0, 1.0, 2.0, 2.05], "n", "inconclusive", "4 of 5 runs are as stated; from 1 to 2.05 over"),
        ([2.0, 2.05, 2.0, 2.0, 2.0], "n", "reproduced", "lies between 2 and 2.05 in 5 runs, stated: 2 ± 0.1"),
        ([1.0, 1.0, 0.0, 1.0, 1.0], "0 or 1", "inconclusive", "operations.n: 4 of 5 runs are as stated"),
    ],
)
def test_the_sentence_speaks_for_all_runs_and_not_for_the_first(values, unit, word, said):
    question = EXACT if unit == "n" else replace(EXACT, expected=1.0, margin=None)
    found = [metric(value, unit) for value in values]
    records = [planted("complexity", "r", seed, {"operations.n": it}) for seed, it in enumerate(found, 1)]
    verdict = verdict_of(claim("exact", question), *records)
    assert verdict.verdict == word
    assert said in verdict.reason
    assert any(all_runs in verdict.reason for all_runs in ("over 5 runs", "in 5 runs")) == (unit == "n")


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([metric(2.0)], "stated: 2"),
        ([metric(None)], "1 of 2 runs diverged or have no value of operations.n"),
        ([metric(2.0), "diverged"], "1 of 3 runs diverged or have no value of operations.n"),
        ([{}], "1 of 2 runs diverged or have no value of operations.n"),
    ],
)
def test_what_holds_in_every_run_holds_in_those_that_went_badly_too(others, said):
    records = [planted("complexity", "r", 1, {"operations.n": metric(2.0)})]
    for seed, found in enumerate(others, 2):
        went_badly = found == "diverged"
        measured = {"operations.n": found} if found and not went_badly else {}
        records.append(planted("complexity", "r", seed, measured, status="diverged" if went_badly else "done"))
    found = verdict_of(claim("exact", EXACT), *records)
    assert found.verdict == ("reproduced" if said == "stated: 2" else "inconclusive")
    assert said in found.reason


@pytest.mark.parametrize(("seeds", "word"), [(1, "inconclusive"), (4, "inconclusive"), (5, "reproduced")])
def test_what_a_seed_changes_needs_five_runs(seeds, word):
    question = replace(EXACT, declared=MetricDeclaration(".*"))
    runs = [planted("complexity", "r", seed, {"operations.n": metric(2.0)}) for seed in range(1, seeds + 1)]
    found = verdict_of(claim("exact", question), *runs)
    assert found.verdict == word
    if seeds == 1:
        assert found.reason == "1 seed decides nothing: operations.n changes with the seed, and at least 5 are needed"


def test_a_run_with_an_interval_of_its_own_or_a_time_decides_alone():
    assert exact(2.0, [1.99, 2.01], replace(EXACT, declared=MetricDeclaration(".*"))).verdict == "reproduced"
    assert exact(2.0, None, replace(EXACT, declared=MetricDeclaration(".*", timed=True))).verdict == "reproduced"
    by_the_clock = MetricDeclaration(".*", "higher", quality=True, timed=True)  # as BLEU after an hour
    assert exact(2.0, None, replace(EXACT, declared=by_the_clock)).verdict == "inconclusive"


@pytest.mark.parametrize(("accuracy", "word"), [(90.0, "reproduced"), (3.0, "inconclusive")])
def test_a_base_that_has_learnt_nothing_has_nothing_to_lose(accuracy, word):
    """A fall of nothing is no small fall; of what needs no learning, such as a count, it says nothing."""
    asked = replace(
        EXACT,
        expected=None,
        margin=None,
        below=5.0,
        declared=MetricDeclaration(".*", needs_learning=True),
        conditions=(Condition("accuracy", "the base has learnt too little", above=50.0),),
        conditional_on="r",
    )
    found = {asked.metric: metric(1.0), "accuracy": metric(accuracy)}
    runs = [planted("complexity", "r", seed, found) for seed in range(1, 6)]
    verdict = verdict_of(claim("exact", asked), *runs)
    assert verdict.verdict == word
    assert ("the base has learnt too little (accuracy 3, not above 50)" in verdict.reason) == (accuracy < 50)
    of_a_count = replace(asked, declared=replace(asked.declared, needs_learning=False))
    assert verdict_of(claim("exact", of_a_count), *runs).verdict == "reproduced"
