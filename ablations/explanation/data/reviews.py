"""Built-in reviews: two to four sentences with opinions, labelled with their evidence by the rule of `labelling.py`.

A review is drawn from a small grammar with a target label, and redrawn until it clearly has that label. So both labels
are equally frequent, and most opinions of a review agree. The three splits have no review in common.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ablations.explanation.data import lexicon
from ablations.explanation.data.dataset import Dataset, Instance, Split, Vocabulary, add_end_words
from ablations.explanation.data.labelling import Labelling, label_review
from repro.errors import BadInput

VERSION = 1
"""Of the generator: raised whenever the same settings give other reviews."""
CLASSES = ("blame", "praise")
MIN_SENTENCES, MAX_SENTENCES = 2, 4
"""Sentences of a review."""
CLEAR_SCORE = 2
"""The least sum of the opinions that count: one of plain degree."""


@dataclass(frozen=True)
class ReviewSettings:
    """The settings that decide the built-in reviews.

    Attributes:
        seed: of all choices.
        train, dev, test: reviews in each split.
        agreement: how often an opinion of the film, before anything cancels it, agrees with the review's label; else,
            and for opinions of other things, it is praise or blame by chance.
        negation, intensity: how often an opinion has a negator, an intensifier.
        contrast, concession, distraction, recantation, filling: how often a sentence is one with but, with although,
            one about something else, one that takes all back, or one without opinion; else it is a plain one.
    """

    seed: int = 1
    train: int = 2000
    dev: int = 300
    test: int = 400
    agreement: float = 0.6
    negation: float = 0.15
    intensity: float = 0.3
    contrast: float = 0.15
    concession: float = 0.08
    distraction: float = 0.15
    recantation: float = 0.05
    filling: float = 0.15


def generate(settings: ReviewSettings) -> Dataset:
    """The reviews of these settings, always the same.

    Raises:
        BadInput: a split without reviews, or shares of sentences that add up to more than 1.
    """
    for split in ("train", "dev", "test"):
        if getattr(settings, split) < len(CLASSES):
            raise BadInput(f"{split} is {getattr(settings, split)}; it must be at least {len(CLASSES)} reviews")
    shares = [settings.contrast, settings.concession, settings.distraction, settings.recantation, settings.filling]
    if min(shares) < 0 or sum(shares) > 1:
        raise BadInput(
            f"the shares of sentences add up to {sum(shares):g}; they must be at least 0 and at most 1 in all"
        )
    draws = _distinct(random.Random(settings.seed), settings)
    splits: dict[Split, tuple[Instance, ...]] = {
        "train": tuple(next(draws) for _ in range(settings.train)),
        "dev": tuple(next(draws) for _ in range(settings.dev)),
        "test": tuple(next(draws) for _ in range(settings.test)),
    }
    facts = {"generator": VERSION, "settings": vars(settings)}
    return Dataset("reviews", splits, Vocabulary.of(splits["train"]), CLASSES, facts)


def instance(words: list[str]) -> Instance:
    """A review, special words excluded, with what the rule says of it; its parts may have changed places."""
    return _instance(words, label_review(words))


def _instance(words: list[str], labelling: Labelling) -> Instance:
    return Instance(
        words=add_end_words(words),
        label=labelling.label,
        evidence=tuple(at + 1 for at in labelling.evidence),
        sentences=tuple((start + 1, stop + 1) for start, stop in labelling.sentences),
        clauses=tuple((start + 1, stop + 1) for start, stop in labelling.clauses),
        phenomena=tuple(_phenomena(words, labelling)),
    )


def _distinct(draw: random.Random, settings: ReviewSettings) -> Iterator[Instance]:
    seen: set[tuple[str, ...]] = set()
    label = 0
    while True:
        words = _review(draw, settings, label)
        labelling = label_review(words)
        if abs(labelling.score) < CLEAR_SCORE or labelling.label != label or tuple(words) in seen:
            continue
        seen.add(tuple(words))
        label = 1 - label
        yield _instance(words, labelling)


def _phenomena(words: list[str], labelling: Labelling) -> Iterator[str]:
    if any(set(lexicon.NEGATORS) & {words[at] for at in opinion.words} for opinion in labelling.opinions):
        yield "negation"
    if any(set(lexicon.DEGREE) & {words[at] for at in opinion.words} for opinion in labelling.opinions):
        yield "intensity"
    if lexicon.CONTRAST in words:
        yield "contrast"
    if any(word in words for word in lexicon.CONCESSIONS):
        yield "concession"
    if any(word in words for word in lexicon.ELSEWHERE):
        yield "distraction"
    if " ".join(lexicon.RECANTATION) in " ".join(words):
        yield "recantation"


# ---- the grammar


def _review(draw: random.Random, settings: ReviewSettings, label: int) -> list[str]:
    kinds: dict[str, tuple[float, Callable[[], str]]] = {
        "contrast": (settings.contrast, lambda: _contrast(draw, settings, label)),
        "concession": (settings.concession, lambda: _concession(draw, settings, label)),
        "distraction": (settings.distraction, lambda: _opinion(draw, settings, None)),
        "recantation": (settings.recantation, lambda: " ".join(lexicon.RECANTATION)),
        "filling": (settings.filling, lambda: _filling(draw)),
    }
    plain = 1 - sum(share for share, _ in kinds.values())
    kinds["plain"] = (plain, lambda: _opinion(draw, settings, label))
    shares = [share for share, _ in kinds.values()]
    sentences = draw.choices(list(kinds), shares, k=draw.randint(MIN_SENTENCES, MAX_SENTENCES))
    return [word for kind in sentences for word in (*kinds[kind][1]().split(), ".")]


def _opinion(draw: random.Random, settings: ReviewSettings, label: int | None) -> str:
    """A clause with an opinion of the film that leans to a label, or, without a label, of something else."""
    topic = draw.choice(lexicon.ELSEWHERE if label is None else lexicon.FILM)
    leaning = label if label is not None and draw.random() < settings.agreement else draw.randrange(2)
    negated = draw.random() < settings.negation
    adjective = draw.choice(lexicon.POSITIVE if leaning != negated else lexicon.NEGATIVE)
    if draw.random() < settings.intensity:
        adjective = f"{draw.choice(tuple(lexicon.DEGREE))} {adjective}"
    if negated:
        negator = draw.choice(lexicon.NEGATORS)
        if negator == "nobody":
            return draw.choice((f"nobody would call the {topic} {adjective}", f"nobody found the {topic} {adjective}"))
        find = f"did {negator} find" if negator == "not" else f"{negator} found"
        return draw.choice((f"the {topic} was {negator} {adjective}", f"i {find} the {topic} {adjective}"))
    return draw.choice(
        (
            f"the {topic} was {adjective}",
            f"the {topic} seemed {adjective}",
            f"i found the {topic} {adjective}",
            f"everyone would call the {topic} {adjective}",
            f"there was a {adjective} {topic}",
        )
    )


def _either(draw: random.Random, settings: ReviewSettings, label: int) -> str:
    """A clause of a longer sentence: of the film as a rule, else of something else."""
    return _opinion(draw, settings, None if draw.random() < settings.distraction else label)


def _contrast(draw: random.Random, settings: ReviewSettings, label: int) -> str:
    """The part before the "but" leans the other way."""
    before, after = _either(draw, settings, 1 - label), _either(draw, settings, label)
    return f"{before}{draw.choice((' ,', ''))} but {after}"


def _concession(draw: random.Random, settings: ReviewSettings, label: int) -> str:
    conceded = f"{draw.choice(lexicon.CONCESSIONS)} {_either(draw, settings, 1 - label)}"
    said = _either(draw, settings, label)
    return draw.choice((f"{conceded} , {said}", f"{said} , {conceded}"))


def _filling(draw: random.Random) -> str:
    place, day, people = draw.choice(lexicon.PLACES), draw.choice(lexicon.DAYS), draw.choice(lexicon.PEOPLE)
    return draw.choice(
        (
            f"we saw it in {place} on {day}",
            f"{people} came along",
            f"i went there with {people}",
            f"it started late on {day}",
            f"{people} had chosen it on {day}",
        )
    )
