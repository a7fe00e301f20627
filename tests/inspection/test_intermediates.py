"""What is shown is what the model computes, and what the paper's equations give, each within 1e-5."""

import numpy as np
import pytest
import torch

from repro.inspection.intermediates import intermediates
from tests.inspection.by_hand import ByHand, softmax

SOURCE, TARGET = [5, 17, 9, 40, 2], [1, 30, 8, 12]
CLOSE = {"rtol": 0, "atol": 1e-5}


@pytest.fixture(params=["post", "pre"])
def norm(request):
    return request.param


def by_hand(network, norm, **more):
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    oracle = ByHand(weights, network.h, norm == "pre", **more)
    return oracle, oracle.logits(SOURCE, TARGET)


@pytest.mark.parametrize("sizes", [{}, {"N": 1, "h": 1, "d_k": 24, "d_v": 24}, {"N": 3, "h": 4, "d_k": 6, "d_v": 6}])
def test_logits_are_the_models_and_the_papers(make, norm, sizes):
    network = make(norm=norm, **sizes)
    found = intermediates(network, SOURCE, TARGET)
    with torch.inference_mode():  # by the quick kernels, without weights
        theirs = network(torch.tensor([SOURCE]), torch.tensor([TARGET]))[0].numpy()
    np.testing.assert_allclose(found.logits, theirs, **CLOSE)
    np.testing.assert_allclose(found.logits, by_hand(network, norm)[1], **CLOSE)


def test_every_intermediate_is_the_papers(make, norm):
    network = make(norm=norm)
    found = intermediates(network, SOURCE, TARGET)
    oracle, _ = by_hand(network, norm)
    compared = set()

    def compare(name, value):
        np.testing.assert_allclose(value, oracle.seen[name], **CLOSE, err_msg=name)
        compared.add(name)

    for name, side in (("encoder", found.encoder), ("decoder", found.decoder)):
        for part in ("embedding", "positions", "sum"):
            compare(f"{name}.{part}", getattr(side, part))
        for i, layer in enumerate(side.layers):
            for place, each in enumerate(layer, start=1):
                prefix = f"{name}.{i}.{each.kind.replace('-', '_')}"
                compare(f"{name}.{i}.residual_{place}.stream", each.stream)
                compare(f"{prefix}.read", each.read)
                compare(f"{prefix}.output", each.output)
                if each.hidden is not None:
                    compare(f"{prefix}.hidden", each.hidden)
                if each.attention is not None:
                    for part in ("Q", "K", "V", "scores", "weights", "heads"):
                        compare(f"{prefix}.{part}", getattr(each.attention, part))
    assert compared == set(oracle.seen)


def test_eq_1_leads_from_one_step_to_the_next(make):
    found = intermediates(make(), SOURCE, TARGET)
    for side in (found.encoder, found.decoder):
        for each in (each.attention for layer in side.layers for each in layer if each.attention):
            np.testing.assert_allclose(each.scores, each.Q @ each.K.transpose(0, 2, 1), **CLOSE)
            weights = softmax(np.where(each.mask, each.scores * each.scale, -np.inf))
            np.testing.assert_allclose(each.weights, weights, **CLOSE)
            np.testing.assert_allclose(each.heads, each.weights @ each.V, **CLOSE)
            assert each.scale == pytest.approx(1 / np.sqrt(10))


def test_additive_attention_leads_from_one_step_to_the_next(make):
    network = make(compatibility="additive")
    found = intermediates(network, SOURCE, TARGET)
    for name, side in (("encoder", found.encoder), ("decoder", found.decoder)):
        for i, layer in enumerate(side.layers):
            for sub_layer in layer[:-1]:
                each, part = sub_layer.attention, f"{name}.{i}.{sub_layer.kind.replace('-', '_')}"
                v_a = network.get_submodule(part).v_a.detach().numpy()
                hidden = np.tanh(each.Q[:, :, None] + each.K[:, None])
                np.testing.assert_allclose(each.scores, np.einsum("hmnd,hd->hmn", hidden, v_a), **CLOSE)
                np.testing.assert_allclose(each.weights, softmax(np.where(each.mask, each.scores, -np.inf)), **CLOSE)
                np.testing.assert_allclose(each.heads, each.weights @ each.V, **CLOSE)
                assert each.scale is None


def test_only_the_decoder_is_masked_and_only_if_it_should(make):
    found = intermediates(make(), SOURCE, TARGET)
    assert all(each.attention.mask.all() for layer in found.encoder.layers for each in layer if each.attention)
    (self_attention, cross, _), *_ = found.decoder.layers
    assert (self_attention.attention.mask == np.tri(4, dtype=bool)).all()
    assert cross.attention.mask.all()
    assert cross.attention.mask.shape == (4, 5)
    cheating = make(causal=False)
    found = intermediates(cheating, SOURCE, TARGET)
    assert found.decoder.layers[0][0].attention.mask.all()
    np.testing.assert_allclose(found.logits, by_hand(cheating, "post", causal=False)[1], **CLOSE)


@pytest.mark.parametrize("positions", ["learned", "none", "sinusoidal-halves"])
def test_each_side_has_its_own_positions(make, positions):
    network = make(positions=positions)
    found = intermediates(network, SOURCE, TARGET)
    for side in (found.encoder, found.decoder):
        np.testing.assert_allclose(side.embedding + side.positions, side.sum, **CLOSE)
    if positions == "learned":
        np.testing.assert_array_equal(found.decoder.positions, network.target_positions.weight[:4].detach())
        assert not np.allclose(found.encoder.positions[:4], found.decoder.positions)
    if positions == "none":
        assert not found.encoder.positions.any()


def test_a_convolution_has_no_attention(make):
    first, _ = intermediates(make(encoder="convolution"), SOURCE, TARGET).encoder.layers[0]
    assert first.kind == "convolution"
    assert first.attention is None
    assert first.output.shape == (5, 24)


def test_nothing_is_left_behind_in_the_network(make):
    network = make()
    intermediates(network, SOURCE, TARGET)
    assert not any(part._forward_hooks for part in network.modules())
    assert all(getattr(part, "records", None) is None for part in network.modules())
