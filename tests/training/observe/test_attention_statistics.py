import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from repro.data.vocabulary import PAD
from repro.models import Transformer
from repro.models.attention import AttentionRecord, recorded_attention
from repro.models.masks import causal_mask
from repro.training.observe.attention_statistics import (
    COLUMNS,
    FILE,
    SENTENCES,
    AttentionStatistics,
    attention_summary,
    dev_batch,
    dot_product_variance,
    entropy,
    gradient_norm,
    gradient_norms,
    largest_weight,
    read_attention,
    relative_entropy,
)
from tests.training.batches import RandomSplit

STATISTICS = (dot_product_variance, entropy, relative_entropy, largest_weight)


# ---- the functions


def record(Q, K, mask, scale=1.0):
    """A record with the weights that these queries and keys give; a query without keys has none."""
    scores = (Q @ K.transpose(-2, -1) * scale).expand(*Q.shape[:-1], K.shape[-2])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1).nan_to_num(0.0)
    nothing = torch.zeros(())
    return AttentionRecord(Q, K, nothing, scale, mask, weights, nothing, nothing)


def test_additive_attention_has_no_dot_products_to_vary():
    Q, K = drawn(1, 1, 3, 3, 4)
    queries = torch.ones(1, 3, dtype=torch.bool)
    found = record(Q, K, None)
    assert math.isfinite(dot_product_variance(found, queries))
    found.scale = None
    assert math.isnan(dot_product_variance(found, queries))


def drawn(B, h, m, n, d_k, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(B, h, length, d_k, generator=generator) for length in (m, n))


def one_query_at_a_time(Q, K, mask, queries, scale):
    """All four statistics in NumPy and float64, with loops and nothing that is masked."""
    dots, entropies, relative, largest = [], [], [], []
    for b, head, i in np.ndindex(*Q.shape[:3]):
        keys = [j for j in range(K.shape[2]) if mask[b, head, i, j]]
        if not queries[b, i] or not keys:
            continue
        scores = np.array([np.dot(Q[b, head, i], K[b, head, j]) for j in keys])
        dots += list(scores)
        weights = np.exp(scale * scores - (scale * scores).max())
        weights /= weights.sum()
        entropies.append(-sum(w * math.log(w) for w in weights if w > 0))
        largest.append(max(weights))
        if len(keys) > 1:
            relative.append(entropies[-1] / math.log(len(keys)))
    return np.var(dots), np.mean(entropies), np.mean(relative), np.mean(largest)


def masks(kind, B, h, m, n):
    generator = torch.Generator().manual_seed(4)
    lengths = torch.tensor([n, n - 3, 1])[:B]
    if kind == "padding":
        return torch.arange(n)[None, None, None] < lengths[:, None, None, None]
    if kind == "causal":
        return causal_mask(m)
    if kind == "any, with queries that may see nothing":
        mask = torch.rand(B, h, m, n, generator=generator) < 0.5
        mask[0, :, 1], mask[1] = False, mask[1] & (torch.arange(m) != 2)[:, None]
        return mask
    return None


@pytest.mark.parametrize("kind", ["none", "padding", "causal", "any, with queries that may see nothing"])
@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_one_query_at_a_time(kind, scale):
    B, h, m, n, d_k = 3, 2, 5, 5 if kind == "causal" else 6, 4
    Q, K = drawn(B, h, m, n, d_k)
    mask = masks(kind, B, h, m, n)
    queries = torch.arange(m) < torch.tensor([m, 3, 1])[:, None]
    everything = torch.ones(B, h, m, n, dtype=torch.bool)
    expected = one_query_at_a_time(
        Q.double().numpy(),
        K.double().numpy(),
        (everything if mask is None else everything & mask).numpy(),
        queries.numpy(),
        scale,
    )
    call = record(Q, K, mask, scale)
    assert [statistic(call, queries) for statistic in STATISTICS] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("d_k", [4, 16, 64])
def test_q_k_has_variance_d_k_where_both_have_unit_variance(d_k):
    """Footnote 4 of section 3.2.1, whatever the scale. Within 5 standard errors.

    Of N queries with as many keys, sum q_i^2 has a relative deviation of sqrt(2 / d_k) each.
    """
    B, h, m = 400, 2, 6
    Q, K = drawn(B, h, m, m, d_k, seed=d_k)
    everything = torch.ones(B, m, dtype=torch.bool)
    error = math.sqrt(2 * 2 / (d_k * B * h * m) + (2 + 6 / d_k) / (B * h * m * m))
    measured = dot_product_variance(record(Q, K, None, d_k**-0.5), everything)
    assert measured == pytest.approx(d_k, rel=5 * error)
    assert error < 0.02


def test_the_mean_of_q_k_is_no_variance():
    Q, K = torch.ones(1, 1, 3, 4), torch.ones(1, 1, 5, 4)
    assert dot_product_variance(record(Q, K, None), torch.ones(1, 3, dtype=torch.bool)) == 0.0


@pytest.mark.parametrize("kind", ["padding", "causal"])
def test_uniform_weights(kind):
    """Entropy log n, as large as it can be."""
    m = n = 6
    Q = torch.zeros(3, 2, m, 4)
    mask = masks(kind, 3, 2, m, n)
    call, queries = record(Q, Q, mask), torch.ones(3, m, dtype=torch.bool)
    keys = [n, n - 3, 1] if kind == "padding" else range(1, n + 1)
    assert entropy(call, queries) == pytest.approx(np.mean([math.log(k) for k in keys]))
    assert largest_weight(call, queries) == pytest.approx(np.mean([1 / k for k in keys]))
    assert relative_entropy(call, queries) == pytest.approx(1.0)
    assert dot_product_variance(call, queries) == 0.0


def test_one_hot_weights():
    Q = K = 100 * torch.eye(5)[None, None]
    call, queries = record(Q, K, None), torch.ones(1, 5, dtype=torch.bool)
    assert largest_weight(call, queries) == 1.0
    assert entropy(call, queries) == pytest.approx(0.0, abs=1e-12)
    assert relative_entropy(call, queries) == pytest.approx(0.0, abs=1e-12)


def test_padding_does_not_count():
    """Neither as a query nor as a key: the same numbers as without it."""
    Q, K = drawn(2, 2, 4, 4, 8)
    queries = torch.ones(2, 4, dtype=torch.bool)
    alone = [statistic(record(Q, K, None), queries) for statistic in STATISTICS]
    filler_q, filler_k = drawn(2, 2, 3, 3, 8, seed=1)
    Q, K = torch.cat([Q, 9 * filler_q], dim=2), torch.cat([K, 9 * filler_k], dim=2)
    real = torch.arange(7) < 4
    call = record(Q, K, real[None, None, None])
    assert [statistic(call, real.expand(2, 7)) for statistic in STATISTICS] == pytest.approx(alone, rel=1e-6)
    everything = torch.ones(2, 7, dtype=torch.bool)
    for statistic, value in zip(STATISTICS, alone, strict=True):
        assert statistic(call, everything) != pytest.approx(value, rel=1e-3)


def test_queries_of_one_key_have_no_relative_entropy():
    """Under a causal mask the first position has no choice: it would count as 0 / 0."""
    Q, K = drawn(1, 1, 2, 2, 4)
    queries = torch.ones(1, 2, dtype=torch.bool)
    call = record(Q, K, causal_mask(2))
    assert relative_entropy(call, queries) == pytest.approx(2 * entropy(call, queries) / math.log(2))
    assert math.isnan(relative_entropy(record(Q, K[:, :, :1], None), queries))


def test_gradient_norms_layer_by_layer():
    network = Transformer(V=20, N=2, d_model=8, d_ff=12, h=2, seed=3)
    src, tgt = torch.tensor([[4, 5, 2], [7, 2, 0]]), torch.tensor([[1, 8], [1, 5]])
    network(src, tgt).pow(2).sum().backward()

    def flat(prefix):
        parts = [p.grad.double().numpy().ravel() for name, p in network.named_parameters() if name.startswith(prefix)]
        return np.linalg.norm(np.concatenate(parts))

    names = [f"encoder.{i}.self_attention" for i in range(2)]
    names += [f"decoder.{i}.{kind}_attention" for i in range(2) for kind in ("self", "cross")]
    norms = gradient_norms(network, names)
    assert list(norms) == names
    for name, (of_layer, of_qk) in norms.items():
        assert float(of_layer) == pytest.approx(flat(".".join(name.split(".")[:2]) + "."), rel=1e-5)
        assert float(of_qk) == pytest.approx(math.hypot(flat(f"{name}.W_Q"), flat(f"{name}.W_K")), rel=1e-5)
    network.zero_grad()
    assert float(gradient_norm(network)) == 0.0


# ---- on a network, without a trainer


def test_the_sentences_are_spread_over_the_dev_set():
    few, many = RandomSplit(10), RandomSplit(1000)
    batch = dev_batch(few)
    assert [row[row != PAD].tolist() for row in batch.src] == few._source
    batch = dev_batch(many)
    assert len(batch.src) == SENTENCES
    expected = [many._source[round(i * 999 / (SENTENCES - 1))] for i in range(SENTENCES)]
    assert [row[row != PAD].tolist() for row in batch.src] == expected


def trainer_and_module(network, sentences, step=0):
    """As much of both as the callback looks at."""
    data = SimpleNamespace(store=SimpleNamespace(split=lambda name: {"dev": sentences}[name]))
    trainer = SimpleNamespace(is_global_zero=True, global_step=step, max_steps=100, should_stop=False, datamodule=data)
    return trainer, SimpleNamespace(network=network, device=torch.device("cpu"))


def test_observing_leaves_everything_as_it_was(tmp_path):
    network = Transformer(V=20, N=1, d_model=8, d_ff=8, h=2, P_drop=0.5, attention_dropout=0.5)
    network.train()
    network.encoder[0].eval()
    src, tgt = torch.tensor([[4, 5, 2]]), torch.tensor([[1, 8]])
    network(src, tgt).sum().backward()

    def state():
        return (
            [part.training for part in network.modules()],
            [parameter.clone() for parameter in network.parameters()],
            [parameter.grad.clone() for parameter in network.parameters()],
            [parameter.requires_grad for parameter in network.parameters()],
            [torch.get_rng_state()],
            [part.records for name, part in network.named_modules() if name.endswith("attention")],
        )

    def same(one, other):
        return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other

    before = state()
    trainer, module = trainer_and_module(network, RandomSplit(10))
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    assert len(read_attention(tmp_path / FILE)) == 3
    for one, other in zip(before, state(), strict=True):
        assert all(map(same, one, other))


@pytest.mark.parametrize("causal", [True, False])
def test_rows_are_of_real_tokens(tmp_path, causal):
    """Each row from the records of sentences one at a time, which have no padding."""
    network = Transformer(V=20, N=2, d_model=8, d_ff=8, h=2, causal=causal)
    sentences = RandomSplit(7)
    trainer, module = trainer_and_module(network, sentences)
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    network.eval()
    entropies: dict[str, list[float]] = {}
    dots: dict[str, list[float]] = {}
    for i in range(7):
        src = torch.tensor([sentences.source(i).tolist()])
        tgt = torch.tensor([[1, *sentences.target(i)[:-1].tolist()]])
        with torch.no_grad(), recorded_attention(network) as records:
            network(src, tgt)
        for name, (call,) in records.items():
            hidden = causal and name.startswith("decoder") and "self" in name
            for head, q in np.ndindex(*call.weights.shape[1:3]):
                weights = call.weights[0, head, q].double().numpy()
                seen = slice(0, q + 1) if hidden else slice(None)
                entropies.setdefault(name, []).append(-sum(w * math.log(w) for w in weights if w > 0))
                dots.setdefault(name, []).extend((call.K[0, head, seen] @ call.Q[0, head, q]).tolist())
    rows = read_attention(tmp_path / FILE)
    assert [row["layer"] for row in rows] == list(entropies)
    for row in rows:
        assert row["entropy"] == pytest.approx(np.mean(entropies[row["layer"]]), rel=1e-5)
        assert row["var_qk"] == pytest.approx(np.var(dots[row["layer"]]), rel=1e-4)


def test_other_ranks_write_nothing(tmp_path):
    trainer, module = trainer_and_module(Transformer(V=20, N=1, d_model=8, d_ff=8, h=2), RandomSplit(3))
    trainer.is_global_zero = False
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    observer.on_train_end(trainer, module)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_not_finite_is_none(tmp_path):
    network = Transformer(V=20, N=1, d_model=8, d_ff=8, h=2)
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, torch.inf)
    trainer, module = trainer_and_module(network, RandomSplit(3))
    observer = AttentionStatistics(1, tmp_path)
    observer.on_train_start(trainer, module)
    observer.on_before_optimizer_step(trainer, module, None)
    rows, metrics = attention_summary(tmp_path / FILE)
    assert all(row["gradient_norm"] is None and row["entropy"] > 0 for row in rows)
    assert metrics["attention.gradient_norm.step0"].value is None
    assert metrics["attention.gradient_norm.step0"].details["reason"] == "no finite number in at least one layer"


def test_without_a_file_there_is_nothing_to_say(tmp_path):
    assert attention_summary(tmp_path / FILE) == ([], {})
    (tmp_path / FILE).write_text(",".join(COLUMNS) + "\n")
    assert attention_summary(tmp_path / FILE) == ([], {})
