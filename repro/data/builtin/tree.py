"""Derivation trees: one tree, read out as English by `english.py` and as German by `german.py`.

Trees hold no inflected word and no translation. What a word depends on (the gender of an
antecedent, the domain of a cue) is looked up in the tree when it is read out, so a changed tree
(`replaced`) is read out with all the consequences of the change.

Each node object stands in one place of a tree only: words are found again by their node.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from repro.data.builtin.inflection import Person, Tense
from repro.data.builtin.lexicon import Adjective, Adverb, Determiner, Domain, Homonym, Noun, Preposition, Verb

Personal = Literal["I", "we", "he", "she", "it", "they"]


@dataclass(frozen=True, slots=True, eq=False)
class Pronoun:
    """A personal pronoun, named by its English subject form; "it" takes the gender of its antecedent."""

    english: Personal


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """The place in a relative clause or a question that its pronoun fills."""


@dataclass(frozen=True, slots=True, eq=False)
class NounPhrase:
    """A noun with what belongs to it; at most one attribute follows it, so attachment is never in doubt."""

    noun: Noun | Homonym
    plural: bool
    determiner: Determiner
    adjective: Adjective | None = None
    attribute: "Attribute | RelativeClause | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """ "of" (a genitive in German) or "with" and a noun phrase, after a noun."""

    preposition: Preposition | None
    phrase: NounPhrase


@dataclass(frozen=True, slots=True, eq=False)
class RelativeClause:
    """A clause after a noun: its subject or its object is a `Gap`, or its subject's determiner is `WHOSE`."""

    clause: "Clause"


@dataclass(frozen=True, slots=True, eq=False)
class Coordination:
    """Two noun phrases joined by "and"."""

    first: NounPhrase
    second: NounPhrase


Phrase = NounPhrase | Pronoun | Coordination | Gap


@dataclass(frozen=True, slots=True, eq=False)
class Adverbial:
    """An adverb in its place."""

    adverb: Adverb


@dataclass(frozen=True, slots=True, eq=False)
class PrepositionalPhrase:
    """An adverbial with a preposition that governs a case."""

    preposition: Preposition
    phrase: NounPhrase


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """A verb and its company.

    Attributes:
        object: the accusative or dative object, or the agent ("by") of a passive.
        recipient: the dative object of a ditransitive verb.
        predicate: the adjective after "be".
        place: a prepositional phrase; time, frequency: adverbs.
        complement: the clause after "that" or "whether".
        front: what opens the clause; only main clauses begin with anything but the subject.
    """

    subject: Phrase
    verb: Verb
    tense: Tense = "present"
    passive: bool = False
    negated: bool = False
    object: Phrase | None = None
    recipient: Phrase | None = None
    predicate: Adjective | None = None
    place: PrepositionalPhrase | None = None
    time: Adverbial | None = None
    frequency: Adverbial | None = None
    complement: "Clause | None" = None
    front: Literal["subject", "time", "place"] = "subject"


Question = Literal["yes-no", "who", "whom", "what", "why", "where", "when"]


@dataclass(frozen=True, slots=True, eq=False)
class Subordinate:
    """A clause with a subordinating conjunction, before or after its main clause."""

    conjunction: str
    clause: Clause
    first: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """A main clause with at most one more: subordinate or coordinated."""

    main: Clause
    question: Question | None = None
    subordinate: Subordinate | None = None
    coordinator: str = ""
    coordinated: Clause | None = None


Node = TypeVar("Node")
_CHILDREN: dict[type, tuple[str, ...]] = {
    NounPhrase: ("attribute",),
    Attribute: ("phrase",),
    RelativeClause: ("clause",),
    Coordination: ("first", "second"),
    PrepositionalPhrase: ("phrase",),
    Clause: ("place", "subject", "recipient", "object", "time", "frequency", "complement"),
    Subordinate: ("clause",),
    Sentence: ("main", "subordinate", "coordinated"),
}


def nodes(tree: Any) -> Iterator[Any]:
    """All nodes of a tree, from the top."""
    yield tree
    for name in _CHILDREN.get(type(tree), ()):
        child = getattr(tree, name)
        if child is not None:
            yield from nodes(child)


def replaced(tree: Node, node: Any, **changes: Any) -> Node:
    """A copy of a tree in which `node` has other fields: an intervention.

    Raises:
        ValueError: `node` is not in the tree.
    """
    if not any(other is node for other in nodes(tree)):
        raise ValueError("the node to change is not in this tree")

    def copy(old: Any) -> Any:
        if old is node:
            return dataclasses.replace(old, **changes)
        fields = {name: getattr(old, name) for name in _CHILDREN.get(type(old), ())}
        copies = {name: copy(child) for name, child in fields.items() if child is not None}
        return dataclasses.replace(old, **copies) if copies else old

    result: Node = copy(tree)
    return result


def is_it(phrase: Any) -> bool:
    """Whether "it" could stand for a phrase: one thing that is no person."""
    return isinstance(phrase, NounPhrase) and not phrase.plural and phrase.noun.kind != "person"


def antecedent(sentence: Sentence) -> NounPhrase:
    """What "it" stands for: the one singular noun phrase of the sentence that is no person.

    Raises:
        ValueError: there is none, or there are several; no sentence of the grammar is like that.
    """
    candidates = [node for node in nodes(sentence) if is_it(node)]
    if len(candidates) != 1:
        raise ValueError(f'"it" has {len(candidates)} possible antecedents, and must have one')
    (only,) = candidates
    return only


def cue(sentence: Sentence) -> NounPhrase:
    """The noun phrase whose domain decides how homonyms are read.

    Raises:
        ValueError: there is none, or there are several; no sentence of the grammar is like that.
    """
    cues = [node for node in nodes(sentence) if isinstance(node, NounPhrase) and node.noun.kind == "cue"]
    if len(cues) != 1:
        raise ValueError(f"a homonym has {len(cues)} cues, and must have one")
    return cues[0]


def domain(sentence: Sentence) -> Domain:
    """The domain in which homonyms of a sentence are read."""
    noun = cue(sentence).noun
    assert isinstance(noun, Noun)
    assert noun.domain is not None
    return noun.domain


def person(subject: Phrase) -> Person:
    """What a finite verb agrees with; a `Gap` of a question counts as third person."""
    match subject:
        case NounPhrase(plural=plural):
            return "plural" if plural else "third"
        case Coordination():
            return "plural"
        case Pronoun(english="I"):
            return "first"
        case Pronoun(english="we" | "they"):
            return "plural"
    return "third"
