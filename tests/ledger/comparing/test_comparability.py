"""Planted records that must not be set against each other, one reason at a time."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from repro.ledger.comparing import comparability
from repro.ledger.comparing.comparability import (
    counts_tokens,
    is_timed,
    timed_apart,
    timed_on_several_machines,
    unlike,
)
from repro.scoring.corpus_scores import bleu, chrf
from repro.scoring.definitions import DEFINITIONS
from repro.scoring.perplexity import nats_per_token, perplexity, token_accuracy

HERE = {"cpu": "a processor", "cores": 2, "gpus": [], "memory_bytes": 1}


def record(
    unit="BLEU", definition="of a kind", corpus="help", text="one copy", hardware=HERE, began=0, took=60, **data
):
    return SimpleNamespace(
        started=(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=began)).isoformat(),
        seconds=took,
        metrics={"m": {"value": 1.0, "unit": unit, "definition": definition}},
        config={"data": {"corpus": corpus, "vocabulary": {"size": 8000}, "root": "here", **data}},
        data={"corpus": corpus, "sources": {"test": [{"sha256": text}]}, "vocabulary": {"sha256": "v"}},
        hardware=hardware,
    )


def test_one_measurement_of_the_same_data():
    assert unlike([record(), record(vocabulary={"size": 4000}, root="there")], "m") is None
    assert unlike([], "m") is None


def test_two_definitions_or_units():
    assert "m is defined in 2 ways" in unlike([record(), record(definition="of another")], "m")
    assert "m is defined in 2 ways" in unlike([record(), record(unit="chrF")], "m")
    assert unlike([record(), SimpleNamespace(metrics={})], "m") is None  # one that has no value


def test_copies_of_the_same_data_that_differ():
    problem = "different copies of the same data"
    assert problem in unlike([record(), record(text="another copy")], "m")
    assert problem in unlike([record(), record(text="another copy", vocabulary={"size": 4000})], "m")
    assert problem in unlike([record(), record(text="another copy", root="there")], "m")
    # A row that asks for other data is another experiment, not another copy.
    assert unlike([record(), record(corpus="news", text="other text")], "m") is None
    assert unlike([record(), record(train=["half.tsv"], text="other text")], "m") is None


def trained(size, definition, text="one copy"):
    """A training's record, whose vocabulary was learnt at some size."""
    one = record(definition=definition, text=text, vocabulary={"size": size})
    one.data["vocabulary"] = {"sha256": f"of {size}"}
    one.data["settings"] = {"max_length": 256, "vocabulary": {"size": size}}
    return one


def test_rows_with_other_vocabularies_are_compared_in_scores_of_text_and_not_per_token():
    bleu, per_token = "Corpus cased BLEU on Moses tokens (de).", "Mean over the target's wordpieces."
    assert unlike([trained(4000, bleu), trained(8000, bleu)], "m") is None
    assert unlike([trained(4000, per_token), trained(8000, per_token)], "m") == (
        "m counts tokens of different vocabularies, which must not be compared"
    )
    assert unlike([trained(4000, per_token), trained(4000, per_token)], "m") is None
    assert "different copies" in unlike([trained(4000, bleu), trained(8000, bleu, "another copy")], "m")


def test_settings_of_a_generator_say_which_text_it_was():
    one, other = record(), record()
    for it, seed in ((one, 1), (other, 2)):
        it.data = {"generator": "3", "settings": {"seed": seed}}
    assert "different copies" in unlike([one, other], "m")
    assert unlike([one, one], "m") is None


def test_what_counts_tokens():
    per_token = [perplexity(2.0, 1), nats_per_token(2.0, 1, "some weights"), token_accuracy(1, 1, "some weights")]
    assert all(counts_tokens({"unit": it.unit, "definition": it.definition}) for it in per_token)
    assert counts_tokens({"unit": "tokens", "definition": "Target tokens trained on."})
    assert counts_tokens({"unit": "s", "definition": "Wall time until the dev perplexity a token was 12."})
    of_lines = [chrf(["a line"], ["a line"]), *(bleu(["a line"], ["a line"], it, "en") for it in DEFINITIONS.values())]
    assert not any(counts_tokens({"unit": it.unit, "definition": it.definition}) for it in of_lines)


@pytest.mark.parametrize("key", ["cpu", "cores", "gpus"])
@pytest.mark.parametrize("unit", ["s", "tokens/s", "target tokens a second", "FLOP/s"])
def test_times_of_two_machines(key, unit):
    there = {**HERE, key: "another"}
    row, base = record(unit, hardware=there), record(unit)
    assert timed_apart({1: base, 3: row}, {1: base, 3: base}, "m") == (
        "m of seed 3 was measured on different machines, which must not be compared"
    )
    assert timed_apart({1: base, 3: row}, {1: base, 3: row}, "m") is None  # each pair on one machine
    assert timed_apart({3: row}, {1: base}, "m") is None  # no pair
    assert timed_apart({1: record(hardware=there)}, {1: record()}, "m") is None  # no time


@pytest.mark.parametrize(
    ("began", "took", "said"),
    [
        (60, 60, None),  # one after the other
        (30, 60, None),  # side by side
        (60 + 3600, 60, None),
        (60 + 3601, 60, "m of seed 1 was measured 1 h 0 min apart, and a machine may change its speed meanwhile"),
        (60 + 3601, 1201, None),  # long runs may lie farther apart
        (60 + 3604, 1201, "apart"),
    ],
)
def test_times_of_one_machine_with_much_time_between_them(began, took, said):
    early, late = record("s"), record("s", began=began, took=took)
    for found in (timed_apart({1: early}, {1: late}, "m"), timed_apart({1: late}, {1: early}, "m")):
        assert found is None if said is None else said in found
    assert timed_apart({1: record(began=10**6)}, {1: record()}, "m") is None  # no time
    late.started = "last week"
    assert timed_apart({1: early}, {1: late}, "m") is None  # as a record of others may have it


def test_whether_all_times_are_of_one_machine():
    here, there = record("s"), record("s", hardware={**HERE, "cpu": "another"})
    assert is_timed([record(), here], "m")
    assert not is_timed([record()], "m")
    assert timed_on_several_machines([here, here, there], "m")
    assert not timed_on_several_machines([here, here], "m")
    assert not timed_on_several_machines([record(), record(hardware={**HERE, "cpu": "another"})], "m")  # no times
    assert not timed_on_several_machines([], "m")


def test_memory_does_not_make_a_machine():
    assert timed_apart({1: record("s", hardware={**HERE, "memory_bytes": 2})}, {1: record("s")}, "m") is None


@pytest.mark.parametrize(("one", "other"), [(0, False), (1, 1.0), (1, True), ([1], [1.0]), ({"a": 0}, {"a": False})])
def test_data_that_only_python_calls_equal_are_others(one, other):
    assert not comparability._same(one, other)
    assert not comparability._same({"k": [one]}, {"k": [other]})
    assert comparability._same({"k": [one], "l": None}, {"l": None, "k": [one]})
