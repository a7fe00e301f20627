"""The rule over data sets: a claim about most of them, or at least so many, from what each says by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.claims.claim import Corpora
from reports.verdicts.rules.observation import Outcome


@dataclass(frozen=True)
class Together:
    """What data sets say together.

    Attributes:
        outcome: "holds" where it holds on enough of them; "false" where so many can no longer be reached; else "open".
        holds: on how many it holds.
        reason: in a sentence.
    """

    outcome: Outcome
    holds: int
    reason: str


def together(corpora: Corpora, outcomes: Mapping[str, Outcome]) -> Together:
    """What the data sets say together.

    Args:
        corpora: which, and on how many of them the claim must hold.
        outcomes: scale -> what it says by itself; one that has not run may be left out.
    """
    by_outcome: dict[Outcome, list[str]] = {"holds": [], "false": [], "open": []}
    for scale in corpora.scales:
        by_outcome[outcomes.get(scale, "open")].append(scale)
    holds, false, still_open = by_outcome["holds"], by_outcome["false"], by_outcome["open"]
    outcome: Outcome = "open"
    if len(holds) >= corpora.at_least:
        outcome = "holds"
    elif len(holds) + len(still_open) < corpora.at_least:
        outcome = "false"
    parts = [f"holds on {len(holds)} of {len(corpora.scales)} data sets{_named(holds)}"]
    parts += [f"does not hold on {len(false)}{_named(false)}"] if false else []
    parts += [f"not decided on {len(still_open)}{_named(still_open)}"] if still_open else []
    return Together(outcome, len(holds), f"{'; '.join(parts)}; at least {corpora.at_least} are needed")


def _named(scales: list[str]) -> str:
    return f" ({', '.join(scales)})" if scales else ""
