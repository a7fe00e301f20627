"""Share of sentences translated exactly right, overall and by the phenomena in a sentence.

Meant for text whose every sentence has one right translation; on other text it is only a curiosity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from repro.scoring.metric import WILSON, Metric

LONGER = {"within": "no longer than those of training", "beyond": "longer than any of training"}
DEEPER = {"within": "no deeper than those of training", "beyond": "deeper than any of training"}


@dataclass(frozen=True)
class Accuracy:
    """A share of sentences that are right.

    Attributes:
        correct, count: right sentences, and all.
        percent: 100 correct / count.
        low, high: the 95% Wilson score interval (Wilson 1927), in percent. It holds its level for small
            counts and for shares near 0 or 1, where the normal approximation does not.
    """

    correct: int
    count: int
    percent: float
    low: float
    high: float


@dataclass(frozen=True)
class AccuracyByTag:
    """Exact match by phenomenon, and by kind and distance of dependencies.

    Attributes:
        phenomena: phenomenon -> accuracy of the sentences that show it.
        dependencies: kind -> distance in tokens -> accuracy of the sentences that hold such a dependency.
    """

    phenomena: Mapping[str, Accuracy]
    dependencies: Mapping[str, Mapping[int, Accuracy]]

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON; distances become strings, as JSON wants its keys."""
        return {
            "phenomena": {name: asdict(share) for name, share in self.phenomena.items()},
            "dependencies": {
                kind: {str(distance): asdict(share) for distance, share in by_distance.items()}
                for kind, by_distance in self.dependencies.items()
            },
        }


def matches(hypotheses: Sequence[str], references: Sequence[str]) -> list[bool]:
    """Which lines are equal, character by character."""
    return [hypothesis == reference for hypothesis, reference in zip(hypotheses, references, strict=True)]


def accuracy(correct: int, count: int) -> Accuracy:
    """A share with its Wilson interval."""
    from scipy.stats import binomtest  # imported late: it costs most of a second

    interval = binomtest(correct, count).proportion_ci(method="wilson")
    return Accuracy(correct, count, 100 * correct / count, 100 * float(interval.low), 100 * float(interval.high))


def exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> Metric:
    """The percentage of lines that equal their reference."""
    right = matches(hypotheses, references)
    share = accuracy(sum(right), len(right))
    return Metric(
        "exact_match",
        share.percent,
        "% of lines",
        "Percentage of lines that equal their reference character by character.",
        interval=(share.low, share.high),
        details=_counted(share),
    )


def _counted(share: Accuracy) -> dict[str, Any]:
    """The details of a share's metric."""
    return {"lines": share.count, "correct": share.correct, "interval": dict(WILSON)}


def by_tag(hypotheses: Sequence[str], references: Sequence[str], tags: Sequence[Mapping[str, Any]]) -> AccuracyByTag:
    """Exact match of the sentences that share a tag; a sentence counts once for each of its different tags.

    Args:
        hypotheses, references: corresponding lines.
        tags: one dictionary a line: "phenomena", a list of names, and "dependencies", a list of dictionaries
            with at least "kind" and "distance" (in tokens).

    Returns:
        Accuracies in order of name, and of distance.
    """
    phenomena: dict[str, list[bool]] = {}
    dependencies: dict[str, dict[int, list[bool]]] = {}
    for right, tag in zip(matches(hypotheses, references), tags, strict=True):
        for name in set(tag["phenomena"]):
            phenomena.setdefault(name, []).append(right)
        for kind, distance in {(dependency["kind"], dependency["distance"]) for dependency in tag["dependencies"]}:
            dependencies.setdefault(kind, {}).setdefault(distance, []).append(right)
    return AccuracyByTag(
        {name: accuracy(sum(outcomes), len(outcomes)) for name, outcomes in sorted(phenomena.items())},
        {
            kind: {
                distance: accuracy(sum(outcomes), len(outcomes)) for distance, outcomes in sorted(by_distance.items())
            }
            for kind, by_distance in sorted(dependencies.items())
        },
    )


def by_length(
    hypotheses: Sequence[str],
    references: Sequence[str],
    tags: Sequence[Mapping[str, Any]],
    said: Mapping[str, str] = LONGER,
) -> list[Metric]:
    """Exact match of sentences as long as those of training, and of longer ones.

    Args:
        hypotheses, references, tags: as for `by_tag`; the phenomena "within" and "beyond" say which sentence is which.
        said: what these two mean, for the definitions.

    Returns:
        Two metrics; none where the tags do not say.
    """
    found = by_tag(hypotheses, references, tags).phenomena
    return [
        Metric(
            f"exact_match.{name}",
            found[name].percent,
            "% of lines",
            f"Percentage of the sentences {words} that equal their reference.",
            interval=(found[name].low, found[name].high),
            details=_counted(found[name]),
        )
        for name, words in said.items()
        if name in found
    ]


def by_reach(hypotheses: Sequence[str], references: Sequence[str], tags: Sequence[Mapping[str, Any]]) -> list[Metric]:
    """Exact match of sentences with short and with long dependencies, and how far it falls from one to the other.

    A sentence's reach is the distance of its longest dependency, in tokens. The near third are the sentences
    whose reach is at most the lower tercile of all reaches, the far third those whose reach is at least the
    upper one.

    Args:
        hypotheses, references, tags: as for `by_tag`.

    Returns:
        Three metrics; none where there are no dependencies, or all reach equally far.
    """
    reaches: list[tuple[int, bool]] = []
    for right, tag in zip(matches(hypotheses, references), tags, strict=True):
        distances = [int(dependency["distance"]) for dependency in tag["dependencies"]]
        if distances:
            reaches.append((max(distances), right))
    if not reaches:
        return []
    in_order = sorted(reach for reach, _ in reaches)
    low, high = in_order[(len(in_order) - 1) // 3], in_order[2 * (len(in_order) - 1) // 3]
    if low == high:
        return []
    near = [right for reach, right in reaches if reach <= low]
    far = [right for reach, right in reaches if reach >= high]
    shares = accuracy(sum(near), len(near)), accuracy(sum(far), len(far))
    said = ("whose longest dependency spans at most", low), ("whose longest dependency spans at least", high)
    metrics = [
        Metric(
            f"exact_match.{name}",
            share.percent,
            "% of lines",
            f"Percentage of the sentences {words} {distance} tokens that equal their reference.",
            interval=(share.low, share.high),
            details={**_counted(share), "distance": distance},
        )
        for name, share, (words, distance) in zip(("near", "far"), shares, said, strict=True)
    ]
    fall = Metric(
        "exact_match.fall",
        shares[0].percent - shares[1].percent,
        "percentage points",
        f"Exact match with dependencies of at most {low} tokens minus that with dependencies of at least {high}.",
    )
    return [*metrics, fall]
