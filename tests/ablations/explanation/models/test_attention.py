"""Attention against NumPy; uniform and given weights; encoders against torch's own."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ablations.explanation.data.dataset import Batch
from ablations.explanation.models.attention import Additive, Given, ScaledDot, Uniform, masked_softmax
from ablations.explanation.models.encoders import Average, BiLSTM, Convolution
from repro.errors import BadInput

B, n, m = 3, 7, 6
LENGTHS = (7, 4, 3)


@pytest.fixture
def hidden() -> torch.Tensor:
    return torch.randn(B, n, m, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture
def batch() -> Batch:
    at, lengths = torch.arange(n), torch.tensor(LENGTHS)[:, None]
    mask = at < lengths
    return Batch(
        mask.long(), mask, (at >= 1) & (at < lengths - 1), torch.zeros(B), torch.tensor([2, 0, 1]), split="dev"
    )


def softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max())
    return e / e.sum()


def expected(score, hidden: torch.Tensor) -> np.ndarray:
    """Row by row over the words that may be attended to."""
    alpha = np.zeros((B, n))
    for row, length in enumerate(LENGTHS):
        alpha[row, 1 : length - 1] = softmax(np.array([score(row, h) for h in hidden[row, 1 : length - 1].numpy()]))
    return alpha


@pytest.mark.parametrize("has_questions", [False, True])
def test_additive(hidden: torch.Tensor, batch: Batch, has_questions: bool) -> None:
    attention = Additive(m, has_questions).double()
    query = (
        torch.randn(B, m, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) if has_questions else None
    )
    W, b, v = (p.detach().numpy() for p in (attention.W.weight, attention.W.bias, attention.v.weight))

    def score(row: int, h: np.ndarray) -> float:
        inner = W @ h + b
        if query is not None:
            inner = inner + attention.W_q.weight.detach().numpy() @ query[row].numpy()
        return float(v[0] @ np.tanh(inner))

    np.testing.assert_allclose(attention(hidden, batch, query).detach().numpy(), expected(score, hidden), atol=1e-12)
    assert W.shape == (m // 2, m)


@pytest.mark.parametrize("has_questions", [False, True])
def test_scaled_dot(hidden: torch.Tensor, batch: Batch, has_questions: bool) -> None:
    attention = ScaledDot(m, has_questions).double()
    query = (
        torch.randn(B, m, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) if has_questions else None
    )

    def score(row: int, h: np.ndarray) -> float:
        w = attention.w.weight.detach().numpy()[0] if query is None else query[row].numpy()
        return float(w @ h / np.sqrt(m))

    np.testing.assert_allclose(attention(hidden, batch, query).detach().numpy(), expected(score, hidden), atol=1e-12)


def test_uniform(hidden: torch.Tensor, batch: Batch) -> None:
    np.testing.assert_allclose(Uniform()(hidden, batch, None).numpy(), expected(lambda row, h: 0.0, hidden), atol=1e-15)


def test_given_weights_are_found_by_split_and_instance(hidden: torch.Tensor, batch: Batch) -> None:
    weights = {"train": torch.zeros(3, n + 2), "dev": torch.arange(3.0)[:, None].expand(3, n + 2)}
    found = Given(weights)(hidden, batch, None)
    assert found.shape == (B, n)
    assert found[:, 0].tolist() == [2.0, 0.0, 1.0]


def test_masked_softmax_is_exact_where_nothing_may_be_taken() -> None:
    scores = torch.tensor([[1e30, 0.0, 5.0], [1.0, 2.0, 3.0]])
    alpha = masked_softmax(scores, torch.tensor([[False, True, True], [False, False, False]]))
    assert alpha[0, 0] == 0
    torch.testing.assert_close(alpha[0].sum(), torch.tensor(1.0))
    assert alpha[1].tolist() == [0.0, 0.0, 0.0]


def test_bilstm_is_torch_s_own_over_packed_sequences(batch: Batch) -> None:
    ours, theirs = BiLSTM(5, m).double(), nn.LSTM(5, m // 2, batch_first=True, bidirectional=True).double()
    with torch.no_grad():
        for name, parameter in ours.forwards.named_parameters():
            getattr(theirs, name).copy_(parameter)
        for name, parameter in ours.backwards.named_parameters():
            getattr(theirs, f"{name}_reverse").copy_(parameter)
    x = torch.randn(B, n, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    packed = pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    wanted, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True, total_length=n)
    torch.testing.assert_close(ours(x, batch.mask), wanted)


def test_average_and_convolution_against_written_out(batch: Batch) -> None:
    x = torch.randn(B, n, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    average = Average(5, 4).double()
    W, b = average.projection.weight.detach().numpy(), average.projection.bias.detach().numpy()
    np.testing.assert_allclose(average(x, batch.mask).detach().numpy(), np.tanh(x.numpy() @ W.T + b), atol=1e-12)
    convolution = Convolution(5, 4, kernels=(1, 3)).double()
    got = convolution(x, batch.mask).detach().numpy()
    wide = convolution.filters[1]
    kernel, bias = wide.weight.detach().numpy(), wide.bias.detach().numpy()
    real = np.pad((x * batch.mask[..., None]).numpy(), ((0, 0), (1, 1), (0, 0)))
    for t in range(n):
        window = real[:, t : t + 3].transpose(0, 2, 1)
        np.testing.assert_allclose(got[:, t, 2:], np.maximum(np.einsum("bek,fek->bf", window, kernel) + bias, 0))


def test_sizes_that_do_not_fit() -> None:
    with pytest.raises(BadInput, match="m is 6; 4 kernels cannot share it equally"):
        Convolution(5, 6)
    with pytest.raises(BadInput, match="activation is 'sigmoid'"):
        Average(5, 4, activation="sigmoid")
