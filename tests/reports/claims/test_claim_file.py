"""What the reader of claims refuses, and what it makes of the shipped ones."""

import pytest

from reports.claims.claim_file import claim_files, shipped_claims
from repro.errors import BadInput
from tests.reports.claims.entries import CLAIM, changed

VALUE = {
    "id": "v",
    "place": "Table 2",
    "section": "6.1",
    "says": "It has 27.3 BLEU.",
    "published": {
        "text": "27.3",
        "value": 27.3,
        "unit": "BLEU",
        "definition": "bleu_compound",
        "corpus": "wmt14-en-de",
        "lines": 3003,
    },
    "test": {"rule": "value", "grid": "main", "row": "transformer", "metric": "test.bleu_compound", "margin": 0.5},
    "decides_at": ["wmt14"],
}


def test_a_claim_as_it_is_read(read):
    (claim,) = read(CLAIM)
    assert claim.id == "someone2017-a"
    assert claim.published.difference == 0.8
    question = claim.test.questions["builtin"]
    assert (question.base, question.metric, question.better, question.margin) == (
        "base",
        "test.exact_match",
        "higher",
        2,
    )
    assert claim.family == "someone2017: Section 3.5"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        (changed(tset="x"), "claim a: key 'tset' is unknown; did you mean test"),
        (changed(says=" "), "claim a: says is missing"),
        (changed(place=None), "claim a: place is missing"),
        (changed(published__value=258.0), "published.value is 258 BLEU, which must be between 0 and 100"),
        (changed(published__also=[-1]), "published.also.0. is -1 BLEU"),
        (changed(published__unit="share"), "published.value is 25.8 share, which must be between 0 and 1"),
        (changed(published__unit="probability", published__value=1.2), "1.2 probability"),
        (changed(published__unit="BLUE"), "published.unit is 'BLUE'; did you mean BLEU"),
        (changed(published__value="much"), "published.value is 'much'; it must be a number"),
        (changed(published__vale=1), "published: key 'vale' is unknown; did you mean value"),
        (changed(published__text=None), "published.text is missing"),
        (changed(test=None, decides_at=None), "has neither a test nor a reason for having none"),
        (changed(why_not="because"), "gives both test and why_not"),
        (
            changed(test=None, decides_at=None, waits_for="sumaries"),
            "waits_for: 'sumaries' is not explained; did you mean",
        ),
        (changed(test=None, decides_at=None, waits_for="positions"), "the grid positions exists; give the test"),
        (changed(standing="shown"), "standing is of no use with a test"),
        (
            changed(test=None, decides_at=None, why_not="x", standing="closed"),
            "standing is 'closed'; it must be one of",
        ),
        (changed(test=None, decides_at=None, why_not="x", standing=[1]), r"standing is \[1\]; it must be one of"),
        (changed(test=None, why_not="because"), "decides_at and shown_at are of no use without a test"),
        (changed(test__rule="wrose"), "test.rule is 'wrose'; it must be one of better"),
        (changed(test__rwo="x"), "test.rwo is unknown; did you mean row"),
        (changed(test__grid="essentails"), "test.grid is 'essentails', which is not a grid; did you mean essentials"),
        (changed(test__row="no-position"), "has no row 'no-position' at the scale builtin; did you mean no-positions"),
        (changed(test__base="bsae"), "test.base is 'bsae', which is not a row .* did you mean base"),
        (changed(test__row="base"), "test.base is missing, and base has none"),
        (changed(test__metric="test.bluescore"), "test.metric 'test.bluescore' is one that no record .* can define"),
        (changed(test__metric="dev.bleu"), "'dev.bleu' is one that no record"),
        (changed(decides_at=["bulitin"]), "there is no scale 'bulitin'; did you mean builtin"),
        (changed(decides_at=["multi30k"]), "the grid essentials has no scale 'multi30k'"),
        (changed(test__at={"multi30k": {"grid": "essentials"}}), "the grid essentials has no scale 'multi30k'"),
        (changed(test__at={"builtin": {"rule": "same"}}), "test.at.builtin.rule is unknown"),
        (changed(test__rule="same", test__metric="dev.perplexity"), "test.margin is missing at the scale builtin"),
        (changed(test__margin=-1), "test.margin is -1; it must be a number above 0"),
        (changed(published__checked=False, test__rule="same"), "published.checked is false, so it decides nothing"),
        (changed(published__checked=False), "published.checked is false, so it decides nothing"),
        (changed(VALUE, published__corpus=None), "published.definition and published.corpus are needed"),
        (changed(VALUE, published__definition="bleu"), "test.bleu_compound, but the published number is bleu"),
        (
            changed(VALUE, published__corpus="wmt15"),
            "measures wmt14-en-de at the scale wmt14, but the published number is of wmt15",
        ),
        (changed(VALUE, decides_at=["multi30k"]), "measures multi30k at the scale multi30k"),
        (changed(VALUE, test__base="recurrent"), "test.base is of no use for the rule value"),
        (changed(VALUE, test__margin=None), "test.margin is missing"),
    ],
)
def test_refusals_are_one_sentence_with_file_claim_and_key(read, claim, message):
    with pytest.raises(BadInput, match=message) as caught:
        read(claim)
    assert "some.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_file_lacks_is_refused(read):
    for key in ("source", "paper"):
        with pytest.raises(BadInput, match=f"{key} is missing"):
            read(CLAIM, **{key: None})
    with pytest.raises(BadInput, match=r"claim someone2017-a is already in"):
        read(CLAIM, CLAIM)


def test_a_direction_from_memory_needs_another_source(read):
    (claim,) = read(changed(published__checked=False, direction_source="the abstract"))
    assert claim.test is not None


def test_every_paper_is_there_with_its_tables_and_sections():
    claims = shipped_claims()
    assert len(claims) >= 60
    assert list(dict.fromkeys(claim.paper.key for claim in claims)) == [
        "vaswani2017",
        "jain2019",
        "wiegreffe2019",
        "wu2021",
        "lecture",
    ]
    places = {claim.place for claim in claims if claim.paper.key == "vaswani2017"}
    assert {"Table 1", "Table 2", "Table 3", "Table 4", "Section 3.2.1", "Section 4", "Section 5.4"} <= places
    assert len(claim_files()) == 5


def test_figures_from_memory_are_marked_and_test_nothing():
    unchecked = [claim for claim in shipped_claims() if claim.published and not claim.published.checked]
    assert {claim.id for claim in unchecked} >= {"wiegreffe2019-table2-sst-uniform", "wiegreffe2019-table4-sst"}
    tested = [claim for claim in unchecked if claim.test is not None]
    assert all(claim.published.value is None and claim.test.rule == "limit" for claim in tested)
    assert len(tested) < len(unchecked) / 4


def test_other_corpora_and_the_wall_street_journal_wait():
    waiting = {claim.waits_for for claim in shipped_claims()}
    assert waiting >= {"other-corpora", "wall-street-journal"}
    assert all(claim.why_not for claim in shipped_claims() if claim.test is None)
