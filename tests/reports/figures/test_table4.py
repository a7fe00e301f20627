"""Parsing beside the paper's Table 4, from planted records."""

from dataclasses import replace

import pytest

from reports.figures import table4
from repro.texts import LANGUAGES
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, markers, report_of, text_of
from tests.reports.records import metric, planted

NETWORKS = ("transformer", "lstm-attention")


def test_our_rows_in_the_grids_order_and_the_papers_apart() -> None:
    found = table4.section(report_of(plant.parsing()), "en")
    cells = cells_of(found)
    assert cells["transformer"][:2] == ["93.0 [91.0, 95.0]", "2.0"]
    assert cells["lstm"][-1] == "5"
    assert list(cells).index("transformer") < list(cells).index("lstm")
    assert cells["Transformer of 4 layers, WSJ only"] == ["91.3"]
    text = text_of(found)
    assert text.index("Transformer of 4 layers") < text.index("Figures of other systems") < text.index("Petrov et al.")
    assert "precision" not in text  # no row has it


def test_f1_over_length_is_drawn_and_a_single_depth_is_not() -> None:
    found = table4.section(report_of(plant.parsing()), "en")
    assert "F1 over the length of sentences" in text_of(found)
    assert "F1 over the depth" not in text_of(found)
    (svg,) = [svg for svg in drawings(found) if "length" in svg[:400]]
    assert svg


def test_f1_over_training_sentences_is_drawn_for_each_network() -> None:
    runs = [replace(record, scale="treebank", data={"corpus": "treebank"}) for record in plant.parsing()]
    found = table4.section(report_of([*runs, *plant.small_data()]), "en")
    text = text_of(found)
    assert "F1 over the number of training sentences, at equal epochs. Scale treebank." in text
    (svg,) = [svg for svg in drawings(found) if "training sentences" in svg[:400]]
    assert {colour: len(places) for colour, places in markers(svg).items()} == {"--c1": 3, "--c2": 3}
    keys = [part for part in text.split("at equal epochs. Scale treebank.")[-1].split() if part in NETWORKS]
    assert keys == list(NETWORKS)  # as in the other figures, where the grid has the Transformer first
    for tick in ("300", "1,000", "3,000"):
        assert tick in text


def test_one_size_of_text_is_not_drawn() -> None:
    runs = [replace(record, scale="treebank", data={"corpus": "treebank"}) for record in plant.parsing()]
    whole = [record for record in plant.small_data() if record.row.endswith("+all")]
    assert "number of training sentences" not in text_of(table4.section(report_of([*runs, *whole]), "en"))


def test_the_first_wrong_sentence_has_both_its_trees() -> None:
    found = table4.section(report_of(plant.parsing()), "en")
    assert "What transformer, seed 1 wrote" in text_of(found)
    assert found.html.count("<title>The correct tree.") == 1
    assert "<b>" not in found.html
    assert "it sits" not in text_of(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there(language: str) -> None:
    assert table4.section(report_of(plant.parsing()), language) is not None


@pytest.mark.parametrize(
    "trees",
    [None, 5, [], {"length": 5, "examples": "x"}, {"length": [{"low": "a"}], "examples": [{"source": 1}, None]},
     {"examples": [{"source": " ", "hypothesis": "(S", "reference": ")"}]}],
)  # fmt: skip
def test_odd_details_leave_the_table(trees) -> None:
    metrics = {"test.trees.f1": metric(50.0, "%", "F1")}
    record = planted("parsing", "transformer", 1, metrics, details={"test.trees": trees})
    assert "50.0" in text_of(table4.section(report_of([record]), "en"))


def test_nothing_without_records() -> None:
    assert table4.section(report_of([]), "en") is None
    assert table4.section(report_of([planted("parsing", "transformer", 1, {})]), "en") is None
