"""A claim for every row of a published table, or for some of them."""

import pytest

from repro.errors import BadInput


def test_a_table_makes_a_claim_a_row(read):
    entry = {
        "table": "vaswani2017-table3",
        "column": "bleu",
        "id": "{row}",
        "place": "Table 3",
        "section": "6.2",
        "base": "base",
        "same": 0.1,
        "skip": ["big"],
        "says": {"better": "{row} is better", "worse": "{label} is worse", "same": "{row} is the same"},
        "test": {"grid": "table3"},
        "decides_at": ["wmt14"],
    }
    claims = {claim.id: claim for claim in read(entry)}
    assert len(claims) == 18
    assert claims["someone2017-C7"].test.rule == "better"
    assert claims["someone2017-C1"].says == "2 layers is worse"
    # 25.8 - 25.7 is a little more than 0.1 in floating point, and not in the paper.
    assert claims["someone2017-E1"].test.rule == "same"
    assert claims["someone2017-C2"].test.questions.keys() == {"wmt14", "multi30k", "help"}
    assert list(claims["someone2017-A1"].test.questions) == ["wmt14", "multi30k", "help", "builtin"]
    # What the paper calls a difference cannot count as none in its own unit.
    assert claims["someone2017-A3"].test.questions["wmt14"].margin == 0.5
    assert claims["someone2017-C5"].test.questions["wmt14"].margin == pytest.approx(0.2)
    assert claims["someone2017-C5"].test.questions["multi30k"].margin == 0.5
    with pytest.raises(BadInput, match="no table 'vaswani2017-table9'; did you mean"):
        read({**entry, "table": "vaswani2017-table9"})
    with pytest.raises(BadInput, match="no column 'blue'; did you mean bleu"):
        read({**entry, "column": "blue"})
    with pytest.raises(BadInput, match="the table has no row 'bsae'"):
        read({**entry, "base": "bsae"})
    with pytest.raises(BadInput, match=r"{rwo} is not a word of the table; did you mean row"):
        read({**entry, "id": "{rwo}"})
    with pytest.raises(BadInput, match="says has no text for same"):
        read({**entry, "says": {"better": "x", "worse": "y"}})


def test_only_some_rows_of_a_table(read):
    entry = {
        "table": "jain2019-section4.1",
        "column": "gradient_loo",
        "only": ["sst"],
        "id": "{row}",
        "place": "Section 4.1",
        "section": "4.1",
        "says": "{label}: {value}",
        "why_not": "a plant",
    }
    assert [claim.says for claim in read(entry)] == ["SST: 0.66"]
    with pytest.raises(BadInput, match="the table has no row 'sts'; did you mean sst"):
        read({**entry, "only": ["sts"]})


def test_rows_with_something_of_their_own_are_tested_and_others_wait(read):
    entry = {
        "table": "jain2019-section4.1",
        "column": "gradient_loo",
        "only": ["sst", "snli", "imdb"],
        "id": "{row}",
        "place": "Section 4.1",
        "section": "4.1",
        "says": "{label}: {value}",
        "waits_for": "summaries",
        "test": {"rule": "value", "grid": "explanation", "row": "average", "metric": "tau.measures", "margin": 0.1},
        "by_row": {
            "sst": {"published": {"definition": "measures", "corpus": "sst2"}, "shown_at": ["sst2"]},
            "imdb": {
                "published": {"definition": "gradient", "corpus": "imdb"},
                "test": {"metric": "tau.gradient"},
                "shown_at": ["imdb"],
            },
        },
    }
    claims = {claim.id.removeprefix("someone2017-"): claim for claim in read(entry)}
    assert claims["snli"].test is None
    assert claims["snli"].waits_for == "summaries"
    assert claims["sst"].waits_for is None
    asked = {name: claims[name].test.questions for name in ("sst", "imdb")}
    assert {name: [(scale, q.metric, q.expected) for scale, q in of.items()] for name, of in asked.items()} == {
        "sst": [("sst2", "tau.measures", 0.66)],
        "imdb": [("imdb", "tau.gradient", 0.52)],
    }
    with pytest.raises(BadInput, match="the table has no row 'sts'; did you mean sst"):
        read({**entry, "by_row": {"sts": {}}})
    with pytest.raises(BadInput, match="by_row must map rows to their own settings"):
        read({**entry, "by_row": ["sst"]})
    with pytest.raises(BadInput, match=r"by_row.sst: test must hold keys and values"):
        read({**entry, "by_row": {"sst": {"test": "value"}}})
