"""Every dependency that is tagged is there: changing one word changes the other, and all that agree do agree."""

import dataclasses
import random
from collections.abc import Iterator
from functools import cache

import pytest

from repro.data.builtin import lexicon
from repro.data.builtin.grammar import Grammar
from repro.data.builtin.lexicon import Homonym, Noun
from repro.data.builtin.reading import Example, read
from repro.data.builtin.tree import (
    Attribute,
    Clause,
    Gap,
    NounPhrase,
    Pronoun,
    RelativeClause,
    Sentence,
    antecedent,
    cue,
    nodes,
    replaced,
)
from repro.data.builtin.words import Dependency


@cache
def examples() -> tuple[Example, ...]:
    grammar = Grammar(random.Random("examples"))
    return tuple(read(grammar.sentence()) for _ in range(3000))


def words(line: str) -> list[str]:
    return [word.strip(".,?").lower() for word in line.split(" ")]


def tagged(kind: str) -> Iterator[tuple[Example, Sentence, Dependency]]:
    for example in examples():
        for link in example.dependencies:
            if link.kind == kind:
                assert example.tree is not None
                yield example, example.tree, link


# Interventions: the other end of a dependency follows.


def test_another_cue_changes_the_homonym_and_nothing_but_what_agrees() -> None:
    met = 0
    for example, tree, link in tagged("homonym"):
        whole = cue(tree)
        assert isinstance(whole.noun, Noun)
        assert words(example.source)[link.first] == whole.noun.english
        assert link.translation is not None
        homonyms = [n.noun for n in nodes(tree) if isinstance(n, NounPhrase) and isinstance(n.noun, Homonym)]
        assert words(example.source)[link.second] in {n.english for n in homonyms} | {
            n.plural_english for n in homonyms
        }
        for noun in lexicon.CUES:
            # In the same place, so that only the cue itself is another word.
            changed = read(replaced(tree, whole, noun=noun))
            same_domain = noun.domain == whole.noun.domain
            before, after = words(example.target)[link.translation], words(changed.target)
            (moved,) = (d for d in changed.dependencies if d.kind == "homonym")
            assert moved.translation is not None
            assert (after[moved.translation] == before) == same_domain
            english = words(changed.source)
            assert [i for i, word in enumerate(english) if word != words(example.source)[i]] in ([], [link.first])
        met += 1
    assert met > 300


def test_an_antecedent_of_another_gender_changes_it() -> None:
    met = set()
    for example, tree, link in tagged("pronoun"):
        whole = antecedent(tree)
        assert words(example.source)[link.second] == "it"
        assert words(example.source)[link.first] == whole.noun.english
        pronouns = {}
        for gender in "mfn":
            noun = next(n for n in lexicon.NOUNS if n.kind == whole.noun.kind and n.gender == gender)
            changed = read(replaced(tree, whole, noun=noun))
            (moved,) = (d for d in changed.dependencies if d.kind == "pronoun")
            assert moved.translation is not None
            pronouns[gender] = words(changed.target)[moved.translation]
        assert whole.noun.gender in pronouns
        assert words(example.target)[link.translation] == pronouns[whole.noun.gender]
        met.add(tuple(pronouns.values()))
    assert met == {("er", "sie", "es"), ("ihn", "sie", "es"), ("ihm", "ihr", "ihm")}


def test_another_number_of_the_subject_changes_the_verb() -> None:
    met = 0
    for example, tree, link in tagged("agreement"):
        main = tree.main
        if not isinstance(main.subject, NounPhrase) or "pronoun" in example.phenomena:
            continue
        if main.subject.noun.kind == "substance":
            continue
        if words(example.target)[link.first] not in _forms(main.subject) or main.subject.determiner is lexicon.A:
            continue
        other = dataclasses.replace(main.subject, plural=not main.subject.plural, determiner=lexicon.THE)
        changed = read(dataclasses.replace(tree, main=dataclasses.replace(main, subject=other)))
        before = {words(example.target)[d.second] for d in example.dependencies if d.kind == "agreement"}
        after = {words(changed.target)[d.second] for d in changed.dependencies if d.kind == "agreement"}
        assert before != after, (example.target, changed.target)
        met += 1
    assert met > 500


def _forms(phrase: NounPhrase) -> set[str]:
    nouns = [phrase.noun.nature, phrase.noun.town] if isinstance(phrase.noun, Homonym) else [phrase.noun]
    return {form.lower() for noun in nouns for form in (noun.german, noun.plural)}


def test_the_prefix_belongs_to_its_verb() -> None:
    stems = {}
    for verb in lexicon.VERBS:
        if verb.prefix:
            first = verb.infinitive[:-1]
            stems |= {(form, verb.prefix): verb for form in (first, verb.third_german, verb.infinitive)}
    helping = next(verb for verb in lexicon.VERBS if verb.base == "help")
    met = 0
    for example, tree, link in tagged("separable"):
        german = words(example.target)
        pair = (german[link.first], german[link.second])
        assert pair in stems
        assert link.first < link.second
        for node in (tree.main, tree.coordinated):
            if node is None or node.passive or node.tense != "present" or node.verb is not stems[pair]:
                continue
            # Another verb takes stem and prefix away together.
            changed = read(replaced(tree, node, verb=helping))
            links = [d for d in changed.dependencies if d.kind == "separable"]
            assert len(links) == sum(d.kind == "separable" for d in example.dependencies) - 1
            assert {"helfe", "hilft", "helfen"} & set(words(changed.target))
            met += 1
    assert met > 200


def test_verbs_stand_at_the_end_of_their_subordinate_clause() -> None:
    introducing = {"dass", "ob", *lexicon.CONJUNCTIONS.values(), "als"}
    introducing |= {"der", "die", "das", "den", "dem", "denen", "dessen", "deren"}
    met = 0
    for example, _, link in tagged("verb_final"):
        assert words(example.target)[link.first] in introducing
        assert example.target.split(" ")[link.first - 1].endswith(",") or link.first == 0
        # A comma or the end of the sentence follows, or "und" that opens a coordinated clause after it.
        assert example.target.split(" ")[link.second][-1] in ",.?", example.target
        met += 1
    assert met > 1000


def test_when_is_als_in_the_past_and_wenn_otherwise() -> None:
    for example, tree, link in tagged("tense"):
        assert tree.subordinate is not None
        assert words(example.source)[link.first] == "when"
        clause = tree.subordinate.clause
        assert link.translation is not None
        german = words(example.target)[link.translation]
        assert german == ("als" if clause.tense == "past" else "wenn")
        other = read(replaced(tree, clause, tense="present" if clause.tense == "past" else "past"))
        (moved,) = (d for d in other.dependencies if d.kind == "tense")
        assert moved.translation is not None
        assert {german, words(other.target)[moved.translation]} == {"als", "wenn"}


def test_the_case_of_whom_follows_the_verb() -> None:
    met = set()
    dative = {form for v in lexicon.VERBS if v.frame == "dative" for form in (v.base, v.third, v.past)}
    for example, _, link in tagged("case"):
        english = words(example.source)
        assert english[link.first] == "whom"
        assert link.translation is not None
        german = words(example.target)[link.translation]
        assert (german in {"wem", "dem", "der", "denen"}) == (english[link.second] in dative)
        met.add(german)
    assert met == {"wem", "wen", "dem", "der", "denen", "den", "die", "das"}


def test_a_relative_pronoun_agrees_with_its_antecedent() -> None:
    genders = {}
    for noun in _all_nouns():
        genders.setdefault(noun.german.lower(), set()).add(noun.gender)
        genders.setdefault(noun.genitive.lower(), set()).add(noun.gender)
        for form in (noun.plural, noun.plural + "n"):
            genders.setdefault(form.lower(), set()).add("plural")
    allowed = {
        "m": {"der", "den", "dem", "dessen"},
        "f": {"die", "der", "deren"},
        "n": {"das", "dem", "dessen"},
        "plural": {"die", "denen", "deren"},
    }
    for example, _, link in tagged("relative"):
        german = words(example.target)
        assert german[link.second] in set().union(*(allowed[g] for g in genders[german[link.first]]))


# Agreement inside noun phrases, against a table of its own.


def _all_nouns() -> list[Noun]:
    senses = [sense for homonym in lexicon.HOMONYMS for sense in (homonym.nature, homonym.town)]
    return [*lexicon.NOUNS, *lexicon.CUES, *senses]


# What may stand before an adjective's noun: (determiner's ending class, gender or plural) ->
# "determiner adjective-ending" for each case, written out by hand.
TABLE = {
    ("definite", "m"): {"der e", "den en", "dem en", "des en"},
    ("definite", "f"): {"die e", "der en"},
    ("definite", "n"): {"das e", "dem en", "des en"},
    ("definite", "plural"): {"die en", "den en", "der en"},
    ("ein", "m"): {"ein er", "einen en", "einem en", "eines en"},
    ("ein", "f"): {"eine e", "einer en"},
    ("ein", "n"): {"ein es", "einem en", "eines en"},
    ("ein", "plural"): {"eine en", "einen en", "einer en"},  # of possessives and "kein"
}


def test_articles_adjectives_and_nouns_agree() -> None:
    articles = {"der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines"}
    stems = {adjective.stem or adjective.german for adjective in lexicon.ADJECTIVES}
    forms: dict[str, set[str]] = {}
    for noun in _all_nouns():
        for form in (noun.german, noun.genitive):
            forms.setdefault(form, set()).add(noun.gender)
        for form in (noun.plural, noun.plural + "n"):
            forms.setdefault(form, set()).add("plural")
    met = set()
    for example in examples():
        # A relative pronoun after a comma is no article.
        raw = example.target.split(" ")
        relative = {link.second for link in example.dependencies if link.kind == "relative"}
        german = ["" if i in relative else word.strip(".,?") for i, word in enumerate(raw)]
        for article, adjective, noun in zip(german, german[1:], german[2:], strict=False):
            stem = next((s for s in stems if adjective.startswith(s) and len(adjective) - len(s) <= 2), None)
            article = article.lower()
            for possessive in ("mein", "unser", "kein"):
                article = article.replace(possessive, "ein")
            if article not in articles or stem is None or adjective == stem or noun not in forms:
                continue
            kind = "ein" if article.startswith("ein") else "definite"
            ending = f"{article} {adjective.removeprefix(stem)}"
            fitting = {form for form in forms[noun] if ending in TABLE.get((kind, form), set())}
            assert fitting, example.target
            met.add((kind, ending))
    assert {ending for _, ending in met} == set().union(*TABLE.values())


def test_adjectives_without_an_article_have_its_endings() -> None:
    substances = {noun.german: noun.gender for noun in lexicon.NOUNS if noun.kind == "substance"}
    numerals = {numeral.stem for numeral in lexicon.NUMERALS}
    dative = {"mit": {"m": "em", "f": "er", "n": "em"}}
    met = set()
    for example in examples():
        german = words(example.target)
        raw = [word.strip(".,?") for word in example.target.split(" ")]
        for before, adjective, noun in zip(german, german[1:], raw[2:], strict=False):
            if before in dative and noun in substances and adjective[:4] in ("kalt", "fris", "gute", "gut"):
                assert adjective.endswith(dative[before][substances[noun]]), example.target
                met.add(adjective)
        for before, numeral, adjective in zip(german, german[1:], german[2:], strict=False):
            if numeral in numerals and adjective.startswith(("klein", "schön", "seltsam")):
                # "in" may be followed by "into"'s accusative, so only these two are sure.
                assert adjective.endswith("en" if before in ("mit", "von") else ("e", "en")), example.target
                met.add(adjective)
    assert {"kaltem", "kalter", "frischem", "kleine", "kleinen"} <= met


@pytest.mark.parametrize(
    ("tree", "german"),
    [
        (
            Clause(Pronoun("I"), next(v for v in lexicon.VERBS if v.base == "call"), object=Pronoun("she")),
            "Ich rufe sie an.",
        ),
        (
            Clause(
                NounPhrase(
                    lexicon.NOUNS[0],
                    False,
                    lexicon.THE,
                    attribute=RelativeClause(
                        Clause(
                            NounPhrase(lexicon.NOUNS[10], True, lexicon.OUR),
                            next(v for v in lexicon.VERBS if v.base == "help"),
                            object=Gap(),
                        )
                    ),
                ),
                next(v for v in lexicon.VERBS if v.base == "get"),
                "past",
            ),
            "Der Mann, dem unsere Kinder helfen, ist aufgestanden.",
        ),
        (
            Clause(
                Pronoun("we"),
                next(v for v in lexicon.VERBS if v.base == "see"),
                negated=True,
                object=NounPhrase(
                    lexicon.NOUNS[14],
                    False,
                    lexicon.A,
                    lexicon.ADJECTIVES[0],
                    Attribute(None, NounPhrase(lexicon.NOUNS[3], False, lexicon.THE)),
                ),
            ),
            "Wir sehen keine kleine Katze des Jungen.",
        ),
    ],
)
def test_planted_sentences(tree: Clause, german: str) -> None:
    assert read(Sentence(tree)).target == german


def test_every_entry_of_the_lexicon_has_words_of_its_own() -> None:
    nouns = [*lexicon.NOUNS, *lexicon.CUES, *lexicon.HOMONYMS]
    english = [form for noun in nouns for form in (noun.english, noun.plural_english) if form]
    assert len(set(english)) == len(english)
    for verb in lexicon.VERBS:
        # A present and a past that look the same would have two translations.
        assert verb.past not in (verb.base, verb.third)
