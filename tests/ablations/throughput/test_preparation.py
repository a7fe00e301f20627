import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ablations.throughput import check_measure_preparation, measure_preparation
from ablations.throughput.preparation import STAGES, _metrics
from ablations.throughput.text import write_text
from repro.errors import BadInput

CONFIG = {"pairs": 1000, "mean": 10, "pieces": 600, "jobs": 1, "tokens": 1000, "seed": 1}


def test_generated_text_is_parallel_seeded_and_of_the_mean(tmp_path: Path) -> None:
    names = [tmp_path / name for name in "abcd"]
    write_text(names[0], names[1], 2000, 25, seed=1)
    write_text(names[2], names[3], 2000, 25, seed=1)
    texts = [name.read_text() for name in names]
    assert texts[:2] == texts[2:]
    lengths = np.array([[len(line.split()) for line in text.split("\n")[:-1]] for text in texts[:2]])
    assert lengths.shape == (2, 2000)
    assert lengths[0].mean() == pytest.approx(25, rel=0.1)
    assert np.corrcoef(lengths)[0, 1] > 0.9
    words = texts[0].split()
    counted = Counter(words)
    counts = sorted((counted[word] for word in set(words[:300])), reverse=True)
    assert counts[0] > 5 * counts[len(counts) // 2]  # Zipf's law
    assert 100 < len(texts[0]) / 2000 < 200  # bytes a line


def test_a_cell(tmp_path: Path) -> None:
    found = measure_preparation(CONFIG, tmp_path)
    json.dumps([found.metrics, found.details])
    value = {name: metric["value"] for name, metric in found.metrics.items()}
    assert {f"seconds.{stage}" for stage in STAGES} <= value.keys()
    assert value["peak_memory.prepare"] > 1 << 20
    assert list(tmp_path.iterdir()) == []


def test_rates_of_planted_seconds() -> None:
    def metrics(**seconds: float) -> dict[str, float | None]:
        found = _metrics(1_000, {stage: {"seconds": each, "peak": 1} for stage, each in seconds.items()})
        return {each.name: each.value for each in found}

    value = metrics(prepare=30.0, vocabulary=10.0, plan=2.0)
    assert value["pairs_per_second"] == 50.0
    assert value["projected_minutes"] == pytest.approx((10 + 20 * 4_500) / 60)
    assert value["projected_plan_seconds"] == 9_000.0
    noisy = metrics(prepare=10.0, vocabulary=10.5, plan=2.0)  # two processes: the part took longer than the whole
    assert noisy["pairs_per_second"] is None
    assert noisy["projected_minutes"] is None


def test_bad_configurations_are_one_sentence() -> None:
    with pytest.raises(BadInput, match="pairs is 0"):
        check_measure_preparation({**CONFIG, "pairs": 0})
    with pytest.raises(BadInput, match="pair is not a key of this experiment; did you mean pairs"):
        check_measure_preparation({**CONFIG, "pair": 1})
