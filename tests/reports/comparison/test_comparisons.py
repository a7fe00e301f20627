"""Numbers and records beside published runs, metric by metric."""

import pytest

from reports.comparison.comparisons import compare_numbers, compare_record
from reports.comparison.references import Reference
from repro.errors import BadInput
from tests.reports.records import metric, planted

VALUES = {1: 90.0, 2: 91.0, 3: 92.0, 4: 93.0}


def reference(**more: object) -> Reference:
    records = {
        seed: planted("own", "row", seed, {"m": value, "n": 7.0, "train.seconds": metric(3.0, unit="s")}, **more)
        for seed, value in VALUES.items()
    }
    return Reference("own", "row", "builtin", records)


def test_a_number_is_set_beside_every_run() -> None:
    found = compare_numbers("91", {"m": 91.0}, reference())
    (placement,) = found.placements
    assert (dict(placement.published), placement.finding, placement.unit) == (VALUES, "inside", "% of lines")
    assert not found.outside
    assert compare_numbers("50", {"m": 50.0}, reference()).outside


def test_a_typed_time_is_not_compared() -> None:
    found = compare_numbers("120", {"train.seconds": 120.0, "m": 91.0}, reference())
    assert found.not_compared == {"train.seconds": "it depends on the machine"}
    assert [placement.metric for placement in found.placements] == ["m"]


def test_equal_runs_are_exact_only_where_that_is_declared() -> None:
    metrics = {"model.parameters": metric(7.0, unit="parameters"), "test.exact_match": 100.0}
    records = {seed: planted("essentials", "base", seed, metrics) for seed in (1, 2)}
    found = compare_numbers(
        "mine", {"model.parameters": 8.0, "test.exact_match": 99.0}, Reference("essentials", "base", "builtin", records)
    )
    assert [placement.finding for placement in found.placements] == ["above", "unknown"]


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(BadInput, match="no published run of own, row row, at the scale builtin has mm; did you mean m"):
        compare_numbers("91", {"mm": 91.0}, reference())


def test_a_metric_without_a_value_in_any_published_run_is_not_compared() -> None:
    records = {seed: planted("own", "row", seed, {"m": it, "nothing": metric(None)}) for seed, it in VALUES.items()}
    found = compare_numbers("91", {"m": 91.0, "nothing": 1.0}, Reference("own", "row", "builtin", records))
    assert found.not_compared == {"nothing": "no published run has a value of it"}
    assert [placement.metric for placement in found.placements] == ["m"]


def test_a_record_is_not_set_beside_its_own_seed() -> None:
    mine = planted("own", "row", 2, {"m": 91.5})
    found = compare_record("mine", mine, reference(), ["m"])
    assert sorted(found.placements[0].published) == [1, 3, 4]
    assert found.same_seed == {"m": 91.0}
    assert compare_record("mine", planted("own", "row", 9, {"m": 91.5}), reference(), ["m"]).same_seed == {}


def test_what_is_not_the_same_measurement_is_not_compared() -> None:
    mine = planted(
        "own",
        "row",
        9,
        {
            "m": metric(91.0, definition="Another one."),
            "n": metric(None),
            "train.seconds": metric(3.0, unit="s"),
            "only.mine": 1.0,
        },
    )
    found = compare_record("mine", mine, reference(), list(mine.metrics))
    assert not found.placements
    assert found.not_compared["m"] == "m is defined in 2 ways in these records, which must not be compared"
    assert found.not_compared["n"] == "it has no value in this run"
    assert found.not_compared["train.seconds"] == "it depends on the machine"
    assert found.not_compared["only.mine"] == "no other published run has a value of it"


def test_other_data_is_not_compared() -> None:
    mine = planted("own", "row", 9, {"m": 91.0}, data={"corpus": "builtin", "sources": {"test": ["other"]}})
    found = compare_record("mine", mine, reference(data={"corpus": "builtin", "sources": {"test": ["one"]}}), ["m"])
    assert "different copies of the same data" in found.not_compared["m"]
