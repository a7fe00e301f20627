"""Whether the fast path learns like torch's own layers: equal weights, equal batches, the curve of the dev set.

Tests compare losses and gradients of one step. This compares about a thousand steps on real text with dropout. The
masks differ, so it compares curves of several seeds instead of single numbers.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from ablations.throughput.configuration import Learning
from ablations.throughput.peers import Learner, model_of
from ablations.throughput.peers.ours import initial_weights
from ablations.throughput.workload import SIZES, Pairs
from repro.cell_directory import CURVE
from repro.data.batches import BatchPlan, evaluation_batches
from repro.data.preparing import prepare
from repro.data.selection import select_corpus
from repro.data.store import Split, Store
from repro.data.vocabulary import VocabularySettings
from repro.dataclass_config import from_mapping
from repro.outcome import Outcome
from repro.progress import progress
from repro.scoring.metric import Metric
from repro.scoring.perplexity import perplexity
from repro.training.observe.curve import COLUMNS, append_rows
from repro.training.process import configure_matmul, configure_process
from repro.training.schedule import factor_for_peak, learning_rate

PREPARED = Path("prepared")
"""Where `repro fit` keeps prepared corpora, too."""

EVALUATION_TOKENS = 4_000


def measure_learning(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Train one peer and look at the dev set every so often; see `Learning` for the configuration.

    Args:
        config: of the cell.
        directory: of its attempt, which gets the curve as `metrics.csv`.

    Raises:
        BadInput: the configuration cannot be used, or the corpus is not there.
    """
    given = from_mapping(Learning, config)
    configure_process(given.threads)
    store = prepare(select_corpus(given.corpus), PREPARED, VocabularySettings(size=given.pieces))
    model = _learner(given, store)
    split = store.split("dev")
    longest = np.maximum(split.source_lengths, split.target_lengths)
    dev = [_pairs(split, batch) for batch in evaluation_batches(longest, EVALUATION_TOKENS)]
    (directory / CURVE).unlink(missing_ok=True)
    curve = list(_train(model, given, store.split("train"), dev, directory / CURVE))
    tokens = sum(pairs.target_tokens for pairs in dev)
    last = perplexity(curve[-1]["nll"] * tokens, tokens)
    metrics = [
        Metric("dev.nll", curve[-1]["nll"], "nats a target token", "negative log likelihood of the dev set at the end"),
        replace(last, name="dev.perplexity"),
    ]
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details={"curve": curve})


def _learner(config: Learning, store: Store) -> Learner:
    """The peer at the weights of this seed, ready to learn what the others can learn."""
    size = replace(SIZES[config.size], V=len(store.vocabulary))
    configure_matmul(size.d_model)
    make = cast(type[Learner], model_of(config.peer))
    model = make(size, initial_weights(size, config.seed), "fp32", config.P_drop, "cpu")
    # Torch's attention has biases, which the paper's has not. At 0, where they begin, they change nothing.
    for name, parameter in model.network.named_parameters():
        if name.endswith(("in_proj_bias", "out_proj.bias")):
            parameter.requires_grad_(False)
    torch.manual_seed(config.seed)  # of dropout
    return model


def _train(model: Learner, config: Learning, split: Split, dev: list[Pairs], path: Path) -> Iterator[dict[str, float]]:
    """Make the updates; yields a row of the curve at the beginning, every so often, and at the end."""
    d_model, updates = SIZES[config.size].d_model, config.updates
    factor = factor_for_peak(config.peak_learning_rate, d_model, config.warmup)
    plan = BatchPlan(split.source_lengths, split.target_lengths, config.tokens, config.seed)
    seen = 0
    for update in progress(range(updates + 1), f"training {config.peer}", unit="updates"):
        if update % config.every == 0 or update == updates:
            nll = _mean_nll(model, dev)
            row = {"step": update, "nll": nll, "perplexity": math.exp(nll), "target_tokens": seen}
            append_rows(path, COLUMNS, [{"split": "dev", **row}])
            yield row
        if update < updates:
            rate = learning_rate(update + 1, d_model, config.warmup, factor)
            for group in model.optimiser.param_groups:
                group["lr"] = rate
            pairs = _pairs(split, plan.batch(update))
            seen += pairs.target_tokens
            model.train(model.prepare(pairs))


def _mean_nll(model: Learner, dev: list[Pairs]) -> float:
    total = sum(model.loss(pairs, eps_ls=0.0) * pairs.target_tokens for pairs in dev)
    return total / sum(pairs.target_tokens for pairs in dev)


def _pairs(split: Split, sentences: np.ndarray) -> Pairs:
    return Pairs(split.rows("source", sentences), split.rows("target", sentences))
