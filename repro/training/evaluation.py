"""Measurements after training: perplexity, translations, every score, and the gain of each decoding step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from repro import files
from repro.data.parsed import TREES
from repro.data.store import Store
from repro.scoring.exact_match import DEEPER, LONGER, by_length, by_reach, by_tag, exact_match
from repro.scoring.metric import Metric
from repro.scoring.perplexity import nats_per_token, perplexity, token_accuracy
from repro.scoring.score import score_lines
from repro.scoring.tree_scores import by_size, read_lines, tree_scores
from repro.scoring.waterfall import waterfall
from repro.training.batch import Batch
from repro.training.decoding_settings import DecodingSettings, translator
from repro.training.module import TranslationModule

SAMPLES = 20

UNAVERAGED = " Translated by the last checkpoint, not by the average of several."
"""What the definition of a score adds where `decoding.unaveraged` names its split."""

LAST, AVERAGED = "the last checkpoint's weights, not averaged", "the average of the last checkpoints' weights"
SAMPLE = "; of as many training sentences as the dev set has, evenly spaced, without dropout"
"""Parts of definitions: whose likelihood it is, and of what."""

State = Mapping[str, torch.Tensor]


@dataclass
class Evaluation:
    """Everything measured after training, ready for the record."""

    metrics: dict[str, Metric]
    details: dict[str, Any]
    samples: list[tuple[str, str, str]]  # source, hypothesis, reference


def evaluate(
    module: TranslationModule,
    loader: Iterable[Batch],
    training_loader: Iterable[Batch],
    store: Store,
    states: Mapping[str, State],
    settings: DecodingSettings,
    directory: Path,
    device: torch.device,
    milestones: Mapping[float, State],
) -> Evaluation:
    """Measure a trained network.

    Args:
        module: the module, whose network takes the states in turn and ends with the averaged one.
        loader: batches of the dev set.
        training_loader: batches of a sample of the training text.
        store: the prepared data with the raw lines.
        states: "last" and "averaged" weights.
        settings: how to decode.
        directory: where `hypotheses.<split>.txt` goes.
        device: where to compute.
        milestones: minutes of training -> averaged weights of then.
    """
    trained = _Trained(module, store, settings, device)
    measured = Evaluation({}, {}, [])
    main = settings.splits[0] if settings.splits else None
    steps = _simpler_decoding(trained, states, main) if main and settings.waterfall else {}
    if main and milestones:
        measured.details["milestones"] = _over_time(trained, milestones, main, directory)

    trained.load(states["last"])
    of_dev, of_train = trained.predictions(loader), trained.predictions(training_loader)
    measured.metrics["dev.accuracy"] = replace(token_accuracy(of_dev.right, of_dev.tokens, LAST), name="dev.accuracy")
    for name, predictions, of_what in (("dev.nll", of_dev, LAST), ("train.nll", of_train, LAST + SAMPLE)):
        measured.metrics[name] = replace(nats_per_token(predictions.nll, predictions.tokens, of_what), name=name)
    translations = {split: trained.translate(split) for split in settings.splits if split in settings.unaveraged}
    trained.load(states["averaged"])
    of_average = trained.predictions(loader)
    likelihood = of_average.nll, of_average.tokens
    measured.metrics["dev.nll.averaged"] = replace(nats_per_token(*likelihood, AVERAGED), name="dev.nll.averaged")
    measured.metrics["dev.perplexity"] = replace(perplexity(*likelihood), name="dev.perplexity")
    for split in settings.splits:
        hypotheses = translations.get(split) or trained.translate(split)
        files.write_text(directory / f"hypotheses.{split}.txt", _lines(hypotheses))
        _score_split(trained, split, hypotheses, measured)
        if split == main:
            sources, references = trained.lines(split)
            measured.samples = list(zip(sources, hypotheses, references, strict=True))[:SAMPLES]
            if steps:
                measured.details["waterfall"] = trained.waterfall(
                    {**steps, f"alpha {settings.alpha:g}": hypotheses}, references
                )
    return measured


class _Predictions(NamedTuple):
    """Negative log likelihood in nats, summed over target tokens; how many these are, ends of sentence included; and
    of how many the right type was the most likely."""

    nll: float
    tokens: int
    right: int


class _Trained:
    """A run's network with one of its states, to be decoded and scored by the run's settings."""

    def __init__(
        self, module: TranslationModule, store: Store, settings: DecodingSettings, device: torch.device
    ) -> None:
        self.module, self.store, self.settings, self.device = module, store, settings, device
        self.network = module.network.to(device)

    def load(self, state: State) -> None:
        self.module.load_state_dict(state)

    def lines(self, split: str) -> tuple[list[str], list[str]]:
        """Sources and references: as many of the split as the settings say."""
        sources, references = self.store.lines(split)
        return sources[: self.settings.lines], references[: self.settings.lines]

    def translate(self, split: str, **changes: Any) -> list[str]:
        """The split's sources, translated by the settings; `changes` replace single ones."""
        sources, _ = self.lines(split)
        search = translator(self.network, self.store.vocabulary, self.settings, self.device, **changes)
        return list(search.translate(sources))

    def predictions(self, loader: Iterable[Batch]) -> "_Predictions":
        """How well the network predicts each next token of the batches' targets."""
        nll, tokens, right = 0.0, 0, 0
        self.network.eval()
        with torch.inference_mode():
            for batch in loader:
                of_batch = self.module.prediction(batch.to(self.device))
                nll, tokens, right = nll + float(of_batch[0]), tokens + int(of_batch[1]), right + int(of_batch[2])
        return _Predictions(nll, tokens, right)

    def scores(self, split: str, hypotheses: list[str], resamples: int) -> list[Metric]:
        return split_scores(self.store, split, hypotheses, self.settings, resamples)

    def waterfall(self, variants: dict[str, list[str]], references: list[str]) -> list[dict[str, Any]]:
        """The gain of each step from one way of decoding to the next."""
        pretokenised = self.settings.pretokenised
        only: dict[str, Any] = {"definitions": ("bleu_tokenised_lc",)} if pretokenised else {}
        steps = waterfall(
            variants,
            references,
            self.store.languages[1],
            **only,
            pretokenised=pretokenised,
            resamples=self.settings.resamples,
        )
        return [vars(step) for step in steps]


def split_scores(
    store: Store, split: str, hypotheses: list[str], settings: DecodingSettings, resamples: int
) -> list[Metric]:
    """The scores of a split's translations, or of trees where that is what its targets are.

    Args:
        store: with the split's lines.
        hypotheses: of its first `settings.lines` sources.
        settings: how they are scored.
        resamples: of each bootstrap interval; 0 for none.
    """
    sources, references = (lines[: settings.lines] for lines in store.lines(split))
    language = store.languages[1]
    if language != TREES:
        return score_lines(hypotheses, references, language, pretokenised=settings.pretokenised, resamples=resamples)
    trees = tree_scores(*read_lines(hypotheses, sources, references, _tags_of(store, split)), resamples=resamples)
    return [exact_match(hypotheses, references), *trees]


def _tags_of(store: Store, split: str) -> list[str] | None:
    """Parts of speech, one line a sentence."""
    tags = store.tags(split)
    return None if tags is None else [str(tag["parts_of_speech"]) for tag in tags]


def _of_trees(store: Store, split: str, hypotheses: list[str]) -> dict[str, Any]:
    """F1 by size; of generated text also the first sentence that is right, and the first that is not."""
    sources, references = (lines[: len(hypotheses)] for lines in store.lines(split))
    details: dict[str, Any] = by_size(*read_lines(hypotheses, sources, references, _tags_of(store, split)))
    if str(store.manifest["corpus"]).startswith("builtin"):  # no text but this project's own goes into records
        answers = list(zip(sources, hypotheses, references, strict=True))
        chosen = [next((it for it in answers if (it[1] == it[2]) is right), None) for right in (True, False)]
        details["examples"] = [
            dict(zip(("source", "hypothesis", "reference"), it, strict=True)) for it in chosen if it is not None
        ]
    return details


def _simpler_decoding(trained: _Trained, states: Mapping[str, State], split: str) -> dict[str, list[str]]:
    """Translations without what section 6.1 adds: averaging, beam search, length penalty, one by one.

    Of a split that the last checkpoint translates, all steps are by that one's weights.
    """
    trained.load(states["last"])
    variants = {"last checkpoint, greedy": trained.translate(split, beam=1, alpha=0.0)}
    if split not in trained.settings.unaveraged:
        trained.load(states["averaged"])
        variants["average, greedy"] = trained.translate(split, beam=1, alpha=0.0)
    variants[f"beam {trained.settings.beam}"] = trained.translate(split, alpha=0.0)
    return variants


def _over_time(
    trained: _Trained, milestones: Mapping[float, State], split: str, directory: Path
) -> list[dict[str, Any]]:
    """Every score of the weights of each milestone."""
    curve = []
    for minutes, state in sorted(milestones.items()):
        trained.load(state)
        hypotheses = trained.translate(split)
        files.write_text(directory / f"hypotheses.{split}.minute-{minutes:g}.txt", _lines(hypotheses))
        scores = trained.scores(split, hypotheses, resamples=0)
        curve.append({"minutes": minutes, "scores": {metric.name: metric.as_record() for metric in scores}})
    return curve


def _score_split(trained: _Trained, split: str, hypotheses: list[str], measured: Evaluation) -> None:
    """Every score of a split, and by phenomenon and distance where the corpus tells them."""
    _, references = trained.lines(split)
    scores = trained.scores(split, hypotheses, trained.settings.resamples)
    if trained.store.languages[1] == TREES:
        measured.details[f"{split}.trees"] = _of_trees(trained.store, split, hypotheses)
    tags = trained.store.tags(split)
    if tags is not None:
        tags = tags[: trained.settings.lines]
        measured.details[f"{split}.by_tag"] = by_tag(hypotheses, references, tags).as_record()
        said = DEEPER if trained.store.languages[1] == TREES else LONGER
        scores += [*by_reach(hypotheses, references, tags), *by_length(hypotheses, references, tags, said)]
    for metric in scores:
        name = f"{split}.{metric.name}"
        definition = metric.definition + (UNAVERAGED if split in trained.settings.unaveraged else "")
        measured.metrics[name] = replace(metric, name=name, definition=definition)


def _lines(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
