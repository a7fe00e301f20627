"""Batches: a partition each epoch, a pure function of (seed, epoch, k), little padding by brute force."""

import numpy as np
import pytest
from numpy.typing import NDArray

from repro.data.batches import BatchPlan, evaluation_batches, shard
from repro.errors import BadInput

Lengths = NDArray[np.int32]


def made_up_lengths(pairs: int, mean: float, spread: float, ratio: float, seed: int = 0) -> tuple[Lengths, Lengths]:
    """Log-normal lengths of translations, the two sides independently scattered about a common one."""
    generator = np.random.default_rng(seed)
    common = mean * np.exp(generator.normal(-(spread**2) / 2, spread, pairs))
    source, target = (
        np.clip(np.round(common * longer * np.exp(generator.normal(0, ratio, pairs))), 1, 200).astype(np.int32) + 1
        for longer in (1.0, 1.08)
    )
    return source, target


def wmt_like(pairs: int) -> tuple[Lengths, Lengths]:
    return made_up_lengths(pairs, mean=27, spread=0.62, ratio=0.2)


def multi30k_like(pairs: int = 29_000) -> tuple[Lengths, Lengths]:
    return made_up_lengths(pairs, mean=14, spread=0.33, ratio=0.15)


def same(a: list[NDArray[np.int64]], b: list[NDArray[np.int64]]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def brute_force_padding(source: Lengths, target: Lengths, rectangles: list[NDArray[np.int64]]) -> float:
    """Lay every batch out as a rectangle a side, and count its empty cells."""
    empty = positions = 0
    for batch in rectangles:
        for lengths in (source, target):
            width = max((int(lengths[i]) for i in batch), default=0)
            for i in batch:
                positions += width
                empty += width - int(lengths[i])
    return empty / positions


@pytest.mark.parametrize("tokens", [201, 1_000, 25_000, 10_000_000])
@pytest.mark.parametrize("pairs", [1, 2, 37, 3_000])
def test_every_pair_once_an_epoch_and_batches_about_full(pairs: int, tokens: int) -> None:
    source, target = wmt_like(pairs)
    plan = BatchPlan(source, target, tokens, seed=3)
    longest = int(max(source.max(), target.max()))
    for epoch in range(3):
        batches = plan.epoch(epoch)
        assert len(batches) == plan.batches_per_epoch
        assert all(batch.dtype == np.int64 and len(batch) for batch in batches)
        assert np.array_equal(np.sort(np.concatenate(batches)), np.arange(pairs))
        fullest = [max(source[batch].sum(), target[batch].sum()) for batch in batches]
        assert max(fullest) <= tokens + longest
    enough = max(source.sum(), target.sum()) / tokens
    assert enough <= plan.batches_per_epoch <= 1.25 * enough + 1


def test_few_long_sentences_leave_no_batch_empty() -> None:
    generator = np.random.default_rng(5)
    for _ in range(300):
        source, target = generator.choice([1, 2, 60, 99, 100], size=(2, generator.integers(1, 12))).astype(np.int32)
        batches = BatchPlan(source, target, tokens=100).epoch(0)
        assert all(len(batch) for batch in batches)
        assert sorted(np.concatenate(batches)) == list(range(len(source)))


def test_a_batch_is_a_pure_function_of_seed_epoch_and_k() -> None:
    source, target = wmt_like(2_000)
    forwards = BatchPlan(source, target, 2_000, seed=1)
    K = forwards.batches_per_epoch
    in_order = [forwards.batch(k) for k in range(3 * K)]
    anew = BatchPlan(source.copy(), target.copy(), 2_000, seed=1)
    for k in np.random.default_rng(0).permutation(3 * K)[:40]:
        assert np.array_equal(anew.batch(int(k)), in_order[k])
    assert same(in_order[K : 2 * K], anew.epoch(1))
    assert not same(anew.epoch(0), BatchPlan(source, target, 2_000, seed=2).epoch(0))
    assert not same(anew.epoch(0), anew.epoch(1))


def test_the_types_of_lengths_change_nothing() -> None:
    source, target = wmt_like(500)
    wide = BatchPlan(source.astype(np.int64), target.astype(np.int64), 1_000)
    assert same(wide.epoch(0), BatchPlan(source, target, 1_000).epoch(0))


@pytest.mark.parametrize("shards", [1, 3, 8])
def test_padding_equals_brute_force(shards: int) -> None:
    source, target = wmt_like(1_500)
    plan = BatchPlan(source, target, 2_500)
    rectangles = [part for batch in plan.epoch(2) for part in shard(batch, source, target, shards)]
    assert plan.padding(2, shards) == pytest.approx(brute_force_padding(source, target, rectangles), rel=1e-12)


def test_padding_is_under_5_percent_on_wmt_like_lengths() -> None:
    source, target = wmt_like(300_000)
    assert source.max() > 100
    plan = BatchPlan(source, target, 25_000)
    assert plan.padding() < 0.05
    assert plan.padding(shards=8) < 0.02
    target_tokens = [target[batch].sum() for batch in plan.epoch(0)]
    assert np.mean(target_tokens) == pytest.approx(25_000, rel=0.1)
    unsorted = np.array_split(np.random.default_rng(0).permutation(len(source)), plan.batches_per_epoch)
    assert brute_force_padding(source, target, unsorted[:2]) > 0.5, "these lengths need bucketing"


def test_padding_is_small_in_small_batches_too() -> None:
    source, target = multi30k_like()
    assert BatchPlan(source, target, 1_024).padding() < 0.03


def test_a_pair_meets_other_company_each_epoch() -> None:
    source, target = multi30k_like()
    plan = BatchPlan(source, target, 1_024)
    first = plan.epoch(0)
    batch_of = np.empty(len(source), int)
    for number, batch in enumerate(plan.epoch(1)):
        batch_of[batch] = number
    together_again = [np.bincount(batch_of[batch]).max() / len(batch) for batch in first]
    assert np.mean(together_again) < 0.6
    # Nor do the batches come in order of length, or in the same order in each epoch.
    means = [target[batch].mean() for batch in first]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.2
    later = [target[batch].mean() for batch in plan.epoch(1)]
    assert abs(np.corrcoef(means, later)[0, 1]) < 0.2


def test_pairs_of_equal_lengths_are_dealt_out_at_random() -> None:
    lengths = np.full(10_000, 10, np.int32)
    for batch in BatchPlan(lengths, lengths, 2_000).epoch(0):
        assert len(batch) == 200
        # The mean of 200 of 0..9,999 has a standard deviation of 204.
        assert abs(batch.mean() - 5_000) < 5 * 204


def test_a_sentence_longer_than_a_batch_is_refused() -> None:
    lengths = np.array([5, 101, 7], np.int32)
    with pytest.raises(BadInput, match=r"pair 2 .* 101 tokens, .* 100; raise data\.tokens, or lower data\.max_length"):
        BatchPlan(np.full(3, 5, np.int32), lengths, tokens=100)
    with pytest.raises(BadInput, match="no sentence pairs"):
        BatchPlan(lengths[:0], lengths[:0])


@pytest.mark.parametrize("shards", [1, 2, 7, 8])
def test_shards_are_equal_in_target_tokens_and_partition_the_batch(shards: int) -> None:
    source, target = wmt_like(5_000)
    for batch in BatchPlan(source, target, 10_000).epoch(0)[:20]:
        parts = shard(batch, source, target, shards)
        assert len(parts) == shards
        assert np.array_equal(np.sort(np.concatenate(parts)), np.sort(batch))
        share = target[batch].sum() / shards
        assert all(abs(target[part].sum() - share) <= target[batch].max() for part in parts)
        assert same(parts, shard(np.sort(batch), source, target, shards)), "whatever the order of the batch"
        whole = brute_force_padding(source, target, [batch])
        assert brute_force_padding(source, target, [part for part in parts if len(part)]) <= whole


def test_more_shards_than_sentences_leave_some_empty() -> None:
    lengths = np.array([4, 4, 4], np.int32)
    parts = shard(np.arange(3), lengths, lengths, 8)
    assert [len(part) for part in parts].count(0) == 5
    assert sorted(np.concatenate(parts)) == [0, 1, 2]


def test_evaluation_batches() -> None:
    _, lengths = wmt_like(2_000)
    batches = evaluation_batches(lengths, tokens=1_500)
    order = np.concatenate(batches)
    assert sorted(order) == list(range(2_000))
    assert list(lengths[order]) == sorted(lengths, reverse=True)
    areas = [len(batch) * lengths[batch].max() for batch in batches]
    assert max(areas) <= 1_500
    fuller = [(len(a) + 1) * lengths[a].max() for a in batches[:-1]]
    assert min(fuller) > 1_500, "no batch could take one more"


def test_evaluation_leaves_no_sentence_out() -> None:
    assert [list(b) for b in evaluation_batches([3, 900, 0, 3], tokens=6)] == [[1], [0, 3], [2]]
    assert evaluation_batches([], tokens=6) == []


@pytest.mark.slow
def test_an_epoch_of_4_5_million_pairs_takes_seconds() -> None:
    from time import process_time

    source, target = wmt_like(4_500_000)
    started = process_time()
    plan = BatchPlan(source, target, 25_000)
    plan.epoch(0)
    assert process_time() - started < 20  # 3.3 s on a 2024 server core
    assert plan.padding() < 0.02
