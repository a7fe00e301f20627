import pytest
import torch
from torch import nn

from repro.errors import BadInput
from repro.models import Seq2Seq, Transformer
from repro.models.attention import MultiHeadAttention
from repro.models.dropout import Dropout
from repro.models.feed_forward import FeedForward
from tests.models.networks import SRC, TGT, small


def torch_twin(model, norm):
    """`nn.Transformer` with the same weights, and pairs of (ours, theirs) parameters.

    Their attention biases are zeroed; their final norms are removed, but for pre-norm, which needs them.
    """
    twin = nn.Transformer(
        d_model=16,
        nhead=4,
        num_encoder_layers=2,
        num_decoder_layers=2,
        dim_feedforward=24,
        dropout=0.0,
        activation="relu",
        layer_norm_eps=1e-6,
        batch_first=True,
        norm_first=norm == "pre",
    )
    pairs = []

    def norms(ours, theirs):
        pairs.extend([(ours.weight, theirs.weight), (ours.bias, theirs.bias)])

    def attention(ours, theirs):
        for i, projection in enumerate([ours.W_Q, ours.W_K, ours.W_V]):
            pairs.append((projection.weight, (theirs.in_proj_weight, slice(16 * i, 16 * (i + 1)))))
        pairs.append((ours.W_O.weight, theirs.out_proj.weight))
        nn.init.zeros_(theirs.in_proj_bias)
        nn.init.zeros_(theirs.out_proj.bias)

    def feed_forward(ours, theirs):
        pairs.extend([(ours.W_1.weight, theirs.linear1.weight), (ours.W_1.bias, theirs.linear1.bias)])
        pairs.extend([(ours.W_2.weight, theirs.linear2.weight), (ours.W_2.bias, theirs.linear2.bias)])

    for ours, theirs in zip(model.encoder, twin.encoder.layers, strict=True):
        attention(ours.self_attention, theirs.self_attn)
        feed_forward(ours.feed_forward, theirs)
        norms(ours.residual_1.layer_norm, theirs.norm1)
        norms(ours.residual_2.layer_norm, theirs.norm2)
    for ours, theirs in zip(model.decoder, twin.decoder.layers, strict=True):
        attention(ours.self_attention, theirs.self_attn)
        attention(ours.cross_attention, theirs.multihead_attn)
        feed_forward(ours.feed_forward, theirs)
        norms(ours.residual_1.layer_norm, theirs.norm1)
        norms(ours.residual_2.layer_norm, theirs.norm2)
        norms(ours.residual_3.layer_norm, theirs.norm3)
    if norm == "pre":
        norms(model.encoder_norm, twin.encoder.norm)
        norms(model.decoder_norm, twin.decoder.norm)
    else:
        twin.encoder.norm = twin.decoder.norm = None
    with torch.no_grad():
        for ours, theirs in pairs:
            if isinstance(theirs, tuple):
                theirs[0][theirs[1]] = ours
            else:
                theirs.copy_(ours)
    return twin, pairs


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("norm", ["post", "pre"])
def test_equals_torch_with_the_same_weights(norm):
    model = small(norm=norm)
    twin, pairs = torch_twin(model, norm)
    for layer in twin.modules():  # training mode keeps torch off its fused encoder, which changes results
        layer.train()
    ours = model.states(SRC, TGT)
    theirs = twin(
        model.positions(model.embedding(SRC)),
        model.positions(model.embedding(TGT)),
        tgt_mask=torch.ones(4, 4, dtype=torch.bool).triu(1),  # there, True = may not attend
        src_key_padding_mask=SRC == 0,
        memory_key_padding_mask=SRC == 0,
    )
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)

    # All real positions, weighed at random, so that no gradient cancels.
    weight = torch.randn(ours.shape, generator=torch.Generator().manual_seed(1)) * (TGT != 0)[:, :, None]
    expected_embedding = torch.autograd.grad(
        (theirs * weight).sum(), [model.embedding.weight, *twin.parameters()], allow_unused=True
    )
    gradients = dict(zip(twin.parameters(), expected_embedding[1:], strict=True))
    (ours * weight).sum().backward()
    torch.testing.assert_close(model.embedding.weight.grad, expected_embedding[0], atol=1e-4, rtol=1e-4)
    covered = {id(model.embedding.weight)}
    for parameter, theirs_parameter in pairs:
        covered.add(id(parameter))
        if isinstance(theirs_parameter, tuple):
            expected = gradients[theirs_parameter[0]][theirs_parameter[1]]
        else:
            expected = gradients[theirs_parameter]
        torch.testing.assert_close(parameter.grad, expected, atol=1e-4, rtol=1e-4)
    assert covered == {id(parameter) for parameter in model.parameters()}


OPTIONS = [
    {},
    {"norm": "pre"},
    {"positions": "learned"},
    {"positions": "none"},
    {"d_k": 3, "d_v": 5},
    {"compatibility": "additive"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_nothing_flows_from_the_future(options):
    model = small(**options)
    states = model.states(SRC[:1], TGT[:1])
    changed = TGT[:1].clone()
    changed[0, 2:] = torch.tensor([3, 15])
    other = model.states(SRC[:1], changed)
    torch.testing.assert_close(other[:, :2], states[:, :2], atol=0.0, rtol=0.0)
    assert (other[:, 2:] - states[:, 2:]).abs().max() > 0.01

    embedded = []
    model.embedding.register_forward_hook(lambda _, __, output: embedded.append(output))
    states = model.states(SRC[:1], TGT[:1])
    for position in range(4):
        _, by_target = torch.autograd.grad(
            states[0, position].pow(3).sum(), embedded[:2] or embedded, retain_graph=True
        )
        assert (by_target[0, position + 1 :] == 0).all()
        assert (by_target[0, : position + 1].abs().sum(-1) > 0).all()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_nothing_flows_from_padding(options):
    """As many more padding tokens as you like on either side, and no gradient into any of them."""
    model = small(**options)
    alone = model.states(SRC[1:2, :3], TGT[1:2, :3])
    src = torch.cat([SRC[1:2, :3], torch.zeros(1, 9, dtype=torch.long)], dim=1)
    tgt = torch.cat([TGT[1:2, :3], torch.zeros(1, 6, dtype=torch.long)], dim=1)
    torch.testing.assert_close(model.states(src, tgt)[:, :3], alone, atol=1e-5, rtol=1e-5)

    embedded = []
    model.embedding.register_forward_hook(lambda _, __, output: embedded.append(output))
    states = model.states(SRC, TGT)
    loss = (states.pow(3) * (TGT != 0)[:, :, None]).sum()
    for ids, gradient in zip((SRC, TGT), torch.autograd.grad(loss, embedded), strict=True):
        assert (gradient[ids == 0] == 0).all()
        assert (gradient[ids != 0].abs().sum(-1) > 0).all()


def test_without_the_causal_mask_the_future_leaks():
    model = small(causal=False)
    changed = TGT[:1].clone()
    changed[0, 3] = 15
    difference = model.states(SRC[:1], changed) - model.states(SRC[:1], TGT[:1])
    assert difference[0, 0].abs().max() > 0.001


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_fully_padded_rows_stay_finite(norm):
    model = small(norm=norm)
    src, tgt = SRC.clone(), TGT.clone()
    src[1], tgt[2] = 0, 0
    states = model.states(src, tgt)
    assert torch.isfinite(states).all()
    states.pow(2).sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())


def test_parameter_count_in_closed_form():
    """No bias in attention, biases in the feed-forward, no norm after the last layer."""
    V, N, d_model, d_ff, h, d_k, d_v = 100, 3, 24, 40, 4, 5, 7
    model = Transformer(V=V, N=N, d_model=d_model, d_ff=d_ff, h=h, d_k=d_k, d_v=d_v)
    attention = 2 * d_model * h * d_k + 2 * d_model * h * d_v
    feed_forward = 2 * d_model * d_ff + d_ff + d_model
    norms = (2 + 3) * 2 * d_model
    expected = V * d_model + N * (3 * attention + 2 * feed_forward + norms)
    assert sum(parameter.numel() for parameter in model.parameters()) == expected


@pytest.mark.parametrize("name", ["base", "big"])
def test_the_paper_s_models_have_as_many_parameters(name, monkeypatch):
    """Without storage: parameters on the meta device, nothing drawn."""
    monkeypatch.setattr("repro.models.transformer.initialise", lambda *arguments: None)
    big = {"d_model": 1024, "d_ff": 4096, "h": 16}
    with torch.device("meta"):
        model = Transformer(V=37_000, **(big if name == "big" else {}))
    expected = {"base": 63_045_632, "big": 214_171_648}[name]
    assert sum(parameter.numel() for parameter in model.parameters()) == expected


def test_bad_sizes():
    with pytest.raises(BadInput, match="d_model 10 is not divisible by h 4"):
        Transformer(V=20, d_model=10, h=4)
    Transformer(V=20, N=1, d_model=10, h=4, d_k=3, d_v=2)
    for name in ("V", "N", "d_model", "d_ff", "h", "d_k", "d_v", "longest"):
        with pytest.raises(BadInput, match=rf"\b{name} is 0"):
            Transformer(**{"V": 20, "N": 1, "d_model": 8, "d_ff": 8, "h": 1, name: 0})


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_dropout_stands_where_the_paper_has_it(norm):
    """On embedding sums and on each sub-layer's output (section 5.4): counted, and off in evaluation."""
    model = small(P_drop=0.5, norm=norm)
    calls = []
    for part in model.modules():
        if isinstance(part, Dropout):
            part.register_forward_hook(lambda *_: calls.append(1))
    model.states(SRC, TGT)
    assert len(calls) == 2 + 2 * 2 + 2 * 3
    assert not torch.equal(model.states(SRC, TGT), model.states(SRC, TGT))
    model.eval()
    assert torch.equal(model.states(SRC, TGT), model.states(SRC, TGT))


def test_is_a_seq2seq():
    model = small()
    assert isinstance(model, Seq2Seq)
    torch.testing.assert_close(model(SRC, TGT), model.states(SRC, TGT) @ model.output_weight().T)


def test_dropout_falls_on_the_sums_with_positions_and_on_outputs_of_sub_layers():
    """Section 5.4: not on bare embeddings, nor on what a sub-layer reads. Inputs of dropout against those vectors."""
    model = small(P_drop=0.5)
    dropped, outputs = [], []
    for part in model.modules():
        if isinstance(part, Dropout):
            part.register_forward_pre_hook(lambda _, inputs: dropped.append(inputs[0]))
        elif isinstance(part, MultiHeadAttention | FeedForward):
            part.register_forward_hook(lambda _, __, output: outputs.append(output))
    model.states(SRC, TGT)
    sums = [model.positions(model.embedding(ids), 0) for ids in (SRC, TGT)]
    of_sums = [x for x in dropped if any(x.shape == s.shape and torch.equal(x, s) for s in sums)]
    of_outputs = [x for x in dropped if any(x is output for output in outputs)]
    assert (len(of_sums), len(of_outputs), len(dropped)) == (2, 2 * 2 + 2 * 3, 2 + 2 * 2 + 2 * 3)


def test_options_reach_the_parts_that_they_are_for():
    model = small(relu_dropout=0.3, norm_epsilon=0.1, attention_dropout=0.2)
    parts = list(model.modules())
    assert {part.dropout for part in parts if isinstance(part, FeedForward)} == {0.3}
    norms = [part for part in parts if isinstance(part, nn.LayerNorm)]
    x = torch.randn(3, 16, generator=torch.Generator().manual_seed(1))
    assert norms
    for norm in norms:
        expected = torch.nn.functional.layer_norm(x, (16,), norm.weight, norm.bias, 0.1)
        torch.testing.assert_close(norm(x), expected)
