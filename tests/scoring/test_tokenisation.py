"""Moses tokens and compound splitting: by hand, and against Perl's own substitution."""

import random
import shutil
import subprocess

import pytest

from repro.errors import BadInput
from repro.scoring.tokenisation import moses_tokenise, split_compounds


@pytest.mark.parametrize(
    ("tokens", "split"),
    [
        ("rich-text format", "rich ##AT##-##AT## text format"),
        ("der US-Präsident .", "der US ##AT##-##AT## Präsident ."),
        ("er - oder sie", "er - oder sie"),
        ("Ein- und Ausgabe", "Ein- und Ausgabe"),
        ("-5 Grad", "-5 Grad"),
        ("kein Strich", "kein Strich"),
        ("", ""),
        ("aus-dem-Haus", "aus ##AT##-##AT## dem ##AT##-##AT## Haus"),
        # Matches do not overlap: the "o" is used up by the first.
        ("a-o-b", "a ##AT##-##AT## o-b"),
        # Perl sees two bytes in "ö": one for each match.
        ("a-ö-b", "a ##AT##-##AT## ö ##AT##-##AT## b"),
        ("a--b", "a ##AT##-##AT## -b"),
    ],
)
def test_compounds_by_hand(tokens, split):
    assert split_compounds(tokens) == split


@pytest.mark.skipif(shutil.which("perl") is None, reason="no perl to compare with")
def test_compounds_as_perl_splits_them():
    generator = random.Random(3)
    lines = ["".join(generator.choices("ab-- ö€😀\u00a0\u2028\u0085", k=12)) for _ in range(2000)]
    program = r"s{(\S)-(\S)}{$1 ##AT##-##AT## $2}g"
    output = subprocess.run(
        ["perl", "-ple", program], input="\n".join(lines).encode() + b"\n", capture_output=True, check=True
    ).stdout
    assert [split_compounds(line) for line in lines] == output.decode().split("\n")[:-1]


@pytest.mark.parametrize(
    ("line", "language", "tokens"),
    [
        ("Das ist Dr. Meiers Haus.", "de", "Das ist Dr. Meiers Haus ."),
        ('Er sagt: "Ja!" (leise)', "de", 'Er sagt : " Ja ! " ( leise )'),
        ("Es kostet 3,50 Euro, mehr nicht.", "de", "Es kostet 3,50 Euro , mehr nicht ."),
        ("L'homme qu'il voit", "fr", "L' homme qu' il voit"),
        ("L'homme", "de", "L ' homme"),
        ("it's", "en", "it 's"),
        ("rich-text", "en", "rich-text"),
        ("", "de", ""),
    ],
)
def test_moses_by_hand(line, language, tokens):
    assert moses_tokenise(line, language) == tokens


def test_unknown_language_is_refused_not_taken_for_english():
    with pytest.raises(BadInput, match=r"'xx'.* de,"):
        moses_tokenise("Haus", "xx")
