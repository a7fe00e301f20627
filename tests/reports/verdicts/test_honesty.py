"""Whole suites whose truth is known: how often a verdict is wrong, and what it can find.

Every suite has two families of directional claims, with margins, some stated as better and some as worse; runs are
normal with deviation 1, rows and base independent. Everything goes through `judge_claims`, on records in memory.
"""

import math

import numpy as np
import pytest

from reports.claims.claim import Claim, Paper, Question, Test
from reports.verdicts.verdict import judge_claims
from tests.reports.records import records_of, runs_of
from tests.representatives import others_slow

PAPER = Paper("someone2017", "Some", "here", "1700.00001", "its text")
STATED = {"f": ("worse", "better", "worse"), "g": ("better",)}
CLAIMS = [
    Claim(
        f"{family}{place}",
        PAPER,
        "Table 9",
        "9",
        "It is so.",
        None,
        Test(
            rule,
            {"builtin": Question("g", "builtin", (f"{family}{place}",), "base", "m", "higher", margin=0.1, seeds=5)},
        ),
        ("builtin",),
        family,
    )
    for family, rules in STATED.items()
    for place, rule in enumerate(rules)
]


def suite(generator, effects, seeds=5):
    """One suite's verdicts by claim; effects are true differences of rows from their base, 0 if not given."""
    records = runs_of("g", "base", "m", list(generator.normal(size=seeds)))
    for claim in CLAIMS:
        values = effects.get(claim.id, 0.0) + generator.normal(size=seeds)
        records += runs_of("g", claim.id, "m", list(values))
    return {each.claim.id: each.verdict for each in judge_claims(CLAIMS, records_of(records))}


@pytest.mark.parametrize("count", others_slow([300, 1000], [0]))
def test_wrong_verdicts_where_nothing_differs(count):
    """ "Holds" is wrong, and so is "the opposite is shown"; that a difference is smaller than the margin is true."""
    generator = np.random.default_rng(31)
    wrong = dict.fromkeys(STATED, 0)
    for _ in range(count):
        verdicts = suite(generator, {})
        for family in STATED:
            grounds = {each.ground for name, each in verdicts.items() if name.startswith(family)}
            wrong[family] += bool(grounds & {"for", "opposite"})
    print(f"\nwrong families of {count:,}: {wrong}")
    # At most 0.05, and 2.3 standard errors of the simulation.
    assert all(found / count <= 0.05 + 2.3 * math.sqrt(0.05 * 0.95 / count) for found in wrong.values())
    assert any(wrong.values())


@pytest.mark.parametrize(
    ("effect", "stated", "count"), others_slow([(2, 0.78, 100), (1, 0.32, 400), (2, 0.78, 400), (3, 0.97, 400)], [0])
)
def test_planted_effects_are_found_at_the_stated_power(effect, stated, count):
    """The claim that is alone in its family; the table in `repro.statistics.statements`."""
    generator = np.random.default_rng(32)
    found = sum(suite(generator, {"g0": effect})["g0"].verdict == "reproduced" for _ in range(count)) / count
    assert found == pytest.approx(stated, abs=3 * math.sqrt(stated * (1 - stated) / count) + 0.005)


def test_a_large_effect_against_a_claim_contradicts_it():
    generator = np.random.default_rng(33)
    verdicts = [suite(generator, {"g0": -8.0})["g0"].verdict for _ in range(50)]
    assert verdicts.count("contradicted") > 45
    assert "reproduced" not in verdicts
