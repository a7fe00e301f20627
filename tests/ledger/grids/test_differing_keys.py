"""Only keys that differ, those that decide first; none that stands for what went without saying."""

from repro.ledger.grids.cell import merge
from repro.ledger.grids.differing_keys import deciding_keys, differing_keys
from tests.comparison.runs import CONFIG


def test_only_differing_keys_and_the_deciding_ones_first() -> None:
    configs = [
        merge(CONFIG, {"data": {"root": "a"}}),
        merge(CONFIG, {"data": {"root": "b"}, "model": {"warmup": 7}, "seed_everything": 2}),
        merge(CONFIG, {"data": {"root": "a"}, "model": {"network": {"init_args": {"note": "="}}}}),
    ]
    differing = differing_keys(configs)
    assert differing == {
        "seed_everything": ["1", "2", "1"],
        "model.network.init_args.note": ["-", "-", "="],
        "model.warmup": ["100", "7", "100"],
        "data.root": ["a", "b", "a"],
    }
    assert list(differing)[-1] == "data.root"
    assert set(deciding_keys(configs)) == {"seed_everything", "model.warmup", "model.network.init_args.note"}


def test_equal_configurations_differ_in_nothing() -> None:
    assert differing_keys([CONFIG, CONFIG]) == {}


def test_keys_that_an_older_configuration_lacks_are_no_difference_unless_they_changed_something() -> None:
    newer = {"data": {"sha256": None, "share": 1.0}, "decoding": {"lines": None}}
    assert differing_keys([CONFIG, merge(CONFIG, newer)]) == {}
    assert differing_keys([CONFIG, merge(CONFIG, newer, {"data": {"share": 0.5}})]) == {"data.share": ["-", "0.5"]}


def test_text_and_its_look_alikes_differ() -> None:
    configs = [merge(CONFIG, {"model": {"warmup": "-"}}), merge(CONFIG, {"model": {"warmup": None}})]
    assert differing_keys(configs) == {"model.warmup": ['"-"', "null"]}
