"""Where the time of an update goes: torch's operations by purpose, and the gaps between them."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch.profiler import ProfilerActivity, profile

from ablations.throughput import workload
from ablations.throughput.configuration import StepProfile
from ablations.throughput.peers.ours import Model, initial_weights
from repro.dataclass_config import from_mapping
from repro.outcome import Outcome
from repro.scoring.metric import Metric
from repro.training.process import configure_matmul, configure_process

P_DROP = 0.1

PARTS: Mapping[str, tuple[str, ...]] = {
    "products": ("mm", "addmm", "bmm", "baddbmm", "addbmm", "linear", "mkldnn", "onednn", "scaled_dot_product"),
    "softmax": ("softmax", "safe_softmax", "log_softmax", "exp", "amax", "gather", "scatter_add"),
    "norms": ("native_layer_norm", "layer_norm"),
    "dropout": ("random", "bernoulli", "native_dropout", "ge"),
    "optimiser": ("fused_adam", "Optimizer"),
    "layout": (
        "copy",
        "to_copy",
        "cat",
        "index_select",
        "index",
        "slice",
        "constant_pad_nd",
        "Moved",
        "MovedBackward",
        "unbind",
    ),
    "allocation": ("fill", "zero", "empty", "empty_strided", "empty_like", "resize"),
    "elementwise": (
        "add",
        "sub",
        "mul",
        "div",
        "sum",
        "threshold",
        "clamp_min",
        "relu",
        "where",
        "masked_fill",
        "sqrt",
    ),
}
"""A part -> how the names of its operations begin, without `aten::` and underscores; all others are "other"."""

OTHER, BETWEEN = "other", "between"


def measure_step_profile(config: Mapping[str, Any], directory: Path) -> Outcome:
    """Make updates under torch's profiler; see `StepProfile` for the configuration.

    Args:
        config: of the cell.
        directory: of its attempt.

    Raises:
        BadInput: the configuration cannot be used.
    """
    given = from_mapping(StepProfile, config)
    size = workload.SIZES[given.size]
    configure_process(given.threads)
    configure_matmul(size.d_model)
    model = Model(size, initial_weights(size, given.seed), given.precision, P_DROP, "cpu")
    pairs = workload.batches(given.mean_words, given.tokens, given.batches, size.V, given.seed)
    batches = [model.prepare(batch) for batch in pairs]
    for batch in batches:  # the first time, memory is handed out and code is made for shapes
        model.train(batch)
    began = time.perf_counter()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        inside = time.perf_counter()
        for _ in range(given.turns):
            for batch in batches:
                model.train(batch)
        seconds = time.perf_counter() - inside
    print(
        f"{given.turns * len(batches)} updates: {seconds:.1f} s, {time.perf_counter() - began:.1f} s with the profile"
    )
    operations = [(event.key, event.count, event.self_cpu_time_total / 1e6) for event in profiler.key_averages()]
    shares = shares_of_parts(((name, spent) for name, _, spent in operations), seconds)
    setting = f"of an update's time, {given.size}, {given.precision}, threads: {given.threads}, under torch's profiler"
    metrics = [Metric(f"share.{part}", share, "share", f"{part}: {setting}") for part, share in shares.items()]
    longest = sorted(operations, key=lambda it: -it[2])[:40]
    details = {
        "operations": [{"name": name, "calls": calls, "share": spent / seconds} for name, calls, spent in longest],
        "updates": given.turns * len(batches),
        "target_tokens": given.turns * sum(batch.target_tokens for batch in pairs),
    }
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details=details)


def shares_of_parts(operations: Iterable[tuple[str, float]], seconds: float) -> dict[str, float]:
    """Each part's share of the time; `between` is what no operation took: Python, torch on its way, and the profiler.

    Args:
        operations: names with the seconds that each took itself, without the operations within it.
        seconds: in all.
    """
    shares = dict.fromkeys((*PARTS, OTHER, BETWEEN), 0.0)
    inside = 0.0
    for name, spent in operations:
        shares[part_of(name)] += spent / seconds
        inside += spent
    shares[BETWEEN] = max(0.0, 1 - inside / seconds)
    return shares


def part_of(operation: str) -> str:
    """The part that an operation belongs to, by its name: `aten::mm`, `aten::_softmax_backward_data`, `_Moved`."""
    bare = operation.removeprefix("aten::").removeprefix("mkldnn::").strip("_")
    if operation.startswith("mkldnn::"):
        return "products"
    matching = [(len(name), part) for part, names in PARTS.items() for name in names if _is_of(bare, name)]
    return max(matching)[1] if matching else OTHER


def _is_of(operation: str, name: str) -> bool:
    """Whether an operation is this one, or its variant: `add_`, `layer_norm_backward`, `Optimizer.step#Adam.step`."""
    return operation == name or operation.startswith((f"{name}_", f"{name}."))
