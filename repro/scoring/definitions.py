"""The definitions of BLEU that published figures were made with, side by side, as data.

The paper does not say how its BLEU was counted. Its code does: `tensor2tensor/utils/get_ende_bleu.sh`
tokenises with Moses, splits compounds on both sides and calls Moses's `multi-bleu.perl`; an author spells out
the same steps in tensor2tensor issue 61 (2017-06-28). That is `bleu_compound` here.

Deviations from that script: the references are tokenised here as the hypotheses are, where the script takes a
file tokenised beforehand; and a later revision, which first maps the hypotheses' Unicode punctuation to
ASCII, is not followed.

Each target language is tokenised as sacreBLEU does by default for it: Chinese, Japanese and Korean by tokenisers of
their own, all others by mteval-v13a's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from repro.scoring.tokenisation import base_language, moses_languages, moses_tokenise, split_compounds

Tokenizer = Literal["13a", "intl", "none", "zh", "ja-mecab", "ko-mecab"]
OWN_TOKENISERS: Mapping[str, Tokenizer] = {"zh": "zh", "ja": "ja-mecab", "ko": "ko-mecab"}
"""Language -> sacreBLEU's default for it, where that is not 13a (`BLEU._TOKENIZER_MAP` there)."""


@dataclass(frozen=True)
class BleuDefinition:
    """How lines become tokens, and what sacreBLEU is told.

    Attributes:
        name: the metric's name.
        meaning: what is counted; the head of the metric's sentence.
        tokenizer: sacreBLEU's own tokenisation, or "none" where the tokens are Moses's.
        lowercase: whether text is lower-cased, before it is tokenised. Afterwards gives other tokens, 12,102
            on Multi30k's test_2016_flickr.de instead of the anchor's 12,103: "Bart." is an abbreviation to
            Moses, "bart." is not.
        compounds: whether compounds are split.
        smooth_method: "exp" is sacreBLEU's and mteval-v13a's, "none" is multi-bleu's.
    """

    name: str
    meaning: str
    tokenizer: Tokenizer
    lowercase: bool = False
    compounds: bool = False
    smooth_method: Literal["exp", "none"] = "exp"

    @property
    def on_tokens(self) -> bool:
        """Whether Moses, and not sacreBLEU, makes the tokens."""
        return self.tokenizer == "none"

    def of(self, language: str) -> "BleuDefinition":
        """The same with sacreBLEU's default tokenisation for a target language in place of 13a's."""
        own = OWN_TOKENISERS.get(base_language(language))
        if self.tokenizer != "13a" or own is None:
            return self
        meaning = f"cased BLEU on the tokens of sacreBLEU's {own}, its default for {base_language(language)},"
        return replace(self, tokenizer=own, meaning=meaning)

    def lacks(self, language: str, pretokenised: bool = False) -> str | None:
        """What this definition would need to count a language and does not have; None if nothing."""
        if self.on_tokens:
            known = pretokenised or base_language(language) in moses_languages()
            return None if known else f"Moses has no tokenisation for the language {language!r}"
        tokenizer = self.of(language).tokenizer
        return (
            None
            if _is_installed(tokenizer)
            else (
                f"sacreBLEU's tokenisation {tokenizer} is not installed; "
                f"run pip install 'sacrebleu[{base_language(language)}]'"
            )
        )

    def prepare(self, line: str, language: str, pretokenised: bool = False) -> str:
        """The line as sacreBLEU gets it.

        Args:
            line: detokenised text, or tokens joined by spaces if `pretokenised`.
            language: the target language's code, for Moses.
            pretokenised: take the tokens as they are.

        Raises:
            BadInput: a language that Moses does not know.
        """
        if not self.on_tokens:
            return line
        if self.lowercase:
            line = line.lower()
        if not pretokenised:
            line = moses_tokenise(line, language)
        return split_compounds(line) if self.compounds else line


@cache
def _is_installed(tokenizer: Tokenizer) -> bool:
    from sacrebleu.metrics.bleu import BLEU

    try:
        BLEU(tokenize=tokenizer)
    except (ImportError, RuntimeError):  # what sacreBLEU raises, depending on which package is missing
        return False
    return True


def left_out(language: str, pretokenised: bool = False) -> list[str]:
    """Sentences that say which metrics a target language goes without, and why."""
    reasons: dict[str, list[str]] = {}
    for definition in DEFINITIONS.values():
        if pretokenised and not definition.on_tokens:
            continue  # not asked for
        lacking = definition.lacks(language, pretokenised)
        if lacking is not None:
            reasons.setdefault(lacking, []).append(definition.name)
    return [f"{', '.join(names)} left out: {reason}" for reason, names in reasons.items()]


DEFINITIONS = {
    definition.name: definition
    for definition in (
        BleuDefinition("bleu", "cased BLEU on mteval-v13a tokens", "13a"),
        BleuDefinition("bleu_intl", "cased BLEU on mteval-v14 international tokens", "intl"),
        BleuDefinition("bleu_intl_lc", "lower-cased BLEU on mteval-v14 international tokens", "intl", lowercase=True),
        BleuDefinition("bleu_tokenised", "cased BLEU as of multi-bleu.perl", "none", smooth_method="none"),
        BleuDefinition(
            "bleu_tokenised_lc",
            "lower-cased BLEU as of multi-bleu.perl",
            "none",
            lowercase=True,
            smooth_method="none",
        ),
        BleuDefinition(
            "bleu_compound",
            "cased BLEU as of get_ende_bleu.sh, with compounds split at their hyphens,",
            "none",
            compounds=True,
            smooth_method="none",
        ),
    )
}
