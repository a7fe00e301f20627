"""The waterfall's steps against separately computed scores."""

import json
from itertools import pairwise

import pytest

from repro.scoring.corpus_scores import bleu
from repro.scoring.definitions import DEFINITIONS
from repro.scoring.report import waterfall_table
from repro.scoring.waterfall import recorded_steps, waterfall

REFERENCES = [
    "Der US-Präsident liest eine E-Mail von gestern .",
    "Die alte Katze schläft heute auf dem Sofa .",
] * 10
VARIANTS = {
    "last checkpoint, greedy": [line.replace("alte", "neue").replace("heute", "nie") for line in REFERENCES],
    "averaged": [line.replace("heute", "nie") for line in REFERENCES],
    "beam 4": [line.replace("gestern", "morgen") for line in REFERENCES],
}


def test_steps_are_differences_of_scores():
    steps = waterfall(VARIANTS, REFERENCES, "de", resamples=100)
    assert [(step.variant, step.definition) for step in steps] == [
        ("last checkpoint, greedy", "bleu"),
        ("averaged", "bleu"),
        ("beam 4", "bleu"),
        ("beam 4", "bleu_tokenised"),
        ("beam 4", "bleu_compound"),
    ]
    for step in steps:
        alone = bleu(VARIANTS[step.variant], REFERENCES, DEFINITIONS[step.definition], "de", resamples=0)
        assert step.score == alone.value
    assert steps[0].gain is None
    for before, after in pairwise(steps):
        assert after.gain == after.score - before.score
        assert after.interval[0] <= after.gain <= after.interval[1]
    assert sum(step.gain for step in steps[1:]) == pytest.approx(steps[-1].score - steps[0].score)
    assert steps[1].gain > 0
    # Here both compounds are translated right, so that splitting them adds matches.
    assert steps[-1].gain > 0


def test_each_side_of_a_gain_is_scored_under_its_own_definition():
    # No 4-gram matches: 13a smooths, multi-bleu gives 0. All lines are alike, and so are all resamples.
    steps = waterfall({"only": ["a b c x"] * 5}, ["a b c d"] * 5, "de", ["bleu", "bleu_tokenised"], resamples=20)
    assert steps[0].score > 0
    assert steps[1].score == 0
    assert steps[1].interval == pytest.approx((-steps[0].score, -steps[0].score))


def test_definitions_can_be_chosen_and_intervals_left_out():
    one = {"only": VARIANTS["averaged"]}
    steps = waterfall(one, REFERENCES, "de", ["bleu_tokenised"], resamples=0)
    assert len(steps) == 1
    steps = waterfall(VARIANTS, REFERENCES, "de", resamples=0)
    assert all(step.interval is None for step in steps)


def test_tokens_are_scored_as_they_are():
    tokens = ["ein „ ja “ , 3 , 5 @-@ mal am Tag"], ["ein „ ja “ , 3 , 5 @-@ fach am Tag"]
    steps = waterfall({"a": tokens[0]}, tokens[1], "de", ("bleu_tokenised_lc",), pretokenised=True, resamples=0)
    definition = DEFINITIONS["bleu_tokenised_lc"]
    alone = [bleu(*tokens, definition, "de", pretokenised=given, resamples=0).value for given in (True, False)]
    assert steps[0].score == alone[0] != alone[1]


def test_same_seed_same_steps():
    first, again = (waterfall(VARIANTS, REFERENCES, "de", resamples=50, seed=3) for _ in range(2))
    assert first == again


def test_nothing_to_show_is_an_error():
    with pytest.raises(ValueError, match="variant"):
        waterfall({}, REFERENCES, "de")


def test_table_has_a_row_a_step_in_columns():
    steps = waterfall(VARIANTS, REFERENCES, "de", resamples=20)
    head, *rows = waterfall_table(steps).split("\n")
    assert len(rows) == len(steps)
    end = head.index("score") + len("score")
    for row, step in zip(rows, steps, strict=True):
        assert row.startswith(step.variant)
        assert row[:end].endswith(f"{step.score:.2f}")
    assert f"{steps[1].gain:+.2f}" in rows[1]


def test_a_record_s_steps_are_those_that_were_written():
    steps = waterfall(VARIANTS, REFERENCES, "de", resamples=100)
    recorded = json.loads(json.dumps([vars(step) for step in steps]))
    assert waterfall_table(recorded_steps(recorded)) == waterfall_table(steps)
    assert recorded_steps([vars(step) for step in steps]) == steps


@pytest.mark.parametrize("changes", [{"score": "x"}, {"gain": True}, {"interval": 5}, {"interval": [1]}, {"more": 1}])
def test_what_is_no_step_gives_no_table(changes):
    good = {"variant": "v", "definition": "bleu", "score": 1.0, "gain": None, "interval": None}
    assert len(recorded_steps([good])) == 1
    assert recorded_steps([{**good, **changes}]) == []
    for value in (None, 5, [5], [{"a": 1}], "x"):
        assert recorded_steps(value) == []
