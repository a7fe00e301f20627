import numpy as np
import pytest

from ablations.throughput import workload
from ablations.throughput.workload import BOS, EOS, FIRST_WORD, LONGEST_SENTENCE, PAD, SIZES
from repro.presets import preset_path, read_yaml


@pytest.mark.parametrize("mean", [15, 29])
def test_lengths_have_the_mean_and_the_limit(mean):
    lengths = np.concatenate(
        [(each.src != PAD).sum(axis=1) - 1 for each in workload.batches(mean, 4096, 40, 1000, seed=3)]
    )
    assert lengths.mean() == pytest.approx(mean, rel=0.1)
    assert lengths.max() <= LONGEST_SENTENCE
    assert lengths.min() >= 1


def test_batches_are_full_of_pairs_of_about_equal_length():
    for each in workload.batches(15, 1024, 12, 1000, seed=1):
        for rows in (each.src, each.tgt):
            assert rows.size <= 1024
            assert ((rows == EOS).sum(axis=1) == 1).all()
            assert set(np.unique(rows)) <= {PAD, EOS, *range(FIRST_WORD, 1000)}
        assert each.source_tokens > 0.8 * each.src.size


def test_a_seed_decides_everything():
    one, same, other = (workload.batches(15, 1024, 3, 1000, seed) for seed in (1, 1, 2))
    assert all((a.src == b.src).all() and (a.tgt == b.tgt).all() for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a.src, b.src) for a, b in zip(one, other, strict=True))


def test_the_decoder_reads_the_start_symbol_and_what_came_before():
    pairs = workload.Pairs(np.array([[5, 2]]), np.array([[7, 8, 2, 0], [9, 2, 0, 0]]))
    assert pairs.shifted.tolist() == [[BOS, 7, 8, 0], [BOS, 9, 0, 0]]
    assert (pairs.target_tokens, pairs.source_tokens) == (5, 2)


def test_levelled_sources_have_one_length():
    (pairs,) = workload.batches(29, 1024, 1, 1000, seed=1)
    level = workload.level_sources(pairs, 1000, seed=1)
    assert level.src.shape == pairs.src.shape
    assert (level.src[:, -1] == EOS).all()
    assert (level.src[:, :-1] >= FIRST_WORD).all()


def test_files_hold_what_was_written(tmp_path):
    pairs = workload.batches(15, 512, 2, 100, seed=1)
    workload.write(tmp_path / "batches.npz", pairs)
    for before, after in zip(pairs, workload.read(tmp_path / "batches.npz"), strict=True):
        assert (before.src == after.src).all()
        assert (before.tgt == after.tgt).all()


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_those_of_the_presets(name):
    stated = read_yaml(preset_path(f"model/{name}"))["model"]["network"]["init_args"]
    size = SIZES[name]
    assert [stated[key] for key in ("N", "d_model", "d_ff", "h")] == [size.N, size.d_model, size.d_ff, size.h]
