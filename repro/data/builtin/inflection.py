"""German and English inflection: from an entry of the lexicon to the form that its position requires."""

from typing import Literal

from repro.data.builtin.lexicon import BE, Adjective, Determiner, Noun, Verb

Case = Literal["nominative", "accusative", "dative", "genitive"]
Form = Literal["m", "f", "n", "plural"]
"""Gender in the singular, one form for all genders in the plural: what German agreement distinguishes."""
Person = Literal["first", "third", "plural"]
Tense = Literal["present", "past", "future", "can", "must"]


def _table(rows: str) -> dict[tuple[str, str], str]:
    """Read four rows (cases) of four columns (forms); "-" is no ending."""
    return {
        (case, form): "" if cell == "-" else cell
        for case, row in zip(("nominative", "accusative", "dative", "genitive"), rows.strip().split("\n"), strict=True)
        for form, cell in zip(("m", "f", "n", "plural"), row.split(), strict=True)
    }


DEFINITE = _table("""
der die das die
den die das die
dem der dem den
des der des der""")
RELATIVE = _table("""
der die das die
den die das die
dem der dem denen
dessen deren dessen deren""")
DER_ENDINGS = _table("""
er e es e
en e es e
em er em en
es er es er""")
EIN_ENDINGS = _table("""
- e - e
en e - e
em er em en
es er es er""")
WEAK = _table("""
e e e en
en e e en
en en en en
en en en en""")
MIXED = _table("""
er e es en
en e es en
en en en en
en en en en""")
STRONG = _table("""
er e es e
en e es e
em er em en
en er en er""")
ADJECTIVE_ENDINGS = {"definite": WEAK, "der": WEAK, "ein": MIXED, "viel": STRONG, "none": STRONG}

PRONOUNS = {
    "I": ("ich", "mich", "mir"),
    "we": ("wir", "uns", "uns"),
    "he": ("er", "ihn", "ihm"),
    "she": ("sie", "sie", "ihr"),
    "they": ("sie", "sie", "ihnen"),
}
PERSONAL = {"m": ("er", "ihn", "ihm"), "f": ("sie", "sie", "ihr"), "n": ("es", "es", "ihm")}
"""Third person singular by gender: what "it" becomes once its antecedent is known."""
ENGLISH_OBJECTS = {"I": "me", "we": "us", "he": "him", "she": "her", "it": "it", "they": "them"}

HABEN = {"first": "habe", "third": "hat", "plural": "haben"}
SEIN = {"first": "bin", "third": "ist", "plural": "sind"}
WAR = {"first": "war", "third": "war", "plural": "waren"}
WERDEN = {"first": "werde", "third": "wird", "plural": "werden"}
WURDE = {"first": "wurde", "third": "wurde", "plural": "wurden"}
MODALS = {
    "future": WERDEN,
    "can": {"first": "kann", "third": "kann", "plural": "können"},
    "must": {"first": "muss", "third": "muss", "plural": "müssen"},
}
CONTRACTIONS = {("in", "dem"): "im", ("in", "das"): "ins", ("an", "dem"): "am", ("von", "dem"): "vom"}


def noun_form(noun: Noun, case: Case, plural: bool) -> str:
    """The form of a German noun."""
    if plural:
        return noun.plural + "n" if case == "dative" and noun.plural[-1] not in "ns" else noun.plural
    if case == "genitive" or (noun.weak and case != "nominative"):
        return noun.genitive
    return noun.german


def determiner_form(determiner: Determiner, case: Case, form: Form) -> str:
    """The form of a German article, demonstrative, possessive or numeral; "" for none."""
    match determiner.endings:
        case "definite":
            return DEFINITE[case, form]
        case "der":
            return determiner.stem + DER_ENDINGS[case, form]
        case "ein":
            return determiner.stem + EIN_ENDINGS[case, form]
        case "viel":
            return determiner.stem + STRONG[case, form]
        case "none":
            return determiner.stem


def adjective_form(adjective: Adjective, determiner: Determiner, case: Case, form: Form) -> str:
    """The form of an attributive adjective: weak, mixed or strong by the determiner before it."""
    return (adjective.stem or adjective.german) + ADJECTIVE_ENDINGS[determiner.endings][case, form]


def present(verb: Verb, person: Person) -> str:
    """The German present of a verb, without its separable prefix."""
    if verb is BE:
        return SEIN[person]
    if person == "third":
        return verb.third_german
    return verb.infinitive if person == "plural" else verb.first or verb.infinitive[:-1]


def verb_group(verb: Verb, tense: Tense, passive: bool, person: Person) -> tuple[str, str]:
    """The finite verb and what stands at the end of a German main clause ("" for nothing).

    The English past becomes the perfect, as in spoken German, but for "sein" and the passive.
    """
    if passive:
        return (WERDEN if tense == "present" else WURDE)[person], verb.participle
    if tense == "present":
        return present(verb, person), verb.prefix
    if tense == "past":
        if verb is BE:
            return WAR[person], ""
        return (HABEN if verb.auxiliary == "haben" else SEIN)[person], verb.participle
    return MODALS[tense][person], verb.prefix + verb.infinitive


def english_be(person: Person, tense: Tense) -> str:
    """The finite form of "be"."""
    if tense == "past":
        return "were" if person == "plural" else "was"
    return {"first": "am", "third": "is", "plural": "are"}[person]
