"""A grid's results as plain text: one line a row, with its difference from the base and how sure that is."""

from typing import TYPE_CHECKING

from repro.ledger.comparison import RowResult, agreement, compare
from repro.ledger.plan import Plan
from repro.table import table

if TYPE_CHECKING:  # SciPy takes a second, and looking at a plan needs none of it
    from repro.statistics import RankAgreement, SignAgreement


def grid_table(plan: Plan) -> str:
    """The table, and below it what its columns mean."""
    grid = plan.grid
    results = compare(grid, plan.records())
    compared = any(result.base is not None for result in results)
    heads = ["row", "runs", *grid.columns.values()]
    published = any(result.published is not None for result in results)
    if compared:
        heads += ["difference", "95% interval", "p (Holm)", "finding", "could have seen"]
    if published:
        heads.append("paper")
    rows = [heads]
    for result in results:
        line = [result.name, _runs(result, len(grid.seeds))]
        line += [_number(mean) for mean in result.means.values()]
        if compared:
            line += _difference(result)
        if published:
            line.append("" if result.published is None else f"{result.published:+.2f}")
        rows.append(line)
    text = f"{grid.name} at the scale {grid.scale}: {grid.title}\n\n{table(rows)}"
    if compared:
        text += (
            f"\n\ndifference: {grid.metric}, row minus base, paired by seed ({grid.better} is better); p: two-sided t "
            "test,\ncorrected over the grid's rows; could have seen: the smallest true difference found with 80% power."
        )
        if grid.left_out:
            text += f"\nThe correction counts the {len(grid.left_out)} rows that are not shown, too."
        for result in results:
            text += f"\n{result.name} stays open: {result.open_because}." if result.open_because else ""
    agreed = agreement(grid, results)
    if grid.published is not None and agreed is not None and any(result.values for result in results):
        text += f"\n\n{_agreement(*agreed)}\npaper: {grid.published.column} of {grid.published.source}, row minus base."
    return text


def _agreement(signs: "SignAgreement", ranks: "RankAgreement") -> str:
    text = f"agreement with the paper: {signs.signs_agreeing} of {signs.signs} signs"
    if signs.sames:
        text += f", {signs.sames_shown} of {signs.sames} rows published as the same shown to be so"
    if ranks.tau is not None and ranks.p_value is not None:
        text += f", Kendall's tau-b {ranks.tau:+.2f} (p {ranks.p_value:.2g}, {ranks.n} rows)"
    return text


def _runs(result: RowResult, seeds: int) -> str:
    rest = "".join(f", {count} {status}" for status, count in sorted(result.not_done.items()))
    return f"{len(result.values)}/{seeds}{rest}"


def _difference(result: RowResult) -> list[str]:
    difference, finding = result.difference, result.finding
    if difference is None or finding is None:
        return ["base", "", "", "", ""]
    if difference.estimate is None:
        return ["-", "", "", finding.decision, ""]
    interval = (
        "" if difference.low is None or difference.high is None else f"{difference.low:+.2f} {difference.high:+.2f}"
    )
    seen = difference.smallest_detectable
    return [
        f"{difference.estimate:+.2f}",
        interval,
        "" if finding.p_difference is None else f"{finding.p_difference:.2g}",
        finding.decision,
        "" if seen is None else f"{seen:.2f}",
    ]


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value == int(value) and abs(value) > 100:  # a count; 100 may be a percentage
        return f"{int(value):,}"
    return f"{value:,.3g}" if abs(value) < 1 else f"{value:,.2f}"
