"""The words of the built-in text: English beside German, each with the facts its inflection needs.

Every English form belongs to one entry only (no "sheep", no "you", no "read"), because the English
sentence alone has to decide the German one. The exceptions are intended: a `Homonym` has two
translations, and which is right is decided by another word of the sentence.
"""

from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f", "n"]
Kind = Literal["person", "animal", "thing", "place", "substance", "cue", "homonym"]
Domain = Literal["nature", "town"]
Frame = Literal["intransitive", "accusative", "dative", "ditransitive", "direction", "that", "whether", "predicate"]


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A noun of both languages.

    Attributes:
        english, plural_english: the two English forms.
        german: nominative singular.
        gender: of the German noun.
        plural: German nominative plural; the dative adds -n where it can.
        genitive: German genitive singular.
        kind: what it denotes, which decides where it may stand.
        weak: accusative and dative singular are like the genitive (der Junge, den Jungen).
        domain: for cues only: the domain in which homonyms of the sentence are read.
    """

    english: str
    plural_english: str
    german: str
    gender: Gender
    plural: str
    genitive: str
    kind: Kind
    weak: bool = False
    domain: Domain | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Homonym:
    """An English noun with two translations; the domain of the sentence's cue decides between them."""

    nature: Noun
    town: Noun

    kind: Kind = "homonym"

    @property
    def english(self) -> str:
        """The English noun, which does not show what is meant."""
        return self.nature.english

    @property
    def plural_english(self) -> str:
        """Its plural."""
        return self.nature.plural_english

    def sense(self, domain: Domain) -> Noun:
        """The noun that is meant in a domain."""
        return self.nature if domain == "nature" else self.town


@dataclass(frozen=True, slots=True, eq=False)
class Adjective:
    """An adjective; `stem` is what endings are added to where it differs from `german` (teuer, teur-e)."""

    english: str
    german: str
    kinds: frozenset[str]
    stem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Verb:
    """A verb of both languages.

    Attributes:
        base, third, past, participle_english: "see", "sees", "saw", "seen"; `particle` as in "look for".
        infinitive, third_german, participle: "sehen", "sieht", "gesehen". Of a separable verb the first
            two without its prefix, the participle with it: "rufen", "ruft", "angerufen".
        prefix: the separable prefix, "an" in "ich rufe an", "dass ich anrufe".
        auxiliary: of the German perfect, "haben" or "sein".
        first: first person singular where it is not the infinitive less its -n ("weiß").
        subjects, objects: the kinds of noun that may stand there.
        passive: whether it is used in the passive.
    """

    base: str
    third: str
    past: str
    participle_english: str
    infinitive: str
    third_german: str
    participle: str
    frame: Frame
    subjects: frozenset[str]
    objects: frozenset[str] = frozenset()
    prefix: str = ""
    particle: str = ""
    auxiliary: Literal["haben", "sein"] = "haben"
    first: str = ""
    passive: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Determiner:
    """What opens a noun phrase.

    Attributes:
        singular, plural: the English words; None where the number is impossible, "" for no word.
        stem: of the German word.
        endings: which endings the German word takes, which in turn decides the adjective's:
            "definite" and "der" are followed by weak ones, "ein" by mixed, "viel" and "none" by strong.
    """

    singular: str | None
    plural: str | None
    stem: str
    endings: Literal["definite", "der", "ein", "viel", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class Preposition:
    """A preposition and the case it governs."""

    english: str
    german: str
    case: Literal["accusative", "dative", "genitive"]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Adverb:
    """An adverb; `tenses` are those it fits."""

    english: str
    german: str
    tenses: frozenset[str] = frozenset()


def _kinds(letters: str) -> frozenset[str]:
    """Spell out kinds: p person, a animal, t thing, l place, s substance, c cue, h homonym."""
    names = {
        "p": "person", "a": "animal", "t": "thing", "l": "place", "s": "substance", "c": "cue", "h": "homonym"
    }  # fmt: skip
    return frozenset(names[letter] for letter in letters)


# fmt: off
NOUNS = (
    Noun("man", "men", "Mann", "m", "Männer", "Mannes", "person"),
    Noun("teacher", "teachers", "Lehrer", "m", "Lehrer", "Lehrers", "person"),
    Noun("doctor", "doctors", "Arzt", "m", "Ärzte", "Arztes", "person"),
    Noun("boy", "boys", "Junge", "m", "Jungen", "Jungen", "person", weak=True),
    Noun("student", "students", "Student", "m", "Studenten", "Studenten", "person", weak=True),
    Noun("guest", "guests", "Gast", "m", "Gäste", "Gastes", "person"),
    Noun("woman", "women", "Frau", "f", "Frauen", "Frau", "person"),
    Noun("sister", "sisters", "Schwester", "f", "Schwestern", "Schwester", "person"),
    Noun("aunt", "aunts", "Tante", "f", "Tanten", "Tante", "person"),
    Noun("queen", "queens", "Königin", "f", "Königinnen", "Königin", "person"),
    Noun("child", "children", "Kind", "n", "Kinder", "Kindes", "person"),
    Noun("girl", "girls", "Mädchen", "n", "Mädchen", "Mädchens", "person"),
    Noun("dog", "dogs", "Hund", "m", "Hunde", "Hundes", "animal"),
    Noun("bird", "birds", "Vogel", "m", "Vögel", "Vogels", "animal"),
    Noun("cat", "cats", "Katze", "f", "Katzen", "Katze", "animal"),
    Noun("mouse", "mice", "Maus", "f", "Mäuse", "Maus", "animal"),
    Noun("horse", "horses", "Pferd", "n", "Pferde", "Pferdes", "animal"),
    Noun("pig", "pigs", "Schwein", "n", "Schweine", "Schweins", "animal"),
    Noun("table", "tables", "Tisch", "m", "Tische", "Tisches", "thing"),
    Noun("key", "keys", "Schlüssel", "m", "Schlüssel", "Schlüssels", "thing"),
    Noun("coat", "coats", "Mantel", "m", "Mäntel", "Mantels", "thing"),
    Noun("lamp", "lamps", "Lampe", "f", "Lampen", "Lampe", "thing"),
    Noun("bag", "bags", "Tasche", "f", "Taschen", "Tasche", "thing"),
    Noun("clock", "clocks", "Uhr", "f", "Uhren", "Uhr", "thing"),
    Noun("book", "books", "Buch", "n", "Bücher", "Buches", "thing"),
    Noun("car", "cars", "Auto", "n", "Autos", "Autos", "thing"),
    Noun("picture", "pictures", "Bild", "n", "Bilder", "Bildes", "thing"),
    Noun("garden", "gardens", "Garten", "m", "Gärten", "Gartens", "place"),
    Noun("forest", "forests", "Wald", "m", "Wälder", "Waldes", "place"),
    Noun("school", "schools", "Schule", "f", "Schulen", "Schule", "place"),
    Noun("kitchen", "kitchens", "Küche", "f", "Küchen", "Küche", "place"),
    Noun("house", "houses", "Haus", "n", "Häuser", "Hauses", "place"),
    Noun("village", "villages", "Dorf", "n", "Dörfer", "Dorfes", "place"),
    Noun("wine", "", "Wein", "m", "", "Weins", "substance"),
    Noun("milk", "", "Milch", "f", "", "Milch", "substance"),
    Noun("water", "", "Wasser", "n", "", "Wassers", "substance"),
    Noun("bread", "", "Brot", "n", "", "Brotes", "substance"),
)

CUES = (
    Noun("river", "rivers", "Fluss", "m", "Flüsse", "Flusses", "cue", domain="nature"),
    Noun("lake", "lakes", "See", "m", "Seen", "Sees", "cue", domain="nature"),
    Noun("meadow", "meadows", "Wiese", "f", "Wiesen", "Wiese", "cue", domain="nature"),
    Noun("airport", "airports", "Flughafen", "m", "Flughäfen", "Flughafens", "cue", domain="town"),
    Noun("office", "offices", "Büro", "n", "Büros", "Büros", "cue", domain="town"),
    Noun("factory", "factories", "Fabrik", "f", "Fabriken", "Fabrik", "cue", domain="town"),
)

HOMONYMS = (
    Homonym(Noun("bank", "banks", "Ufer", "n", "Ufer", "Ufers", "homonym"),
            Noun("bank", "banks", "Bank", "f", "Banken", "Bank", "homonym")),
    Homonym(Noun("crane", "cranes", "Kranich", "m", "Kraniche", "Kranichs", "homonym"),
            Noun("crane", "cranes", "Kran", "m", "Kräne", "Krans", "homonym")),
    Homonym(Noun("seal", "seals", "Robbe", "f", "Robben", "Robbe", "homonym"),
            Noun("seal", "seals", "Siegel", "n", "Siegel", "Siegels", "homonym")),
    Homonym(Noun("bat", "bats", "Fledermaus", "f", "Fledermäuse", "Fledermaus", "homonym"),
            Noun("bat", "bats", "Schläger", "m", "Schläger", "Schlägers", "homonym")),
    Homonym(Noun("bug", "bugs", "Käfer", "m", "Käfer", "Käfers", "homonym"),
            Noun("bug", "bugs", "Wanze", "f", "Wanzen", "Wanze", "homonym")),
    Homonym(Noun("trunk", "trunks", "Baumstamm", "m", "Baumstämme", "Baumstamms", "homonym"),
            Noun("trunk", "trunks", "Koffer", "m", "Koffer", "Koffers", "homonym")),
)

ADJECTIVES = (
    Adjective("small", "klein", _kinds("patlh")),
    Adjective("big", "groß", _kinds("patlh")),
    Adjective("old", "alt", _kinds("patlh")),
    Adjective("beautiful", "schön", _kinds("patlh")),
    Adjective("strange", "seltsam", _kinds("patlh")),
    Adjective("quiet", "ruhig", _kinds("pal")),
    Adjective("young", "jung", _kinds("pa")),
    Adjective("tired", "müde", _kinds("pa"), stem="müd"),
    Adjective("hungry", "hungrig", _kinds("pa")),
    Adjective("happy", "glücklich", _kinds("pa")),
    Adjective("black", "schwarz", _kinds("ath")),
    Adjective("new", "neu", _kinds("patlh")),
    Adjective("expensive", "teuer", _kinds("atlh"), stem="teur"),
    Adjective("heavy", "schwer", _kinds("athl")),
    Adjective("dark", "dunkel", _kinds("atlh"), stem="dunkl"),
    Adjective("good", "gut", _kinds("s")),
    Adjective("cold", "kalt", _kinds("s")),
    Adjective("fresh", "frisch", _kinds("s")),
)

VERBS = (
    Verb("see", "sees", "saw", "seen", "sehen", "sieht", "gesehen", "accusative", _kinds("pa"),
         _kinds("patlh"), passive=True),
    Verb("find", "finds", "found", "found", "finden", "findet", "gefunden", "accusative", _kinds("pa"),
         _kinds("patlsh"), passive=True),
    Verb("look", "looks", "looked", "looked", "suchen", "sucht", "gesucht", "accusative", _kinds("pa"),
         _kinds("patlsh"), particle="for"),
    Verb("love", "loves", "loved", "loved", "lieben", "liebt", "geliebt", "accusative", _kinds("pa"),
         _kinds("patls"), passive=True),
    Verb("forget", "forgets", "forgot", "forgotten", "vergessen", "vergisst", "vergessen", "accusative",
         _kinds("p"), _kinds("patls"), passive=True),
    Verb("draw", "draws", "drew", "drawn", "zeichnen", "zeichnet", "gezeichnet", "accusative", _kinds("p"),
         _kinds("patlh"), passive=True),
    Verb("buy", "buys", "bought", "bought", "kaufen", "kauft", "gekauft", "accusative", _kinds("p"),
         _kinds("ats"), passive=True),
    Verb("sell", "sells", "sold", "sold", "verkaufen", "verkauft", "verkauft", "accusative", _kinds("p"),
         _kinds("ats"), passive=True),
    Verb("repair", "repairs", "repaired", "repaired", "reparieren", "repariert", "repariert", "accusative",
         _kinds("p"), _kinds("t"), passive=True),
    Verb("carry", "carries", "carried", "carried", "tragen", "trägt", "getragen", "accusative", _kinds("p"),
         _kinds("ats"), passive=True),
    Verb("visit", "visits", "visited", "visited", "besuchen", "besucht", "besucht", "accusative", _kinds("p"),
         _kinds("pl"), passive=True),
    Verb("know", "knows", "knew", "known", "kennen", "kennt", "gekannt", "accusative", _kinds("p"),
         _kinds("pal")),
    Verb("call", "calls", "called", "called", "rufen", "ruft", "angerufen", "accusative", _kinds("p"),
         _kinds("p"), prefix="an", passive=True),
    Verb("invite", "invites", "invited", "invited", "laden", "lädt", "eingeladen", "accusative", _kinds("p"),
         _kinds("p"), prefix="ein", passive=True),
    Verb("pick", "picks", "picked", "picked", "holen", "holt", "abgeholt", "accusative", _kinds("p"),
         _kinds("pat"), prefix="ab", particle="up", passive=True),
    Verb("introduce", "introduces", "introduced", "introduced", "stellen", "stellt", "vorgestellt",
         "accusative", _kinds("p"), _kinds("p"), prefix="vor", passive=True),
    Verb("throw", "throws", "threw", "thrown", "werfen", "wirft", "weggeworfen", "accusative", _kinds("p"),
         _kinds("t"), prefix="weg", particle="away", passive=True),
    Verb("help", "helps", "helped", "helped", "helfen", "hilft", "geholfen", "dative", _kinds("pa"),
         _kinds("pa")),
    Verb("follow", "follows", "followed", "followed", "folgen", "folgt", "gefolgt", "dative", _kinds("pa"),
         _kinds("pa"), auxiliary="sein"),
    Verb("thank", "thanks", "thanked", "thanked", "danken", "dankt", "gedankt", "dative", _kinds("p"),
         _kinds("p")),
    Verb("trust", "trusts", "trusted", "trusted", "vertrauen", "vertraut", "vertraut", "dative", _kinds("pa"),
         _kinds("pa")),
    Verb("give", "gives", "gave", "given", "geben", "gibt", "gegeben", "ditransitive", _kinds("p"),
         _kinds("ats")),
    Verb("show", "shows", "showed", "shown", "zeigen", "zeigt", "gezeigt", "ditransitive", _kinds("p"),
         _kinds("atl")),
    Verb("sleep", "sleeps", "slept", "slept", "schlafen", "schläft", "geschlafen", "intransitive",
         _kinds("pa")),
    Verb("wait", "waits", "waited", "waited", "warten", "wartet", "gewartet", "intransitive", _kinds("pa")),
    Verb("laugh", "laughs", "laughed", "laughed", "lachen", "lacht", "gelacht", "intransitive", _kinds("p")),
    Verb("sing", "sings", "sang", "sung", "singen", "singt", "gesungen", "intransitive", _kinds("pa")),
    Verb("work", "works", "worked", "worked", "arbeiten", "arbeitet", "gearbeitet", "intransitive",
         _kinds("p")),
    Verb("arrive", "arrives", "arrived", "arrived", "kommen", "kommt", "angekommen", "intransitive",
         _kinds("pa"), prefix="an", auxiliary="sein"),
    Verb("fall", "falls", "fell", "fallen", "schlafen", "schläft", "eingeschlafen", "intransitive",
         _kinds("pa"), prefix="ein", particle="asleep", auxiliary="sein"),
    Verb("get", "gets", "got", "got", "stehen", "steht", "aufgestanden", "intransitive", _kinds("pa"),
         prefix="auf", particle="up", auxiliary="sein"),
    Verb("go", "goes", "went", "gone", "gehen", "geht", "gegangen", "direction", _kinds("pa"),
         auxiliary="sein"),
    Verb("run", "runs", "ran", "run", "rennen", "rennt", "gerannt", "direction", _kinds("pa"),
         auxiliary="sein"),
    Verb("say", "says", "said", "said", "sagen", "sagt", "gesagt", "that", _kinds("p")),
    Verb("believe", "believes", "believed", "believed", "glauben", "glaubt", "geglaubt", "that", _kinds("p")),
    Verb("know", "knows", "knew", "known", "wissen", "weiß", "gewusst", "that", _kinds("p"), first="weiß"),
    Verb("ask", "asks", "asked", "asked", "fragen", "fragt", "gefragt", "whether", _kinds("p")),
)

BE = Verb("be", "is", "was", "been", "sein", "ist", "gewesen", "predicate", _kinds("patl"), auxiliary="sein",
          first="bin")

THE = Determiner("the", "the", "", "definite")
A = Determiner("a", None, "ein", "ein")
BARE = Determiner("", "", "", "none")
THIS = Determiner("this", "these", "dies", "der")
EVERY = Determiner("every", None, "jed", "der")
MY = Determiner("my", "my", "mein", "ein")
OUR = Determiner("our", "our", "unser", "ein")
HIS = Determiner("his", "his", "sein", "ein")
HER = Determiner("her", "her", "ihr", "ein")
MANY = Determiner(None, "many", "viel", "viel")
SOME = Determiner(None, "some", "einig", "viel")
NO = Determiner("no", "no", "kein", "ein")  # never chosen: German for "not a"
WHOSE = Determiner("whose", "whose", "", "none")
NUMERALS = tuple(
    Determiner(None, english, german, "none")
    for english, german in (
        ("two", "zwei"), ("three", "drei"), ("four", "vier"), ("five", "fünf"), ("six", "sechs"),
        ("seven", "sieben"), ("eight", "acht"), ("ten", "zehn"), ("twelve", "zwölf"),
    )
)

# Adverbial prepositions belong to the clause, "with" and "of" to the noun before them: so the
# English sentence has one parse.
IN = Preposition("in", "in", "dative", _kinds("l"))
AT = Preposition("at", "an", "dative", _kinds("c"))
BEHIND = Preposition("behind", "hinter", "dative", _kinds("tl"))
UNDER = Preposition("under", "unter", "dative", _kinds("t"))
FOR = Preposition("for", "für", "accusative", _kinds("pa"))
WITHOUT = Preposition("without", "ohne", "accusative", _kinds("pat"))
BECAUSE_OF = Preposition("because of", "wegen", "genitive", _kinds("patl"))
DESPITE = Preposition("despite", "trotz", "genitive", _kinds("tl"))
ON = Preposition("on", "auf", "dative", _kinds("c"))
INTO = Preposition("into", "in", "accusative", _kinds("l"))
WITH = Preposition("with", "mit", "dative", _kinds("pats"))
BY = Preposition("by", "von", "dative", _kinds("pa"))
ADVERBIAL_PREPOSITIONS = (IN, IN, BEHIND, UNDER, FOR, WITHOUT, BECAUSE_OF, BECAUSE_OF, DESPITE, DESPITE)
CUE_PREPOSITIONS = {"river": AT, "lake": AT, "meadow": ON, "airport": AT, "office": IN, "factory": IN}

_PRESENT = frozenset({"present", "can", "must"})
TIMES = (
    Adverb("today", "heute", _PRESENT | {"past", "future"}),
    Adverb("now", "jetzt", _PRESENT),
    Adverb("yesterday", "gestern", frozenset({"past"})),
    Adverb("tomorrow", "morgen", frozenset({"future", "can", "must"})),
    Adverb("soon", "bald", frozenset({"future", "can", "must"})),
)
FREQUENCIES = (
    Adverb("often", "oft"), Adverb("always", "immer"), Adverb("never", "nie"),
    Adverb("sometimes", "manchmal"), Adverb("rarely", "selten"),
)
# "when" is "als" with the past tense and "wenn" otherwise (see german.py).
CONJUNCTIONS = {
    "because": "weil", "although": "obwohl", "before": "bevor", "while": "während", "when": "wenn",
}
COORDINATORS = {"and": "und", "but": "aber"}
# fmt: on
