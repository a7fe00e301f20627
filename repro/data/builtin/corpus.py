"""The built-in text as a corpus: settings, splits, and the tags of what was generated.

A sentence belongs to a split by the hash of its German side. The German side is a function of the
English one, so equal English sentences share a split too: splits are disjoint on both sides, whatever
their sizes and seeds.
"""

import dataclasses
import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from repro.data.builtin.grammar import Grammar
from repro.data.builtin.parsing import parsed_pair, relative_depth, tree_tags
from repro.data.builtin.probes import DEPTHS, DISTANCES, PROBES, TEST_LENGTHS, Probe
from repro.data.builtin.reading import Example, read
from repro.data.corpus import Corpus
from repro.data.parsed import TREES
from repro.errors import BadInput

VERSION = 1
"""Of the generator: raised whenever the same settings give other sentences."""
SPLITS = ("train", "dev", "test")
PHENOMENA = frozenset(
    (
        *("adverb", "can", "complement", "complement-that", "complement-whether", "coordination", "future"),
        *("genitive", "homonym", "inversion", "must", "negation", "negation-kein", "negation-nicht", "passive"),
        *("perfect", "pronoun", "question", "question-who", "question-whom", "question-what", "question-when"),
        *("question-where", "question-why", "question-yes-no", "relative-1", "relative-2", "separable"),
        *("separable-joined", "subordinate", "subordinate-although", "subordinate-because"),
        *("subordinate-before", "subordinate-first", "subordinate-when", "subordinate-while", "verb_final"),
    )
)
"""What a sentence can be asked to show (`relative-k` beyond 2 with a greater `relative_depth`)."""
LONGEST = 20
"""Words on either side of a sentence, at most; `LONGER` more for each level of relative clauses beyond two."""
LONGER = 6
"""Words more for each further level of relative clauses."""
LENGTHS = range(8, 101)
"""The range of the setting `longest`."""
MOST_DEPTH = 20
"""The deepest nesting of relative clauses."""
HOMONYM_DISTANCES = range(3, 17)
"""The distances between cue and homonym that the grammar reaches easily."""
PATIENCE = 20_000
"""Unusable sentences in a row after which there are considered to be too few."""
DRAWS = 10 * PATIENCE
"""How many sentences in a row the grammar may draw at other lengths or distances than are asked for."""


@dataclass(frozen=True)
class BuiltinSettings:
    """What decides the built-in text, in plain types.

    Attributes:
        seed: of all choices.
        train, dev, test: sentences in each split.
        relative_depth: how deep relative clauses may be nested (the probe `relative` too).
        distance: in words, from a cue to its homonym; in a probe, of the probe's own dependency. None
            draws distances as they come.
        phenomena: only sentences that show all of these.
        probe: the name of a probe (see `probes.py`) in place of the whole grammar.
        test_words: of the probes `copy` and `reverse`, words of the longest test sentence; None: no more than those of
            the other splits have.
        trees: the target is the sentence's constituency tree, linearised, in place of its translation (`parsing.py`).
        test_depth: with trees, how deep relative clauses may be nested in the test; half of its sentences then have
            deeper ones than the other splits. None: no deeper than there.
        longest: of the whole grammar, words of a sentence on either side, at most, and six more for each level of
            `test_depth` beyond `relative_depth`. None: 20, and six more for each level of relative clauses beyond two.
    """

    seed: int = 1
    train: int = 30_000
    dev: int = 500
    test: int = 1_000
    relative_depth: int = 2
    distance: int | None = None
    phenomena: tuple[str, ...] = ()
    probe: str | None = None
    test_words: int | None = None
    trees: bool = False
    test_depth: int | None = None
    longest: int | None = None

    def __post_init__(self) -> None:
        for split in SPLITS:
            if getattr(self, split) < 1:
                raise BadInput(f"built-in text: {split} is {getattr(self, split)}; give at least 1 sentence")
        if self.test_words is not None and self.probe not in ("copy", "reverse"):
            raise BadInput("built-in text: test_words is for the probes copy and reverse; leave it out")
        if self.test_words is not None and self.test_words not in TEST_LENGTHS:
            low, high = TEST_LENGTHS[0], TEST_LENGTHS[-1]
            raise BadInput(f"built-in text: test_words is {self.test_words}; give {low} to {high}, or none")
        self._check_trees()
        if self.probe is None:
            self._check_grammar()
        else:
            self._check_probe()

    def _check_grammar(self) -> None:
        if not 0 <= self.relative_depth <= MOST_DEPTH:
            raise BadInput(f"built-in text: relative_depth is {self.relative_depth}; give 0 to {MOST_DEPTH}")
        if self.distance is not None and self.distance not in HOMONYM_DISTANCES:
            low, high = HOMONYM_DISTANCES[0], HOMONYM_DISTANCES[-1]
            raise BadInput(f"built-in text: distance is {self.distance}; give {low} to {high}, or none")
        if self.longest is not None and self.longest not in LENGTHS:
            low, high = LENGTHS[0], LENGTHS[-1]
            raise BadInput(f"built-in text: longest is {self.longest}; give {low} to {high}, or none")
        if self.longest is not None and self.distance is not None and self.distance >= self.longest:
            raise BadInput(
                f"built-in text: distance is {self.distance}, which a sentence of at most {self.longest} words cannot "
                "hold; lower distance, or raise longest"
            )
        known = PHENOMENA | {f"relative-{depth}" for depth in range(1, self.relative_depth + 1)}
        for name in self.phenomena:
            if name not in known:
                raise BadInput(f"built-in text: no phenomenon {name!r}; there are {', '.join(sorted(known))}")

    def _check_trees(self) -> None:
        if self.trees and self.probe is not None:
            raise BadInput(f"built-in text: trees are of the whole grammar, not of the probe {self.probe!r}; set one")
        if self.test_depth is None:
            return
        if not self.trees:
            raise BadInput("built-in text: test_depth is for trees; set trees, or leave it out")
        if not self.relative_depth < self.test_depth <= MOST_DEPTH:
            raise BadInput(
                f"built-in text: test_depth is {self.test_depth}; give more than relative_depth, which is "
                f"{self.relative_depth}, and at most {MOST_DEPTH}"
            )

    def _check_probe(self) -> None:
        if self.longest is not None:
            raise BadInput(
                f"built-in text: longest is for the whole grammar, not for the probe {self.probe!r}; set one"
            )
        if self.probe not in PROBES:
            raise BadInput(f"built-in text: no probe {self.probe!r}; there are {', '.join(PROBES)}")
        if self.phenomena:
            raise BadInput(f"built-in text: the probe {self.probe!r} shows one phenomenon; leave phenomena out")
        if self.probe == "relative" and self.relative_depth not in DEPTHS:
            raise BadInput(
                f"built-in text: relative_depth is {self.relative_depth}; the probe 'relative' takes"
                f" {DEPTHS[0]} to {DEPTHS[-1]}"
            )
        if self.distance is not None and self.distance not in DISTANCES.get(self.probe, ()):
            taken = ", ".join(map(str, DISTANCES.get(self.probe, ()))) or "none"
            raise BadInput(f"built-in text: distance is {self.distance}; the probe {self.probe!r} takes {taken}")


def split_of(target: str) -> str:
    """The split to which a German sentence belongs: three quarters train, one eighth each dev and test."""
    digest = hashlib.blake2b(target.encode(), digest_size=8).digest()
    return ("dev", "test", *("train",) * 6)[digest[0] % 8]


@dataclass(frozen=True)
class GeneratedPart:
    """One split of the built-in text. No sentence occurs twice in it, on either side.

    Memory grows by about 100 bytes a sentence: what has been said is remembered by its hash.
    """

    settings: BuiltinSettings
    split: str

    def identity(self) -> dict[str, Any]:
        """The settings that decide the pairs; the sizes of other splits do not, nor the length of their sentences."""
        settings = dataclasses.asdict(self.settings)
        for name in ("test_words", "test_depth"):
            if self.split != "test" or settings[name] is None:
                del settings[name]
        if self.settings.longest is None:
            del settings["longest"]
        if not self.settings.trees:
            del settings["trees"]
        sizes = {split: settings.pop(split) for split in SPLITS}
        settings["phenomena"] = list(settings["phenomena"])
        return {
            "generator": "builtin",
            "version": VERSION,
            "split": self.split,
            "sentences": sizes[self.split],
            **settings,
        }

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield (English, German) sentences, or English ones with their trees; the same at every reading.

        Raises:
            BadInput: there are fewer such sentences than were asked for.
        """
        for example in self.examples():
            yield parsed_pair(example) if self.settings.trees else (example.source, example.target)

    def tags(self) -> Iterator[dict[str, Any]]:
        """Yield what is in each pair, as plain data.

        Raises:
            BadInput: as `pairs`.
        """
        for example in self.examples():
            yield tree_tags(example, self.settings.relative_depth) if self.settings.trees else example.tags()

    def examples(self) -> Iterator[Example]:
        """Yield the sentences with their tags and derivations.

        Raises:
            BadInput: there are fewer such sentences than were asked for.
        """
        settings = self.settings
        wanted = getattr(settings, self.split)
        # A string as a seed is hashed by Random itself, not by the process's own salted hash.
        rng = random.Random(f"{settings.seed}/{settings.probe}/{self.split}")
        if settings.probe:
            drawn = _probe_sentences(settings, rng, self.split)
        elif self.split == "test" and settings.test_depth is not None:
            drawn = _of_both_depths(settings, rng)
        else:
            drawn = _grammar_sentences(settings, rng)
        said: set[bytes] = set()
        useless = 0
        while len(said) < wanted:
            example = next(drawn)
            digest = hashlib.blake2b(example.target.encode(), digest_size=12).digest()
            if (
                split_of(example.target) == self.split
                and digest not in said
                and example.phenomena.issuperset(settings.phenomena)
            ):
                said.add(digest)
                useless = 0
                yield example
                continue
            useless += 1
            if useless == PATIENCE:
                raise BadInput(
                    f"built-in text: {self.split} needs {wanted:,} sentences, but only {len(said):,}"
                    f" different ones were found with {_described(settings)}; ask for fewer"
                )


def _described(settings: BuiltinSettings) -> str:
    shown = {name: getattr(settings, name) for name in ("probe", "distance", "phenomena", "relative_depth")}
    return ", ".join(f"{name} {value}" for name, value in shown.items() if value not in (None, ()))


def _probe_sentences(settings: BuiltinSettings, rng: random.Random, split: str) -> Iterator[Example]:
    assert settings.probe is not None
    longest = settings.test_words if split == "test" else None
    probe = Probe(settings.probe, rng, settings.distance, settings.relative_depth, longest)
    while True:
        yield probe.example()


def _grammar_sentences(settings: BuiltinSettings, rng: random.Random) -> Iterator[Example]:
    """Sentences without end, of the length and the distance that the settings ask for.

    Raises:
        BadInput: none was found for long.
    """
    grammar = Grammar(rng, settings.relative_depth)
    longest = settings.longest or LONGEST + LONGER * max(0, settings.relative_depth - 2)
    homonym: bool | None = None
    useless = 0
    while True:
        if useless == DRAWS:
            raise BadInput(
                f"built-in text: no sentence of at most {longest} words with {_described(settings)} was found among "
                f"{DRAWS:,}; raise longest, or change distance"
            )
        useless += 1
        example = read(grammar.sentence(homonym))
        if max(example.source.count(" "), example.target.count(" ")) >= longest:
            continue
        distances = {link.distance for link in example.dependencies if link.kind == "homonym"}
        # Sentences with a homonym keep their share: one at another distance is followed by one more try.
        homonym = True if settings.distance is not None and distances - {settings.distance} else None
        if homonym is None:
            useless = 0
            yield example


def _of_both_depths(settings: BuiltinSettings, rng: random.Random) -> Iterator[Example]:
    """In turns a sentence as those of training, and one with a deeper relative clause."""
    assert settings.test_depth is not None
    usual = _grammar_sentences(settings, rng)
    longest = (
        None
        if settings.longest is None
        else settings.longest + LONGER * (settings.test_depth - settings.relative_depth)
    )
    deep = dataclasses.replace(settings, relative_depth=settings.test_depth, test_depth=None, longest=longest)
    deeper = _grammar_sentences(deep, rng)
    while True:
        yield next(usual)
        tried = (example for example in islice(deeper, PATIENCE) if relative_depth(example) > settings.relative_depth)
        found = next(tried, None)
        if found is None:
            raise BadInput(
                f"built-in text: no sentence with relative clauses of depth {settings.test_depth} was found among "
                f"{PATIENCE:,}; raise longest, or lower test_depth"
            )
        yield found


class _Tags(Mapping[str, tuple[dict[str, Any], ...]]):
    """The tags of dev and test, generated when asked for."""

    def __init__(self, parts: Mapping[str, GeneratedPart]) -> None:
        self._parts = parts
        self._tags: dict[str, tuple[dict[str, Any], ...]] = {}

    def __getitem__(self, split: str) -> tuple[dict[str, Any], ...]:
        if split not in self._tags:
            self._tags[split] = tuple(self._parts[split].tags())
        return self._tags[split]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def builtin_corpus(settings: BuiltinSettings) -> Corpus:
    """The built-in text, or one of its probes, as a corpus with tags for dev and test."""
    parts = {split: GeneratedPart(settings, split) for split in SPLITS}
    what = "trees" if settings.trees else settings.probe
    return Corpus(
        name="builtin" if what is None else f"builtin-{what}",
        languages=("en", TREES if settings.trees else "de"),
        splits={split: (part,) for split, part in parts.items()},
        tags=_Tags({split: parts[split] for split in ("dev", "test")}),
        answers_repeat=settings.trees,
    )
