"""Weights by distance against planted ones and brute force, and a network whose heads were told where to look."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ablations import head_roles
from ablations.head_roles import CUES, REACH, HeadProfiles, mean_over_pairs, profiles, roles_table
from repro.data.builtin.symbol_probes import overlap
from repro.data.vocabulary import learn_words
from repro.errors import BadInput
from repro.models import RecurrentSeq2Seq, Transformer
from repro.weights.checkpoint_file import record_of, write_checkpoint

SIZES = {"N": 1, "d_model": 16, "d_ff": 8, "h": 2}


def test_a_head_that_looks_two_words_on_is_seen_at_distance_two() -> None:
    weights = np.zeros((3, 2, 6, 6))
    for query in range(4):
        weights[:, 0, query, query + 2] = 1.0
        weights[:, 1, query, query] = 1.0
    found = HeadProfiles("encoder 1", (), mean_over_pairs(weights, range(6)))
    assert [distance for distance, _ in found.largest()] == [2, 0]
    assert found.weights[0, REACH + 2] == 1.0  # of the 4 queries that have a word there
    assert found.weights[1, REACH] == pytest.approx(4 / 6)


def test_means_are_those_of_a_loop_over_single_weights() -> None:
    weights = np.random.default_rng(1).random((4, 2, 3, 18))
    origins = [0, 5, 10]
    found = mean_over_pairs(weights, origins)
    for head in range(2):
        for distance in range(-REACH, REACH + 1):
            of_pairs = [
                weights[sentence, head, query, origin + distance]
                for sentence in range(4)
                for query, origin in enumerate(origins)
                if 0 <= origin + distance < 18
            ]
            assert found[head, distance + REACH] == pytest.approx(np.mean(of_pairs))


@pytest.fixture(scope="module")
def vocabulary():
    import random

    draw = random.Random(5).random
    examples = [overlap(draw) for _ in range(300)]
    return learn_words([side for it in examples for side in (it.source, it.target)], 200)


def save(network: object, sizes: dict[str, object], vocabulary: object, path: Path) -> Path:
    about = {"class_path": f"repro.models.{type(network).__name__}", "init_args": sizes}
    state = {f"network.{name}": value for name, value in network.state_dict().items()}  # type: ignore[attr-defined]
    path.parent.mkdir(parents=True)
    write_checkpoint({"state_dict": state, "repro": record_of({"model": {"network": about}}, vocabulary, 1, {})}, path)
    return path


def test_the_weights_are_those_that_eq_1_gives(vocabulary, tmp_path: Path, monkeypatch, capsys) -> None:
    """With W^Q = 0 all scores are equal, so every word weighs 1/19, the end symbol being one of 19."""
    network = Transformer(len(vocabulary), 1, **SIZES)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "W_Q" in name:
                weight.zero_()
    path = save(network, SIZES, vocabulary, tmp_path / "N=1+h=2-seed1-0123456789ab" / "attempt-1" / "averaged.ckpt")
    found = profiles(path, sentences=5)
    assert [each.name for each in found] == ["encoder 1", *(f"decoder 1, word {place}" for place in (1, 2, 3))]
    assert found[0].weights == pytest.approx(np.full((2, 2 * REACH + 1), 1 / 19))
    for place, each in enumerate(found[1:]):  # 0 where the sentence of 18 words has none
        there = [0 <= 5 * place + distance < 18 for distance in range(-REACH, REACH + 1)]
        assert each.weights == pytest.approx(np.tile(there, (2, 1)) / 19)
    assert found[1].cues == tuple(CUES.values()) == (0, 2, 4, 6)
    assert "0.05" in roles_table(found)
    figure = tmp_path / "heads.svg"
    assert head_roles.main([str(path), "--figure", str(figure)]) == 0
    assert "N=1+h=2-seed1\n" in capsys.readouterr().out
    first = figure.read_bytes()
    head_roles.main([str(path), "--figure", str(figure)])
    assert first.startswith(b"<?xml")
    assert head_roles.main([str(path), "--figure", "heads.gif"]) == 2
    assert "must end in .svg, .pdf, .png" in capsys.readouterr().err


def test_other_models_and_other_text_are_refused(vocabulary, tmp_path: Path) -> None:
    sizes = {"d_model": 8}
    recurrent = save(RecurrentSeq2Seq(len(vocabulary), 1, **sizes), sizes, vocabulary, tmp_path / "a" / "averaged.ckpt")
    with pytest.raises(BadInput, match="is not of a Transformer trained on the probe overlap"):
        profiles(recurrent, sentences=2)
    other = learn_words(["a b c d"], 20)
    foreign = save(Transformer(len(other), 1, **SIZES), SIZES, other, tmp_path / "b" / "averaged.ckpt")
    with pytest.raises(BadInput):
        profiles(foreign, sentences=2)
