"""The cells: what they measure agrees with the paper, what is wrong is refused, and planning needs no torch."""

import json
from pathlib import Path

import pytest
import torch

from ablations.complexity import measure, measurements, time_cell
from ablations.complexity.__main__ import main
from ablations.complexity.layers import build
from ablations.complexity.paper import table1
from ablations.complexity.table import Line, table_of
from ablations.complexity.time_cell import _agreement, _crossings
from ablations.complexity.timing import Point
from repro.scoring.metric import Metric
from tests.representatives import others_slow

BASE = {
    "measurement": "operations",
    "layers": ["self-attention"],
    "seed": 1,
    "n": [64, 128, 256],
    "d": [64, 128, 256],
    "k": [3, 5, 9],
    "r": [3, 5, 9],
    "h": 1,
    "modes": ["forward"],
    "keys": 16,
    "draws": 200,
    "repeats": 1,
    "seconds": 0.01,
    "call_seconds": 1.0,
}

LENGTHS = [4, 6, 8, 12, 16, 24]


def run(**settings):
    return measure({**BASE, **settings}, Path())


# Recurrent layers have a step a word to count.
@pytest.mark.parametrize(
    "layer", others_slow(table1(), [k for k, it in enumerate(table1()) if it not in ("recurrent", "lstm", "gru")])
)
def test_operations_agree_with_the_paper(layer: str) -> None:
    outcome = run(layers=[layer])
    assert outcome.metrics["agrees"]["value"] == 1, outcome.details["agreement"]["reason"]
    json.dumps(outcome.metrics)
    json.dumps(outcome.details)
    assert outcome.details["lost"] == []


def test_a_wrong_formula_in_the_table_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The formula is only compared with: the measured exponents stay what they are."""
    right = run()
    entry = table1()["self-attention"]
    wrong = type(entry)("n * d**2", "between", "n", "n")
    monkeypatch.setattr(measurements, "table1", lambda: {"self-attention": wrong})
    found = run()
    assert found.metrics["agrees"]["value"] == 0
    assert "measured / stated grows as n^" in found.metrics["agrees"]["details"]["reason"]
    assert found.metrics["operations.n"] == right.metrics["operations.n"]
    assert run(measurement="sequential", n=LENGTHS, d=[8]).metrics["agrees"]["value"] == 0
    assert run(measurement="paths", n=[4, 5, 6, 7, 8, 9], d=[2]).metrics["agrees"]["value"] == 0


def test_memory_has_an_exponent_for_each_width() -> None:
    """Attention's weights are most of what is held while n is large beside d, else inputs and outputs."""
    found = run(n=[16, 32, 64, 128, 256, 512], d=[4, 64, 512]).metrics
    long, wide = (found[f"memory.n.d{d}"] for d in (4, 512))
    assert long["value"] > 1.5
    assert wide["value"] < 1.3
    assert found["memory.d.n16"]["value"] > 0.9
    assert run(layers=["recurrent"], n=[8, 16, 32], d=[8, 32, 64]).metrics["memory.n.d64"]["value"] == pytest.approx(
        1, abs=0.1
    )
    assert not [name for name in found if name in ("memory.n", "memory.d")]


def test_projections_dominate_while_n_is_below_d() -> None:
    points = {(p["symbols"]["n"], p["symbols"]["d"]): p for p in run().details["points"]}
    assert points[64, 256]["weighted"] > 3 * points[64, 256]["between"]
    assert points[256, 64]["weighted"] < points[256, 64]["between"]


@pytest.mark.parametrize("layer", ["self-attention", "recurrent", "lstm", "convolution", "restricted"])
def test_sequential_operations_agree_with_the_paper(layer: str) -> None:
    outcome = run(measurement="sequential", layers=[layer], n=LENGTHS, d=[8], k=[3], r=[3])
    assert outcome.metrics["agrees"]["value"] == 1
    assert outcome.details["choices"]["steps"]["law"] == table1()[layer].sequential
    json.dumps(outcome.details)


@pytest.mark.parametrize("measurement", ["operations", "sequential"])
def test_the_dilated_convolution_is_dilated(measurement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()

    def noting(layer: str, d: int, **sizes):
        made = build(layer, d, **sizes)
        seen.add((sizes["k"], *made.W.dilation))
        return made

    monkeypatch.setattr(measurements, "build", noting)
    sizes = {"operations": {}, "sequential": {"n": LENGTHS, "d": [8], "k": [3]}}[measurement]
    found = run(measurement=measurement, layers=["convolution-dilated"], **sizes)
    assert found.metrics["agrees"]["value"] == 1
    assert found.details["lost"] == []
    assert seen == {(k, k) for k in sizes.get("k", BASE["k"])}


BY_LAW = ("self-attention", "recurrent", "convolution", "convolution-dilated")
"""A layer for each law of path lengths."""


@pytest.mark.parametrize("layer", others_slow(table1(), [k for k, it in enumerate(table1()) if it in BY_LAW]))
def test_paths_agree_with_the_paper(layer: str) -> None:
    outcome = run(measurement="paths", layers=[layer], n=[6, 8, 10, 12, 16, 20], d=[2])
    assert outcome.metrics["agrees"]["value"] == 1, outcome.metrics["agrees"]
    assert outcome.details["choices"]["length"]["law"] == table1()[layer].path
    json.dumps(outcome.details)
    if table1()[layer].table_path:
        assert "dilated kernels" in outcome.details["table"][0]["note"]


def test_time_has_points_crossings_and_reasons() -> None:
    layers = ["self-attention", "recurrent", "lstm"]
    outcome = run(measurement="time", layers=layers, n=[8, 16, 32], d=[16], modes=["forward", "decoding"])
    assert len([p for p in outcome.details["points"] if p["device"] == "cpu"]) == 2 * 3 * 3
    assert outcome.metrics["operations.crossing.d16"]["value"] == pytest.approx(16, rel=0.5)
    for name, metric in outcome.metrics.items():
        assert Metric.from_record(name, metric).value is not None or metric["details"]["reason"]
    assert {line["agrees"] for line in outcome.details["table"]} <= {True, False, None}
    json.dumps(outcome.details)


def test_a_cell_of_times_has_the_heads_and_threads_of_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[int] = []
    threads: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setattr(time_cell, "measure_times", lambda *_, h, **__: heads.append(h) or [])
    monkeypatch.setattr(time_cell, "build", lambda *given, h: heads.append(h) or build(*given, h=h))
    given = {"measurement": "time", "layers": ["self-attention"], "d": [16], "h": 4}
    run(**given)
    run(**given, threads=1)
    assert set(heads) == {4}
    assert len(heads) > 2
    assert threads == [2, 1]
    run(measurement="footnote", d=[4])
    assert threads == [2, 1, 1], "cells that count run beside each other"


@pytest.mark.parametrize("h", [1, 4])
def test_where_attention_is_slower_for_n_below_d_the_projections_are_named(h: int) -> None:
    seconds = {("self-attention", 4): 3.0, ("recurrent", 4): 1.0, ("self-attention", 8): 1.0, ("recurrent", 8): 2.0}
    points = [Point(layer, n, 16, "forward", "cpu", [value]) for (layer, n), value in seconds.items()]
    metrics, (line,) = _crossings(points, "cpu", "forward", h)
    assert [metric.value for metric in metrics] == [None, 0.5]
    assert line.agrees is False
    own, its = 4 * (8 * 16**2 + 4 * (4 * 16 + 6 * h)), 4 * (4 * 16**2 + 2 * 16)
    assert line.note.startswith("slower at n = 4, d = 16 (its operations")
    assert f"{own / its:.1f} times those of recurrent" in line.note
    assert _agreement([line]).value == 0
    assert "slower at n = 4" in _agreement([line]).details["reason"]


def test_times_that_overlap_decide_nothing() -> None:
    times = {"self-attention": [1.0, 2.0, 3.0, 4.0], "recurrent": [2.0, 3.0, 4.0, 5.0]}
    points = [Point(layer, n, 16, "forward", "cpu", seconds) for n in (4, 8) for layer, seconds in times.items()]
    metrics, (line,) = _crossings(points, "cpu", "forward", h=1)
    assert (metrics[-1].value, line.agrees) == (None, None)
    assert _agreement([line]).value is None
    for point in points:
        point.seconds[:] = [1.0, 1.1] if point.layer == "self-attention" else [1.2, 1.3]
    metrics, (line,) = _crossings(points, "cpu", "forward", h=1)
    assert (metrics[-1].value, line.agrees, _agreement([line]).value) == (1.0, True, 1.0)


def test_the_footnote() -> None:
    outcome = run(measurement="footnote", d=[1, 8, 64, 512])
    assert outcome.metrics["agrees"]["value"] == 1
    assert outcome.metrics["footnote.variance.unscaled"]["value"] == pytest.approx(1, abs=0.05)
    assert outcome.metrics["footnote.variance.scaled"]["value"] == pytest.approx(0, abs=0.05)
    assert outcome.metrics["footnote.jacobian.peak"]["value"] == 8
    json.dumps(outcome.details)


def test_a_size_that_fails_is_lost_with_its_reason(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    build = measurements.build

    def failing(layer: str, d: int, **sizes):
        if d == 128:
            raise MemoryError("planted")
        return build(layer, d, **sizes)

    monkeypatch.setattr(measurements, "build", failing)
    outcome = run(d=[64, 128, 192, 256])
    assert outcome.details["lost"] == [
        "n = 64, d = 128: MemoryError: planted",
        "n = 256, d = 128: MemoryError: planted",
    ]
    assert outcome.metrics["agrees"]["value"] == 1
    assert "lost n = 64, d = 128" in capsys.readouterr().out


def test_a_cell_of_which_nothing_is_left_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "build", lambda *_, **__: 1 / 0)
    outcome = run(measurement="sequential", n=LENGTHS, d=[8])
    assert outcome.metrics["agrees"]["value"] is None
    assert "fewer than six" in outcome.metrics["agrees"]["details"]["reason"]
    assert run().metrics["agrees"]["value"] is None


def test_the_table_as_text(capsys, tmp_path: Path) -> None:
    line = Line("lstm", "path", "O(n)", "n: 1 + 3 [3, 3] n", True, None)
    other = Line("lstm", "operations", "O(n d^2)", "-", None, "why")
    text = table_of([{"table": [line.as_record()]}, {"table": [other.as_record()]}, {}])
    assert [row.split()[:2] for row in text.split("\n")] == [
        ["layer", "column"],
        ["lstm", "path"],
        ["lstm", "operations"],
    ]
    assert text.split("\n")[1].endswith("yes")
    assert main([str(tmp_path)]) == 2
    assert "has no record of the grid complexity yet" in capsys.readouterr().err
    assert main(["--figur", "x.svg"]) == 2
    assert "there is no option --figur; did you mean --figure?" in capsys.readouterr().err
