"""When the question behind each claim last changed, as `log/questions.yaml` says.

A question is what decides a claim at one scale: the fields that `deciding` lists. What is said of the claim, its notes,
its family and how many seeds a grid plans are not among them. The log has a digest of each question, and the date and
commit of its last change. Only the shipped claims have one.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reports.claims.claim import Claim
from repro.presets import read_yaml

LOG = Path(__file__).with_name("log") / "questions.yaml"
UPDATE = "python -m reports.claims.question_history"
"""The command that brings the log up to date."""
DIRECTED = ("better", "worse")

Key = tuple[str, str]
"""A claim's id, and a scale."""


@dataclass(frozen=True)
class Change:
    """The last change of a question.

    Attributes:
        digest: of what it asks since then.
        date: of the change, ISO 8601 in UTC.
        commit: that made it; None where the log was written before the change was committed.
    """

    digest: str
    date: str
    commit: str | None


def deciding(rule: str, decides: bool, question: Mapping[str, Any]) -> dict[str, Any]:
    """What decides a claim at one scale.

    Args:
        rule: the claim's.
        decides: whether a verdict at this scale is about the paper.
        question: the fields of a `Question`; those that an earlier version had not are left out.
    """
    names = ("grid", "rows", "base", "metric", "margin", "by", "expected", "above", "below", "published", "corpora")
    decisive = {"rule": rule, "decides": decides, **{name: question.get(name) for name in names}}
    if rule in DIRECTED:  # elsewhere the rule or the limit says which side is meant
        decisive["better"] = question.get("better")
    rows = question.get("rows") or ()
    conditions = [
        [condition.get(name) for name in ("metric", "above", "below")]
        for condition in question.get("conditions") or ()
        if not condition.get("rows") or set(condition["rows"]) & set(rows)
    ]
    unjudged = sorted(row for row in question.get("unjudged") or {} if row in (*rows, question.get("base")))
    decisive |= {
        "rows": sorted(rows),
        "conditions": conditions,
        "pooled": bool(question.get("sharing")),
        "unjudged": unjudged,
    }
    return {name: _plain(value) for name, value in decisive.items() if value not in (None, [], False)}


def _plain(value: Any) -> Any:
    """The same however it was written: every number a float, every sequence a list."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def digest(rule: str, decides: bool, question: Mapping[str, Any]) -> str:
    """The first 12 digits of a SHA-256 over what decides the claim."""
    text = json.dumps(deciding(rule, decides, question), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def digests_of(claims: Iterable[Claim]) -> dict[Key, str]:
    """The digest of every question of these claims."""
    asked = [(claim, scale) for claim in claims if claim.test is not None for scale in claim.test.questions]
    return {(claim.id, scale): _digest_at(claim, scale) for claim, scale in asked}


def _digest_at(claim: Claim, scale: str) -> str:
    assert claim.test is not None
    return digest(claim.test.rule, scale in claim.decides_at, dataclasses.asdict(claim.test.questions[scale]))


@cache
def logged_changes(path: Path = LOG) -> Mapping[Key, Change]:
    """What the log says; nothing where there is none."""
    content = read_yaml(path) if path.is_file() else {}
    return {
        (claim, scale): Change(**change)
        for claim, scales in content.get("questions", {}).items()
        for scale, change in scales.items()
    }


def last_change(claim: Claim, scale: str, path: Path = LOG) -> Change | None:
    """When a claim's question at a scale last changed; None where the log does not know the question as it stands."""
    change = logged_changes(path).get((claim.id, scale)) if claim.paper.shipped else None
    return change if change is not None and _digest_at(claim, scale) == change.digest else None


def unlogged(claims: Iterable[Claim], path: Path = LOG) -> list[str]:
    """A sentence for each claim whose questions are not those of the log, or that the log has and is no more."""
    now, log = digests_of(claims), logged_changes(path)
    changed: dict[str, list[str]] = {}
    for claim, scale in sorted(now.keys() | log.keys()):
        known = log.get((claim, scale))
        if known is None or now.get((claim, scale)) != known.digest:
            changed.setdefault(claim, []).append(scale)
    return [
        f"claim {claim}: {path.name} does not have its current question at {', '.join(scales)}; run `{UPDATE}`"
        for claim, scales in changed.items()
    ]
