"""What a claim's test asks at each scale, and what it must not ask."""

from collections import Counter

import pytest

from ablations.explanation.data.corpora import CORPORA
from reports.claims.claim import Corpora
from reports.claims.claim_file import shipped_claims
from repro.console.grid_runs import grids_of
from repro.errors import BadInput
from repro.ledger.grids.scale import read_scale
from tests.reports.claims.entries import changed

CORPORA_SCALES = {name.replace("_", "-") for name in CORPORA}


def test_a_limit_is_on_one_side(read):
    test = {"rule": "limit", "grid": "essentials", "row": "base", "metric": "test.exact_match"}
    (claim,) = read(changed(test={**test, "above": "test.exact_match.far"}))
    assert claim.test.questions["builtin"].above == "test.exact_match.far"
    for both in ({}, {"above": 1, "below": 2}):
        with pytest.raises(BadInput, match=r"test.above or test.below must be given for the rule limit, and not both"):
            read(changed(test={**test, **both}))
    with pytest.raises(BadInput, match=r"test.below is 'test.blue', which no such record can define"):
        read(changed(test={**test, "below": "test.blue"}))


def test_a_direction_from_memory_needs_another_source_and_no_number(read):
    test = {"rule": "limit", "grid": "explanation", "row": "bilstm-additive", "metric": "guides.f1.base"}
    made = changed(published={"text": "in words", "checked": False}, test={**test, "above": "guides.f1.uniform"})
    with pytest.raises(BadInput, match="it decides nothing; test a direction, with direction_source"):
        read(made)
    made["direction_source"] = "what the test is for"
    (claim,) = read(made)
    assert claim.test.questions["builtin"].above == "guides.f1.uniform"
    with pytest.raises(BadInput, match="it decides nothing; test a direction"):
        read({**made, "test": {**test, "above": 0.8}})


def test_what_the_demo_can_decide():
    """At its own scale, and by the grids that it runs at the scale that it is a shorter version of."""
    runs = {(grid.name, grid.scale): {row.name for row in grid.rows} for grid in grids_of(read_scale("demo"))}
    asked = Counter(
        question.grid
        for claim in shipped_claims()
        if claim.test is not None
        for question in claim.test.questions.values()
        if {*question.rows, *([question.base] if question.base else [])}
        <= runs.get((question.grid, question.scale), set())
    )
    assert asked["complexity"] >= 30
    assert asked["essentials"] >= 5
    assert asked["explanation"] >= 6
    assert min(asked[grid] for grid in ("overlap", "chains", "scaling")) >= 1


def test_no_absolute_bleu_is_tested_but_under_its_definition_on_its_data():
    valued = [claim for claim in shipped_claims() if claim.test and claim.test.rule == "value"]
    of_bleu = [claim for claim in valued if claim.published.unit == "BLEU"]
    assert {claim.id: list(claim.test.questions) for claim in of_bleu} == {
        "vaswani2017-table2-base-en-de": ["wmt14"],
        "wu2021-tiny-multi30k": ["multi30k-anchor"],
    }
    others = [claim for claim in valued if claim not in of_bleu]
    at_its_scale = {(corpus, corpus.replace("_", "-")) for corpus in CORPORA}
    assert {(it.published.corpus, *it.test.questions) for it in others} == at_its_scale
    assert {(it.published.unit, *it.decides_at) for it in others} == {("tau",)}


def test_the_least_size_of_a_difference_stands_in_place_of_a_margin(read):
    question = read(changed(test__by=3))[0].test.questions["builtin"]
    assert (question.by, question.margin) == (3.0, None)
    with pytest.raises(BadInput, match=r"test.by is of no use for the rule same"):
        read(changed(test__rule="same", test__by=3))
    with pytest.raises(BadInput, match=r"test.by must be above 0 and given without a margin"):
        read(changed(test__by=3, test__margin=1))
    with pytest.raises(BadInput, match=r"test.by is '3'; it must be a number"):
        read(changed(test__by="3"))


def test_what_a_grid_says_of_its_rows_goes_into_the_question():
    claims = {claim.id: claim for claim in shipped_claims()}
    parsing = claims["vaswani2017-parsing-above-lstm"].test.questions["treebank"]
    assert (parsing.base, parsing.conditional_on) == ("lstm-attention", "transformer")
    heads = claims["vaswani2017-one-head-worse"].test.questions["builtin"]
    assert heads.conditional_on == heads.base == "base"
    assert claims["vaswani2017-sooner-than-recurrence"].test.questions["builtin"].alone
    assert claims["vaswani2017-more-tokens-a-second"].test.questions["builtin"].alone
    assert not claims["vaswani2017-recurrence-with-attention"].test.questions["builtin"].alone


TOGETHER = {"rule": "limit", "grid": "explanation", "row": "average", "metric": "tau.gradient", "above": 0.5}
SOME = ["sst2", "imdb", "babi1", "babi2"]


def test_most_data_sets_are_more_than_half(read):
    (claim,) = read(changed(decides_at=None, published=None, test={**TOGETHER, "corpora": SOME}))
    assert claim.test.corpora == Corpora(tuple(SOME), 3)
    assert {scale for scale, question in claim.test.questions.items() if question.corpora is not None} == set(SOME)
    assert set(claim.test.questions) == {*CORPORA_SCALES, "builtin"}
    (three,) = read(changed(decides_at=None, published=None, test={**TOGETHER, "corpora": SOME[:3], "at_least": 1}))
    assert three.test.corpora.at_least == 1


def test_all_data_sets_may_be_the_paper_s(read):
    (claim,) = read(changed(decides_at=SOME, published=None, test={**TOGETHER, "corpora": SOME}))
    assert set(claim.decides_at) == set(SOME)
    assert claim.test.corpora == Corpora(tuple(SOME), 3)


@pytest.mark.parametrize(
    ("test", "decides_at", "message"),
    [
        ({"corpora": "sst2"}, None, r"test.corpora is 'sst2'; it must be a list of scales"),
        ({"corpora": ["sst2"]}, None, r"test.corpora is \['sst2'\]; it must list two scales or more, each once"),
        ({"corpora": ["sst2", "sst2"]}, None, r"it must list two scales or more, each once"),
        ({"corpora": ["sst2", "imbd"]}, None, r"there is no scale 'imbd'; did you mean imdb"),
        ({"corpora": ["sst2", "multi30k"]}, None, r"the grid explanation has no scale 'multi30k'"),
        ({"corpora": SOME, "at_least": 5}, None, r"test.at_least is 5; it must be a whole number from 1 to 4"),
        ({"corpora": SOME, "at_least": True}, None, r"test.at_least is True; it must be a whole number from 1 to 4"),
        (
            {"corpora": SOME},
            ["sst2"],
            r"test.corpora decide the claim together; list all of them in decides_at, or leave it out",
        ),
        ({"at_least": 2}, None, r"test.at_least is of no use without test.corpora; leave it out"),
    ],
)
def test_data_sets_that_cannot_be_meant(read, test, decides_at, message):
    with pytest.raises(BadInput, match=message):
        read(changed(decides_at=decides_at, published=None, test={**TOGETHER, **test}))


def test_claims_over_most_data_sets_ask_all_that_are_at_hand():
    together = {claim.id: claim.test.corpora for claim in shipped_claims() if claim.test and claim.test.corpora}
    most = {name: corpora for name, corpora in together.items() if name.startswith("jain2019-")}
    assert len(most) == 8
    for corpora in most.values():
        assert set(corpora.scales) == CORPORA_SCALES
        assert corpora.at_least == 4


ORDER = {"rule": "order", "grid": "table3", "table": "vaswani2017-table3", "column": "parameters"}


def test_an_order_may_be_that_of_some_rows(read):
    rows = ["C7", "C1", "C2", "base"]
    (claim,) = read(changed(test={**ORDER, "rows": rows}, decides_at=["wmt14"], shown_at=["builtin"]))
    assert claim.test.questions["wmt14"].published == {"C7": 90.0, "C1": 36.0, "C2": 50.0, "base": 65.0}
    assert claim.test.questions["builtin"].rows == ("C7", "C1", "base")  # C2 is not a row there
    with pytest.raises(BadInput, match=r"test.rows names 'C9', which vaswani2017-table3 does not have"):
        read(changed(test={**ORDER, "rows": ["C1", "C9"]}))
    with pytest.raises(BadInput, match=r"test.rows is 'C1'; it must be a list of rows"):
        read(changed(test={**ORDER, "rows": "C1"}))
    with pytest.raises(BadInput, match=r"test.rows is of no use for the rule worse"):
        read(changed(test__rows=["base"]))


def test_an_order_is_turned_only_by_a_metric_with_the_other_better_direction(read):
    def published(**metric):
        (claim,) = read(changed(test={**ORDER, "rows": ["C1", "C7", "base"], **metric}, shown_at=["builtin"]))
        return claim.test.questions["builtin"].published

    as_printed = {"C1": 36.0, "C7": 90.0, "base": 65.0}
    assert published(metric="dev.exact_match") == as_printed  # higher is better of both
    assert published(metric="model.parameters") == as_printed  # neither is
    assert published(metric="dev.perplexity") == {row: -value for row, value in as_printed.items()}


@pytest.mark.parametrize(
    ("test", "key"),
    [
        ({"rule": "better", "below": 3}, "below"),
        ({"rule": "worse", "expected": 3}, "expected"),
        ({"rule": "higher", "times": 3}, "times"),
        ({"rule": "lower", "relative": 0.1}, "relative"),
        ({"rule": "same", "margin": 1, "above": 3}, "above"),
        ({"rule": "same", "margin": 1, "by": 1}, "by"),
        ({"rule": "limit", "above": 3, "base": "base"}, "base"),
        ({"rule": "limit", "above": 3, "relative": 0.1}, "relative"),
        ({"rule": "exact", "above": 3, "expected": 3}, "expected"),
        ({"rule": "exact", "above": 3, "margin": 3}, "margin"),
        ({"rule": "exact", "expected": 3, "column": "parameters"}, "column"),
        ({"rule": "value", "margin": 1, "below": 30}, "below"),
        ({**ORDER, "row": "base"}, "row"),
        ({**ORDER, "margin": 1}, "margin"),
    ],
)
def test_no_key_of_a_test_is_ignored(read, test, key):
    of_one_row = {"grid": "essentials", "row": "no-positions", "metric": "test.exact_match"}
    with pytest.raises(BadInput, match=rf"test.{key} is of no use for the rule {test['rule']}( beside above)?; leave"):
        read(changed(test=test if test["rule"] == "order" else {**of_one_row, **test}))


def test_a_range_has_one_end(read):
    test = {"rule": "exact", "grid": "essentials", "row": "base", "metric": "test.exact_match"}
    with pytest.raises(BadInput, match=r"test.above or test.below must be given for the rule exact, and not both"):
        read(changed(test={**test, "above": 1, "below": 2}))
