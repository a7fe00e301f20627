"""A grid's table by another metric: the records decide which there are, and their declarations what is better."""

from pathlib import Path

import pytest

import reports
from ablations.show.by_metric import by_metric, caution
from repro.console.grid_table import grid_table
from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_path
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.running.plan import Plan, plan

PUBLISHED = Path(reports.__file__).parent / "published"


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    grid = read_grid(grid_path("heads"), read_scale("builtin"))
    return plan(grid, tmp_path_factory.mktemp("none"), PublishedCells([PUBLISHED]))


def test_rows_are_compared_by_it_in_its_own_direction(heads: Plan) -> None:
    chosen = by_metric(heads, "dev.perplexity")
    means = {}
    for row, runs in chosen.records().items():
        values = [record.metrics["dev.perplexity"]["value"] for record in runs.values()]
        means[row] = sum(values) / len(values)
    worst = max(means, key=lambda row: means[row])
    (line,) = [line for line in grid_table(chosen, True).split("\n") if line.startswith(f"{worst} ")]
    assert f"{means[worst]:.2f}" in line
    assert "better" not in line
    assert "(lower is better)" in grid_table(chosen)


def test_p_counts_the_grid_s_own_questions_too(heads: Plan) -> None:
    full = {line.split()[0]: line for line in grid_table(heads).split("\n\n")[3].split("\n")}
    alone = {
        line.split()[0]: line for line in grid_table(by_metric(heads, "dev.nll"), True).split("\n\n")[1].split("\n")
    }
    assert full == alone
    assert "multiplied by 3" in grid_table(by_metric(heads, "dev.perplexity"), True)


def test_the_margin_is_the_one_that_the_grid_gave_for_it_or_none(heads: Plan) -> None:
    (nll,) = [measure for measure in heads.grid.also if measure.metric == "dev.nll"]
    assert nll.margin is not None
    assert by_metric(heads, "dev.nll").grid.margin == nll.margin
    assert by_metric(heads, "dev.perplexity").grid.margin is None
    assert by_metric(heads, heads.grid.metric) is heads


def test_a_metric_that_no_record_has(heads: Plan) -> None:
    with pytest.raises(BadInput, match=r"no finished record of heads has dev\.nl; did you mean dev\.nll"):
        by_metric(heads, "dev.nl")


def test_times_of_cells_that_ran_side_by_side_come_with_a_warning(heads: Plan) -> None:
    assert "depends on what else ran" in caution(by_metric(heads, "train.seconds").grid)
    assert caution(by_metric(heads, "dev.nll").grid) == ""
