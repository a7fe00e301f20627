import json

import pytest
import torch

from ablations.throughput import check_measure, measure, measurements
from ablations.throughput.measurements import ratios, spread
from ablations.throughput.turns import PeerResult
from repro.errors import BadInput
from tests.representatives import others_slow

CONFIG = {
    "task": "training",
    "size": "probe",
    "precision": "fp32",
    "mean": 15,
    "tokens": 256,
    "batches": 2,
    "turns": 2,
    "beam": 2,
    "extra": 1,
    "contenders": ["ours", "plain"],
    "settings": ["own"],
    "threads": 1,
    "device": "cpu",
    "seed": 1,
}


def planted():
    """What two peers did, one in half the time of the other."""
    same = {"loss": 3.0, "peak": 2, "imported": 1}
    return [
        PeerResult("ours", "project", seconds=[[1.0, 1.0]] * 2, rates=[1e15] * 2, **same),
        PeerResult("plain", "own", seconds=[[2.0, 2.0]] * 2, **same),
    ]


@pytest.mark.parametrize("real", others_slow([False, True], [0]))
def test_training_beside_torch(tmp_path, monkeypatch, real):
    """By default without the peers' processes, each of which imports torch."""
    if not real:
        monkeypatch.setattr(measurements, "take_turns", lambda *_: planted())
    found = measure(CONFIG, tmp_path)
    metrics, details = found.metrics, found.details
    json.dumps([metrics, details])
    assert metrics["tokens_per_second.ours"]["value"] > 0
    assert metrics["speedup.plain"]["value"] > 0 if real else metrics["speedup.plain"]["value"] == 2
    assert metrics["loss_apart.plain"]["details"]["same"]
    assert 0 < metrics["share_of_peak.ours"]["value"] < 1
    mine, plain = details["contenders"]
    assert len(mine["seconds"]) == len(plain["seconds"]) == 2
    assert plain["peak"] > plain["imported"] > 0
    assert all(metric["unit"] and metric["definition"] for metric in metrics.values())


@pytest.mark.slow
def test_a_contender_that_is_not_installed_has_a_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_PEERS", "")
    found = measure({**CONFIG, "contenders": ["ours", "marian"]}, tmp_path)
    metrics, (_, marian) = found.metrics, found.details["contenders"]
    if marian["reason"] is not None:  # where transformers is not installed
        assert "ablations.throughput.environment" in marian["reason"]
        assert metrics["speedup.marian"]["value"] is None
        assert metrics["speedup.marian"]["details"]["reason"] == marian["reason"]


@pytest.mark.slow
def test_decoding_beside_torch(tmp_path):
    found = measure({**CONFIG, "task": "decoding"}, tmp_path)
    assert found.metrics["same_translations.plain"]["value"] >= 0.9
    assert found.metrics["speedup.plain"]["value"] > 0


def test_a_cell_in_which_ours_is_lost_has_failed(tmp_path, monkeypatch):
    """Else its record would say done, without a number, and no retry would measure it."""
    ran = [
        PeerResult("ours", "project", reason="was killed by signal 9"),
        PeerResult("plain", "own", seconds=[[1.0], [1.0]]),
    ]
    monkeypatch.setattr(measurements, "take_turns", lambda *_: ran)
    with pytest.raises(RuntimeError, match="ours is lost: was killed by signal 9"):
        measure(CONFIG, tmp_path)


def test_a_gpu_is_asked_for_where_it_is_needed_and_not_where_cells_are_handed_on(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check_measure({**CONFIG, "device": "cuda"})
    with pytest.raises(BadInput, match="device is cuda, but torch finds no usable GPU here"):
        measure({**CONFIG, "device": "cuda"}, tmp_path)


def test_ratios_are_taken_turn_by_turn():
    mine, theirs = PeerResult("ours", "project"), PeerResult("plain", "own")
    mine.seconds, theirs.seconds = [[1.0, 1.0], [2.0, 2.0]], [[3.0, 3.0], [3.0, 5.0]]
    assert ratios(mine, theirs) == [3.0, 2.0]
    assert spread([3.0, 2.0, 1.0]) == {"quartile_1": 1.5, "median": 2.0, "quartile_3": 2.5}
