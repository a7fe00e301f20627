import itertools

import pytest
import torch
from torch import nn

from repro.errors import BadInput
from repro.models import RecurrentSeq2Seq, Seq2Seq

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 9, 2, 0, 0], [5, 2, 0, 0, 0]])
TGT = torch.tensor([[1, 4, 9, 8], [1, 7, 7, 0], [1, 6, 0, 0]])
KINDS = list(itertools.product(["lstm", "gru"], ["additive", "dot", "none"]))


def small(cell="lstm", attention="additive", N=2, P_drop=0.0, seed=3):
    """Parameters are large, so that whatever flows can be seen."""
    model = RecurrentSeq2Seq(V=20, N=N, d_model=12, cell=cell, attention=attention, P_drop=P_drop, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.4, generator=generator)
    return model


def states_by_hand(model, cell, attention, source, target):
    """One sentence, one token after the other, through torch's single cells and plain loops."""
    Cell = nn.LSTMCell if cell == "lstm" else nn.GRUCell

    def cells(rnn, suffix=""):
        made = []
        for layer in range(rnn.num_layers):
            weight = getattr(rnn, f"weight_ih_l{layer}{suffix}")
            one = Cell(weight.shape[1], rnn.hidden_size)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                setattr(one, name, getattr(rnn, f"{name}_l{layer}{suffix}"))
            made.append(one)
        return made

    def run(one, inputs, state):
        outputs = []
        for x in inputs:
            state = one(x, state)
            outputs.append(state[0] if cell == "lstm" else state)
        return outputs, state

    def embed(ids):
        return [model.embedding.weight[i] * 12**0.5 for i in ids]

    inputs, finals = embed(source), []
    zero = torch.zeros(6)
    for forward, backward in zip(cells(model.encoder), cells(model.encoder, "_reverse"), strict=True):
        start = (zero, zero) if cell == "lstm" else zero
        onward, final_onward = run(forward, inputs, start)
        back, final_back = run(backward, inputs[::-1], start)
        inputs = [torch.cat(both) for both in zip(onward, back[::-1], strict=True)]
        if cell == "lstm":
            finals.append([torch.cat([final_onward[i], final_back[i]]) for i in range(2)])
        else:
            finals.append([torch.cat([final_onward, final_back])])
    memory, outputs = inputs, embed(target)
    for one, final in zip(cells(model.decoder), finals, strict=True):
        start = [torch.tanh(bridge(part)) for bridge, part in zip(model.bridge, final, strict=True)]
        outputs, _ = run(one, outputs, tuple(start) if cell == "lstm" else start[0])
    states = []
    for s in outputs:
        if attention != "none":
            part = model.attention
            if attention == "additive":
                scores = [part.v(torch.tanh(part.W(s) + part.U(m))).squeeze() for m in memory]
            else:
                scores = [s @ part.U(m) / 12**0.5 for m in memory]
            weights = torch.stack(scores).softmax(0)
            s = torch.cat([s, sum(w * m for w, m in zip(weights, memory, strict=True))])
        states.append(torch.tanh(model.combine(s)))
    return torch.stack(states)


@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_states_by_hand(cell, attention):
    model = small(cell, attention)
    states = model.states(SRC, TGT)
    for b, (n, m) in enumerate([(5, 4), (3, 3), (2, 2)]):  # the padding of a batch changes nothing
        expected = states_by_hand(model, cell, attention, SRC[b, :n].tolist(), TGT[b, :m].tolist())
        torch.testing.assert_close(states[b, :m], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_decoding_step_by_step(cell, attention):
    model = small(cell, attention).eval()
    tokens = torch.randint(3, 20, (3, 2, 8), generator=torch.Generator().manual_seed(0))
    src, state = SRC, model.start(SRC, 2)
    for j in range(8):
        logits = model.step(tokens[:, :, j], state)
        flat = tokens[:, :, : j + 1].flatten(0, 1)
        expected = model.logits(model.states(src.repeat_interleave(2, 0), flat)[:, -1])
        torch.testing.assert_close(logits.flatten(0, 1), expected, atol=1e-4, rtol=1e-4)
        if j == 2:
            beams = torch.tensor([[1, 0], [1, 1], [0, 0]])
            state.reorder(beams)
            tokens = torch.cat(
                [tokens[:, :, :3].gather(1, beams[:, :, None].expand(-1, -1, 3)), tokens[:, :, 3:]], dim=2
            )
        if j == 4:
            rest = torch.tensor([2, 0])
            state.keep(rest)
            src, tokens = src[rest], tokens[rest]


@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_nothing_flows_from_future_or_padding(cell, attention):
    model = small(cell, attention)
    changed = TGT[:1].clone()
    changed[0, 2:] = torch.tensor([3, 15])
    states, other = model.states(SRC[:1], TGT[:1]), model.states(SRC[:1], changed)
    torch.testing.assert_close(other[:, :2], states[:, :2], atol=0.0, rtol=0.0)
    assert (other[:, 2:] - states[:, 2:]).abs().max() > 0.01

    embedded = []
    model.embedding.register_forward_hook(lambda _, __, output: embedded.append(output))
    loss = (model.states(SRC, TGT).pow(3) * (TGT != 0)[:, :, None]).sum()
    for ids, gradient in zip((SRC, TGT), torch.autograd.grad(loss, embedded), strict=True):
        assert (gradient[ids == 0] == 0).all()
        assert (gradient[ids != 0].abs().sum(-1) > 0).all()


def test_without_attention_the_initial_state_is_all_there_is_of_the_source(monkeypatch):
    for attention in ("additive", "dot", "none"):
        model = small(attention=attention)
        encode = model.encode
        fixed = encode(SRC)[1]
        monkeypatch.setattr(model, "encode", lambda src, encode=encode, fixed=fixed: (encode(src)[0], fixed))
        states = model.states(SRC, TGT)
        other = model.states(SRC.flip(0).clamp(min=3), TGT)
        assert torch.equal(states, other) == (attention == "none")


@pytest.mark.parametrize(("cell", "attention"), KINDS)
def test_fully_padded_rows_stay_finite(cell, attention):
    model = small(cell, attention)
    src, tgt = SRC.clone(), TGT.clone()
    src[1], tgt[2] = 0, 0
    states = model.states(src, tgt)
    assert torch.isfinite(states).all()
    states.pow(2).sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())


def test_dropout_is_for_training_only():
    model = small(P_drop=0.5)
    assert not torch.equal(model.states(SRC, TGT), model.states(SRC, TGT))
    model.eval()
    assert torch.equal(model.states(SRC, TGT), model.states(SRC, TGT))


def test_dropout_falls_on_embeddings_and_on_the_decoder_s_output():
    model = small(P_drop=0.5)
    dropped = []
    model.dropout.register_forward_pre_hook(lambda _, inputs: dropped.append(inputs[0]))
    model.states(SRC, TGT)
    assert sum(any(torch.equal(x, model.embedding(ids)) for ids in (SRC, TGT)) for x in dropped) == 2
    assert len(dropped) == 3
    assert (model.encoder.dropout, model.decoder.dropout) == (0.5, 0.5)


def test_bad_sizes():
    with pytest.raises(BadInput, match="d_model 7 is odd"):
        RecurrentSeq2Seq(V=20, d_model=7)
    for name in ("V", "N", "d_model"):
        with pytest.raises(BadInput, match=rf"\b{name} is 0"):
            RecurrentSeq2Seq(**{"V": 20, "N": 1, "d_model": 8, name: 0})


def test_is_a_seq2seq():
    model = small()
    assert isinstance(model, Seq2Seq)
    torch.testing.assert_close(model(SRC, TGT), model.states(SRC, TGT) @ model.output_weight().T)
