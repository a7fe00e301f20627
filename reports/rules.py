"""The rules by which a claim is tested at one scale: from records to numbers and uncorrected p values.

better, worse, higher, lower
               row against base, a one-sided t test in the stated direction. Where the grid says so and its rows vary
               alike, the deviation is the one that all of them share; else that of pairs of runs of one seed. Where
               runs diverged or missed the goal whose time is compared, pairs are compared by sign, and such a run is
               worse than any other; by a metric that says nothing of quality they cannot be compared.
same           row against base, two one-sided t tests within the margin, with the same deviation.
value          the mean over seeds against the published number, two one-sided t tests within the margin; only where
               metric definition, corpus and test set are those of the paper.
limit          the mean over seeds above (below) a number, or another metric of the same runs, paired: a one-sided t
               test.
order          Kendall's tau-b of the rows' means against the published column, one-sided.
exact          no seed changes it: the measurement and its interval lie within the margin of what is expected, or
               below (above) another measurement and its interval. Belongs to no family.

All but `exact` take at least LEAST_SEEDS pairs of runs (`order`: LEAST_ROWS rows); fewer leave the claim open. What
follows from the p values, corrected over the claim's family, is `repro.statistics.judge`'s to say.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any, Literal

from reports.claim import Ask, Claim, Published
from reports.evidence import Evidence, Found
from reports.lost_runs import fate, lost_pairs, signs_of
from repro import statistics
from repro.ledger.comparability import timed_apart, unlike
from repro.ledger.comparison import contradicted_direction, pooled_deviation
from repro.ledger.grid import Measure
from repro.ledger.soundness import least_error, least_error_of_mean, metric_values, unsound
from repro.statistics import Difference, Pool, PValues

LEAST_SEEDS = 5
LEAST_ROWS = 5
POWER = 0.8
LEVEL = 0.95
ROUNDING = 1e-9
"""Relative: what arithmetic with decimals may add to an exact number."""

Kind = Literal["difference", "mean", "value", "tau"]
Outcome = Literal["holds", "false", "open"]


@dataclass(frozen=True)
class Measured:
    """What was measured of a claim at one scale.

    Attributes:
        kind: "difference" is row minus base, "mean" is over seeds, "value" is exact, "tau" is Kendall's tau-b.
        value: the number; None where no run has one.
        low, high: its interval of 95%; None where it has none.
        unit, definition: of the metric.
        row, base: the means of both sides, over the runs that were compared; None where there is no such side.
    """

    kind: Kind
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    definition: str = ""
    row: float | None = None
    base: float | None = None


@dataclass(frozen=True)
class Looked:
    """What one claim's rule found at one scale, before correction.

    Attributes:
        ask: what was looked at.
        measured: the number; None where nothing has run.
        tested: p values for the family; None for what is exact.
        outcome: of what is exact; None for what is tested.
        seeds: of the runs that were compared.
        smallest: the smallest true difference that the test would have found; None where that cannot be said, or the
            test is one of sameness.
        unusable: why nothing can be said, though there are records; None if something can.
        missing: why there is nothing to look at; None if there is something.
        note: what the measurement itself says.
        not_done: status -> how many of the runs that were looked at have it, other than done.
        records: all that were looked at, done or not.
    """

    ask: Ask
    measured: Measured | None = None
    tested: PValues | None = None
    outcome: Outcome | None = None
    seeds: tuple[int, ...] = ()
    smallest: float | None = None
    unusable: str | None = None
    missing: str | None = None
    note: str | None = None
    not_done: Mapping[str, int] = field(default_factory=dict)
    records: tuple[Found, ...] = ()


def look(claim: Claim, ask: Ask, evidence: Evidence, alpha: float) -> Looked:
    """Apply the claim's rule to the records of one scale.

    Args:
        claim: with a test.
        ask: what is asked at the scale.
        evidence: all records.
        alpha: the level at which one claim of the family is tested, for the smallest effect.
    """
    assert claim.test is not None
    found = {row: evidence.of(ask.scale, ask.grid, row) for row in ask.sides}
    records = tuple(each for row in ask.sides for _, each in sorted(found[row].items()))
    missing = [row for row in ask.sides if not found[row]]
    not_done: dict[str, int] = {}
    for each in records:
        if each.record.status != "done":
            not_done[each.record.status] = not_done.get(each.record.status, 0) + 1
    looked = Looked(ask, not_done=not_done, records=records)
    if (missing and claim.test.rule != "order") or len(missing) == len(ask.sides):
        where = f"of the grid {ask.grid} at the scale {ask.scale}"
        foreign = evidence.foreign_to(ask.scale, ask.grid)
        also = f"; {foreign} records of that name are of another grid" if foreign else ""
        return replace(looked, tested=_untested(claim), missing=f"no record {where} has the row {missing[0]} yet{also}")
    of_all = [each.record for each in records]
    problem = contradicted_direction(of_all, ask.metric, ask.better)
    problem = problem or unlike(of_all, ask.metric) or _timed_apart(found, ask)
    if problem is not None:
        return replace(looked, tested=_untested(claim), unusable=problem)
    if claim.test.rule == "exact":
        return _exact(looked, found[ask.row])
    if claim.test.rule == "order":
        return _order(looked, found)
    if claim.test.rule == "limit":
        return _limit(looked, found[ask.row], alpha)
    if claim.test.rule == "value":
        return _value(looked, found[ask.row], claim.published)
    assert ask.base is not None
    for row in ask.sides:
        if row in ask.unjudged:
            return replace(looked, tested=PValues(), unusable=f"{ask.metric} does not judge {row}: {ask.unjudged[row]}")
    return _compared(looked, claim.test.rule, found[ask.row], found[ask.base], alpha, _pool(ask, evidence))


def _timed_apart(found: Mapping[str, Mapping[int, Found]], ask: Ask) -> str | None:
    if ask.base is None:
        return None
    row, base = ({seed: each.record for seed, each in found[side].items()} for side in (ask.row, ask.base))
    return timed_apart(row, base, ask.metric)


def _pool(ask: Ask, evidence: Evidence) -> Pool | None:
    """The deviation that the rows of the grid share; None where each row has that of its own pairs."""
    found = {row: evidence.of(ask.scale, ask.grid, row) for row in ask.sharing}
    records = {row: {seed: each.record for seed, each in runs.items()} for row, runs in found.items()}
    return pooled_deviation(records, Measure(ask.metric, ask.better, unjudged=ask.unjudged))


def _untested(claim: Claim) -> PValues | None:
    """What could not be tested still counts in its family."""
    return None if claim.test is not None and claim.test.rule == "exact" else PValues()


# ---- row against base


def _compared(
    looked: Looked,
    rule: str,
    row: Mapping[int, Found],
    base: Mapping[int, Found],
    alpha: float,
    pool: Pool | None,
) -> Looked:
    ask = looked.ask
    ours, theirs = _values(row, ask.metric), _values(base, ask.metric)
    stated = _side(rule, ask.better)
    runs, of_base = ({seed: each.record for seed, each in side.items()} for side in (row, base))
    least = least_error(runs, of_base, ask.metric)
    options: dict[str, Any] = {
        "direction": stated,
        "level": LEVEL,
        "alpha": alpha,
        "power": POWER,
        "least_error": least,
    }
    try:
        if pool is None:
            found = statistics.difference(ours, theirs, paired=True, **options)
        else:
            found = statistics.pooled_difference(ours, theirs, pool, cautious=True, **options)
    except ValueError as error:
        return replace(looked, tested=PValues(), unusable=str(error))
    # Without pairs all runs count, and as many seeds as the side has that has fewer.
    seeds = tuple(sorted(ours.keys() & theirs.keys() if found.paired else min(ours, theirs, key=len)))
    measured = _difference(found, ours, theirs, seeds, looked)
    looked = replace(looked, measured=measured, seeds=seeds)
    lost = lost_pairs(row, base, ask.metric)
    if lost and (stated is None or not ask.quality):
        return replace(looked, tested=PValues(), unusable=f"{len(lost)} pairs have a run that {fate(ask.metric)}")
    if lost and stated is not None:
        assert ask.better is not None  # of what measures quality one direction is better
        signs = signs_of(row, base, ask.metric, stated, ask.better)
        toward = f"{[*signs.values()].count(1)} of {len(signs)} pairs lie as stated"
        note = f"compared by sign, since runs {fate(ask.metric)}: {toward}"
        tested = statistics.stated_signs([*signs.values()]) if len(signs) >= LEAST_SEEDS else PValues()
        return replace(looked, tested=tested, seeds=tuple(signs), note=note)
    problem = unsound(ask.row, runs, of_base, ask.metric, ask.declared, ask.conditions)
    if problem is not None:
        return replace(looked, tested=PValues(), unusable=problem)
    # Power is that of finding a difference, which a test of sameness does not look for.
    looked = replace(looked, smallest=None if stated is None else found.smallest_detectable)
    if len(seeds) < LEAST_SEEDS:
        return replace(looked, tested=PValues())
    if stated is None:
        assert ask.margin is not None
        return replace(looked, tested=statistics.stated_sameness(found, ask.margin))
    return replace(looked, tested=statistics.stated_direction(found, stated, ask.margin or None))


def _diverged(looked: Looked) -> Looked | None:
    """Where means over seeds are asked for, those that did not diverge do not speak for the others."""
    count = looked.not_done.get("diverged")
    if not count:
        return None
    return replace(looked, tested=PValues(), unusable=f"{count} of {len(looked.records)} runs diverged")


def _side(rule: str, better: str | None) -> Literal["higher", "lower"] | None:
    if rule == "same":
        return None
    if rule in ("higher", "lower"):
        return "higher" if rule == "higher" else "lower"
    return "higher" if (rule == "better") == (better == "higher") else "lower"


def _difference(
    found: Difference, ours: Mapping[int, float], theirs: Mapping[int, float], seeds: Sequence[int], looked: Looked
) -> Measured:
    unit, definition = _what(looked.records, looked.ask.metric)
    pairs = seeds if found.paired else None
    means = [fmean(side[seed] for seed in (pairs or side)) if seeds else None for side in (ours, theirs)]
    return Measured("difference", found.estimate, found.low, found.high, unit, definition, means[0], means[1])


# ---- a limit


def _limit(looked: Looked, row: Mapping[int, Found], alpha: float) -> Looked:
    ask = looked.ask
    limit = ask.below if ask.above is None else ask.above
    assert limit is not None
    ours = _values(row, ask.metric)
    theirs = _values(row, limit) if isinstance(limit, str) else dict.fromkeys(ours, float(limit))
    if not ours.keys() & theirs.keys():
        return replace(looked, tested=PValues(), unusable=f"no done run has a value of {ask.metric} to compare")
    stated: Literal["higher", "lower"] = "lower" if ask.above is None else "higher"
    runs = {seed: each.record for seed, each in row.items()}
    of_limit = least_error_of_mean(runs, limit) if isinstance(limit, str) else 0.0
    least = math.hypot(least_error_of_mean(runs, ask.metric), of_limit)
    options: dict[str, Any] = {
        "direction": stated,
        "level": LEVEL,
        "alpha": alpha,
        "power": POWER,
        "least_error": least,
    }
    found = statistics.difference(ours, theirs, paired=True, **options)
    seeds = tuple(sorted(ours.keys() & theirs.keys()))
    unit, definition = _what(looked.records, ask.metric)
    own, its = (fmean(side[seed] for seed in seeds) for side in (ours, theirs))
    if isinstance(limit, str):
        measured = Measured("difference", found.estimate, found.low, found.high, unit, definition, own, its)
    else:
        low, high = (None if end is None else limit + end for end in (found.low, found.high))
        measured = Measured("mean", own, low, high, unit, definition, own, its)
    tested = statistics.stated_direction(found, stated, ask.margin or None) if len(seeds) >= LEAST_SEEDS else PValues()
    looked = replace(looked, measured=measured, tested=tested, seeds=seeds, smallest=found.smallest_detectable)
    if found.n > 1 and not found.standard_error and not _exact_metric(ask):
        return replace(looked, tested=PValues(), smallest=None, unusable=_no_spread(ask.metric))
    return _diverged(looked) or looked


def _exact_metric(ask: Ask) -> bool:
    return ask.declared is not None and ask.declared.exact


def _no_spread(metric: str) -> str:
    return f"cannot tell: {metric} has no spread over seeds, so that nothing is known of its error"


# ---- a published number


def _value(looked: Looked, row: Mapping[int, Found], published: Published | None) -> Looked:
    ask = looked.ask
    assert ask.expected is not None
    assert ask.margin is not None
    values = _values(row, ask.metric)
    unit, definition = _what(looked.records, ask.metric)
    other = _another_measurement(row.values(), ask.metric, published)
    if not values or other is not None:
        return replace(looked, tested=PValues(), unusable=other or "no run is done")
    try:
        expected = dict.fromkeys(values, ask.expected)
        runs = {seed: each.record for seed, each in row.items()}
        least = least_error_of_mean(runs, ask.metric)
        found = statistics.difference(values, expected, paired=True, level=LEVEL, least_error=least)
    except ValueError as error:
        return replace(looked, tested=PValues(), unusable=str(error))
    low, high = (None if end is None else ask.expected + end for end in (found.low, found.high))
    if len(values) == 1:  # the interval over sentences, which says nothing of other seeds
        only = row[next(iter(values))].record.metrics[ask.metric].get("interval")
        low, high = only or (None, None)
    mean = fmean(values.values())
    measured = Measured("mean", mean, low, high, unit, definition, row=mean, base=ask.expected)
    tested = statistics.stated_sameness(found, ask.margin) if len(values) >= LEAST_SEEDS else PValues()
    looked = replace(looked, measured=measured, tested=tested, seeds=tuple(sorted(values)))
    if found.n > 1 and not found.standard_error and not _exact_metric(ask):
        return replace(looked, tested=PValues(), unusable=_no_spread(ask.metric))
    return _diverged(looked) or looked


def _another_measurement(found: Any, metric: str, published: Published | None) -> str | None:
    """Why a published number must not be set beside these records; None if it may."""
    if published is None:
        return "no number is published"
    for each in found:
        if each.record.status != "done" or metric not in each.record.metrics:
            continue
        corpus = each.record.data.get("corpus")
        if corpus != published.corpus:
            return f"measured on {corpus}, published for {published.corpus}: another test"
        lines = each.record.metrics[metric].get("details", {}).get("lines")
        if published.lines is not None and lines != published.lines:
            return f"measured on {lines} lines, published for {published.lines:,}: another test set"
    return None


# ---- the order of rows


def _order(looked: Looked, found: Mapping[str, Mapping[int, Found]]) -> Looked:
    ask = looked.ask
    assert ask.published is not None
    means: dict[str, float | None] = {}
    seeds: set[int] = set()
    for row in ask.rows:
        values = _values(found[row], ask.metric)
        means[row] = fmean(values.values()) if values else None
        seeds |= values.keys()
    agreement = statistics.rank_agreement([means[row] for row in ask.rows], [ask.published[row] for row in ask.rows])
    measured = Measured("tau", agreement.tau, unit="Kendall's tau-b", definition=f"over {agreement.n} rows' means")
    looked = replace(looked, measured=measured, seeds=tuple(sorted(seeds)), note=f"{agreement.n} rows")
    looked = replace(looked, tested=statistics.stated_order(agreement) if agreement.n >= LEAST_ROWS else PValues())
    return _diverged(looked) or looked


# ---- what no seed changes


def _exact(looked: Looked, row: Mapping[int, Found]) -> Looked:
    ask = looked.ask
    done = {seed: each for seed, each in sorted(row.items()) if each.record.status == "done"}
    having = {seed: each for seed, each in done.items() if ask.metric in each.record.metrics}
    if not having:
        return replace(looked, unusable=f"no done run has the metric {ask.metric}" if done else "no run is done")
    outcomes: set[Outcome] = set()
    reasons: list[str] = []
    shown: Measured | None = None
    for each in having.values():
        metric = each.record.metrics[ask.metric]
        reason = metric.get("details", {}).get("reason")
        reasons += [str(reason)] if reason else []
        if ask.metric == "agrees":
            reasons += _said(each)
        here = _between(metric)
        if here is None:
            continue
        if shown is None:
            low, high = metric.get("interval") or (None, None)
            shown = Measured("value", float(metric["value"]), low, high, metric["unit"], metric["definition"])
        outcomes.add(_where(ask, here, each))
    looked = replace(looked, measured=shown, seeds=tuple(having), note="; ".join(dict.fromkeys(reasons)) or None)
    if shown is None:
        return replace(looked, unusable=f"{ask.metric} has no value")
    # Runs that disagree about what no seed should change leave it open.
    return replace(looked, outcome=outcomes.pop() if len(outcomes) == 1 else "open")


def _said(found: Found) -> list[str]:
    """What a measurement that judges itself says that it measured."""
    lines = found.record.details.get("table")
    known = lines if isinstance(lines, list) else []
    return [f"measured: {line['measured']}" for line in known if isinstance(line, dict) and "measured" in line]


def _between(metric: Mapping[str, Any]) -> tuple[float, float] | None:
    """A metric's interval, or its value twice where it is exact; None without a value."""
    if metric["value"] is None:
        return None
    low, high = metric.get("interval") or (metric["value"], metric["value"])
    return float(low), float(high)


def _where(ask: Ask, measured: tuple[float, float], found: Found) -> Outcome:
    low, high = measured
    if ask.expected is not None:
        margin = (ask.margin or 0.0) + ROUNDING * abs(ask.expected)
        if ask.expected - margin <= low and high <= ask.expected + margin:
            return "holds"
        return "false" if high < ask.expected - margin or low > ask.expected + margin else "open"
    limit = ask.below if ask.below is not None else ask.above
    between = (limit, limit)
    if isinstance(limit, str):
        other = found.record.metrics.get(limit)
        between = (None if other is None else _between(other)) or (None, None)
    least, most = between
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        return "open"
    smaller, larger = high < least, low > most
    if not smaller and not larger:
        return "open"
    return "holds" if smaller == (ask.below is not None) else "false"


# ---- records


def _values(found: Mapping[int, Found], metric: str) -> dict[int, float]:
    """Seed -> value, over the runs that are done and have one."""
    return metric_values({seed: each.record for seed, each in found.items()}, metric)


def _what(records: Sequence[Found], metric: str) -> tuple[str, str]:
    """Unit and definition, which are alike in all of them."""
    for each in records:
        if metric in each.record.metrics:
            return str(each.record.metrics[metric]["unit"]), str(each.record.metrics[metric]["definition"])
    return "", ""
