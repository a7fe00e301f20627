"""A tree read out as German, with its phenomena and the dependencies between its words.

Word order is the field model of German grammar: what opens the clause (Vorfeld), the finite verb,
the middle field, the rest of the verb group, and the clauses that follow it (Nachfeld). In a
subordinate clause the finite verb stands behind the rest. A relative clause of an object goes to
the Nachfeld, one of the subject stays with it.
"""

from typing import Literal

from repro.data.builtin.inflection import (
    CONTRACTIONS,
    PERSONAL,
    PRONOUNS,
    RELATIVE,
    Case,
    Form,
    Person,
    adjective_form,
    determiner_form,
    noun_form,
    verb_group,
)
from repro.data.builtin.lexicon import (
    BARE,
    BY,
    CONJUNCTIONS,
    COORDINATORS,
    NO,
    A,
    Homonym,
    Noun,
    Preposition,
    Verb,
)
from repro.data.builtin.tree import (
    Attribute,
    Clause,
    Coordination,
    Gap,
    NounPhrase,
    Phrase,
    Pronoun,
    Question,
    RelativeClause,
    Sentence,
    antecedent,
    cue,
    domain,
    person,
)
from repro.data.builtin.words import COMMA, Key, Link, Token

QUESTION_WORDS = {"who": "wer", "what": "was", "why": "warum", "where": "wo", "when": "wann"}
Order = Literal["second", "first", "final"]
"""Where the finite verb stands."""


def object_case(verb: Verb) -> Case:
    """The case that a verb's object has."""
    return "dative" if verb.frame == "dative" else "accusative"


class German:
    """Reads one sentence out; afterwards `links` and `phenomena` say what was met on the way."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.links: list[Link] = []
        self.phenomena: set[str] = set()
        self.words = self._sentence()

    def _sentence(self) -> list[Token]:
        it = self.sentence
        if it.question is not None:
            self.phenomena |= {"question", f"question-{it.question}"}
            order: Order = "first" if it.question == "yes-no" else "second"
            return self.clause(it.main, order, lead=self._question_word(it.main, it.question))
        if it.coordinated is not None:
            self.phenomena.add("coordination")
            coordinator: Token = (COORDINATORS[it.coordinator], None)
            return [
                *self.clause(it.main, "second"),
                COMMA,
                coordinator,
                *self.clause(it.coordinated, "second"),
            ]
        if it.subordinate is None:
            return self.clause(it.main, "second")
        subordinate, conjunction = it.subordinate, it.subordinate.conjunction
        self.phenomena |= {"subordinate", f"subordinate-{conjunction}"}
        key = (id(subordinate), "conjunction")
        german = CONJUNCTIONS[conjunction]
        if conjunction == "when":
            german = "als" if subordinate.clause.tense == "past" else german
            self.links.append(Link("tense", "source", key, (id(subordinate.clause), "finite"), key))
        words = self.clause(subordinate.clause, "final", lead=[(german, key)], introduced_by=key)
        if subordinate.first:
            self.phenomena |= {"inversion", "subordinate-first"}
            return self.clause(it.main, "second", lead=[*words, COMMA])
        return [*self.clause(it.main, "second"), COMMA, *words]

    def _question_word(self, it: Clause, question: Question) -> list[Token]:
        if question == "yes-no":
            return []
        key = (id(it), "question")
        if question != "whom":
            return [(QUESTION_WORDS[question], key)]
        self.links.append(Link("case", "source", key, (id(it), "verb"), key))
        return [("wem" if object_case(it.verb) == "dative" else "wen", key)]

    def noun(self, it: NounPhrase) -> Noun:
        """The noun that is meant, also by a homonym."""
        return it.noun.sense(domain(self.sentence)) if isinstance(it.noun, Homonym) else it.noun

    def form(self, it: NounPhrase) -> Form:
        """The agreement feature of a noun phrase: its gender, or plural."""
        return "plural" if it.plural else self.noun(it).gender

    def phrase(
        self, it: Phrase, case: Case, depth: int, whose: Token | None = None, denied: bool = False
    ) -> tuple[list[Token], list[Token]]:
        """A noun phrase in a case, and the relative clause that may be put off behind the verb.

        Args:
            depth: how many relative clauses it stands in.
            whose: the relative pronoun that is its determiner.
            denied: an indefinite phrase becomes "kein".
        """
        match it:
            case Pronoun():
                return [self._pronoun(it, case)], []
            case Coordination(first=first, second=second):
                self.phenomena.add("coordination")
                words = self.phrase(first, case, depth)[0] + [("und", None)] + self.phrase(second, case, depth)[0]
                return words, []
            case Gap():
                return [], []
        noun, form = self.noun(it), self.form(it)
        key = (id(it), "noun")
        if isinstance(it.noun, Homonym):
            self.phenomena.add("homonym")
            self.links.append(Link("homonym", "source", (id(cue(self.sentence)), "noun"), key, key))
        determiner = NO if denied else it.determiner
        words = []
        if whose is not None:
            words.append(whose)
        elif article := determiner_form(determiner, case, form):
            words.append((article, (id(it), "determiner")))
        if it.adjective is not None:
            words.append((adjective_form(it.adjective, determiner, case, form), (id(it), "adjective")))
        words.append((noun_form(noun, case, it.plural), key))
        put_off: list[Token] = []
        match it.attribute:
            case Attribute(preposition=None, phrase=owner):
                self.phenomena.add("genitive")
                more, put_off = self.phrase(owner, "genitive", depth)
                words += more
            case Attribute(preposition=Preposition() as preposition, phrase=attribute):
                more, put_off = self.prepositional(preposition, attribute, depth)
                words += more
            case RelativeClause(clause=relative):
                put_off = [COMMA, *self.relative_clause(relative, it, depth + 1), COMMA]
        return words, put_off

    def _pronoun(self, it: Pronoun, case: Case) -> Token:
        key = (id(it), "pronoun")
        if it.english == "it":
            whole = antecedent(self.sentence)
            forms = PERSONAL[self.noun(whole).gender]
            self.phenomena.add("pronoun")
            self.links.append(Link("pronoun", "source", (id(whole), "noun"), key, key))
        else:
            forms = PRONOUNS[it.english]
        return forms[("nominative", "accusative", "dative").index(case)], key

    def relative_clause(self, it: Clause, whole: NounPhrase, depth: int) -> list[Token]:
        """A relative clause after the noun phrase `whole`, its verb at the end."""
        form = self.form(whole)
        key = (id(it), "relative")
        self.phenomena.add(f"relative-{depth}")
        self.links.append(Link("relative", "target", (id(whole), "noun"), key))
        if isinstance(it.subject, Gap):
            lead: list[Token] = [(RELATIVE["nominative", form], key)]
            agreeing: Person = "plural" if whole.plural else "third"
            return self.clause(it, "final", lead, depth=depth, agreeing=agreeing, introduced_by=key)
        if isinstance(it.object, Gap):
            lead = [(RELATIVE[object_case(it.verb), form], key)]
            if whole.noun.kind == "person":
                verb = "finite" if it.tense in ("present", "past") and not it.negated else "verb"
                self.links.append(Link("case", "source", key, (id(it), verb), key))
            return self.clause(it, "final", lead, depth=depth, introduced_by=key)
        whose = (RELATIVE["genitive", form], key)
        return self.clause(it, "final", [], depth=depth, introduced_by=key, whose=whose)

    def prepositional(self, preposition: Preposition, governed: Phrase, depth: int) -> tuple[list[Token], list[Token]]:
        """A preposition, its noun phrase in the case it governs, and the relative clause put off."""
        words, put_off = self.phrase(governed, preposition.case, depth)
        if (preposition.german, words[0][0]) in CONTRACTIONS:
            return [(CONTRACTIONS[preposition.german, words[0][0]], None), *words[1:]], put_off
        return [(preposition.german, None), *words], put_off

    def clause(
        self,
        it: Clause,
        order: Order,
        lead: list[Token] | None = None,
        *,
        depth: int = 0,
        agreeing: Person | None = None,
        introduced_by: Key | None = None,
        whose: Token | None = None,
    ) -> list[Token]:
        """A clause.

        Args:
            order: where the finite verb stands.
            lead: what opens the clause in place of the subject.
            depth: how many relative clauses it stands in.
            agreeing: what the verb agrees with, where the subject is a gap in a relative clause.
            introduced_by: the key of the word that introduces a clause with its verb at the end.
            whose: the determiner of the subject, in a relative clause with "whose".
        """
        lead = list(lead or [])
        before_verb = list(lead)
        subject, of_subject = self.phrase(it.subject, "nominative", depth, whose=whose)
        subject += of_subject
        pronouns: list[Token] = []
        adverbs: list[Token] = []
        nominals: list[Token] = []
        after: list[Token] = []
        put_off: list[Token] = []

        case = object_case(it.verb)
        denied = it.negated and isinstance(it.object, NounPhrase) and it.object.determiner in (A, BARE)
        for argument, argument_case in ((it.object, case), (it.recipient, "dative")):
            if argument is None:
                continue
            if it.passive:
                words, put_off = self.prepositional(BY, argument, depth)
                after += words
            elif isinstance(argument, Pronoun):
                pronouns += self.phrase(argument, argument_case, depth)[0]
            else:
                words, later = self.phrase(argument, argument_case, depth, denied=denied and argument is it.object)
                nominals[:0] = words
                put_off = put_off or later
        if it.place is not None:
            place, _ = self.prepositional(it.place.preposition, it.place.phrase, depth)
            if it.front == "place":
                before_verb += place
            else:
                after += place
        if it.time is not None:
            time = (it.time.adverb.german, (id(it.time), "time"))
            (before_verb if it.front == "time" else adverbs).append(time)
        if it.frequency is not None:
            self.phenomena.add("adverb")
            adverbs.append((it.frequency.adverb.german, (id(it.frequency), "frequency")))
        if it.predicate is not None:
            after.append((it.predicate.german, None))
        if it.negated:
            self.phenomena |= {"negation", "negation-kein" if denied else "negation-nicht"}
            if not denied:
                nominals.append(("nicht", None))
        if it.complement is not None:
            self.phenomena |= {"complement", f"complement-{it.verb.frame}"}
            key = (id(it.complement), "conjunction")
            conjunction = ("dass" if it.verb.frame == "that" else "ob", key)
            put_off += [COMMA, *self.clause(it.complement, "final", [conjunction], introduced_by=key)]
        if it.front != "subject":
            self.phenomena.add("inversion")
            first = (id(it.time), "time") if it.front == "time" else (id(it.place), "place")
            if it.front == "time":
                self.links.append(Link("inversion", "source", first, (id(it), "finite")))

        agreeing = agreeing or person(it.subject)
        verbs = self._verbs(it, order, agreeing, introduced_by)
        self._agreement(it, introduced_by)
        if order == "final":
            return [*lead, *subject, *pronouns, *adverbs, *nominals, *after, *verbs, *put_off]
        finite, *rest = verbs
        middle = [*pronouns, *adverbs, *nominals, *after]
        if order == "second" and not before_verb:
            before_verb = subject
        else:
            middle = subject + middle
        return [*before_verb, finite, *middle, *rest, *put_off]

    def _verbs(self, it: Clause, order: Order, agreeing: Person, introduced_by: Key | None) -> list[Token]:
        """The verb group: the finite verb first, or last in a clause with its verb at the end."""
        finite, rest = verb_group(it.verb, it.tense, it.passive, agreeing)
        key = (id(it), "finite")
        kind = "passive" if it.passive else {"present": "separable", "past": "perfect"}.get(it.tense, it.tense)
        if rest and (it.passive or it.tense != "present"):
            self.phenomena.add(kind)
        if order != "final":
            if not rest:
                return [(finite, key)]
            rest_key = (id(it), "rest")
            self.phenomena.add(kind)
            self.links.append(Link(kind, "target", key, rest_key))
            return [(finite, key), (rest, rest_key)]
        self.phenomena.add("verb_final")
        if introduced_by is not None:
            self.links.append(Link("verb_final", "target", introduced_by, key))
        if it.verb.prefix and it.tense == "present" and not it.passive:
            self.phenomena.add("separable-joined")
            return [(rest + finite, key)]
        return [(rest, (id(it), "rest")), (finite, key)] if rest else [(finite, key)]

    def _agreement(self, it: Clause, introduced_by: Key | None) -> None:
        """Link the subject's last word that decides number and person to the finite verb."""
        match it.subject:
            case NounPhrase():
                key = (id(it.subject), "noun")
            case Coordination(second=second):
                key = (id(second), "noun")
            case Pronoun():
                key = (id(it.subject), "pronoun")
            case _:
                if introduced_by is None:
                    return
                key = introduced_by
        self.links.append(Link("agreement", "target", key, (id(it), "finite")))
