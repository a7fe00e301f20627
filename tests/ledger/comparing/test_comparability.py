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
from repro.metric_declaration import MetricDeclaration
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


def measured_on(metric, text, unit="BLEU"):
    """A training's record, with a metric of a split whose text it names; its data were asked for by that name."""
    one = record(unit, corpus=text)
    one.metrics = {metric: one.metrics["m"]}
    one.data["sources"] = {"dev": [f"dev of {text}"], "test": [f"test of {text}"], "train": [f"train of {text}"]}
    return one


@pytest.mark.parametrize(
    ("metric", "unit", "refused"),
    [
        ("test.bleu", "BLEU", True),
        ("dev.nll", "nats", True),
        ("train.nll", "nats per target token", True),
        ("train.updates", "updates", False),
        ("model.parameters", "parameters", False),
    ],
)
def test_a_metric_of_two_texts_is_not_compared(metric, unit, refused):
    one, other = measured_on(metric, "help", unit), measured_on(metric, "news", unit)
    said = f"{metric} is of different texts, which must not be compared"
    assert unlike([one, other], metric) == (said if refused else None)
    assert unlike([one, measured_on(metric, "help", unit)], metric) is None


def test_rows_trained_on_other_text_are_compared_on_one_test_set():
    one, other = measured_on("test.bleu", "help"), measured_on("test.bleu", "half of help")
    other.data["sources"]["test"] = one.data["sources"]["test"]
    assert unlike([one, other], "test.bleu") is None


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
        (60 + 3601, 60, "the two runs of seed 1 that measured m are 1 h 0 min apart"),
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


def test_a_score_after_a_time_of_training_is_of_its_machine():
    """However far apart in time its runs are: they had the same time, if not the same machine."""
    by_the_clock, by_updates = MetricDeclaration("m", timed=True), MetricDeclaration("m")
    row, base = record(hardware={**HERE, "cpu": "another"}), record()
    assert "different machines" in timed_apart({1: row}, {1: base}, "m", by_the_clock)
    assert timed_apart({1: row}, {1: base}, "m", by_updates) is None
    assert timed_apart({1: record(began=10**6)}, {1: base}, "m", by_the_clock) is None
    assert timed_on_several_machines([row, base], "m", by_the_clock)
    assert not timed_on_several_machines([row, base], "m", by_updates)


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
