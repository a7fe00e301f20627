"""Time and memory for preparing a corpus of millions of pairs, and for planning the batches of an epoch.

Text is generated (`text.py`), and each stage runs in a process of its own, so that its peak of memory is its own:

    prepare      cleaning, leaks, vocabulary, encoding, storing: what `repro prepare` does
    vocabulary   the vocabulary's training alone, on as many lines: its share of the above
    plan         the batch plan and the first epoch's batches, of the stored lengths
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ablations.throughput.configuration import Preparation
from ablations.throughput.text import write_text
from repro.data.batches import BatchPlan
from repro.data.corpus import Corpus
from repro.data.preparing import prepare
from repro.data.store import Store
from repro.data.text import LineAligned, lines
from repro.data.vocabulary import VocabularySettings, learn_bpe
from repro.dataclass_config import from_mapping
from repro.ledger.running.machine import peak_memory_bytes
from repro.outcome import Outcome
from repro.scoring.metric import Metric

WMT14 = 4_500_000
"""Pairs of WMT 2014 English-German, to which times are projected (section 5.1)."""


def measure_preparation(config: Mapping[str, Any], directory: Path) -> Outcome:
    """The function that cells of the grid call; see `Preparation` for the configuration.

    Raises:
        BadInput: the configuration cannot be used.
    """
    given = from_mapping(Preparation, config)
    with tempfile.TemporaryDirectory(dir=directory) as name:
        folder = Path(name)
        write_text(folder / "train.en", folder / "train.de", given.pairs, given.mean_words, given.seed)
        write_text(folder / "dev.en", folder / "dev.de", 3_000, given.mean_words, given.seed + 1)
        stages = {stage: _in_a_process(stage, given, folder) for stage in STAGES}
    metrics = _metrics(given.pairs, stages)
    for metric in metrics:
        print(f"{metric.name}: {metric.value}", flush=True)
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details={"stages": stages})


def _metrics(pairs: int, stages: Mapping[str, Mapping[str, Any]]) -> list[Metric]:
    seconds = {stage: usage["seconds"] for stage, usage in stages.items()}
    rest = seconds["prepare"] - seconds["vocabulary"]  # of two processes
    told = {} if rest > 0 else {"reason": "the vocabulary's training took longer by itself than the whole; too noisy"}
    metrics = [
        Metric(
            "pairs_per_second",
            pairs / rest if rest > 0 else None,
            "pairs a second",
            "pairs cleaned, encoded and stored a second of preparing, the vocabulary's training not counted",
            details=told,
        ),
        Metric(
            "projected_minutes",
            (seconds["vocabulary"] + rest * WMT14 / pairs) / 60 if rest > 0 else None,
            "minutes",
            f"minutes that {WMT14:,} pairs take at this rate, with the vocabulary's training, which is on a sample",
            details=told,
        ),
        Metric(
            "projected_plan_seconds",
            seconds["plan"] * WMT14 / pairs,
            "s",
            f"seconds that the batch plan and one epoch of {WMT14:,} pairs take at this rate",
        ),
    ]
    for stage, usage in stages.items():
        metrics.append(Metric(f"seconds.{stage}", usage["seconds"], "s", f"seconds of {STAGES[stage]}"))
        definition = f"most bytes in memory of a process with {STAGES[stage]}"
        metrics.append(Metric(f"peak_memory.{stage}", float(usage["peak"]), "bytes", definition))
    return metrics


STAGES: Mapping[str, str] = {
    "prepare": "reading, cleaning, vocabulary, encoding and storing",
    "vocabulary": "the vocabulary's training on its sample alone",
    "plan": "the batch plan and the batches of one epoch",
}


def _in_a_process(stage: str, config: Preparation, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "ablations.throughput.preparation", stage, str(folder), json.dumps(asdict(config))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    print(f"{stage}: {answer['seconds']:.1f} s, {answer['peak'] / 2**20:.0f} MiB", flush=True)
    return answer


def _run(stage: str, folder: Path, config: Preparation) -> float:
    """Seconds of a stage."""
    if stage == "prepare":
        parts = {split: (LineAligned(folder / f"{split}.en", folder / f"{split}.de"),) for split in ("train", "dev")}
        corpus = Corpus("generated", ("en", "de"), parts, cleaning={"max_words": 100, "max_ratio": 3.0})
        began = time.perf_counter()
        prepare(corpus, folder, VocabularySettings(size=config.pieces), jobs=config.jobs)
        return time.perf_counter() - began
    if stage == "vocabulary":
        most = min(config.pairs, VocabularySettings().sample_lines // 2)
        sides = [lines(folder / f"train.{language}") for language in ("en", "de")]
        sample = [line for _, pair in zip(range(most), zip(*sides, strict=True), strict=False) for line in pair]
        began = time.perf_counter()
        learn_bpe(sample, config.pieces)
        return time.perf_counter() - began
    (store,) = folder.glob("generated-*")
    split = Store.open(store).split("train")
    began = time.perf_counter()
    BatchPlan(split.source_lengths, split.target_lengths, config.tokens, config.seed).epoch(0)
    return time.perf_counter() - began


if __name__ == "__main__":
    stage_, folder_, config_ = sys.argv[1:]
    took = _run(stage_, Path(folder_), Preparation(**json.loads(config_)))
    print(json.dumps({"seconds": took, "peak": peak_memory_bytes()}))
