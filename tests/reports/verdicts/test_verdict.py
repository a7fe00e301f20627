"""Each rule against planted records: what holds, what does not, what stays open, and what is never judged."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from reports.claims.claim import Published, Question
from reports.verdicts.commands import command_of, repeating
from reports.verdicts.records import hardware_of
from reports.verdicts.verdict import judge_claims
from tests.reports.judging import BASE, LOW, QUESTION, claim, compared, verdict_of
from tests.reports.records import metric, planted, records_of, runs_of

# ---- row against base


@pytest.mark.parametrize(
    ("rule", "row", "word", "ground"),
    [
        ("worse", LOW, "reproduced", "for"),
        ("better", LOW, "contradicted", "opposite"),
        ("same", LOW, "contradicted", "opposite"),
        ("worse", [90.2, 90.3, 89.9, 90.1, 90.1], "contradicted", "none"),
        ("better", [90.2, 90.3, 89.9, 90.1, 90.1], "contradicted", "none"),
        ("same", [90.2, 90.3, 89.9, 90.1, 90.1], "reproduced", "for"),
        ("worse", [70.0, 95.0, 88.0, 99.0, 84.0], "inconclusive", "open"),
        ("same", [70.0, 95.0, 88.0, 99.0, 84.0], "inconclusive", "open"),
        ("worse", LOW[:4], "inconclusive", "too few"),
    ],
)
def test_comparisons(rule, row, word, ground):
    found = compared(rule, row)
    assert (found.verdict, found.ground) == (word, ground)
    assert found.family == 1


def test_less_is_better_of_a_perplexity():
    assert compared("better", LOW, better="lower").verdict == "reproduced"
    assert compared("worse", LOW, better="lower").verdict == "contradicted"


def test_elsewhere_it_holds_at_this_scale_or_does_not():
    made = claim("worse", decides_at=())
    low, base = runs_of("g", "row", "m", LOW), runs_of("g", "base", "m", BASE)
    assert verdict_of(made, *low, *base).verdict == "holds at this scale"
    assert verdict_of(claim("better", decides_at=()), *low, *base).verdict == "does not hold at this scale"


def test_without_a_margin_no_difference_counts_as_none():
    assert compared("worse", [90.2, 90.3, 89.9, 90.1, 90.1], margin=None).verdict == "inconclusive"


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


def test_a_swapped_row_is_reported():
    """The plant: somebody filed the base's records under the row, and the row's under the base."""
    assert compared("worse", BASE, LOW).verdict == "contradicted"


def test_pairs_are_of_one_seed():
    """By seed the difference is 1 each time; by order it would be noise."""
    base = {1: 10.0, 2: 50.0, 3: 90.0, 4: 30.0, 5: 70.0}
    row = {seed: value - 1 - 0.01 * seed for seed, value in reversed(base.items())}
    found = verdict_of(claim("worse"), *runs_of("g", "row", "m", row), *runs_of("g", "base", "m", base))
    assert found.verdict == "reproduced"


# ---- a limit

TAUS = [0.31, 0.35, 0.33, 0.30, 0.36]


def limited(values=TAUS, others=None, **limit):
    question = replace(QUESTION, base=None, margin=None, **limit)
    others = others or [0.0] * len(values)
    both = zip(values, others, strict=True)
    records = [planted("g", "row", seed, {"m": one, "other": two}) for seed, (one, two) in enumerate(both, 1)]
    return verdict_of(claim("limit", question), *records)


@pytest.mark.parametrize(
    ("limit", "word", "ground"),
    [
        ({"below": 0.5}, "reproduced", "for"),
        ({"above": 0.2}, "reproduced", "for"),
        ({"above": 0.5}, "contradicted", "opposite"),
        ({"below": 0.33}, "inconclusive", "open"),
    ],
)
def test_a_mean_against_a_number(limit, word, ground):
    found = limited(**limit)
    assert (found.verdict, found.ground) == (word, ground)
    assert (found.measured.kind, found.measured.value) == ("mean", pytest.approx(0.33))


def test_a_limit_s_p_value_is_student_s():
    found = limited(below=0.36)
    assert found.p == pytest.approx(stats.ttest_1samp(TAUS, 0.36, alternative="less").pvalue)
    low, high = stats.t.interval(0.95, 4, np.mean(TAUS), stats.sem(TAUS))
    assert (found.measured.low, found.measured.high) == (pytest.approx(low), pytest.approx(high))


def test_two_metrics_of_the_same_runs_are_compared_in_pairs():
    """By run the difference is about 0.02 each time; the spread over runs is ten times as large."""
    others = [0.29, 0.331, 0.309, 0.281, 0.34]
    found = limited(others=others, above="other")
    assert found.verdict == "reproduced"
    assert found.p == pytest.approx(stats.ttest_rel(TAUS, others, alternative="greater").pvalue)
    assert "m of row minus other: +0.01" in found.reason
    assert limited(others=others, below="other").verdict == "contradicted"


def test_too_few_runs_decide_nothing_about_a_limit():
    assert limited(TAUS[:4], below=0.5).ground == "too few"


def test_a_test_of_sameness_has_no_smallest_effect():
    assert compared("same", [90.2, 90.3, 89.9, 90.1, 90.1]).smallest_effect is None
    assert compared("worse", [90.2, 90.3, 89.9, 90.1, 90.1]).smallest_effect is not None


def test_nothing_has_run():
    found = verdict_of(claim("worse"))
    assert (found.verdict, found.records) == ("not run", ())
    assert found.command == "ablate run g --scale builtin --rows row,base"
    only_base = verdict_of(claim("worse"), *runs_of("g", "base", "m", BASE))
    assert only_base.verdict == "not run"
    assert "has the row row yet" in only_base.reason


def test_two_definitions_are_never_compared():
    other = [planted("g", "row", seed, {"m": metric(v, definition="another")}) for seed, v in enumerate(LOW, 1)]
    found = verdict_of(claim("worse"), *other, *runs_of("g", "base", "m", BASE))
    assert found.verdict == "inconclusive"
    assert "defined in 2 ways" in found.reason


def test_what_is_no_match_is_never_compared():
    other = {"cpu": "another processor", "cores": 2, "gpus": []}
    seconds = {unit: metric(5.0, unit) for unit in ("s", "BLEU")}
    for unit, word in (("s", "inconclusive"), ("BLEU", "reproduced")):
        row = [planted("g", "row", seed, {"m": seconds[unit]}, hardware=other) for seed in range(1, 6)]
        base = runs_of("g", "base", "m", [metric(9.0 + seed / 10, unit) for seed in range(5)])
        assert verdict_of(claim("worse"), *row, *base).verdict == word
    found = verdict_of(
        claim("worse"),
        *runs_of("g", "row", "m", LOW, data={"sources": {"test": "one copy"}}),
        *runs_of("g", "base", "m", BASE, data={"sources": {"test": "another copy"}}),
    )
    assert found.verdict == "inconclusive"
    assert "different copies of the same data" in found.reason


# ---- families


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


# ---- published numbers


PUBLISHED = Published("27.3 BLEU", 27.3, unit="BLEU", definition="bleu_compound", corpus="wmt14-en-de", lines=3003)
VALUE = Question("main", "wmt14", ("t",), None, "test.bleu_compound", "higher", margin=0.5, expected=27.3)


def value_records(values, corpus="wmt14-en-de", lines=3003):
    bleu = [metric(v, "BLEU, 0 to 100", "as of get_ende_bleu.sh", details={"lines": lines}) for v in values]
    data = {"corpus": corpus}
    return [
        planted("main", "t", seed, {"test.bleu_compound": it}, scale="wmt14", data=data)
        for seed, it in enumerate(bleu, 1)
    ]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([27.25, 27.4, 27.2, 27.35, 27.3], "reproduced"),
        ([25.2, 25.4, 25.1, 25.3, 25.3], "contradicted"),
        ([27.0, 28.9, 26.1, 27.9, 26.6], "inconclusive"),
        ([27.3], "inconclusive"),
    ],
)
def test_a_published_number(values, word):
    made = claim("value", VALUE, decides_at=("wmt14",), published=PUBLISHED)
    found = verdict_of(made, *value_records(values))
    assert found.verdict == word
    assert found.measured.value == pytest.approx(sum(values) / len(values))


@pytest.mark.parametrize(("changes", "why"), [({"corpus": "news"}, "another test"), ({"lines": 2737}, "test set")])
def test_other_data_are_never_judged(changes, why):
    made = claim("value", VALUE, decides_at=("wmt14",), published=PUBLISHED)
    found = verdict_of(made, *value_records([27.25, 27.4, 27.2, 27.35, 27.3], **changes))
    assert found.verdict == "inconclusive"
    assert why in found.reason


# ---- exact


EXACT = Question("complexity", "builtin", ("r",), None, "operations.n", "higher", margin=0.1, expected=2.0)


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
    assert "follows n^2, not n; measured: n^2: 3" in verdict.reason


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


# ---- order


ROWS = {"a": 20.0, "b": 21.0, "c": 22.0, "d": 23.0, "e": 24.0, "f": 25.0}


@pytest.mark.parametrize(
    ("measured", "word"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "reproduced"),
        ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], "contradicted"),
        ([2.0, 5.0, 1.0, 6.0, 3.0, 4.0], "inconclusive"),
        ([1.0, 2.0, 3.0], "inconclusive"),
    ],
)
def test_the_order_of_rows(measured, word):
    question = Question("g", "builtin", tuple(ROWS), None, "m", "higher", published=ROWS)
    records = [planted("g", row, 1, {"m": value}) for row, value in zip(ROWS, measured, strict=False)]
    found = verdict_of(claim("order", question), *records)
    assert found.verdict == word
    assert found.command == "ablate repeat g --scale builtin"


# ---- which scale counts


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


def test_a_claim_without_a_test_says_why():
    made = replace(claim("worse"), test=None, why_not="needs 8 P100", command="repro fit")
    found = judge_claims([made], records_of([]))[0]
    assert (found.verdict.verdict, found.verdict.reason) == ("not run", "needs 8 P100")
    assert found.would_decide == "repro fit"


def test_commands_repeat_the_seeds_that_were_used():
    assert repeating(QUESTION, [1, 2, 3]) == "ablate repeat g --scale builtin --rows row,base"
    assert repeating(QUESTION, [1, 2, 3, 4, 5, 6]).endswith("--rows row,base --seeds 6")
    assert repeating(QUESTION, [7, 9]).endswith("--seeds 7,9")
    assert repeating(QUESTION, [7]).endswith("--seeds 7-7")  # a number alone would be how many
    assert repeating(QUESTION) == repeating(QUESTION, [1])


def test_what_has_not_run_is_run_with_as_many_seeds_as_decide_it():
    assert command_of(claim("worse"), QUESTION) == "ablate run g --scale builtin --rows row,base"
    few = replace(QUESTION, seeds=2)
    assert command_of(claim("worse", few), few).endswith("--seeds 5")
    assert "--seeds" not in command_of(claim("exact", EXACT), EXACT)
    assert verdict_of(claim("worse")).command == command_of(claim("worse"), QUESTION)
    half = verdict_of(claim("worse"), *runs_of("g", "row", "m", LOW))  # without its base nothing can be compared
    assert (half.verdict, half.command) == ("not run", command_of(claim("worse"), QUESTION))


def test_hardware_in_a_phrase():
    gpus = {"cpu": "X", "cores": 16, "gpus": ["NVIDIA H200", "NVIDIA H200"]}
    assert hardware_of(gpus) == "2 NVIDIA H200, 16 cores of X"
    assert hardware_of({}) == "? cores of an unknown processor"
