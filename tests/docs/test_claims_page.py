"""The page on claims names every key, rule, unit and verdict that there is, and shows the example as it lies there."""

from typing import get_args

import pytest
import yaml

from reports.claims import claim_file, questions, table_claims
from reports.claims.claim import Rule
from reports.claims.metrics import UNITS
from reports.verdicts.verdict import WORDS
from tests.docs.pages import FENCE, INLINE, ROOT, blocks

PAGE = ROOT / "docs" / "claims.md"
EXAMPLE = ROOT / "examples" / "own-claim" / "xiong2020.yaml"


@pytest.mark.parametrize(
    "names",
    [
        claim_file.FILE_KEYS | claim_file.PAPER_KEYS | claim_file.CLAIM_KEYS | claim_file.PUBLISHED_KEYS,
        questions.KEYS | table_claims.KEYS,
        set(get_args(Rule)),
        set(UNITS),
    ],
    ids=["keys of claims", "keys of tests", "rules", "units"],
)
def test_every_name_is_explained(names: set[str]) -> None:
    shown = set(INLINE.findall(FENCE.sub("", PAGE.read_text())))
    assert names - shown == set()


def test_every_verdict_is_explained() -> None:
    assert {word for word in WORDS if f"| **{word}** |" not in PAGE.read_text()} == set()


def test_the_shown_example_is_the_file() -> None:
    """But for its citation and its note, which the page shortens."""
    (shown,) = (yaml.safe_load(each.text) for each in blocks(PAGE) if each.language == "yaml")
    real = yaml.safe_load(EXAMPLE.read_text())
    assert shown["paper"].pop("citation").removesuffix("...") in real["paper"].pop("citation")
    del real["claims"][0]["note"]
    assert shown == real
