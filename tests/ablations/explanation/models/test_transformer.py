"""The four readings of the Transformer's attention, written out, and what given weights replace."""

import pytest
import torch

from ablations.explanation.data.reviews import ReviewSettings, generate
from ablations.explanation.models.transformer import TransformerClassifier
from repro.errors import BadInput
from repro.models.attention import recorded_attention

REVIEWS = generate(ReviewSettings(train=8, dev=4, test=4))
BATCH = REVIEWS.batch("test", range(4))


def model(reading, N: int = 3) -> TransformerClassifier:
    made = TransformerClassifier(len(REVIEWS.vocabulary), 2, seed=5, N=N, d_model=16, d_ff=32, h=4, reading=reading)
    with torch.no_grad():
        made.embedding.weight.mul_(10.0)
    return made.double().eval()


def test_the_mean_is_that_of_the_heads() -> None:
    heads = torch.stack([model(head)(BATCH)[1] for head in range(4)])
    assert not torch.allclose(heads[0], heads[1])
    torch.testing.assert_close(model("mean")(BATCH)[1], heads.mean(dim=0))


def test_logits_do_not_depend_on_the_reading() -> None:
    logits = [model(reading)(BATCH)[0] for reading in (0, "mean", "norm", "rollout")]
    torch.testing.assert_close(logits[0], logits[1])
    torch.testing.assert_close(logits[0], logits[2])
    torch.testing.assert_close(logits[0], logits[3])


def test_norm_is_the_length_of_what_each_word_adds() -> None:
    """Word by word: the attention's output with that word's weights alone, in place of a formula."""
    made = model("norm")
    for row, length in enumerate(BATCH.lengths.tolist()):
        alone = REVIEWS.batch("test", [row])
        hidden = made.encode(made.embed(alone.tokens), alone)
        attention, weights = made.layers[-1].self_attention, made._weights(hidden, alone)[0]
        lengths = torch.zeros(length, dtype=torch.float64)
        for word in range(1, length - 1):
            state = torch.zeros(16, dtype=torch.float64)
            for head in range(4):
                own = slice(4 * head, 4 * (head + 1))
                value = attention.W_V.weight[own] @ hidden[0, word]
                state += weights[head, word] * (attention.W_O.weight[:, own] @ value)
            lengths[word] = state.square().sum().sqrt()
        torch.testing.assert_close(made(BATCH)[1][row, :length], lengths / lengths.sum())


def test_norm_is_not_the_mean() -> None:
    assert not torch.allclose(model("norm")(BATCH)[1], model("mean")(BATCH)[1], atol=0.01)


def test_rollout_is_the_product_over_layers() -> None:
    made = model("rollout")
    for row, length in enumerate(BATCH.lengths.tolist()):
        alone = REVIEWS.batch("test", [row])
        x = made.positions(made.embed(alone.tokens))
        product = torch.eye(length, dtype=torch.float64)
        for layer in made.layers[:-1]:
            with recorded_attention(layer) as records:
                x = layer(x, alone.mask[:, None, None])
            weights = records["self_attention"][0].weights[0].mean(dim=0)
            product = (weights + torch.eye(length, dtype=torch.float64)) / 2 @ product
        top = torch.zeros(length, length, dtype=torch.float64)
        top[0] = model("mean")(alone)[1][0]
        rolled = ((top + torch.eye(length, dtype=torch.float64)) / 2 @ product)[0]
        rolled[[0, length - 1]] = 0.0
        torch.testing.assert_close(made(BATCH)[1][row, :length], rolled / rolled.sum())


def test_rollout_of_one_layer_is_the_mean() -> None:
    torch.testing.assert_close(model("rollout", N=1)(BATCH)[1], model("mean", N=1)(BATCH)[1])


def test_one_head_given_weights_leaves_the_others() -> None:
    made = model(2)
    hidden = made.encode(made.embed(BATCH.tokens), BATCH)
    uniform = BATCH.attendable / BATCH.attendable.sum(dim=1, keepdim=True)
    given = made.decide(hidden, uniform.double(), BATCH)
    weights = made._weights(hidden, BATCH)
    weights[:, 2] = uniform
    torch.testing.assert_close(given, made._class_state(hidden, weights))


def test_given_weights_put_all_heads_on_the_one_word_that_has_all() -> None:
    made = model("mean")
    hidden = made.encode(made.embed(BATCH.tokens), BATCH)
    one = torch.zeros(BATCH.tokens.shape, dtype=torch.float64)
    one[:, 3] = 1.0
    heads = one[:, None].expand(-1, 4, -1)
    torch.testing.assert_close(made.decide(hidden, one, BATCH), made._class_state(hidden, heads))


def test_order_of_words_matters() -> None:
    made = model("mean")
    swapped = BATCH.tokens.clone()
    swapped[:, [1, 2]] = swapped[:, [2, 1]]
    from dataclasses import replace

    assert not torch.allclose(made(replace(BATCH, tokens=swapped))[0], made(BATCH)[0])


def test_sizes_that_do_not_fit() -> None:
    with pytest.raises(BadInput, match="d_model 16 is not divisible by h 3"):
        TransformerClassifier(10, 2, d_model=16, h=3)
    with pytest.raises(BadInput, match="N is 0"):
        TransformerClassifier(10, 2, N=0)
