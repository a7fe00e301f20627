"""What is measured after training: perplexity, translations, every score, and what each decoding step brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from repro import files
from repro.data.store import Store
from repro.data.vocabulary import Vocabulary
from repro.decoding.length_penalty import LengthPenalty
from repro.decoding.translate import Translator
from repro.scoring.exact_match import by_reach, by_tag
from repro.scoring.metric import Metric
from repro.scoring.perplexity import perplexity
from repro.scoring.score import score_lines
from repro.scoring.waterfall import waterfall


@dataclass
class DecodingSettings:
    """How and what is decoded and scored after training (section 6.1).

    Attributes:
        splits: which splits to translate.
        beam: beam size; 4 in the paper.
        alpha: of the length penalty; 0.6 in the paper.
        length_penalty: "gnmt" as in the paper, "length" as in other toolkits, or "none".
        max_extra: the output may have so many tokens more than the source; 50 in the paper.
        batch_tokens: source tokens in a batch, padding included; memory grows with it and with `beam`.
        waterfall: also decode the first split greedily, unaveraged and without length penalty, to
            show what each of these brings.
        pretokenised: the corpus is tokens joined by spaces, so scores are computed on them as they are.
        resamples: of the bootstrap over sentences; 0 for no intervals.
    """

    splits: list[str] = field(default_factory=lambda: ["test"])
    beam: int = 4
    alpha: float = 0.6
    length_penalty: LengthPenalty = "gnmt"
    max_extra: int = 50
    batch_tokens: int = 4_000
    waterfall: bool = True
    pretokenised: bool = False
    resamples: int = 1000


@dataclass
class Evaluation:
    """Everything measured after training, ready for the record."""

    metrics: dict[str, Metric]
    details: dict[str, Any]
    samples: list[tuple[str, str, str]]  # source, hypothesis, reference


def translator(
    network: Any, vocabulary: Vocabulary, settings: DecodingSettings, device: torch.device, **changes: Any
) -> Translator:
    """The settings' beam search over a network; `changes` replace single settings."""
    options: dict[str, Any] = {
        "beam": settings.beam,
        "alpha": settings.alpha,
        "penalty": settings.length_penalty,
        "max_extra": settings.max_extra,
        "batch_tokens": settings.batch_tokens,
        "device": device,
        **changes,
    }
    return Translator(network, vocabulary, **options)


def dev_perplexity(module: Any, loader: Any, device: torch.device) -> Metric:
    """Perplexity per target token of a split, the end of each sentence included."""
    total, count = 0.0, 0
    module.network.eval()
    with torch.inference_mode():
        for batch in loader:
            _, nll, tokens = module.loss(batch.to(device), 0.0)
            total, count = total + float(nll), count + int(tokens)
    return perplexity(total, count)


def evaluate(
    module: Any,
    loader: Any,
    store: Store,
    states: Mapping[str, Mapping[str, torch.Tensor]],
    settings: DecodingSettings,
    directory: Path,
    device: torch.device,
    milestones: Mapping[float, Mapping[str, torch.Tensor]],
) -> Evaluation:
    """Measure a trained network.

    Args:
        module: the module, whose network takes the states in turn and ends with the averaged one.
        loader: batches of the dev set.
        store: the prepared data with the raw lines.
        states: "last" and "averaged" weights.
        settings: how to decode.
        directory: where `hypotheses.<split>.txt` goes.
        device: where to compute.
        milestones: minutes of training -> averaged weights of then.
    """
    network = module.network.to(device)
    target_language = store.languages[1]
    metrics: dict[str, Metric] = {}
    details: dict[str, Any] = {}

    def load(state: Mapping[str, torch.Tensor]) -> None:
        module.load_state_dict(state)

    def score(hypotheses: list[str], references: list[str], resamples: int) -> list[Metric]:
        return score_lines(
            hypotheses,
            references,
            target_language,
            pretokenised=settings.pretokenised,
            resamples=resamples,
        )

    main = settings.splits[0] if settings.splits else None
    variants: dict[str, list[str]] = {}
    if main is not None and settings.waterfall:
        sources, _ = store.lines(main)
        load(states["last"])
        greedy = translator(network, store.vocabulary, settings, device, beam=1, alpha=0.0)
        variants["last checkpoint, greedy"] = list(greedy.translate(sources))
        load(states["averaged"])
        variants["average, greedy"] = list(greedy.translate(sources))
        plain = translator(network, store.vocabulary, settings, device, alpha=0.0)
        variants[f"beam {settings.beam}"] = list(plain.translate(sources))

    if main is not None and milestones:
        sources, references = store.lines(main)
        curve = []
        for minutes, state in sorted(milestones.items()):
            load(state)
            hypotheses = list(translator(network, store.vocabulary, settings, device).translate(sources))
            name = f"minute-{minutes:g}"
            files.write_text(directory / f"hypotheses.{main}.{name}.txt", _lines(hypotheses))
            scores = score(hypotheses, references, resamples=0)
            curve.append({"minutes": minutes, "scores": {m.name: m.as_record() for m in scores}})
        details["milestones"] = curve

    load(states["averaged"])
    metrics["dev.perplexity"] = replace(dev_perplexity(module, loader, device), name="dev.perplexity")
    samples: list[tuple[str, str, str]] = []
    for split in settings.splits:
        sources, references = store.lines(split)
        hypotheses = list(translator(network, store.vocabulary, settings, device).translate(sources))
        files.write_text(directory / f"hypotheses.{split}.txt", _lines(hypotheses))
        for metric in score(hypotheses, references, settings.resamples):
            name = f"{split}.{metric.name}"
            metrics[name] = replace(metric, name=name)
        tags = store.tags(split)
        if tags is not None:
            details[f"{split}.by_tag"] = by_tag(hypotheses, references, tags).as_record()
            for metric in by_reach(hypotheses, references, tags):
                name = f"{split}.{metric.name}"
                metrics[name] = replace(metric, name=name)
        if split == main:
            samples = list(zip(sources, hypotheses, references, strict=True))[:20]
            if settings.waterfall:
                variants[f"alpha {settings.alpha:g}"] = hypotheses
                only: dict[str, Any] = {"definitions": ("bleu_tokenised_lc",)} if settings.pretokenised else {}
                steps = waterfall(
                    variants,
                    references,
                    target_language,
                    **only,
                    pretokenised=settings.pretokenised,
                    resamples=settings.resamples,
                )
                details["waterfall"] = [vars(step) for step in steps]
    return Evaluation(metrics, details, samples)


def _lines(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
