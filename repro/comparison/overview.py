"""A whole comparison as tables and sentences."""

from collections.abc import Sequence

from repro.comparison.configurations import differing_surroundings
from repro.comparison.measurements import Measured, measured
from repro.comparison.recorded_run import RecordedRun
from repro.comparison.translations import Translations
from repro.ledger.grids.differing_keys import SEEDS, deciding_keys, differing_keys
from repro.scoring.report import TESTS, paired_parts
from repro.scoring.significance import TRIALS, Test
from repro.table import Part, Table


def overview(
    runs: Sequence[RecordedRun], translations: Sequence[Translations], test: Test, trials: int | None, seed: int
) -> list[Part]:
    """The runs, what they were told, what they measured, the paired tests, and what follows.

    Args:
        runs: the first is the one that others are compared with.
        translations: what came of the paired tests.
        test, trials, seed: how these were made.
    """
    letters = [run.letter for run in runs]
    told = [[key, *values] for key, values in differing_keys([run.record.config for run in runs]).items()]
    around = [[key, *values] for key, values in differing_surroundings(runs).items()]
    parts: list[Part] = [Table([RUN_HEADS, *map(_run, runs)])]
    parts.append(Table([["configuration", *letters], *told]) if told else "The configurations are the same.")
    parts += [Table([["besides", *letters], *around])] if around else []
    metrics = measured(runs)
    if metrics:
        differences = [f"{letter} - {letters[0]}" for letter in letters[1:]]
        heads = ["metric", "unit", "better", *letters, *differences]
        parts.append(Table([heads, *map(_metric, metrics)], "<<<" + ">" * (len(letters) + len(differences))))
        apart = [
            f"{metric.name} {metric.incomparable}: no difference is taken." for metric in metrics if metric.incomparable
        ]
        parts += ["\n".join(apart)] if apart else []
    how = TESTS[test].format(trials=trials or TRIALS[test], seed=seed)
    for of_split in translations:
        if of_split.why is not None:
            parts.append(f"The sentences of {of_split.split} are not compared: {of_split.why}.")
        else:
            parts += [f"sentences of {of_split.split}", *paired_parts(letters, of_split.scores, how, definitions=False)]
    if not translations:
        parts.append("The sentences are not compared: no split has hypotheses.SPLIT.txt in all runs.")
    parts.append(_conclusion(runs, metrics))
    return parts


RUN_HEADS = ["run", "grid", "row", "scale", "seed", "status", "cell", "folder"]


def _run(run: RecordedRun) -> list[str]:
    record = run.record
    names = [record.grid, record.row, record.scale]
    return [
        run.letter,
        *(name or "-" for name in names),
        str(record.seed),
        record.status,
        record.cell,
        str(run.directory),
    ]


def _metric(metric: Measured) -> list[str]:
    better = metric.better or "-"
    return [
        metric.name,
        metric.unit,
        better,
        *map(number, metric.values),
        *(number(it, "+") for it in metric.differences),
    ]


def number(value: float | None, sign: str = "") -> str:
    """With four digits that count, or all before the point; "-" for none."""
    if value is None:
        return "-"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.4g}"


def _conclusion(runs: Sequence[RecordedRun], metrics: Sequence[Measured]) -> str:
    """The conclusion that one run of each allows, and its limits."""
    others = [key for key in deciding_keys([run.record.config for run in runs]) if key not in SEEDS]
    around = [key for key in differing_surroundings(runs) if not key.startswith("machine.")]
    if "code" not in around and any(run.record.dirty for run in runs):
        around.append("uncommitted changes, perhaps")
    seeds = {run.record.seed for run in runs}
    said = []
    if not others and len(seeds) > 1 and around:
        said.append(
            f"The runs differ in their seed and in {', '.join(around)}, so chance may not be the only cause of their "
            "differences."
        )
    elif not others and len(seeds) > 1:
        said.append("The runs differ only in their seed, so their differences are due to chance.")
    elif not others:
        said.append("The runs are repetitions of one cell: their differences come from code, machine or clock.")
    else:
        said.append(
            "There is one run of each configuration. The table shows what these runs gave, not which configuration is "
            "better:\nanother seed may reverse a difference. Five seeds of each, as rows of a grid, can tell."
        )
        if len(seeds) > 1:
            others.append("seed")
        if len(others) > 1:
            said.append(
                f"They differ in {len(others)} keys that decide the result, so no difference has only one cause."
            )
    timed = [metric.name for metric in metrics if metric.timed]
    if timed:
        said.append(f"These depend on the machine and on what else ran there: {', '.join(timed)}.")
    return "\n".join(said)
