"""Records with planted numbers for every section."""

from typing import Any

from repro.ledger.record import Record
from tests.reports.records import metric, planted

SEEDS = range(1, 6)


def table3() -> list[Record]:
    """A1 is worse than its base by 4 in every pair, D3 better by 0.5 with a spread; perplexities likewise."""
    records = []
    for seed in SEEDS:
        wobble = (seed % 3 - 1) / 10
        rows = {"base": (90.0 + seed, 2.0), "A1": (86.0 + seed, 2.25), "D3": (90.5 + seed + wobble, 1.5)}
        for row, (score, perplexity) in rows.items():
            metrics = {"dev.exact_match": score, "dev.perplexity": metric(perplexity, "per target token", "exp")}
            records.append(planted("table3", row, seed, metrics))
    return records


def complexity() -> list[Record]:
    line = {
        "layer": "self-attention",
        "column": "operations",
        "paper": "O(n^2 d)",
        "measured": "n^1.87 [1.85, 1.89]",
        "agrees": False,
        "note": "a planted note",
    }
    law = {**line, "column": "path", "paper": "O(1)", "measured": "1: 3", "agrees": True, "note": None}
    points = [
        {
            "layer": layer,
            "n": n,
            "d": 64,
            "mode": "forward",
            "device": "cpu",
            "median": n**power / 1e6,
            "low": n**power / 2e6,
        }
        for layer, power in (("self-attention", 2), ("recurrent", 1))
        for n in (16, 64, 256)
    ]
    crossings = {
        "time.cpu.forward.crossing.recurrent.d64": metric(77.0, "n", "n from which"),
        "operations.crossing.d64": metric(63.0, "n", "n from which"),
    }
    details = {"points": points, "threads": 2, "devices": ["cpu"]}
    return [
        planted("complexity", "operations-self-attention", 1, {"agrees": 0.0}, details={"table": [line]}),
        planted("complexity", "path-self-attention", 1, {"agrees": 1.0}, details={"table": [law]}),
        planted("complexity", "time-64", 1, crossings, details=details),
    ]


def pace() -> list[Record]:
    """The recurrent model takes three times as long with every seed; one GRU never came to the goal."""
    definition = "Wall time until the dev perplexity a token was 1.3."
    records = []
    for seed in SEEDS:
        for row, seconds in (("self-attention", 10.0 + seed), ("lstm-attention", 30.0 + 3 * seed)):
            metrics = {
                "goal.seconds": metric(seconds, "s", definition),
                "goal.target_tokens": metric(1000.0 * seconds, "tokens", definition),
                "train.target_tokens_per_second": metric(1000.0, "tokens/s", "tokens over seconds"),
            }
            records.append(planted("pace", row, seed, metrics))
    return [*records, planted("pace", "gru-attention", 1, {"goal.seconds": metric(None, "s", definition)})]


def footnote() -> list[Record]:
    points = [
        {
            "d_k": d_k,
            "scaled": scaled,
            **{name: {"value": 0.5 * d_k, "error": 0.01} for name in ("variance", "entropy", "largest", "jacobian")},
        }
        for d_k in (1, 32, 1024)
        for scaled in (True, False)
    ]
    return [planted("complexity", "footnote", 1, {"agrees": 1.0}, details={"points": points})]


def scaling() -> list[Record]:
    return [
        planted("scaling", f"unit+d_k={d_k}+{mode}", seed, {"test.exact_match": 90.0 + seed})
        for seed in SEEDS
        for d_k in (16, 64)
        for mode in ("scaled", "unscaled")
    ]


def by_tag(percents: dict[str, float]) -> dict[str, Any]:
    counts = {
        distance: {"correct": 1, "count": 50, "percent": percent, "low": percent - 1, "high": percent + 1}
        for distance, percent in percents.items()
    }
    return {"test.by_tag": {"phenomena": {}, "dependencies": {"homonym": counts}}}


def distance() -> list[Record]:
    return [
        planted("recurrence", row, seed, {"test.exact_match": 50.0}, details=by_tag({"3": near, "8": far}))
        for seed in SEEDS
        for row, near, far in (("self-attention", 99.0, 98.0 - seed), ("lstm", 90.0, 40.0 + seed))
    ]


def network(**sizes: Any) -> dict[str, Any]:
    return {
        "model": {"network": {"class_path": "repro.models.Transformer", "init_args": sizes}},
        "trainer": {"devices": 2},
    }


def main(**more: Any) -> list[Record]:
    """Two seeds of a Transformer; a waterfall of three steps; an hour and 1e8 tokens of 3 million parameters."""
    steps = [
        {"variant": "last checkpoint, greedy", "definition": "bleu", "score": 30.0, "gain": None, "interval": None},
        {"variant": "beam 4", "definition": "bleu", "score": 31.25, "gain": 1.25, "interval": [0.5, 2.0]},
        {"variant": "beam 4", "definition": "bleu_compound", "score": 31.0, "gain": -0.25, "interval": [-0.5, 0.1]},
    ]
    milestones = [{"minutes": m, "scores": {"bleu": {"value": 20.0 + m}}} for m in (10.0, 20.0)]
    return [
        planted(
            "main",
            "transformer",
            seed,
            {
                "test.bleu": metric(30.0 + seed, "BLEU, 0 to 100", "sacreBLEU", signature="tok:13a"),
                "test.bleu_compound": metric(31.5 + seed, "BLEU, 0 to 100", "compounds split", signature="compound"),
                "train.seconds": metric(3600.0, "s", "wall"),
                "train.target_tokens": metric(1e8, "tokens", "trained on"),
                "train.target_tokens_per_second": metric(50_000.0, "tokens/s", "tokens over seconds"),
                "model.parameters": metric(3e6, "parameters", "trained numbers"),
            },
            details={"waterfall": steps, "milestones": milestones},
            **{"config": network(d_model=128, d_ff=256, N=4, h=4), **more},
        )
        for seed in (1, 2)
    ]


def everything() -> list[Record]:
    return [*complexity(), *pace(), *footnote(), *scaling(), *table3(), *distance(), *main()]


def many() -> list[Record]:
    """Records of further rows, so that there are a hundred in all."""
    return [
        planted(
            "positions", f"positions={row}", seed, {}, details=by_tag({"1": 90.0, "2": 80.0 - row, "3": 70.0 - seed})
        )
        for row in range(7)
        for seed in range(1, 9)
    ]
