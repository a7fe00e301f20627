"""The cells of the grid `throughput`: they time peers in turns, and return metrics, raw seconds and reasons."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ablations.throughput import workload
from ablations.throughput.configuration import Throughput
from ablations.throughput.environment import check_folder
from ablations.throughput.peers.ours import initial_weights, useful_operations
from ablations.throughput.turns import PeerResult, take_turns
from repro.dataclass_config import from_mapping
from repro.errors import BadInput
from repro.outcome import Outcome
from repro.scoring.metric import Metric

SAME_LOSS = 1e-3
"""Relative: how far losses of the same function may lie apart in float32."""


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """The function that cells of the grid call; see `Throughput` for the configuration.

    Args:
        config: of the cell.
        directory: of its attempt, where the peers' files lie while it runs.

    Raises:
        BadInput: the configuration cannot be used, or not on this machine.
        RuntimeError: the peer that the others are compared with is lost.
    """
    given = from_mapping(Throughput, config)
    check_folder(given.peers)
    # Not in `check_measure`, which also looks at what is handed to a cluster from a machine without a GPU.
    if given.device == "cuda" and not torch.cuda.is_available():
        raise BadInput("device is cuda, but torch finds no usable GPU here; set device to cpu")
    size = workload.SIZES[given.size]
    pairs = workload.batches(given.mean_words, given.tokens, given.batches, size.V, given.seed)
    decoding = given.task == "decoding"
    weights: workload.Weights = initial_weights(size, given.seed)
    if decoding:
        weights = workload.lively_weights(weights, size.N, given.seed)
        pairs = [workload.level_sources(batch, size.V, given.seed + i) for i, batch in enumerate(pairs)]
    first, *others = given.peers
    peers = [(first, "project")] + [(name, settings) for name in others for settings in given.settings]
    with tempfile.TemporaryDirectory(dir=directory) as files:
        workload.write(Path(files) / "batches.npz", pairs)
        workload.write_weights(Path(files) / "weights.npz", weights)
        keys = ("task", "size", "precision", "threads", "device", "seed", "beam", "extra_tokens")
        order = {key: getattr(given, key) for key in keys} | {"files": files}
        ran = take_turns(peers, order, given.turns, Path(files))
    if ran[0].reason is not None:  # else the record says done, and no retry measures it
        raise RuntimeError(f"{ran[0].label} is lost: {ran[0].reason}")
    tokens = (
        sum(batch.src.shape[0] * (batch.src.shape[1] + given.extra_tokens) for batch in pairs)
        if decoding
        else sum(batch.target_tokens for batch in pairs)
    )
    metrics = _speeds(ran, tokens, given) + _memory(ran)
    metrics += _same_translations(ran) if decoding else _same_loss(ran, given.precision)
    if not decoding:
        operations = sum(useful_operations(size, batch) for batch in pairs)
        metrics += _rates(ran, operations)
    for metric in metrics:
        print(f"{metric.name}: {metric.value if metric.value is None else round(metric.value, 3)}", flush=True)
    details = {
        "batches": [{"src": list(batch.src.shape), "tgt": list(batch.tgt.shape)} for batch in pairs],
        "contenders": [{key: value for key, value in vars(peer).items() if key != "translations"} for peer in ran],
        "target_tokens": tokens,
    }
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details=details)


def ratios(ours: PeerResult, other: PeerResult) -> list[float]:
    """How many times as long the other took, turn by turn."""
    return [sum(theirs) / sum(mine) for mine, theirs in zip(ours.seconds, other.seconds, strict=False)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return {"quartile_1": low, "median": middle, "quartile_3": high}


def _speeds(ran: Sequence[PeerResult], tokens: int, config: Throughput) -> list[Metric]:
    metrics = []
    task = f"{config.task}, {config.size} in {config.precision}, {config.threads} threads"
    for peer in ran:
        lost = {"reason": peer.reason} if peer.reason else {}
        rates = [tokens / sum(turn) for turn in peer.seconds] if peer.reason is None else []
        metrics.append(
            Metric(
                f"tokens_per_second.{peer.label}",
                spread(rates)["median"] if rates else None,
                "target tokens a second",
                f"target tokens a second of {peer.label}, median over {len(rates)} turns: {task}",
                details=spread(rates) if rates else lost,
            )
        )
        if peer is ran[0]:
            continue
        speedups = ratios(ran[0], peer) if rates else []
        metrics.append(
            Metric(
                f"speedup.{peer.label}",
                spread(speedups)["median"] if speedups else None,
                "times",
                f"how many times as long {peer.label} takes as {ran[0].label}, median over interleaved turns: {task}",
                details=spread(speedups) if speedups else lost,
            )
        )
    return metrics


def _memory(ran: Sequence[PeerResult]) -> list[Metric]:
    metrics = []
    for peer in ran:
        if peer.reason is None:
            definition = f"most bytes of {peer.label}'s process in memory"
            metrics.append(Metric(f"peak_memory.{peer.label}", float(peer.peak), "bytes", definition))
        if peer.device_peak is not None:
            definition = f"most bytes of {peer.label}'s tensors on the GPU"
            metrics.append(Metric(f"device_memory.{peer.label}", float(peer.device_peak), "bytes", definition))
    return metrics


def _same_loss(ran: Sequence[PeerResult], precision: str) -> list[Metric]:
    """Whether peers compute the same function: their losses on one batch, from the same weights."""
    mine = ran[0].loss
    metrics = []
    for peer in ran[1:]:
        if peer.loss is None or mine is None:
            continue
        apart = abs(peer.loss - mine) / mine
        details: dict[str, Any] = {"loss": peer.loss, "ours": mine}
        if precision == "fp32":
            details["same"] = apart <= SAME_LOSS
        definition = f"how far {peer.label}'s loss on one batch lies from {ran[0].label}'s before training, relative"
        metrics.append(Metric(f"loss_apart.{peer.label}", apart, "share", definition, details=details))
    return metrics


def _same_translations(ran: Sequence[PeerResult]) -> list[Metric]:
    """How many translations are those of the first peer, token by token."""
    mine = [row for batch in ran[0].translations for row in batch]
    metrics = []
    for peer in ran[1:]:
        rows = [row for batch in peer.translations for row in batch]
        if mine and len(rows) == len(mine):
            share = sum(a == b for a, b in zip(mine, rows, strict=True)) / len(mine)
            definition = f"share of sentences for which {peer.label} finds the same tokens as {ran[0].label}"
            metrics.append(Metric(f"same_translations.{peer.label}", share, "share", definition))
    return metrics


def _rates(ran: Sequence[PeerResult], operations: float) -> list[Metric]:
    peak = max((rate for peer in ran for rate in peer.rates), default=None)
    definition = "floating-point operations a second of one large matrix product, the best of all turns"
    metrics = [Metric("matmul_peak", peak, "FLOP/s", definition, details={} if peak else {"reason": "not measured"})]
    for peer in ran:
        if peer.seconds and peer.reason is None:
            rate = operations / float(np.median([sum(turn) for turn in peer.seconds]))
            definition = f"floating-point operations of matrix products, padding not counted, a second: {peer.label}"
            metrics.append(Metric(f"operations_per_second.{peer.label}", rate, "FLOP/s", definition))
            if peak is not None:
                definition = f"operations a second of {peer.label} over those of one large matrix product"
                metrics.append(Metric(f"share_of_peak.{peer.label}", rate / peak, "share", definition))
    return metrics
