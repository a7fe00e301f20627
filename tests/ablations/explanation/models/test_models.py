"""All models alike: the law of the protocol, padding that changes nothing, weights that are weights."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ablations.explanation.data.dataset import Batch, Dataset, Instance, Vocabulary, add_end_words
from ablations.explanation.data.reviews import ReviewSettings, generate
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.models.protocol import distribution
from ablations.explanation.models.transformer import TransformerClassifier

REVIEWS = generate(ReviewSettings(train=24, dev=4, test=12))
V = len(REVIEWS.vocabulary)


def transformer(reading) -> nn.Module:
    return TransformerClassifier(V, 2, seed=3, N=3, d_model=16, d_ff=32, h=4, reading=reading)


QUESTIONS = (("mary",), ("is", "john", "where"), ("office", "went"))

MAKERS = {
    **{
        f"{encoder}-{attention}": lambda e=encoder, a=attention: Classifier(V, 2, e, a, e=8, m=16, seed=3)
        for encoder in ("bilstm", "average", "convolution", "mlp")
        for attention in ("additive", "dot", "uniform")
    },
    **{f"transformer-{reading}": lambda r=reading: transformer(r) for reading in (0, 3, "mean", "norm", "rollout")},
}


@pytest.fixture(params=MAKERS)
def model(request: pytest.FixtureRequest) -> nn.Module:
    made = MAKERS[request.param]().double().eval()
    with torch.no_grad():  # embeddings start small; make the models look at what they read
        made.embedding.weight.mul_(10.0)
    return made


def whole(data: Dataset = REVIEWS) -> Batch:
    return data.batch("test", range(len(data.splits["test"])))


def test_taken_apart_it_is_the_whole(model: nn.Module) -> None:
    batch = whole()
    logits, alpha = model(batch)
    hidden = model.encode(model.embed(batch.tokens), batch)
    torch.testing.assert_close(model.attend(hidden, batch), alpha)
    torch.testing.assert_close(model.decide(hidden, alpha, batch), logits)
    assert logits.shape == (len(batch), model.classes)
    torch.testing.assert_close(distribution(logits).sum(dim=1), torch.ones(len(batch), dtype=torch.float64))


def test_weights_are_weights(model: nn.Module) -> None:
    batch = whole()
    _, alpha = model(batch)
    assert (alpha >= 0).all()
    assert (alpha[~batch.attendable] == 0).all()
    torch.testing.assert_close(alpha.sum(dim=1), torch.ones(len(batch), dtype=torch.float64))


def test_a_batch_is_its_instances_one_at_a_time(model: nn.Module) -> None:
    logits, alpha = model(whole())
    for number, each in enumerate(REVIEWS.splits["test"]):
        alone_logits, alone_alpha = model(REVIEWS.batch("test", [number]))
        torch.testing.assert_close(alone_logits[0], logits[number])
        torch.testing.assert_close(alone_alpha[0], alpha[number, : len(each)])


def test_padding_and_extreme_weights_give_no_nan_in_gradients(model: nn.Module) -> None:
    batch = whole()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "attention" in name:
                parameter.mul_(100.0)
    embedded = model.embed(batch.tokens).detach().requires_grad_()
    hidden = model.encode(embedded, batch)
    alpha = model.attend(hidden, batch)
    model.decide(hidden, alpha, batch).sum().backward()
    assert embedded.grad is not None
    assert torch.isfinite(embedded.grad).all()
    assert (embedded.grad[~batch.mask] == 0).all()


def test_other_weights_change_the_output_and_rows_go_together(model: nn.Module) -> None:
    batch = whole()
    hidden = model.encode(model.embed(batch.tokens), batch)
    logits, alpha = model(batch)
    last = torch.zeros_like(alpha)
    last[torch.arange(len(batch)), batch.lengths - 2] = 1.0
    changed = model.decide(hidden, last, batch)
    assert not torch.allclose(changed, logits)
    rows = torch.tensor([5, 5, 0])
    torch.testing.assert_close(model.decide(hidden[rows], last[rows], batch.rows(rows)), changed[rows])


def test_own_seed_decides_all_parameters() -> None:
    for make in MAKERS.values():
        torch.manual_seed(1)
        one = make().state_dict()
        torch.manual_seed(2)
        other = make().state_dict()
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("attention", ["additive", "dot"])
def test_questions_reach_attention_and_decision(attention: str) -> None:
    data, model = asking(attention)
    batch = whole(data)
    logits, alpha = model(batch)
    assert logits.shape == (3, 3)
    alone_logits, alone_alpha = model(data.batch("test", [1]))
    torch.testing.assert_close(alone_logits[0], logits[1])
    torch.testing.assert_close(alone_alpha[0], alpha[1, :4])
    other = copy.copy(batch)
    object.__setattr__(other, "query", batch.query.flip(0))
    other_logits, other_alpha = model(other)
    assert not torch.allclose(other_logits[0], logits[0])
    assert not torch.allclose(other_alpha[0], alpha[0])


def asking(attention: str = "additive", encoder: str = "bilstm") -> tuple[Dataset, Classifier]:
    """Three texts with a question each, of one to three words, and a model that looks at what it reads."""
    texts = ("mary went home", "john stayed", "mary slept at the office")
    instances = tuple(
        Instance(add_end_words(text.split()), number, asked)
        for number, (text, asked) in enumerate(zip(texts, QUESTIONS, strict=True))
    )
    splits = {"train": instances, "dev": instances, "test": instances}
    data = Dataset("asking", splits, Vocabulary.of(instances), ("a", "b", "c"))
    model = Classifier(len(data.vocabulary), 3, encoder, attention, e=8, m=16, has_questions=True).double().eval()
    with torch.no_grad():
        for embedding in (model.embedding, model.question_embedding):
            embedding.weight.mul_(10.0)
    return data, model


@torch.no_grad()
def test_an_answer_is_decided_as_in_the_first_papers_code() -> None:
    """linear_2(tanh(linear_1p(context) + linear_1q(question))), computed in NumPy."""
    data, model = asking()
    batch = whole(data)
    logits, alpha = model(batch)
    hidden = model.encode(model.embed(batch.tokens), batch)
    words = {name: parameter.numpy() for name, parameter in model.named_parameters()}
    context = np.einsum("bn,bnm->bm", alpha.numpy(), hidden.numpy())
    question = model._question(batch).numpy()
    inner = np.tanh(context @ words["W_c.weight"].T + words["W_c.bias"] + question @ words["W_q.weight"].T)
    assert logits.numpy() == pytest.approx(inner @ words["U.weight"].T + words["U.bias"])


@torch.no_grad()
def test_the_summary_of_a_question_is_the_last_state_of_both_directions() -> None:
    """`h` of torch's bidirectional LSTM with the same weights, one question at a time, so that nothing is padded."""
    data, model = asking()
    encoder = model.question_encoder
    whole_lstm = nn.LSTM(8, 8, batch_first=True, bidirectional=True).double()
    for own, theirs in (("forwards", ""), ("backwards", "_reverse")):
        for name, parameter in getattr(encoder, own).named_parameters():
            getattr(whole_lstm, name + theirs).copy_(parameter)
    batch = whole(data)
    found = model._question(batch)
    for row, words in enumerate(QUESTIONS):
        _, (h, _) = whole_lstm(model.question_embedding(batch.query[row : row + 1, : len(words)]))
        torch.testing.assert_close(found[row], torch.cat([h[0, 0], h[1, 0]]))


@pytest.mark.parametrize(("encoder", "summary"), [("average", np.mean), ("convolution", np.max)])
@torch.no_grad()
def test_other_encoders_summarise_real_words_only(encoder: str, summary: Callable[..., np.ndarray]) -> None:
    data, model = asking(encoder=encoder)
    batch = whole(data)
    found = model._question(batch)
    for row, words in enumerate(QUESTIONS):
        alone = model.question_embedding(batch.query[row : row + 1, : len(words)])
        states = model.question_encoder(alone, torch.ones(1, len(words), dtype=torch.bool))
        assert found[row].numpy() == pytest.approx(summary(states[0].numpy(), axis=0))


def gradient(model: nn.Module, batch: Batch) -> Tensor:
    embedded = model.embed(batch.tokens).detach().requires_grad_()
    hidden = model.encode(embedded, batch)
    model.decide(hidden, model.attend(hidden, batch).detach(), batch)[:, 1].sum().backward()
    assert embedded.grad is not None
    return embedded.grad


def test_fused_kernels_have_the_same_gradient_in_evaluation_mode() -> None:
    """float32 takes another kernel than float64, and evaluation mode another path than training."""
    model, batch = MAKERS["bilstm-additive"]().eval(), whole()
    torch.testing.assert_close(gradient(model, batch).double(), gradient(model.double(), batch), rtol=1e-3, atol=1e-7)
