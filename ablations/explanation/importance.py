"""The importance of each word for the output, by four measures other than attention's weights.

    gradient              the first paper's: with respect to whether the word is there, attention held fixed
    gradient_norm         length of the derivative with respect to the word's vector
    integrated_gradients  along the way from no words to these words
    leave_one_out         the output's change when the word is taken away

All take a model in evaluation mode and a batch, and give (B, n) tensors that are 0 where attention may not go.
Attention "held fixed" is the examined attention, detached: its weights stay constant while the words change. In a
Transformer that is the last layer's attention; the weights of lower layers belong to the encoder, and change.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ablations.explanation.data.dataset import Batch
from ablations.explanation.distances import tvd
from ablations.explanation.models.protocol import Explained, distribution


@torch.enable_grad()
def gradient(model: Explained, batch: Batch, *, through_attention: bool = False) -> Tensor:
    """|d output / d (the word is there)|, which is |gradient . vector|; each row sums to 1.

    Jain & Wallace, section 4.1, algorithm 1: the derivative with respect to the 1 in the word's one-hot input. With
    attention held fixed, which is the paper's, the derivative takes the encoder's way to the output only. Let go
    through attention, it is what elsewhere is called gradient x input. The output is the probability of the predicted
    class, as in their code; of two classes either gives the same.

    Args:
        model: whose.
        batch: of B instances.
        through_attention: whether weights may change with the words.
    """
    embedded, outputs = _outputs(model, batch, through_attention)
    predicted = outputs.gather(1, outputs.argmax(dim=1, keepdim=True))[:, 0]
    important = (_derivative(predicted, embedded) * embedded.detach()).sum(dim=-1).abs()
    return _normalise(important * batch.attendable)


@torch.enable_grad()
def gradient_norm(model: Explained, batch: Batch, *, through_attention: bool = True) -> Tensor:
    """||d output / d vector||, summed over outputs; each row sums to 1. The plain saliency, in neither paper."""
    embedded, outputs = _outputs(model, batch, through_attention)
    total = torch.zeros_like(batch.mask, dtype=embedded.dtype)
    for output in _distinct(outputs):
        total += _derivative(output, embedded).norm(dim=-1)
    return _normalise(total * batch.attendable)


@torch.enable_grad()
def integrated_gradients(model: Explained, batch: Batch, steps: int = 32) -> Tensor:
    """Each word's part in the predicted class's probability, with its sign; through attention.

    Sundararajan et al. 2017, eq. 1, from vectors of zeros in place of all words but the special ones, by the
    midpoint rule: a row sums to the probability of these words minus that of the zeros.
    """
    full = model.embed(batch.tokens).detach()
    with torch.no_grad():
        predicted = model(batch)[0].argmax(dim=-1, keepdim=True)
    base = full * ~batch.attendable[..., None]
    total = torch.zeros_like(full)
    for step in range(steps):
        between = (base + (step + 0.5) / steps * (full - base)).requires_grad_()
        with _vectors(model, batch, between):
            outputs = distribution(model(batch)[0])
        total += _derivative(outputs.gather(1, predicted)[:, 0], between)
    return ((full - base) * total / steps).sum(dim=-1) * batch.attendable


@torch.no_grad()
def leave_one_out(model: Explained, batch: Batch, tokens: int = 4096) -> Tensor:
    """Total variation distance of the outputs with and without the word.

    Jain & Wallace, section 4.1, algorithm 1: the word is removed, not masked; what is left moves together, is encoded
    anew and attended to anew. A review of one word has nothing to compare with: 0.

    Args:
        model: whose.
        batch: of B instances.
        tokens: that are encoded at once, padding included.
    """
    whole = distribution(model(batch)[0])
    left = batch.attendable & (batch.attendable.sum(dim=1, keepdim=True) > 1)
    rows, places = left.nonzero(as_tuple=True)
    distances = torch.zeros(left.shape, dtype=whole.dtype, device=whole.device)
    for part in _of_like_length(batch.lengths[rows], tokens):
        instance, place = rows[part], places[part]
        outputs = distribution(model(without(batch, instance, place))[0])
        distances[instance, place] = tvd(outputs, whole[instance])
    return distances


def _of_like_length(lengths: Tensor, tokens: int) -> Iterator[Tensor]:
    """Which of the (R) lengths go together, so that all of a part are no more than so many tokens with padding."""
    order = lengths.argsort(descending=True, stable=True)
    while len(order):
        rows = max(1, tokens // int(lengths[order[0]]))
        yield order[:rows]
        order = order[rows:]


def without(batch: Batch, rows: Tensor, places: Tensor) -> Batch:
    """R instances, each without one word.

    Args:
        batch: of B instances.
        rows: (R) which instance.
        places: (R) which place of it is taken away.
    """
    width = int(batch.lengths[rows].max()) - 1 if len(rows) else 0
    at = torch.arange(width, device=rows.device)
    kept = at + (at >= places[:, None])
    tokens, mask, attendable = (part[rows].gather(1, kept) for part in (batch.tokens, batch.mask, batch.attendable))
    query = None if batch.query is None else batch.query[rows]
    return Batch(tokens, mask, attendable, batch.labels[rows], batch.index[rows], query, batch.split)


def _outputs(model: Explained, batch: Batch, through_attention: bool) -> tuple[Tensor, Tensor]:
    """Vectors (B, n, e), by which the probabilities (B, classes) can be differentiated."""
    embedded = model.embed(batch.tokens).detach().requires_grad_()
    if through_attention:
        with _vectors(model, batch, embedded):
            return embedded, distribution(model(batch)[0])
    hidden = model.encode(embedded, batch)
    return embedded, distribution(model.decide(hidden, model.attend(hidden, batch).detach(), batch))


@contextmanager
def _vectors(model: Explained, batch: Batch, embedded: Tensor) -> Iterator[None]:
    """Meanwhile the model reads these vectors in place of its own for the batch's tokens.

    Only a whole forward pass differentiates through all of a model's attention (`protocol.py`), and that one
    begins with tokens.
    """
    own = model.embed

    def embed(tokens: Tensor) -> Tensor:
        return embedded if tokens is batch.tokens else own(tokens)

    vars(model)["embed"] = embed
    try:
        yield
    finally:
        del vars(model)["embed"]


def _distinct(outputs: Tensor) -> tuple[Tensor, ...]:
    """One (B) an output; of two classes only the second, as the first mirrors it and rows are normalised."""
    return outputs.unbind(dim=1)[1:] if outputs.shape[1] == 2 else outputs.unbind(dim=1)


def _derivative(output: Tensor, embedded: Tensor) -> Tensor:
    """(B) by (B, n, e) -> (B, n, e): instances do not see each other, so their sum has the derivatives of all."""
    (derivative,) = torch.autograd.grad(output.sum(), embedded, retain_graph=True)
    return derivative


def _normalise(values: Tensor) -> Tensor:
    """Rows that sum to 1; a row of zeros stays."""
    total = values.sum(dim=1, keepdim=True)
    return values / torch.where(total > 0, total, 1)
