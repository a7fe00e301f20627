"""`attention.csv`: how large q.k is and how sharp its softmax, layer by layer, while a network trains.

Section 3.2.1 suspects that dot products grow with d_k and push the softmax to where its gradient is small,
and its footnote gives them a variance of d_k where q and k have unit variance. Beside the score of a run
without 1/sqrt(d_k), these rows show whether that is what happens.

A row of step s holds one attention after s updates, seen on the same few dev sentences each time, without
dropout; and the norms of the gradient that update s + 1 is made with, before clipping. No update follows the
last row, so its norms are those of the update before it.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, Trainer
from torch import Tensor, nn

from repro.data.store import Split
from repro.errors import BadInput
from repro.models.attention import AttentionRecord, MultiHeadAttention, recorded_attention
from repro.models.evaluating import evaluating
from repro.models.masks import PAD
from repro.scoring.metric import Metric
from repro.streams import note
from repro.training.batch import Batch, collate
from repro.training.observe.curve import append_rows, drop_rows_after, read_rows

FILE = "attention.csv"

SENTENCES = 64
"""So many of the dev set are looked at; with their heads, thousands of queries a layer."""


# ---- one call of multi-head attention


def counted_pairs(record: AttentionRecord, queries: Tensor) -> Tensor:
    """Which pairs of query and key count: a real query, and a key that it may attend to.

    Args:
        record: of one call, with (B, h, m, n) weights.
        queries: (B, m) boolean; `True` = a real token, `False` = padding.

    Returns:
        (B, h, m, n) boolean. A query without any counts for nothing below.
    """
    counted = queries[:, None, :, None]
    if record.mask is not None:
        counted = counted & record.mask
    return counted.expand(record.weights.shape)


def dot_product_variance(record: AttentionRecord, queries: Tensor) -> float:
    """Var(q.k) before the scale, over the counted pairs of all sentences and heads together; NaN of additive attention.

    Args and the next three functions' as of `counted_pairs`.
    """
    if record.scale is None:
        return math.nan
    dots = record.Q.double() @ record.K.double().transpose(-2, -1)  # (B, h, m, n)
    return float(dots[counted_pairs(record, queries)].var(correction=0))


def entropy(record: AttentionRecord, queries: Tensor) -> float:
    """Entropy of the weights in nats, the mean over queries."""
    attends = counted_pairs(record, queries).any(dim=-1)  # (B, h, m)
    return float(_entropies(record)[attends].mean())


def relative_entropy(record: AttentionRecord, queries: Tensor) -> float:
    """Entropy over the largest it could be, log(allowed keys): 1 is uniform, 0 one key alone.

    Queries of a single allowed key have no choice and are left out.
    """
    keys = counted_pairs(record, queries).sum(dim=-1)  # (B, h, m)
    several = keys > 1
    return float((_entropies(record)[several] / keys[several].double().log()).mean())


def largest_weight(record: AttentionRecord, queries: Tensor) -> float:
    """The largest weight of a query, the mean over queries."""
    attends = counted_pairs(record, queries).any(dim=-1)
    return float(record.weights.double().amax(dim=-1)[attends].mean())


def _entropies(record: AttentionRecord) -> Tensor:
    """(B, h, m) in nats; a weight of 0 adds nothing."""
    return torch.special.entr(record.weights.double()).sum(dim=-1)


STATISTICS: dict[str, Callable[[AttentionRecord, Tensor], float]] = {
    "var_qk": dot_product_variance,
    "entropy": entropy,
    "relative_entropy": relative_entropy,
    "largest_weight": largest_weight,
}

COLUMNS = ("step", "layer", *STATISTICS, "gradient_norm", "gradient_norm_qk")
"""`gradient_norm` is of all parameters of the encoder's or decoder's layer that the attention stands in, and so
the same for both attentions of a decoder layer; `gradient_norm_qk` is of the attention's W^Q and W^K."""


# ---- gradients


def gradient_norm(*parts: nn.Module) -> Tensor:
    """Euclidean norm of the gradients that the parts' parameters have now, together; a scalar."""
    gradients = [p.grad for part in parts for p in part.parameters() if p.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)


def gradient_norms(network: nn.Module, attentions: Sequence[str]) -> dict[str, tuple[Tensor, Tensor]]:
    """For each attention by its name in the network: the last two columns of its row."""
    layers = {name: name.rpartition(".")[0] for name in attentions}
    of_layer = {layer: gradient_norm(network.get_submodule(layer)) for layer in dict.fromkeys(layers.values())}
    norms = {}
    for name in attentions:
        attention: Any = network.get_submodule(name)
        norms[name] = (of_layer[layers[name]], gradient_norm(attention.W_Q, attention.W_K))
    return norms


# ---- while training


def dev_batch(split: Split) -> Batch:
    """At most `SENTENCES` sentences, evenly spread over the dev set: the same however it is cut into batches."""
    return collate(split, np.unique(np.linspace(0, len(split) - 1, SENTENCES).round().astype(np.int64)))


class AttentionStatistics(Callback):
    """Writes `attention.csv` on rank 0: before the first update, every so many updates, and after the last.

    It draws no random number and changes nothing of the training. Must come after Lightning's timer, which
    says which update is the last, and before `Checkpoints`, so that rows which no later update would write
    again are written before their checkpoint is.

    Args:
        every_n_steps: updates between rows.
        directory: the attempt's own.
    """

    def __init__(self, every_n_steps: int, directory: Path) -> None:
        self.every_n_steps, self.path = every_n_steps, directory / FILE
        self._attentions: list[str] = []  # by their names in the network
        self._norms: dict[str, tuple[Tensor, Tensor]] = {}  # of the update at hand
        self._observed = -1

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        """Choose the sentences, and drop the rows that come again: those from this step on."""
        if not trainer.is_global_zero:
            return
        parts = module.network.named_modules()
        self._attentions = [name for name, part in parts if isinstance(part, MultiHeadAttention)]
        if not self._attentions:
            note("the network has no multi-head attention; observe.attention_every records nothing")
            return
        drop_rows_after(self.path, COLUMNS, trainer.global_step - 1)
        split = trainer.datamodule.store.split("dev")  # type: ignore[attr-defined]
        self._batch = dev_batch(split).to(module.device)

    def on_before_optimizer_step(self, trainer: Trainer, module: Any, optimizer: torch.optim.Optimizer) -> None:
        """Note the gradients of every update, since any may turn out to be the last; observe if it is time."""
        if not self._attentions:
            return
        self._norms = gradient_norms(module.network, self._attentions)
        if trainer.global_step % self.every_n_steps == 0:
            self._observe(module.network, trainer.global_step)

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        """Observe after the last update, where it is known to be."""
        if batch.last_of_update and (trainer.should_stop or trainer.global_step == trainer.max_steps):
            self._observe_last(trainer, module)

    def on_train_end(self, trainer: Trainer, module: Any) -> None:
        """Observe after the last update, where only its end says that it was the last."""
        self._observe_last(trainer, module)

    def _observe_last(self, trainer: Trainer, module: Any) -> None:
        if self._norms and self._observed != trainer.global_step:
            self._observe(module.network, trainer.global_step)

    def _observe(self, network: Any, step: int) -> None:
        self._observed = step
        src, tgt = self._batch.src, self._batch.tgt
        with evaluating(network), torch.no_grad(), recorded_attention(network) as records:
            network.states(src, tgt)
        rows = []
        for name in self._attentions:
            (record,) = records[name]
            queries = (src if name.startswith("encoder") else tgt) != PAD
            numbers = [statistic(record, queries) for statistic in STATISTICS.values()]
            numbers += [float(norm) for norm in self._norms[name]]
            finite = [number if math.isfinite(number) else None for number in numbers]
            rows.append(dict(zip(COLUMNS, (step, name, *finite), strict=True)))
        append_rows(self.path, COLUMNS, rows)


# ---- afterwards

MEASURES = {
    "var_qk": ("1", "Variance of q.k before it is scaled, over the pairs that may attend"),
    "entropy": ("nats", "Entropy of attention's weights, mean over queries"),
    "largest_weight": ("weight, 0 to 1", "Largest of a query's attention weights, mean over queries"),
}


def read_attention(path: Path) -> list[dict[str, Any]]:
    """The rows of `attention.csv`; a value that was no finite number is None.

    Raises:
        BadInput: the file is damaged.
    """
    numbers = COLUMNS[2:]
    try:
        return [
            {"step": int(row["step"]), "layer": row["layer"]}
            | {column: float(row[column]) if row[column] else None for column in numbers}
            for row in read_rows(path)
        ]
    except (KeyError, ValueError) as error:
        raise BadInput(f"{path} is damaged ({error}); remove it and repeat the command") from error


def attention_summary(path: Path) -> tuple[list[dict[str, Any]], dict[str, Metric]]:
    """The summary of attention in training for a record; empty if there is no file.

    Returns:
        The rows of step 0 and of the last step, and their means over layers as metrics.
    """
    rows = read_attention(path) if path.exists() else []
    if not rows:
        return [], {}
    moments = [
        ("step0", 0, "before the first update", "the first update"),
        ("last", rows[-1]["step"], "after the last update", "the last update"),
    ]
    kept: list[dict[str, Any]] = []
    metrics: list[Metric] = []
    for name, step, moment, update in moments:
        of_step = [row for row in rows if row["step"] == step]
        kept += of_step
        for column, (unit, quantity) in MEASURES.items():
            definition = f"{quantity}; {moment}, on {SENTENCES} dev sentences, mean over all attentions."
            metrics.append(_mean(f"attention.{column}.{name}", [row[column] for row in of_step], unit, definition))
        definition = f"Norm of the gradient of a layer's parameters before clipping, mean over layers, in {update}."
        # One value a layer, not one an attention: a decoder layer has two.
        norms = list({row["layer"].rpartition(".")[0]: row["gradient_norm"] for row in of_step}.values())
        metrics.append(_mean(f"attention.gradient_norm.{name}", norms, "nats a target token", definition))
    return kept, {metric.name: metric for metric in metrics}


def _mean(name: str, values: list[float | None], unit: str, definition: str) -> Metric:
    finite = [value for value in values if value is not None]
    if len(finite) < len(values) or not values:
        return Metric(name, None, unit, definition, details={"reason": "no finite number in at least one layer"})
    return Metric(name, sum(finite) / len(finite), unit, definition)
