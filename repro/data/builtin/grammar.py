"""The grammar of the built-in text: its trees and their frequencies.

Restrictions on word order give each English sentence exactly one parse:

- a noun phrase has at most one attribute, which belongs to the noun just before it;
- "with" and "of" belong to nouns, all other prepositions to the innermost clause;
- nothing of its clause follows an object that ends in a relative clause, or a clause after "that";
- a conjunction always joins its clause to the main clause;
- "it" is only said where exactly one singular phrase is no person;
- a homonym only where exactly one cue is.
"""

import functools
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from repro.data.builtin import lexicon
from repro.data.builtin.inflection import Tense
from repro.data.builtin.lexicon import BARE, BE, EVERY, HER, HIS, MANY, MY, OUR, SOME, THE, THIS, WHOSE, A
from repro.data.builtin.tree import (
    Adverbial,
    Attribute,
    Clause,
    Coordination,
    Gap,
    NounPhrase,
    Personal,
    Phrase,
    PrepositionalPhrase,
    Pronoun,
    Question,
    RelativeClause,
    Sentence,
    Subordinate,
)

Item = TypeVar("Item")

PERSON = frozenset({"person"})
LIVING = frozenset({"person", "animal"})

_BY_KIND = {
    kind: tuple(noun for noun in lexicon.NOUNS if noun.kind == kind)
    for kind in ("person", "animal", "thing", "place", "substance")
}
_ADJECTIVES = {
    kind: tuple(adjective for adjective in lexicon.ADJECTIVES if kind in adjective.kinds)
    for kind in ("person", "animal", "thing", "place", "substance", "homonym")
}
_POSSESSIVES = (MY, MY, OUR, HIS, HER)
_SINGULAR = (THE,) * 5 + (A,) * 6 + (THIS,) * 2 + (EVERY,) * 2 + _POSSESSIVES
_PLURAL = (THE,) * 5 + (BARE,) * 2 + (THIS,) * 2 + (MANY,) * 2 + (SOME,) * 2 + _POSSESSIVES
_DEFINITE = (THE,) * 6 + (THIS,) * 2 + _POSSESSIVES
_OWNING = {False: (THE,) * 5 + (A,) * 3 + (THIS,) * 2 + (EVERY,) * 2 + _POSSESSIVES, True: _DEFINITE}
_ADJECTIVE_CHANCE = {
    "person": 0.3, "animal": 0.45, "thing": 0.5, "place": 0.4, "substance": 0.85, "homonym": 0.5
}  # fmt: skip


# Separable verbs have the most forms, so they are drawn the most.
_VERBS = tuple(
    verb for verb in lexicon.VERBS for _ in range(7 if verb.prefix else 3) if verb.frame not in ("that", "whether")
)


@functools.cache
def _verbs_with_object(kind: str) -> tuple[lexicon.Verb, ...]:
    """The verbs with one object that may be of this kind."""
    return tuple(verb for verb in _VERBS if verb.frame in ("accusative", "dative") and kind in verb.objects)


_REPORTING = tuple(verb for verb in lexicon.VERBS if verb.frame in ("that", "whether"))
_TENSES: tuple[Tense, ...] = ("present",) * 11 + ("past",) * 5 + ("future",) * 2 + ("can",) * 2 + ("must",) * 2
_PAST: tuple[Tense, ...] = ("past",)
_NOT_PAST = tuple(tense for tense in _TENSES if tense != "past")
_PRONOUNS: tuple[Personal, ...] = ("I",) * 6 + ("we", "he", "she", "they")


class Grammar:
    """Draws trees.

    Args:
        rng: the source of all choices; only its `random()` is used, which Python guarantees to be the
            same for the same seed in every version.
        relative_depth: how deep relative clauses may be nested; 0 for none.
    """

    def __init__(self, rng: random.Random, relative_depth: int = 2) -> None:
        self._random = rng.random
        self.relative_depth = relative_depth

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely as the others."""
        return items[int(self._random() * len(items))]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    # Sentences

    def sentence(self, homonym: bool | None = None) -> Sentence:
        """A sentence; `homonym` says whether it has one, which is left to chance otherwise."""
        if homonym is None:
            homonym = self.chance(0.13)
        if homonym:
            return self._with_homonym()
        kind = self._random()
        if kind < 0.11:
            return self._with_it()
        if kind < 0.24:
            return self._question()
        if kind < 0.38:
            return self._reporting()
        if kind < 0.58:
            return self._with_subordinate()
        if kind < 0.64:
            first, second = self.clause(self._shallow), self.clause(self._shallow)
            return Sentence(first, coordinator=self.pick(("and", "but")), coordinated=second)
        if kind < 0.70 and self.relative_depth > 1:
            return self._nested()
        return Sentence(self._fronted(self.clause(self.relative_depth)))

    @property
    def _shallow(self) -> int:
        """Depth of relative clauses in sentences that are long without them."""
        return min(1, self.relative_depth) if self.chance(0.4) else 0

    def _fronted(self, it: Clause) -> Clause:
        """Move the time or the place to the front, at times."""
        if it.time is not None and self.chance(0.5):
            return replace(it, front="time")
        if it.place is not None and it.place.phrase.attribute is None and self.chance(0.5):
            return replace(it, front="place")
        return it

    def _reporting(self) -> Sentence:
        verb = self.pick(_REPORTING)
        tense = self.pick(_TENSES)
        time = self._time(tense) if self.chance(0.25) else None
        subject = self._subject(PERSON, self._shallow)
        frequency = Adverbial(self.pick(lexicon.FREQUENCIES)) if self.chance(0.1) else None
        main = Clause(
            subject, verb, tense, frequency=frequency, time=time, front="time" if time else "subject",
            negated=frequency is None and tense != "must" and self._deniable(subject) and self.chance(0.12),
            complement=self.clause(self._shallow),
        )  # fmt: skip
        return Sentence(main)

    def _with_subordinate(self) -> Sentence:
        # A relative clause at the end of the main clause would come between it and the conjunction.
        tenses = self._concord()
        main = self.clause(0 if self.chance(0.7) else self._shallow, object_depth=0, tenses=tenses)
        first = self.chance(0.45)
        conjunction = self.pick(tuple(lexicon.CONJUNCTIONS))
        clause = self.clause(self._shallow, i=0.4, tenses=tenses)
        return Sentence(main, subordinate=Subordinate(conjunction, clause, first))

    def _concord(self) -> Sequence[Tense]:
        """Tenses that go together in two clauses of a sentence."""
        return _PAST if self.chance(0.25) else _NOT_PAST

    def _question(self) -> Sentence:
        question: Question = self.pick(("yes-no", "yes-no", "who", "whom", "what", "why", "where", "when"))
        if question == "who":
            it = replace(self.clause(self._shallow, subject=Gap()), negated=False)
            return Sentence(it, question)
        if question in ("whom", "what"):
            verb = self.pick(_verbs_with_object("person" if question == "whom" else "thing"))
            it = self.clause(self._shallow, verb=verb, object_=Gap())
            return Sentence(replace(it, negated=False), question)
        # "Where" and "when" leave out the place or time that they ask for.
        it = self.clause(self._shallow, verb=self._standing_verb(), adverbials=question in ("yes-no", "why"))
        return Sentence(it, question)

    def _nested(self) -> Sentence:
        """A sentence with relative clauses nested two deep or deeper."""
        depth = 2 + int(self._random() * (self.relative_depth - 1))
        kind = self.pick(("person", "animal", "thing"))
        phrase = self.nested(kind, depth)
        if kind != "thing" and self.chance(0.5):
            return Sentence(self.clause(0, subject=phrase))
        return Sentence(self.clause(0, verb=self.pick(_verbs_with_object(kind)), object_=phrase))

    def nested(self, kind: str, depth: int) -> NounPhrase:
        """A noun phrase with relative clauses one in the other, so many deep."""
        whole = self.noun_phrase(frozenset({kind}), 0, attributes=False)
        if depth == 0:
            return whole
        if kind in LIVING and self.chance(0.5):
            verb = self.pick([verb for verb in _verbs_with_object("animal") if kind in verb.subjects])
            inner = self.nested(self.pick(sorted(verb.objects & LIVING)), depth - 1)
            it = self.clause(0, subject=Gap(), verb=verb, object_=inner, adverbials=False)
        else:
            verb = self.pick(_verbs_with_object(kind))
            inner = self.nested("person", depth - 1)
            it = self.clause(0, subject=inner, verb=verb, object_=Gap(), adverbials=False)
        return replace(whole, attribute=RelativeClause(replace(it, negated=False)))

    def _with_it(self) -> Sentence:
        """Two clauses, with "it" in the second for the one singular phrase of the first that is no person."""
        tenses = self._concord()
        if self.chance(0.5):
            kind = self.pick(("animal", "animal", "thing"))
            whole = self.noun_phrase(frozenset({kind}), self._shallow, plural=False, alone=True)
            first = self.clause(0, subject=whole, alone=True, tenses=tenses)
            second = self.clause(0, subject=Pronoun("it"), subject_kind=kind, alone=True, tenses=tenses)
        else:
            kind = self.pick(("animal", "thing"))
            verbs = _verbs_with_object(kind)
            whole = self.noun_phrase(frozenset({kind}), 0, plural=False, alone=True)
            first = self.clause(self._shallow, verb=self.pick(verbs), object_=whole, alone=True, tenses=tenses)
            second = self.clause(0, verb=self.pick(verbs), object_=Pronoun("it"), alone=True, tenses=tenses)
        conjunction = self.pick(tuple(lexicon.CONJUNCTIONS))
        if self.chance(0.4):
            return Sentence(second, subordinate=Subordinate(conjunction, first, first=True))
        return Sentence(first, subordinate=Subordinate(conjunction, second, first=False))

    def _with_homonym(self) -> Sentence:
        """A sentence with a cue at the start or the end and a homonym somewhere else."""
        cue_noun = self.pick(lexicon.CUES)
        cue = PrepositionalPhrase(lexicon.CUE_PREPOSITIONS[cue_noun.english], NounPhrase(cue_noun, False, THE))
        phrase = self.homonym()
        if self.chance(0.4):
            main = self.clause(0, subject=phrase, adverbials=False, verb=BE)
        else:
            verbs = _verbs_with_object("homonym")
            main = self.clause(
                self._shallow, verb=self.pick(verbs), object_=phrase, adverbials=False,
            )  # fmt: skip
        main = replace(main, place=cue, front="place" if self.chance(0.6) else "subject")
        if self.chance(0.15):
            # Far from its cue: the homonym stands in the other clause.
            verbs = _verbs_with_object("homonym")
            far = self.clause(0, verb=self.pick(verbs), object_=phrase, adverbials=False)
            near = replace(self.clause(0, verb=self._standing_verb(), adverbials=False), place=cue, front="place")
            conjunction = self.pick(("because", "although"))
            return Sentence(near, subordinate=Subordinate(conjunction, far, first=False))
        return Sentence(main)

    def homonym(self) -> NounPhrase:
        """A noun phrase with a homonym."""
        plural = self.chance(0.45)
        adjective = self.pick(_ADJECTIVES["homonym"]) if self.chance(_ADJECTIVE_CHANCE["homonym"]) else None
        return NounPhrase(self.pick(lexicon.HOMONYMS), plural, self.pick(_PLURAL if plural else _SINGULAR), adjective)

    # Clauses

    def clause(
        self,
        depth: int,
        *,
        subject: Phrase | None = None,
        subject_kind: str | None = None,
        verb: lexicon.Verb | None = None,
        object_: Phrase | None = None,
        object_depth: int | None = None,
        adverbials: bool = True,
        alone: bool = False,
        tenses: Sequence[Tense] = _TENSES,
        i: float = 0.3,
    ) -> Clause:
        """A clause.

        Args:
            depth: how deep its relative clauses may be nested.
            subject, verb, object_: what is settled already.
            subject_kind: the kind of what a pronoun as a subject stands for.
            object_depth: the depth for its object, where that is another.
            adverbials: whether it may have a place, a time, or an adverb of frequency.
            alone: no singular phrase but persons, so that "it" has one antecedent.
            tenses: those to choose from.
            i: how often its subject is a pronoun.
        """
        object_depth = depth if object_depth is None else object_depth
        if subject_kind is None and isinstance(subject, NounPhrase):
            subject_kind = subject.noun.kind
        if verb is None:
            verb = self._verb(subject_kind or "person" if subject is not None else None)
        tense = self.pick(tenses)
        if object_ is None and subject is None and verb.passive and self.chance(0.25):
            return self._passive(verb, depth, object_depth, alone, "past" if tense == "past" else "present")
        if subject is None:
            things = verb is BE and self.chance(0.6)
            subject = self._subject(frozenset({"thing", "place"}) if things else verb.subjects, depth, i, alone)
        if isinstance(subject, Pronoun) and subject.english == "I" and tenses is not _PAST and self.chance(0.6):
            tense = "present"  # The only tense in which a full verb has a form of its own for "I".
        recipient: Phrase | None = None
        predicate = None
        place = None
        if verb is BE:
            predicate = self._predicate(subject, subject_kind)
        elif object_ is None and verb.frame in ("accusative", "dative", "ditransitive"):
            object_ = self._object(verb, object_depth, alone, subject)
        if verb.frame == "ditransitive":
            recipient = self._recipient(alone, subject)
        if verb.frame == "direction":
            place = PrepositionalPhrase(lexicon.INTO, self._place_phrase(lexicon.INTO, alone))
        heavy = isinstance(object_, NounPhrase) and _ends_in_clause(object_)
        time = frequency = None
        if adverbials:
            if not heavy and place is None and verb is not BE and self.chance(0.26):
                preposition = self.pick(lexicon.ADVERBIAL_PREPOSITIONS)
                place = PrepositionalPhrase(preposition, self._place_phrase(preposition, alone))
            if not heavy and self.chance(0.16):
                time = self._time(tense)
            elif self.chance(0.14):
                frequency = Adverbial(self.pick(lexicon.FREQUENCIES))
        negated = (
            frequency is None
            and tense != "must"  # "must not" is no "muss nicht".
            and self._deniable(subject)
            and self._deniable_object(object_, verb)
            and self.chance(0.3 if _indefinite(object_) else 0.14)
        )
        return Clause(
            subject, verb, tense, negated=negated, object=object_, recipient=recipient, predicate=predicate,
            place=place, time=time, frequency=frequency,
        )  # fmt: skip

    def _verb(self, subject_kind: str | None) -> lexicon.Verb:
        if subject_kind in ("thing", "place", "homonym") or self.chance(0.12):
            return BE
        while True:
            verb = self.pick(_VERBS)
            if subject_kind is None or subject_kind in verb.subjects:
                return verb

    def _standing_verb(self) -> lexicon.Verb:
        """A verb whose place is free."""
        while True:
            verb = self._verb(None)
            if verb.frame != "direction":
                return verb

    def _predicate(self, subject: Phrase, subject_kind: str | None) -> lexicon.Adjective:
        kind = subject_kind or (subject.noun.kind if isinstance(subject, NounPhrase) else "person")
        return self.pick(_ADJECTIVES[kind])

    def _passive(self, verb: lexicon.Verb, depth: int, agent_depth: int, alone: bool, tense: Tense) -> Clause:
        patients = verb.objects - {"homonym", "place"}
        subject = self.noun_phrase(patients, depth if self.chance(0.3) else 0, alone=alone)
        agent = self.noun_phrase(verb.subjects, agent_depth, alone=alone)
        return Clause(subject, verb, tense, passive=True, object=agent)

    def _time(self, tense: Tense) -> Adverbial:
        return Adverbial(self.pick([time for time in lexicon.TIMES if tense in time.tenses]))

    @staticmethod
    def _deniable(subject: Phrase) -> bool:
        """ "Not every man" and "many men ... not" leave open what is denied."""
        if isinstance(subject, Pronoun):
            return True
        return isinstance(subject, NounPhrase) and subject.determiner in _DEFINITE

    @staticmethod
    def _deniable_object(it: Phrase | None, verb: lexicon.Verb) -> bool:
        if isinstance(it, NounPhrase):
            return it.determiner in _DEFINITE or (_indefinite(it) and verb.frame == "accusative")
        return not isinstance(it, Coordination)

    # Phrases

    def _subject(self, kinds: frozenset[str], depth: int, i: float = 0.3, alone: bool = False) -> Phrase:
        if "person" in kinds and self.chance(i):
            return Pronoun(self.pick(_PRONOUNS))
        if self.chance(0.07):
            return self._coordination(kinds, alone)
        return self.noun_phrase(kinds, depth if self.chance(0.5) else 0, alone=alone)

    def _object(self, verb: lexicon.Verb, depth: int, alone: bool, subject: Phrase) -> Phrase:
        kinds = verb.objects - {"homonym"}
        if "person" in kinds and self.chance(0.12):
            return self._pronoun_object(subject)
        if verb.frame == "ditransitive":
            return self.noun_phrase(kinds, depth, alone=alone, determiners=_DEFINITE)
        if self.chance(0.05):
            return self._coordination(kinds - {"substance"}, alone)
        return self.noun_phrase(kinds, depth, alone=alone)

    def _recipient(self, alone: bool, subject: Phrase) -> Phrase:
        if self.chance(0.25):
            return self._pronoun_object(subject)
        return self.noun_phrase(PERSON, 0, attributes=False, alone=alone, determiners=_DEFINITE)

    def _pronoun_object(self, subject: Phrase) -> Pronoun:
        """A pronoun that does not mean the subject: "I see myself" is beyond this grammar."""
        speaking = isinstance(subject, Pronoun) and subject.english in ("I", "we")
        return Pronoun(self.pick(("he", "she", "they") if speaking else ("I", "we", "he", "she", "they")))

    def _coordination(self, kinds: frozenset[str], alone: bool) -> Coordination:
        first, second = (self.noun_phrase(kinds, 0, attributes=False, alone=alone) for _ in range(2))
        return Coordination(first, second)

    def _place_phrase(self, preposition: lexicon.Preposition, alone: bool) -> NounPhrase:
        owned = preposition.case == "genitive"
        plural = True if alone else self.chance(0.3) if owned else None
        determiners = _OWNING[plural] if owned and plural is not None else None
        return self.noun_phrase(
            preposition.kinds, 0, plural=plural, attributes=False, alone=alone, determiners=determiners
        )

    def noun_phrase(
        self,
        kinds: frozenset[str],
        depth: int,
        *,
        plural: bool | None = None,
        attributes: bool = True,
        alone: bool = False,
        determiners: Sequence[lexicon.Determiner] | None = None,
    ) -> NounPhrase:
        """A noun phrase of one of these kinds; the other arguments are those of `clause`."""
        # A substance is singular, so it would be another antecedent.
        kind = self.pick(sorted(kinds - {"substance"} if alone or plural is not None else kinds))
        noun = self.pick(_BY_KIND[kind])
        if kind == "substance":
            determiner = BARE if self.chance(0.75) else self.pick((THE, MY, OUR, HIS, HER, THIS))
            adjective = self.pick(_ADJECTIVES[kind]) if self.chance(_ADJECTIVE_CHANCE[kind]) else None
            return NounPhrase(noun, False, determiner, adjective)
        if plural is None:
            plural = self.chance(0.4) or (alone and kind != "person")
        determiner = self.pick(determiners or (_PLURAL if plural else _SINGULAR))
        if determiners is None and plural and self.chance(0.12):
            determiner = self.pick(lexicon.NUMERALS)
        adjective = self.pick(_ADJECTIVES[kind]) if self.chance(_ADJECTIVE_CHANCE[kind]) else None
        attribute: Attribute | RelativeClause | None = None
        if attributes:
            attribute = self._attribute(kind, plural, depth, alone)
            if isinstance(attribute, Attribute) and attribute.preposition is None:
                determiner = A if determiner in (A, EVERY) else THE  # not "my dog of the man"
        return NounPhrase(noun, plural, determiner, adjective, attribute)

    def _attribute(self, kind: str, plural: bool, depth: int, alone: bool) -> Attribute | RelativeClause | None:
        choice = self._random()
        if choice < 0.11:
            owners = frozenset({"person", "animal", "thing", "place"}) if kind == "thing" else LIVING
            owner_plural = self.chance(0.3)
            owner = self.noun_phrase(
                PERSON if alone else owners, depth, plural=owner_plural, attributes=False, alone=alone,
                determiners=_OWNING[owner_plural],
            )  # fmt: skip
            return Attribute(None, owner)
        if choice < 0.19 and kind != "place":
            company = frozenset({"animal", "thing"})
            if kind == "person" and not alone and self.chance(0.85):
                company = frozenset({"substance"})
            return Attribute(lexicon.WITH, self.noun_phrase(company, 0, attributes=False, alone=alone))
        if depth > 0 and choice < 0.44:
            return RelativeClause(self._relative(kind, plural, depth - 1, alone))
        return None

    def _relative(self, kind: str, plural: bool, depth: int, alone: bool) -> Clause:
        choice = self._random()
        if kind in LIVING and choice < 0.5:
            it = self.clause(depth, subject=Gap(), subject_kind=kind, alone=alone, adverbials=depth == 0)
        elif kind == "person" and choice < 0.62:
            subject = self.noun_phrase(frozenset({"animal", "thing"}), 0, attributes=False, alone=alone)
            it = self.clause(depth, subject=replace(subject, determiner=WHOSE), alone=alone, adverbials=False)
        else:
            verbs = _verbs_with_object(kind)
            it = self.clause(depth, verb=self.pick(verbs), object_=Gap(), alone=alone, adverbials=False)
        return replace(it, negated=False)


def _indefinite(it: Phrase | None) -> bool:
    """Whether a phrase is denied by "kein"."""
    return isinstance(it, NounPhrase) and it.determiner in (A, BARE)


def _ends_in_clause(phrase: NounPhrase) -> bool:
    """Whether a noun phrase ends in a relative clause."""
    attribute = phrase.attribute
    return isinstance(attribute, RelativeClause) or (
        isinstance(attribute, Attribute) and _ends_in_clause(attribute.phrase)
    )
