"""Verdicts: their words, what is shown with them, families, and which scale's counts."""

import re
from dataclasses import replace

import pytest

from reports.claims.claim import Corpora
from reports.verdicts.verdict import judge_claims
from tests.reports.judging import BASE, LOW, QUESTION, claim, compared, verdict_of
from tests.reports.records import records_of, runs_of


def test_elsewhere_it_holds_at_this_scale_or_does_not():
    made = claim("worse", decides_at=())
    low, base = runs_of("g", "row", "m", LOW), runs_of("g", "base", "m", BASE)
    assert verdict_of(made, *low, *base).verdict == "holds at this scale"
    assert verdict_of(claim("better", decides_at=()), *low, *base).verdict == "does not hold at this scale"


def test_what_is_shown_with_a_verdict():
    found = compared("worse", LOW)
    assert found.measured.value == pytest.approx(-9.7)
    assert found.measured.low < -9.7 < found.measured.high
    assert (found.measured.row, found.measured.base) == (pytest.approx(80.4), pytest.approx(90.1))
    assert found.seeds == (1, 2, 3, 4, 5)
    assert found.smallest_effect is not None
    assert [(each.row, each.seed, each.hardware) for each in found.records[:1]] == [
        ("row", 1, "2 cores of a processor")
    ]
    assert found.command == "ablate repeat g --scale builtin --rows row,base"
    assert found.p < 1e-4
    assert "shown, p" in found.reason


def test_an_opposite_that_is_nearly_shown_is_told_with_its_level():
    """The interval excludes the stated side, and the stricter level for contradicting is missed."""
    row = [91.4, 90.5, 91.9, 90.6, 91.3]
    found = compared("worse", row)
    assert found.verdict == "inconclusive"
    assert found.measured.low > 0
    said = re.search(r", nor is the opposite: p (\S+), and at most 0\.01 is needed", found.reason)
    assert 0.01 < float(said[1]) <= 0.05
    assert "nor is" not in compared("worse", [90.3, 89.6, 91.0, 88.9, 90.5]).reason


def test_seeds_beyond_the_plan_are_listed_also_of_data_sets_together():
    made = over("sst2", "imdb", at_least=1)
    records = [
        run
        for scale in ("sst2", "imdb")
        for row, values in (("row", LOW), ("base", BASE))
        for run in runs_of("g", row, "m", values, scale=scale)
    ]
    of_plan, added = records_of(records), records_of(records, added={("imdb", 4), ("imdb", 5)})
    (judged,) = judge_claims([made], of_plan)
    assert (judged.verdict.added_seeds, {each.added_seeds for each in judged.scales}) == ((), {()})
    (judged,) = judge_claims([made], added)
    assert judged.verdict.added_seeds == (4, 5)
    assert {each.scale: each.added_seeds for each in judged.scales} == {"sst2": (), "imdb": (4, 5)}


def test_a_family_is_corrected_as_a_whole_run_or_not():
    """One p value of 0.03 holds alone and not among others, though the others have not run."""
    row = [89.9, 90.3, 89.4, 90.2, 89.6]  # p about 0.02
    records = [*runs_of("g", "row", "m", row), *runs_of("g", "base", "m", BASE)]
    alone = judge_claims([claim("worse", replace(QUESTION, margin=None))], records_of(records))[0].verdict
    assert alone.verdict == "reproduced"
    others = [claim("worse", replace(QUESTION, rows=(f"other{k}",), margin=None), name=f"o{k}") for k in range(3)]
    first, *rest = judge_claims([claim("worse", replace(QUESTION, margin=None)), *others], records_of(records))
    assert first.verdict.verdict == "inconclusive"
    assert first.verdict.family == 4
    assert first.verdict.p == pytest.approx(4 * alone.p)
    assert {each.verdict.verdict for each in rest} == {"not run"}
    apart = judge_claims(
        [claim("worse", replace(QUESTION, margin=None)), *(replace(o, family="g") for o in others)], records_of(records)
    )
    assert apart[0].verdict.verdict == "reproduced"


def scales(made, **values):
    records = []
    for scale, row in values.items():
        records += [*runs_of("g", "row", "m", row, scale=scale), *runs_of("g", "base", "m", BASE, scale=scale)]
    (judged,) = judge_claims([made], records_of(records))
    return judged


def test_the_most_authoritative_scale_that_decides_counts():
    questions = [replace(QUESTION, scale=scale, seeds=1) for scale in ("wmt14", "multi30k", "builtin")]
    made = claim("worse", *questions, decides_at=("wmt14",))
    everywhere = scales(made, builtin=LOW, multi30k=BASE, wmt14=LOW)
    assert (everywhere.verdict.verdict, everywhere.verdict.scale) == ("reproduced", "wmt14")
    assert [each.scale for each in everywhere.scales] == ["wmt14", "multi30k", "builtin"]
    assert everywhere.would_decide is None
    small = scales(made, builtin=LOW)
    assert (small.verdict.verdict, small.verdict.scale) == ("holds at this scale", "builtin")
    # One seed is what the grid plans there, and decides nothing.
    assert small.would_decide == "ablate run g --scale wmt14 --rows row,base --seeds 5"
    single = scales(made, builtin=LOW, wmt14=[80.0])
    assert (single.verdict.verdict, single.verdict.scale) == ("holds at this scale", "builtin")
    assert [each.verdict for each in single.scales] == ["inconclusive", "holds at this scale"]
    assert scales(made).verdict.scale == "wmt14"


def over(*names, at_least, also=(), decides_at=()):
    corpora = Corpora(names, at_least)
    questions = [replace(QUESTION, scale=scale, corpora=corpora) for scale in names]
    questions += [replace(QUESTION, scale=scale) for scale in also]
    return claim("worse", *questions, decides_at=decides_at)


def test_data_sets_decide_together_and_each_holds_at_its_own_scale():
    made = over("sst2", "imdb", "babi1", at_least=2, also=("builtin",))
    two = scales(made, sst2=LOW, imdb=LOW, babi1=BASE, builtin=BASE)
    assert (two.verdict.verdict, two.verdict.scale, two.verdict.records) == ("holds at this scale", None, ())
    assert (two.verdict.measured.value, two.verdict.measured.unit) == (2, "of 3 data sets")
    assert two.verdict.seeds == (1, 2, 3, 4, 5)
    assert {each.scale: each.verdict for each in two.scales} == {
        "sst2": "holds at this scale",
        "imdb": "holds at this scale",
        "babi1": "does not hold at this scale",
        "builtin": "does not hold at this scale",
    }
    assert two.would_decide is None
    one = scales(made, sst2=LOW, babi1=BASE)
    assert one.verdict.verdict == "inconclusive"
    assert "not decided on 1 (imdb); at least 2 are needed" in one.verdict.reason
    assert one.would_decide == "ablate run g --scale imdb --rows row,base"
    none = scales(made, sst2=BASE, imdb=BASE)
    assert (none.verdict.verdict, none.would_decide) == ("does not hold at this scale", None)


def test_data_sets_and_models_of_the_paper_reproduce_together():
    made = over("sst2", "imdb", at_least=2, decides_at=("sst2", "imdb"))
    assert scales(made, sst2=LOW, imdb=LOW).verdict.verdict == "reproduced"
    assert scales(made, sst2=BASE, imdb=LOW).verdict.verdict == "contradicted"


def test_before_any_data_set_has_run_another_scale_counts():
    made = over("sst2", "imdb", at_least=2, also=("builtin",))
    found = scales(made, builtin=LOW)
    assert (found.verdict.verdict, found.verdict.scale) == ("holds at this scale", "builtin")
    assert found.would_decide == "ablate run g --scale sst2 --rows row,base"
    nothing = scales(made)
    assert nothing.verdict.verdict == "not run"


def test_too_few_seeds_on_a_data_set_leave_it_undecided():
    found = scales(over("sst2", "imdb", at_least=1), sst2=[80.0], imdb=BASE)
    assert found.verdict.verdict == "inconclusive"
    assert found.would_decide == "ablate run g --scale sst2 --rows row,base"


def test_a_claim_without_a_test_says_why():
    made = replace(claim("worse"), test=None, why_not="needs 8 P100", command="repro fit")
    found = judge_claims([made], records_of([]))[0]
    assert (found.verdict.verdict, found.verdict.reason) == ("not run", "needs 8 P100")
    assert found.would_decide == "repro fit"
