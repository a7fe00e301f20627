"""The table of definitions: every row has its threshold, and seeds must agree."""

import math

import pytest

from ablations.explanation.definitions import DEFINITIONS, JAIN, WIEGREFFE, rule


def test_both_papers_are_there_and_every_row_states_its_threshold() -> None:
    assert {JAIN, WIEGREFFE} <= {each.paper for each in DEFINITIONS}
    assert len({each.key for each in DEFINITIONS}) == len(DEFINITIONS)
    assert all(each.asks.endswith(".") and each.because and math.isfinite(each.threshold) for each in DEFINITIONS)


def test_answers() -> None:
    rulings = {
        each.definition.key: each
        for each in rule(
            {
                "gradient_agreement": [0.1, 0.0],
                "adversary_jsd": [0.4, 0.6],
                "uniform_loss": [0.02, -0.01],
                "model_adversary_tvd": [math.inf],
                "guide_gain": [math.nan],
            }
        )
    }
    assert {key: each.answer for key, each in rulings.items() if each.values} == {
        "gradient_agreement": "yes",
        "adversary_jsd": "no",
        "uniform_loss": "seeds differ",
        "model_adversary_tvd": "yes",
        "guide_gain": "no",
    }
    assert rulings["seed_share"].answer == "not measured"
    assert rulings["seed_share"].mean is None
    record = rulings["gradient_agreement"].as_record()
    assert (record["mean"], record["threshold"], record["paper"]) == (0.05, 0.0, JAIN)


def test_a_key_that_no_definition_has() -> None:
    with pytest.raises(ValueError, match="hope"):
        rule({"hope": [1.0]})
