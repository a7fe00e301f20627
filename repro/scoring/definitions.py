"""The definitions of BLEU that published figures were made with, side by side, as data.

The paper does not say how its BLEU was counted. Its code does: `tensor2tensor/utils/get_ende_bleu.sh`
tokenises with Moses, splits compounds on both sides and calls Moses's `multi-bleu.perl`; an author spells out
the same steps in tensor2tensor issue 61 (2017-06-28). That is `bleu_compound` here.

Deviations from that script: the references are tokenised here as the hypotheses are, where the script takes a
file tokenised beforehand; and a later revision, which first maps the hypotheses' Unicode punctuation to
ASCII, is not followed.
"""

from dataclasses import dataclass
from typing import Literal

from repro.scoring.tokenisation import moses_tokenise, split_compounds


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
    tokenizer: Literal["13a", "intl", "none"]
    lowercase: bool = False
    compounds: bool = False
    smooth_method: Literal["exp", "none"] = "exp"

    @property
    def on_tokens(self) -> bool:
        """Whether Moses, and not sacreBLEU, makes the tokens."""
        return self.tokenizer == "none"

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
