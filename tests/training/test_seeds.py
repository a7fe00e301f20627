from itertools import product

import pytest
import torch

from repro.training.seeds import micro_batch_seed, seed_random_numbers


def test_seeds_are_distinct_and_in_range():
    places = list(product(range(4), range(60), range(16)))
    seeds = {micro_batch_seed(*place) for place in places}
    assert len(seeds) == len(places)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_neighbours_differ_in_about_half_of_their_bits():
    changed = [(micro_batch_seed(1, u, 0) ^ micro_batch_seed(1, u + 1, 0)).bit_count() for u in range(500)]
    assert sum(changed) / 500 == pytest.approx(63 / 2, abs=1.0)


def test_seeds_are_stable():
    """Written down when they were introduced: another value would change every published result."""
    assert micro_batch_seed(1, 0, 0) == STABLE[0]
    assert micro_batch_seed(1, 99_999, 7) == STABLE[1]


def test_torch_takes_them():
    torch.manual_seed(micro_batch_seed(1, 2, 3))
    first = torch.rand(3)
    torch.manual_seed(micro_batch_seed(1, 2, 3))
    assert torch.equal(first, torch.rand(3))


STABLE = (3717377837946358015, 5313593226195726466)


def test_numbers_of_a_cpu_are_those_of_torchs_own_seed():
    torch.manual_seed(7)
    expected = torch.rand(5), torch.nn.functional.dropout(torch.ones(50), 0.5)
    seed_random_numbers(7, torch.device("cpu"))
    assert torch.equal(torch.rand(5), expected[0])
    assert torch.equal(torch.nn.functional.dropout(torch.ones(50), 0.5), expected[1])


@pytest.mark.gpu
def test_numbers_of_a_gpu_are_those_of_torchs_own_seed():
    torch.manual_seed(7)
    expected = torch.rand(5, device="cuda")
    seed_random_numbers(7, torch.device("cuda"))
    assert torch.equal(torch.rand(5, device="cuda"), expected)
