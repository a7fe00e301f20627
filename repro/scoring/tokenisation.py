"""Words as the paper's BLEU counts them: Moses tokens, with compounds split at their hyphens."""

import re
from functools import cache, lru_cache
from typing import Any

from repro.errors import BadInput

COMPOUND = re.compile(rb"(\S)-(\S)")
"""Two bytes that are no white space around a hyphen. On bytes, as Perl without `-C` reads its input: each
byte of a letter such as "ö" counts, so of "a-ö-b" both hyphens are split, whereas of "a-o-b" only the first
is."""


def base_language(code: str) -> str:
    """The language of a code that may name a region or a script, too: `pt` of pt-BR, pt_BR and PT."""
    return re.split("[-_]", code.strip())[0].lower()


@cache
def moses_languages() -> tuple[str, ...]:
    """Those that Moses has tokenisation for."""
    from sacremoses.corpus import NonbreakingPrefixes

    return tuple(sorted(set(NonbreakingPrefixes().available_langs.values())))


@cache
def _moses(language: str) -> Any:
    from sacremoses import MosesTokenizer

    known = moses_languages()
    if language not in known:
        # sacremoses itself would fall back to English without a word.
        raise BadInput(f"Moses has no tokenisation for the language {language!r}: use one of {', '.join(known)}")
    return MosesTokenizer(lang=language)


@lru_cache(maxsize=100_000)  # the same references are scored again under each definition and for each variant
def moses_tokenise(line: str, language: str) -> str:
    """A line's Moses tokens (`tokenizer.perl -l LANGUAGE`), joined by spaces.

    By sacremoses, a port. Unlike the Perl script it does not write `'` as `&apos;` and the like here: that
    renames tokens one by one and changes no count.

    Raises:
        BadInput: a language that Moses does not know.
    """
    return str(_moses(base_language(language)).tokenize(line, escape=False, return_str=True))


def split_compounds(line: str) -> str:
    """Tokens with `rich-text` written as the three tokens `rich ##AT##-##AT## text`.

    The substitution `s{(\\S)-(\\S)}{$1 ##AT##-##AT## $2}g` of tensor2tensor's `utils/get_ende_bleu.sh`, which
    names the older practice of the Stanford NMT group as its source. Matches do not overlap: of two hyphens
    with a single ASCII character between them only the first is split.
    """
    return COMPOUND.sub(rb"\1 ##AT##-##AT## \2", line.encode()).decode()
