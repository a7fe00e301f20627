"""Figures of the first paper's tables beside those of its authors' files, which lie beside the corpora.

Both hold the same numbers, the tables to two decimals and the copy of the files to four. Half a unit of the second
decimal is rounded up. Where the four decimals end on such a half, what the file says behind them decides: AT_A_HALF.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from reports import catalogue
from repro.presets import read_yaml

BLOCKS = {"jain2019-table2": "table2_test_selected", "jain2019-table2-dev": "table2_dev_selected"}
"""Table -> the block of the reference with what the authors' files say."""
PARTS = {"": "mean", "_deviation": "std", "_significant": "sig_frac"}
"""How a column ends -> what the files call it."""
AT_A_HALF = {
    ("jain2019-table2", "adr-tweets-0", "loo_bilstm"): "0.2949639",
    ("jain2019-table2-dev", "diabetes-0", "gradient_bilstm_deviation"): "0.0450248",
    ("jain2019-table2-dev", "diabetes-1", "loo_bilstm"): "0.4450219",
}
"""Table, row and column -> the figure of the file in full, in successar/AttentionExplanation:
pyxc-pyc_pval/tweet+lstm+tanh.csv at bb51d3f; at 425a89a, GradientPval_kendalltau/ and pyxc-pyc_pval_kendalltau/, both
diab+lstm+tanh.csv."""


@pytest.fixture(scope="module")
def reference(data_folder: Path) -> Any:
    path = data_folder.parent / "reference" / "jain2019.yaml"
    if not path.is_file():
        pytest.skip(
            "the authors' figures, reference/jain2019.yaml beside the folder that REPRO_DATA names, are not there"
        )
    return read_yaml(path)


def figures_of(block: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Row, column and figure of the reference's block, as our tables call them."""
    for entry in block["rows"]:
        row = str(entry["dataset"]).replace("_", "-")
        row += "" if entry["class"] == "Overall" else f"-{entry['class']}"
        for measure, parts in entry.items():
            if isinstance(parts, dict):
                for ending, part in PARTS.items():
                    yield row, measure + ending, str(parts[part])


def two_decimals(figure: str) -> float:
    return float(Decimal(figure).quantize(Decimal("0.01"), ROUND_HALF_UP))


@pytest.mark.data
@pytest.mark.parametrize("name", BLOCKS)
def test_table2_has_the_figures_of_the_authors_files(name: str, reference: Any) -> None:
    ours = catalogue.table(name)["rows"]
    theirs = {(row, column): figure for row, column, figure in figures_of(reference[BLOCKS[name]])}
    halves = {(row, column) for (row, column), figure in theirs.items() if row in ours and _ends_on_a_half(figure)}
    assert halves == {place[1:] for place in AT_A_HALF if place[0] == name}
    cells = {(row, column): value for row, columns in ours.items() for column, value in columns.items()}
    exact = {place: AT_A_HALF.get((name, *place), theirs[place]) for place in cells}
    assert cells == {place: two_decimals(figure) for place, figure in exact.items()}


def _ends_on_a_half(figure: str) -> bool:
    return abs(Decimal(figure)) % Decimal("0.01") == Decimal("0.005")


@pytest.mark.parametrize("figure", AT_A_HALF.values())
def test_a_figure_at_a_half_shows_the_half_at_four_decimals(figure: str) -> None:
    assert _ends_on_a_half(str(Decimal(figure).quantize(Decimal("0.0001"))))


@pytest.mark.data
def test_section_4_1_has_the_figures_of_the_authors_files(reference: Any) -> None:
    columns = {
        "attention_loo": "attention_vs_loo",
        "attention_gradient": "attention_vs_gradient",
        "gradient_loo": "gradient_vs_loo",
    }
    theirs = {str(entry["dataset"]).replace("_", "-"): entry for entry in reference["gradient_vs_loo_head"]["rows"]}
    assert catalogue.table("jain2019-section4.1")["rows"] == {
        row: {ours: two_decimals(str(entry[its]["mean"])) for ours, its in columns.items()}
        for row, entry in theirs.items()
    }


@pytest.mark.data
def test_table1_has_the_figures_of_the_reference(reference: Any) -> None:
    columns = {"performance": "test_performance_bilstm", "vocabulary": "vocab", "length": "avg_len"}
    theirs = {str(entry["dataset"]).replace("_", "-"): entry for entry in reference["table1_datasets"]["rows"]}
    assert catalogue.table("jain2019-table1")["rows"] == {
        row: {ours: entry[its] for ours, its in columns.items()} for row, entry in theirs.items()
    }
