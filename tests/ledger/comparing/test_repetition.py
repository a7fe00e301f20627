"""Planted records and repetitions, one finding at a time."""

import dataclasses
import math
import statistics
from typing import Any

import pytest

from repro.ledger.comparing.repetition import compare_metrics, differing
from repro.ledger.records.record import Record
from repro.metric_declaration import MetricDeclaration, declaration_of, declared_metrics

OTHERS = (10.0, 11.0, 12.0, 13.0)


def record(value: float | None = 10.0, *, unit: str = "BLEU", definition: str = "Of a kind.", **changes: Any) -> Record:
    content: dict[str, Any] = {
        "cell": "0" * 12,
        "grid": "g",
        "row": "r",
        "scale": "s",
        "seed": 1,
        "status": "done",
        "metrics": {"m": {"value": value, "unit": unit, "definition": definition}},
        "config": {"data": {"corpus": "c"}},
        "data": {"corpus": "c", "sources": {"test": [{"sha256": "1"}]}},
        "attempt": 1,
        "seconds": 1.0,
        "peak_memory_bytes": 1,
        "hardware": {"cpu": "a processor", "cores": 2, "memory_bytes": 5, "gpus": []},
        "versions": {"python": "3.11", "torch": "2.13"},
        "commit": "0123456789abcdef",
        "dirty": False,
        "command": "c",
        "started": "2026-01-01T00:00:00+00:00",
        **changes,
    }
    return Record(**content)


def compare(before: Record, after: Record, others=OTHERS, declared=None):
    (found,) = compare_metrics(before, after, [record(value, seed=seed) for seed, value in enumerate(others)], declared)
    return found


def test_equal_is_to_the_last_bit():
    assert compare(record(0.1), record(0.1)).finding == "equal"
    assert compare(record(0.1), record(math.nextafter(0.1, 1)), others=()).finding == "off"
    assert compare(record(None), record(None)).finding == "equal"


def test_within_the_prediction_interval_of_the_other_seeds():
    """t(0.975, 3) is 3.1824; the others have the mean 11.5."""
    s = statistics.stdev(OTHERS)
    half = 3.182446305284263 * s * math.sqrt(1 + 1 / 4)
    inside, outside = 11.5 + half * (1 - 1e-9), 11.5 + half * (1 + 1e-9)
    found = compare(record(10.0), record(inside))
    assert (found.finding, found.before, found.after) == ("within the spread", 10.0, inside)
    assert found.deviations == pytest.approx((inside - 10.0) / s)
    assert compare(record(10.0), record(outside)).finding == "off"
    assert compare(record(10.0), record(23 - outside)).finding == "off"
    # The record is no part of what it is judged by, and is judged, too.
    assert compare(record(inside), record(10.0)).finding == "within the spread"
    assert compare(record(outside), record(10.0)).finding == "off"


def test_with_fewer_than_three_other_seeds_nothing_is_known_of_the_spread():
    found = compare(record(10.0), record(10.5), others=(10.0, 11.0))
    assert (found.finding, found.deviations) == ("off", None)
    lost = [record(value, seed=2) for value in (10.0, 11.0)]
    lost += [record(12.0, seed=3, definition="Of another."), record(None, seed=4), record(9.0, seed=5, status="failed")]
    assert compare_metrics(record(10.0), record(10.5), lost, None)[0].finding == "off"


def test_without_spread_another_number_is_off():
    found = compare(record(100.0), record(99.9), others=(100.0, 100.0, 100.0))
    assert (found.finding, found.deviations) == ("off", None)
    assert compare(record(99.9), record(100.0), others=(100.0, 100.0, 100.0)).finding == "off"


def test_a_value_that_is_lost_or_found_is_off():
    assert compare(record(10.0), record(None)).finding == "off"
    assert compare(record(None), record(10.0)).finding == "off"


@pytest.mark.parametrize(
    ("after", "declared", "why"),
    [
        (record(10.0, metrics={}), None, "not measured any more"),
        (record(10.0), [MetricDeclaration("m", timed=True)], "depends on the machine"),
        (record(10.0, definition="Of another."), None, "m is defined in 2 ways"),
        (record(10.0, unit="chrF"), None, "m is defined in 2 ways"),
        (record(10.0, data={"sources": {"test": [{"sha256": "2"}]}}), None, "different copies of the same data"),
    ],
)
def test_what_is_not_compared_says_why(after, declared, why):
    found = compare(record(10.0), after, declared=declared)
    assert found.finding == "not compared"
    assert why in found.why


def test_seconds_are_not_compared_whatever_is_declared():
    assert compare(record(1.0, unit="s"), record(1.0, unit="s")).finding == "not compared"
    assert compare(record(1.0, unit="tokens/s"), record(2.0, unit="tokens/s")).finding == "not compared"


def test_what_else_differs_is_named():
    before, after = record(), record()
    assert differing(before, after) == []
    after = dataclasses.replace(
        after,
        versions={"python": "3.11", "torch": "2.12", "scipy": "1.11"},
        hardware={"cpu": "another", "cores": 2, "memory_bytes": 6, "gpus": ["NVIDIA H200"]},
        dirty=True,
        data={"corpus": "c", "sources": {"test": [{"sha256": "2"}]}},
    )
    assert [(it.name, it.before, it.after) for it in differing(before, after)] == [
        ("torch", "2.13", "2.12"),
        ("scipy", "-", "1.11"),
        ("cpu", "a processor", "another"),
        ("gpus", "none", "NVIDIA H200"),
        ("code", "0123456789ab", "0123456789ab changed"),
        ("data: sources.test.0.sha256", "1", "2"),
    ]


# ---- what functions declare to depend on the machine


def timed(function: str, config: dict[str, Any], *metrics: str) -> list[bool]:
    declared = declared_metrics(function, config) or ()
    found = [declaration_of(declared, metric) for metric in metrics]
    assert None not in found
    return [each.timed for each in found if each is not None]


TRAINED = ("dev.nll", "dev.nll.averaged", "test.bleu", "train.updates", "model.parameters")


def test_a_training_that_ends_by_the_clock_reaches_what_the_machine_lets_it():
    config = {"decoding": {"splits": ["test"]}, "trainer": {"max_steps": 9, "max_time": None}}
    assert timed("repro.training:fit", config, *TRAINED) == [False] * 5
    assert timed("repro.training:fit", config, "train.seconds", "train.target_tokens_per_second") == [True, True]
    hour = {**config, "trainer": {"max_time": "00:01:00:00"}}
    assert timed("repro.training:fit", hour, *TRAINED) == [True, True, True, True, False]
    by_the_clock = {**config, "checkpoints": {"every_minutes": 10}}
    assert timed("repro.training:fit", by_the_clock, *TRAINED) == [False, True, True, False, False]


def test_speed_and_memory_are_timed_and_what_is_computed_is_not():
    speed = ("tokens_per_second.ours", "speedup.plain", "peak_memory.ours", "matmul_peak", "share_of_peak.ours")
    assert timed("ablations.throughput:measure", {}, *speed, "same_translations.plain", "loss_apart.plain") == [
        *[True] * 5,
        False,
        False,
    ]
    assert timed("ablations.throughput:measure_start_up", {}, "seconds.help") == [True]
    counted = {"measurement": "operations"}
    assert timed("ablations.complexity:measure", counted, "operations.n", "agrees") == [False, False]
    clocked = ("time.cpu.n", "agrees.cpu", "operations.crossing.d64")
    assert timed("ablations.complexity:measure", {"measurement": "time"}, *clocked) == [True, True, False]
    assert timed("ablations.explanation:measure", {}, "test.f1", "parameters") == [False, False]
