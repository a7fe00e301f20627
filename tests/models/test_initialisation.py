import math

import pytest
import torch
from torch import nn

from repro.models import RecurrentSeq2Seq, Transformer
from repro.models.attention import MultiHeadAttention
from repro.models.initialisation import initialise


def transformer(seed, **options):
    return Transformer(**{"V": 50, "N": 1, "d_model": 16, "d_ff": 32, "h": 2, "seed": seed, **options})


def recurrent(seed):
    return RecurrentSeq2Seq(V=50, N=1, d_model=16, seed=seed)


@pytest.mark.parametrize("make", [transformer, recurrent])
def test_the_same_seed_gives_the_same_weights_whatever_was_drawn_before(make):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        first = make(7).state_dict()
        torch.manual_seed(2)
        again, other = make(7).state_dict(), make(8).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["embedding.weight"], other["embedding.weight"])


def test_embedding_has_variance_1_over_d_model():
    weight = transformer(1, V=4_000, d_model=64, h=4).embedding.weight.detach()
    assert float(weight.var()) == pytest.approx(1 / 64, rel=0.02)
    assert float(weight.mean()) == pytest.approx(0.0, abs=0.002)


def _gain(name, N):
    if name.endswith(("W_Q", "W_K", "W_V")):
        return math.sqrt(1 / 2)
    if name.endswith(("W_O", "W_2")):
        return 1 / math.sqrt(2 * N if name.startswith("encoder") else 3 * N)
    return 1.0


def test_matrices_are_xavier_uniform_and_biases_zero():
    model = transformer(1, N=2, d_model=128, d_ff=512, h=2, d_k=32, d_v=96)
    seen = 0
    for name, part in model.named_modules():
        if isinstance(part, nn.Linear):
            fan_out, fan_in = part.weight.shape
            gain = _gain(name, N=2)
            bound = gain * math.sqrt(6 / (fan_in + fan_out))
            assert float(part.weight.detach().abs().max()) <= bound
            assert float(part.weight.detach().abs().max()) == pytest.approx(bound, rel=0.02)
            assert float(part.weight.detach().var()) == pytest.approx(bound**2 / 3, rel=0.05)
            if part.bias is not None:
                assert (part.bias == 0).all()
            seen += 1
        elif isinstance(part, nn.LayerNorm):
            assert (part.weight == 1).all()
            assert (part.bias == 0).all()
    assert seen == 2 * (3 * 4 + 2 * 2)


def test_queries_keys_and_values_are_as_one_xavier_matrix():
    """`nn.MultiheadAttention` draws the three at once; with d_k = d_v = d_model / h, ours have its variance."""
    torch.manual_seed(0)
    theirs = nn.MultiheadAttention(256, 4).in_proj_weight.detach()
    holder = nn.ModuleList([MultiHeadAttention(256, 4, 64, 64)])
    initialise(holder, torch.Generator().manual_seed(0))
    for projection in (holder[0].W_Q, holder[0].W_K, holder[0].W_V):
        assert float(projection.weight.detach().var()) == pytest.approx(float(theirs.var()), rel=0.03)


def test_additive_attention_has_a_vector_more_and_the_same_matrices():
    plain, additive = (transformer(3, h=2, d_k=64, compatibility=kind) for kind in ("dot-product", "additive"))
    more = {name: value for name, value in additive.state_dict().items() if name not in plain.state_dict()}
    assert all(torch.equal(additive.state_dict()[name], value) for name, value in plain.state_dict().items())
    assert {(name.rpartition(".")[2], tuple(value.shape)) for name, value in more.items()} == {("v_a", (2, 64))}
    assert len(more) == 3
    drawn = torch.cat([value.flatten() for value in more.values()])
    bound = math.sqrt(6 / 65)
    assert bound * 0.97 < float(drawn.abs().max()) <= bound
    assert float(drawn.var()) == pytest.approx(bound**2 / 3, rel=0.15)
    again = transformer(3, h=2, d_k=64, compatibility="additive").state_dict()
    assert all(torch.equal(again[name], value) for name, value in more.items())


def variance_of_products(d_model, d_k, unit_variance_qk):
    """Of q . k over unit-variance inputs."""
    holder = nn.ModuleList([MultiHeadAttention(d_model, 1, d_k, d_k)])
    initialise(holder, torch.Generator().manual_seed(0), unit_variance_qk)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        q = holder[0].W_Q(torch.randn(1500, d_model, generator=generator))
        k = holder[0].W_K(torch.randn(1500, d_model, generator=generator))
    return float((q @ k.T).var())


@pytest.mark.parametrize("d_k", [16, 64, 256])
def test_variance_of_q_k_is_d_k_where_both_have_unit_variance(d_k):
    """Footnote 4 of section 3.2.1; under Xavier with gain g it is d_k (2 g^2 d_model / (d_model + d_k))^2 instead."""
    assert variance_of_products(128, d_k, unit_variance_qk=True) == pytest.approx(d_k, rel=0.2)
    under_xavier = d_k * (2 * 0.5 * 128 / (128 + d_k)) ** 2
    assert variance_of_products(128, d_k, unit_variance_qk=False) == pytest.approx(under_xavier, rel=0.2)


def test_recurrent_biases():
    model = recurrent(1)
    for rnn in (model.encoder, model.decoder):
        for name, parameter in rnn.named_parameters():
            if not name.startswith("bias"):
                assert float(parameter.detach().abs().max()) <= rnn.hidden_size**-0.5
                continue
            expected = torch.zeros(4, rnn.hidden_size)  # gates: input, forget, cell, output
            if name.startswith("bias_ih"):
                expected[1] = 1.0
            assert torch.equal(parameter.detach(), expected.flatten())


def test_the_embeddings_variance_can_be_xaviers_and_nothing_else_changes():
    usual, xavier = (
        transformer(1, V=4_000, d_model=64, h=4, embedding_variance=name) for name in ("1/d_model", "2/(V+d_model)")
    )
    assert float(xavier.embedding.weight.detach().var()) == pytest.approx(2 / 4_064, rel=0.02)
    others = [name for name in usual.state_dict() if name != "embedding.weight"]
    assert others
    assert all(torch.equal(usual.state_dict()[name], xavier.state_dict()[name]) for name in others)


def test_with_xaviers_variance_a_wide_model_starts_near_a_uniform_guess():
    V, draws = 16_000, torch.Generator().manual_seed(1)
    src, tgt = (torch.randint(4, V, (4, 12), generator=draws) for _ in range(2))

    def first_loss(name):
        model = transformer(1, V=V, N=6, d_model=512, d_ff=2048, h=8, embedding_variance=name).eval()
        with torch.no_grad():
            logits = model(src, tgt[:, :-1])
        return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1), tgt[:, 1:].flatten()))

    assert first_loss("2/(V+d_model)") == pytest.approx(math.log(V), abs=0.2)
    assert first_loss("1/d_model") > math.log(V) + 3
