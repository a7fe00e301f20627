"""Runs as files, made by no training: what tests of comparisons share."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CURVE = "step,split,loss,nll,perplexity,seconds\n50,train,5,4.5,90,1\n100,train,3,2.5,12,2\n100,dev,,2.75,15,2\n"
REFERENCES = ["ein Hund .", "eine Katze .", "das Haus .", "am See .", "der Hund sieht das Haus am See ."]
TEXT = {"test": [{"format": "line-aligned", "files": [{"name": "t.de", "sha256": "1"}]}], "dev": ["d"]}
CONFIG: Mapping[str, Any] = {
    "seed_everything": 1,
    "model": {"network": {"init_args": {"N": 2, "h": 4}}, "warmup": 100},
    "trainer": {"max_steps": 100, "accelerator": "cpu"},
    "data": {"corpus": "mine", "root": "prepared"},
    "decoding": {"splits": ["test"], "pretokenised": False},
}


def metric(value: float | None, unit: str = "BLEU, 0 to 100", **more: Any) -> dict[str, Any]:
    """A metric of a record."""
    return {"value": value, "unit": unit, "definition": f"counted in {unit}", **more}


def write_run(
    attempt: Path,
    /,
    *,
    config: Mapping[str, Any] = CONFIG,
    metrics: Mapping[str, Any] | None = None,
    hypotheses: list[str] | None = None,
    curve: str | None = CURVE,
    **changes: Any,
) -> Path:
    """An attempt's folder with its record."""
    record = {
        "cell": "0123456789ab",
        "grid": "fit",
        "row": "",
        "scale": "mine",
        "seed": config["seed_everything"],
        "status": "done",
        "metrics": {"test.bleu": metric(20.0)} if metrics is None else metrics,
        "config": config,
        "data": {"store": "mine-1", "languages": ["en", "de"], "sources": TEXT, "vocabulary": {"sha256": "v"}},
        "attempt": 1,
        "seconds": 2.0,
        "peak_memory_bytes": 0,
        "hardware": {"cpu": "a", "cores": 2, "gpus": []},
        "versions": {"torch": "2"},
        "commit": "c" * 40,
        "dirty": False,
        "command": "repro fit",
        "started": "2026-01-01T00:00:00+00:00",
        **changes,
    }
    attempt.mkdir(parents=True)
    (attempt / "record.json").write_text(json.dumps(record))
    if curve is not None:
        (attempt / "metrics.csv").write_text(curve)
    if hypotheses is not None:
        (attempt / "hypotheses.test.txt").write_text("".join(f"{line}\n" for line in hypotheses))
    return attempt
