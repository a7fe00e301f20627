import pytest
import torch

from repro.decoding.length_penalty import length_penalty


def test_gnmt_by_hand():
    # ((5 + 7) / 6)^0.6 = 2^0.6
    assert length_penalty(7.0, 0.6) == pytest.approx(1.5157165665)
    assert length_penalty(1.0, 0.6) == 1.0


def test_the_kinds_differ():
    assert length_penalty(7.0, 0.6, "length") == pytest.approx(3.2140958497)  # 7^0.6
    assert length_penalty(7.0, 0.6, "none") == 1.0
    assert length_penalty(7.0, 0.0, "gnmt") == length_penalty(7.0, 0.0, "length") == 1.0


@pytest.mark.parametrize("kind", ["gnmt", "length", "none"])
def test_tensors_as_numbers(kind):
    lengths = torch.arange(1.0, 20.0)
    expected = [length_penalty(float(n), 0.8, kind) for n in range(1, 20)]
    torch.testing.assert_close(length_penalty(lengths, 0.8, kind), torch.tensor(expected))
