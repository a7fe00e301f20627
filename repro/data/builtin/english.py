"""A tree read out as English, with its constituents."""

from collections.abc import Iterable, Sequence

from repro.data.builtin.inflection import ENGLISH_OBJECTS, Person, english_be
from repro.data.builtin.lexicon import BE, WHOSE, A, Preposition
from repro.data.builtin.tree import (
    Adverbial,
    Attribute,
    Clause,
    Coordination,
    Gap,
    NounPhrase,
    Phrase,
    PrepositionalPhrase,
    Pronoun,
    Question,
    RelativeClause,
    Sentence,
    person,
)
from repro.data.builtin.words import COMMA, Part, Span, Token, spoken

MODALS = {"future": "will", "can": "can", "must": "must"}


def english(sentence: Sentence) -> list[Token]:
    """The words of a sentence."""
    return list(spoken([constituents(sentence)]))


def constituents(sentence: Sentence) -> Span:
    """A sentence with its phrases, labelled as in the Penn Treebank."""
    main = clause(sentence.main, question=sentence.question)
    if sentence.coordinated is not None:
        return Span("S", (main, COMMA, (sentence.coordinator, None), clause(sentence.coordinated)))
    if sentence.subordinate is None:
        return main
    subordinate = sentence.subordinate
    conjunction = (subordinate.conjunction, (id(subordinate), "conjunction"))
    added = Span("SBAR", (conjunction, clause(subordinate.clause)))
    return Span("S", (added, COMMA, main) if subordinate.first else (main, added))


def phrase(it: Phrase, oblique: bool = False) -> list[Span]:
    """A noun phrase, or nothing for a gap; `oblique` chooses "him" instead of "he"."""
    match it:
        case Pronoun(english=word):
            return [Span("NP", ((ENGLISH_OBJECTS[word] if oblique else word, (id(it), "pronoun")),))]
        case Coordination(first=first, second=second):
            return [Span("NP", (*phrase(first), ("and", None), *phrase(second)))]
        case Gap():
            return []
    determiner = it.determiner.plural if it.plural else it.determiner.singular
    noun = it.noun.plural_english if it.plural else it.noun.english
    words: list[Token] = [(noun, (id(it), "noun"))]
    if it.adjective is not None:
        words.insert(0, (it.adjective.english, (id(it), "adjective")))
    if it.determiner is A and words[0][0][0] in "aeiou":
        determiner = "an"
    if determiner:
        words.insert(0, (determiner, None))
    named = Span("NP", tuple(words))
    match it.attribute:
        case Attribute(preposition=preposition, phrase=attribute):
            with_it = Span("PP", ((preposition.english if preposition else "of", None), *phrase(attribute)))
            return [Span("NP", (named, with_it))]
        case RelativeClause(clause=relative):
            return [Span("NP", (named, relative_clause(relative, it)))]
    return [named]


def relative_clause(relative: Clause, antecedent: NounPhrase) -> Span:
    """A relative clause: "who", "whom" for persons, "which" for all else, or "whose"."""
    personal = antecedent.noun.kind == "person"
    agreeing: Person = "plural" if antecedent.plural else "third"
    key = (id(relative), "relative")
    if isinstance(relative.subject, Gap):
        pronoun = Span("WHNP", (("who" if personal else "which", key),))
        return Span("SBAR", (pronoun, clause(relative, agreeing=agreeing)))
    if isinstance(relative.object, Gap):
        return Span("SBAR", (Span("WHNP", (("whom" if personal else "which", key),)), clause(relative)))
    assert isinstance(relative.subject, NounPhrase)
    assert relative.subject.determiner is WHOSE
    return Span("SBAR", (clause(relative),))


def prepositional(preposition: Preposition, governed: NounPhrase) -> Span:
    """A preposition and its noun phrase."""
    words: list[Token] = [(word, None) for word in preposition.english.split(" ")]
    return Span("PP", (*words, *phrase(governed, oblique=True)))


def _place(place: PrepositionalPhrase) -> Span:
    return prepositional(place.preposition, place.phrase)


def _adverb(it: Adverbial, role: str | None = None) -> Span:
    return Span("ADVP", ((it.adverb.english, (id(it), role) if role else None),))


def _verb(it: Clause, agreeing: Person, supported: bool) -> tuple[str, list[str]]:
    """The finite verb and the rest of the verb group; `supported` asks for an auxiliary ("does")."""
    verb = it.verb
    if it.passive:
        return english_be(agreeing, it.tense), [verb.participle_english, verb.particle, "by"]
    rest = [verb.base, verb.particle]
    if it.tense in MODALS:
        return MODALS[it.tense], rest
    if verb is BE:
        return english_be(agreeing, it.tense), []
    if supported:
        third = "does" if agreeing == "third" else "do"
        return "did" if it.tense == "past" else third, rest
    if it.tense == "past":
        return verb.past, rest[1:]
    return verb.third if agreeing == "third" else verb.base, rest[1:]


def clause(it: Clause, agreeing: Person | None = None, question: Question | None = None) -> Span:
    """A clause, without what introduces it.

    Args:
        agreeing: what the verb agrees with, where the subject is a gap in a relative clause.
        question: its kind, if the clause is one.
    """
    inverted = question not in (None, "who")
    finite, rest = _verb(it, agreeing or person(it.subject), supported=inverted or it.negated)
    # The full verb stays behind "often"; an auxiliary goes before it.
    has_auxiliary = it.passive or it.verb is BE or it.tense in MODALS or inverted or it.negated
    finite_word: Token = (finite, (id(it), "finite"))
    negation: list[Part] = [("not", None)] if it.negated else []
    frequency: list[Part] = [_adverb(it.frequency)] if it.frequency else []

    front: list[Part] = []
    if it.front == "time" and it.time is not None:
        front.append(_adverb(it.time, "time"))
    if it.front == "place" and it.place is not None:
        front += [_place(it.place), COMMA]
    subject = phrase(it.subject)
    behind = _behind(it, rest)
    verb: list[Part]
    if inverted:
        within: list[Part] = [Span("VP", tuple(behind))] if rest else behind
        return _question(it, question, [*front, finite_word, *subject, *negation, *frequency, *within])
    if it.negated and finite == "can":
        verb = [("cannot", (id(it), "finite")), Span("VP", tuple(behind))]
    elif has_auxiliary:
        within = [Span("VP", tuple(behind))] if rest else behind
        verb = [finite_word, *negation, *frequency, *within]
    else:
        verb = [*frequency, finite_word, *behind]
    parts = (*front, *subject, Span("VP", tuple(verb)))
    return _question(it, question, parts) if question == "who" else Span("S", parts)


def _question(it: Clause, question: Question | None, parts: Iterable[Part]) -> Span:
    inner = Span("SQ", tuple(parts))
    if question in (None, "yes-no"):
        return inner
    label = "WHNP" if question in ("who", "whom", "what") else "WHADVP"
    return Span("SBARQ", (Span(label, ((str(question), (id(it), "question")),)), inner))


def _behind(it: Clause, rest: Sequence[str]) -> list[Part]:
    """What follows the finite verb and its adverbs: the rest of the verb group, and all that the verb governs."""
    parts: list[Part] = []
    for word in rest:
        if word == it.verb.base:
            parts.append((word, (id(it), "verb")))
        elif word and word == it.verb.particle:
            parts.append(Span("PRT", ((word, None),)))
        elif word and word != "by":
            parts.append((word, None))
    for argument in (it.recipient, it.object):
        if argument is not None:
            parts += phrase(argument, oblique=True)
    if it.passive:
        parts[-1:] = [Span("PP", (("by", None), *parts[-1:]))]
    elif it.verb.particle == "for" and not isinstance(it.object, Gap):
        parts[-2:] = [Span("PP", (("for", None), *parts[-1:]))]
    if it.verb.particle not in ("", "for") and isinstance(it.object, Pronoun) and not it.passive:
        # "picks it up", but "looks for it" and "picks up the book".
        parts.append(parts.pop(-2))
    if it.predicate is not None:
        parts.append(Span("ADJP", ((it.predicate.english, None),)))
    if it.place is not None and it.front != "place":
        parts.append(_place(it.place))
    if it.time is not None and it.front != "time":
        parts.append(_adverb(it.time, "time"))
    if it.complement is not None:
        introduced = "that" if it.verb.frame == "that" else "whether"
        parts.append(Span("SBAR", ((introduced, None), clause(it.complement))))
    return parts
