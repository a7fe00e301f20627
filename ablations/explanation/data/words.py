"""How texts are cut into words, as the first paper's code cuts those of each data set."""

import re

TOKEN = re.compile(r"\w+(?:'\w+)?|[^\w\s]")
DIGITS = re.compile(r"\w*\d\w*")
SEPARATORS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))
"""Characters that Keras's tokeniser, which made the words of the paper's IMDB, takes for blanks; apostrophes stay."""


def word_characters(text: str) -> list[str]:
    """SST's: brackets' names (lrb, rrb) and all that is no word character become blanks; lower case."""
    return re.sub(r"\W+", " ", re.sub(r"\b[lr]rb\b", " ", text.lower())).split()


def words_and_marks(text: str) -> list[str]:
    """Lower case."""
    return TOKEN.findall(text.lower())


def words_alone(text: str) -> list[str]:
    """As Keras's tokeniser cuts them, lower case and without marks; the tag of a line break is a word, `br`."""
    return text.lower().translate(SEPARATORS).split()


def without_digits(text: str) -> list[str]:
    """Words and marks, lower case; a word with a digit in it is `qqq`."""
    return TOKEN.findall(DIGITS.sub("qqq", text.lower()))
