"""The learning curve of the fast path is that of torch's own layers: all updates of it, without dropout."""

import csv
from pathlib import Path
from typing import Any

import pytest

from ablations.throughput import check_measure_learning, learning
from ablations.throughput.learning import measure_learning
from repro.data.builtin import BuiltinSettings, builtin_corpus
from repro.errors import BadInput

CONFIG: dict[str, Any] = {
    "contender": "ours",
    "corpus": "builtin",
    "pieces": 600,
    "size": "probe",
    "P_drop": 0.0,
    "tokens": 300,
    "updates": 25,
    "every": 10,
    "warmup": 10,
    "peak_learning_rate": 0.004,
    "threads": 1,
    "seed": 1,
}


@pytest.fixture(autouse=True)
def _small_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small = BuiltinSettings(train=1_000, dev=40, test=10)
    monkeypatch.setattr(
        learning, "select_corpus", lambda name: builtin_corpus(small) if name == "builtin" else pytest.fail(name)
    )
    for name in ("configure_process", "configure_matmul"):  # settings are for good, and this process runs other tests
        monkeypatch.setattr(learning, name, lambda value: None)


def curve(directory: Path, **changes: Any) -> list[dict[str, float]]:
    directory.mkdir()
    found: list[dict[str, float]] = measure_learning({**CONFIG, **changes}, directory).details["curve"]
    return found


def test_the_curve_is_that_of_torchs_own_layers(tmp_path: Path) -> None:
    ours, plain = (curve(tmp_path / name, contender=name) for name in ("ours", "plain"))
    assert [row["step"] for row in ours] == [0, 10, 20, 25]
    assert ours[-1]["nll"] < ours[0]["nll"] - 1  # something was learnt
    assert [row["target_tokens"] for row in ours] == [row["target_tokens"] for row in plain]
    assert [row["nll"] for row in ours] == pytest.approx([row["nll"] for row in plain], rel=1e-4)
    other = curve(tmp_path / "other", seed=2)
    assert other[-1]["nll"] != pytest.approx(plain[-1]["nll"], rel=1e-3)


@pytest.mark.slow
def test_dropout_and_rate_reach_the_training(tmp_path: Path) -> None:
    usual = curve(tmp_path / "usual", updates=10)
    assert curve(tmp_path / "dropped", P_drop=0.5, updates=10)[-1]["nll"] != pytest.approx(usual[-1]["nll"], rel=2e-4)
    still = curve(tmp_path / "still", peak_learning_rate=0.0, updates=10)
    assert still[-1]["nll"] == still[0]["nll"] == usual[0]["nll"]


def test_the_curve_is_kept_in_the_columns_of_training(tmp_path: Path) -> None:
    rows = curve(tmp_path / "run", updates=10, every=5)
    with open(tmp_path / "run" / "metrics.csv", newline="") as file:
        kept = list(csv.DictReader(file))
    assert [float(row["nll"]) for row in kept] == pytest.approx([row["nll"] for row in rows])
    assert {row["split"] for row in kept} == {"dev"}
    assert [int(row["step"]) for row in kept] == [0, 5, 10]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contender": "marian"}, "contender is 'marian', which is unknown; there are ours, plain"),
        ({"corpus": "multi3k"}, "corpus is 'multi3k', which is unknown; did you mean multi30k"),
        ({"P_drop": 1.0}, "P_drop is 1.0; it must be a number of at least 0 and below 1"),
        ({"peak_learning_rate": True}, "peak_learning_rate is True"),
        ({"every": 0}, "every is 0; it must be a whole number of at least 1"),
        ({"evry": 5}, "evry is not a key of this experiment; did you mean every"),
    ],
)
def test_bad_input_names_the_key(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        measure_learning({**CONFIG, **changes}, tmp_path)


def test_missing_files_are_named_before_any_cell_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPRO_DATA", raising=False)
    with pytest.raises(BadInput, match=r"the corpus multi30k needs files: put multi30k/train\.en"):
        check_measure_learning({**CONFIG, "corpus": "multi30k"})
