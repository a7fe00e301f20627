"""The race of both ways: equal results; and, where time is given, ten times as fast."""

import pytest
import torch

from ablations.explanation import speed
from ablations.explanation.speed import MINIMUM_SPEEDUP, Race, race, some_texts


def test_both_ways_have_the_same_results() -> None:
    for each in race(instances=3, rounds=1, steps=3, e=8, m=8):
        assert each.difference < 1e-5, each.name


def test_texts_are_as_long_as_those_of_sst() -> None:
    texts = some_texts(4000, seed=1)
    words = torch.cat([batch.attendable.sum(dim=1) for batch in texts])
    assert len(words) == 4000
    assert sum(batch.mask.sum() for batch in texts) > 0.95 * sum(batch.mask.numel() for batch in texts)
    assert words.min() >= 6
    assert words.max() <= 48
    assert 18 < words.double().mean() < 21


def test_the_ratio_is_the_median_of_the_rounds_and_a_slow_one_is_said_to_be(monkeypatch, capsys) -> None:
    fast, slow = Race("a", (1.0, 2.0, 1.0), (30.0, 20.0, 20.0), 0.0), Race("b", (1.0,), (9.0,), 0.0)
    assert (fast.ratio, slow.ratio) == (20.0, 9.0)
    monkeypatch.setattr(speed, "race", lambda **_: [fast, slow])
    assert speed.main([]) == 1
    assert "under 10 times as fast: b" in capsys.readouterr().out
    monkeypatch.setattr(speed, "race", lambda **_: [fast])
    assert speed.main(["--instances", "5"]) == 0


@pytest.mark.slow
def test_all_at_once_is_ten_times_as_fast() -> None:
    assert {
        each.name: each.ratio for each in race(instances=32, rounds=3, steps=30) if each.ratio < MINIMUM_SPEEDUP
    } == {}


def test_bad_input_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in ((["--step", "5"], "no option --step; did you mean --steps?"), (["--m", "x"], "--m: 'x'")):
        assert speed.main(arguments) == 2
        message = capsys.readouterr().err
        assert said in message
        assert message.count("\n") == 1
