"""What counts as a question, and that the log has every one of the shipped claims as it stands."""

import dataclasses
from dataclasses import replace

import pytest

from reports.claims.claim import Corpora
from reports.claims.claim_file import shipped_claims
from reports.claims.question_history import log_text
from reports.claims.question_log import Change, deciding, digests_of, last_change, logged_changes, unlogged
from repro.ledger.grids.condition import Condition
from tests.reports.judging import PAPER, QUESTION, claim

KEY = ("c", "builtin")


def digest_of(made):
    return digests_of([made])[KEY]


def asked(rule="worse", decides_at=("builtin",), **changes):
    return claim(rule, replace(QUESTION, **changes), decides_at=decides_at)


def test_the_log_has_every_question_as_it_stands():
    """Where this fails, the message is the command that brings the log up to date."""
    found = unlogged(shipped_claims())
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "better"},
        {"decides_at": ()},
        {"grid": "h"},
        {"rows": ("other",)},
        {"base": "other"},
        {"metric": "n"},
        {"margin": 2.5},
        {"by": 0.9},
        {"expected": 3.0},
        {"above": 1.0},
        {"below": "n"},
        {"published": {"row": 1.0}},
        {"better": "lower"},
        {"conditions": (Condition("m", "no", above=50.0),)},
        {"sharing": ("row", "base")},
        {"unjudged": {"row": "no quality"}},
        {"corpora": Corpora(("builtin", "help"), 1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_change_of_what_decides_is_another_question(changes):
    assert digest_of(asked(**changes)) != digest_of(asked())


def test_what_decides_nothing_changes_no_question():
    made = asked()
    same = [
        replace(made, says="In other words.", note="A note.", family="another", place="Table 1"),
        asked(seeds=8),
        asked(margin=2),  # as YAML may have it
        asked(unjudged={"another row": "no quality"}),
        asked(conditions=(Condition("m", "no", above=50.0, rows=("another row",)),)),
    ]
    assert {digest_of(each) for each in same} == {digest_of(made)}
    assert digest_of(asked(rule="limit", better="lower")) == digest_of(asked(rule="limit"))


def test_fields_that_an_earlier_version_had_not_count_as_not_asked():
    now = dataclasses.asdict(QUESTION)
    then = {name: now[name] for name in ("grid", "rows", "base", "metric", "better", "margin")}
    assert deciding("worse", True, then) == deciding("worse", True, now)


def test_an_edited_claim_is_told_with_the_command_that_logs_it(tmp_path):
    path = tmp_path / "questions.yaml"
    change = Change(digest_of(asked()), "2026-02-01T00:00:00+00:00", "0123456789ab")
    path.write_text(log_text({KEY: change, ("gone", "builtin"): change}), encoding="utf-8")
    assert dict(logged_changes(path)) == {KEY: change, ("gone", "builtin"): change}
    command = "run `python -m reports.claims.question_history`"
    gone = f"claim gone: questions.yaml does not have its current question at builtin; {command}"
    assert unlogged([asked()], path) == [gone]
    edited = f"claim c: questions.yaml does not have its current question at builtin; {command}"
    assert unlogged([asked(margin=3.0)], path) == [edited, gone]
    assert last_change(asked(), "builtin", path) == change
    assert last_change(asked(margin=3.0), "builtin", path) is None


def test_claims_of_ones_own_have_no_log(tmp_path):
    path = tmp_path / "questions.yaml"
    path.write_text(log_text({KEY: Change(digest_of(asked()), "2026-02-01T00:00:00+00:00", None)}), encoding="utf-8")
    assert last_change(replace(asked(), paper=replace(PAPER, shipped=False)), "builtin", path) is None
    assert unlogged([], tmp_path / "nothing") == []
