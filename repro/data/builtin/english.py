"""A tree read out as English."""

from repro.data.builtin.inflection import ENGLISH_OBJECTS, Person, english_be
from repro.data.builtin.lexicon import BE, WHOSE, A, Preposition
from repro.data.builtin.tree import (
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
from repro.data.builtin.words import COMMA, Token

MODALS = {"future": "will", "can": "can", "must": "must"}


def english(sentence: Sentence) -> list[Token]:
    """The words of a sentence."""
    main = clause(sentence.main, question=sentence.question)
    if sentence.coordinated is not None:
        return [*main, COMMA, (sentence.coordinator, None), *clause(sentence.coordinated)]
    if sentence.subordinate is None:
        return main
    subordinate = sentence.subordinate
    conjunction = (subordinate.conjunction, (id(subordinate), "conjunction"))
    words = [conjunction, *clause(subordinate.clause)]
    return [*words, COMMA, *main] if subordinate.first else [*main, *words]


def phrase(it: Phrase, oblique: bool = False) -> list[Token]:
    """The words of a noun phrase; `oblique` chooses "him" instead of "he"."""
    match it:
        case Pronoun(english=word):
            return [(ENGLISH_OBJECTS[word] if oblique else word, (id(it), "pronoun"))]
        case Coordination(first=first, second=second):
            return [*phrase(first), ("and", None), *phrase(second)]
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
    match it.attribute:
        case Attribute(preposition=preposition, phrase=attribute):
            words += [(preposition.english if preposition else "of", None), *phrase(attribute)]
        case RelativeClause(clause=relative):
            words += relative_clause(relative, it)
    return words


def relative_clause(relative: Clause, antecedent: NounPhrase) -> list[Token]:
    """The words of a relative clause: "who", "whom" for persons, "which" for all else, or "whose"."""
    personal = antecedent.noun.kind == "person"
    agreeing: Person = "plural" if antecedent.plural else "third"
    key = (id(relative), "relative")
    if isinstance(relative.subject, Gap):
        return [("who" if personal else "which", key), *clause(relative, agreeing=agreeing)]
    if isinstance(relative.object, Gap):
        return [("whom" if personal else "which", key), *clause(relative)]
    assert isinstance(relative.subject, NounPhrase)
    assert relative.subject.determiner is WHOSE
    return clause(relative)


def prepositional(preposition: Preposition, governed: NounPhrase) -> list[Token]:
    """The words of a preposition and its noun phrase."""
    return [*((word, None) for word in preposition.english.split(" ")), *phrase(governed, oblique=True)]


def _place(place: PrepositionalPhrase) -> list[Token]:
    return prepositional(place.preposition, place.phrase)


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


def clause(it: Clause, agreeing: Person | None = None, question: Question | None = None) -> list[Token]:
    """The words of a clause, without what introduces it.

    Args:
        agreeing: what the verb agrees with, where the subject is a gap in a relative clause.
        question: its kind, if the clause is one.
    """
    inverted = question not in (None, "who")
    finite, rest = _verb(it, agreeing or person(it.subject), supported=inverted or it.negated)
    # The full verb stays behind "often"; an auxiliary goes before it.
    has_auxiliary = it.passive or it.verb is BE or it.tense in MODALS or inverted or it.negated
    finite_word: Token = (finite, (id(it), "finite"))
    negation: list[Token] = [("not", None)] if it.negated else []
    frequency: list[Token] = [(it.frequency.adverb.english, None)] if it.frequency else []

    words: list[Token] = []
    if question not in (None, "yes-no"):
        assert question is not None
        words.append((question, (id(it), "question")))
    if it.front == "time" and it.time is not None:
        words.append((it.time.adverb.english, (id(it.time), "time")))
    if it.front == "place" and it.place is not None:
        words += [*_place(it.place), COMMA]
    subject = phrase(it.subject)
    if inverted:
        words += [finite_word, *subject, *negation, *frequency]
    elif it.negated and finite == "can":
        words += [*subject, ("cannot", (id(it), "finite"))]
    elif has_auxiliary:
        words += [*subject, finite_word, *negation, *frequency]
    else:
        words += [*subject, *frequency, finite_word]
    words += [(word, (id(it), "verb") if word == it.verb.base else None) for word in rest if word]
    for argument in (it.recipient, it.object):
        if argument is not None:
            words += phrase(argument, oblique=True)
    if it.verb.particle not in ("", "for") and isinstance(it.object, Pronoun) and not it.passive:
        # "picks it up", but "looks for it" and "picks up the book".
        words.append(words.pop(-2))
    if it.predicate is not None:
        words.append((it.predicate.english, None))
    if it.place is not None and it.front != "place":
        words += _place(it.place)
    if it.time is not None and it.front != "time":
        words.append((it.time.adverb.english, (id(it.time), "time")))
    if it.complement is not None:
        introduced = "that" if it.verb.frame == "that" else "whether"
        words += [(introduced, None), *clause(it.complement)]
    return words
