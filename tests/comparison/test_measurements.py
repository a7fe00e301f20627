"""Differences are taken where two numbers are of one definition and one text, and nowhere else."""

from pathlib import Path

from repro.comparison.measurements import Measured, measured
from repro.comparison.recorded_run import recorded_runs
from tests.comparison.runs import TEXT, metric, write_run

DATA = {"store": "other", "languages": ["en", "de"], "sources": TEXT, "vocabulary": {"sha256": "v"}}


def by_name(folder: Path) -> dict[str, Measured]:
    return {each.name: each for each in measured(recorded_runs([folder / "a", folder / "b"]))}


def test_values_differences_units_and_better_sides(tmp_path: Path) -> None:
    """Which side is better is the record's word, and else the declaration's."""
    write_run(tmp_path / "a", metrics={"test.bleu": metric(20.0), "mine": metric(1.0, "u", better="lower")})
    write_run(tmp_path / "b", metrics={"test.bleu": metric(23.5), "train.seconds": metric(4.0, "s")})
    found = by_name(tmp_path)
    bleu, mine, seconds = found["test.bleu"], found["mine"], found["train.seconds"]
    assert (bleu.values, bleu.differences, bleu.better, bleu.timed) == ([20.0, 23.5], [3.5], "higher", False)
    assert (mine.values, mine.differences, mine.better, mine.unit) == ([1.0, None], [None], "lower", "u")
    assert (seconds.values, seconds.better, seconds.timed, seconds.incomparable) == ([None, 4.0], "lower", True, None)


def test_two_definitions_two_texts_and_two_vocabularies_have_no_difference(tmp_path: Path) -> None:
    values = {"test.bleu": metric(1.0), "dev.nll": metric(2.0, "nats per target token"), "model.parameters": metric(5)}
    write_run(tmp_path / "a", metrics=values)
    other = {**values, "test.bleu": metric(1.0, definition="counted otherwise")}
    write_run(tmp_path / "b", metrics=other, data={**DATA, "vocabulary": {"sha256": "w"}})
    found = by_name(tmp_path)
    assert (found["test.bleu"].differences, found["test.bleu"].incomparable) == ([None], "is defined in different ways")
    assert found["dev.nll"].incomparable == "counts tokens of different vocabularies"
    assert found["model.parameters"].differences == [0]


def test_one_vocabulary_is_one_however_it_came_about(tmp_path: Path) -> None:
    values = {"dev.nll": metric(2.0, "nats per target token")}
    write_run(tmp_path / "a", metrics=values, data={**DATA, "vocabulary": {"sha256": "v", "kind": "bpe", "size": 9}})
    write_run(tmp_path / "b", metrics=values, data={**DATA, "vocabulary": {"sha256": "v", "given": "v", "size": 9}})
    assert by_name(tmp_path)["dev.nll"].differences == [0.0]


def test_scores_of_different_test_sets_have_no_difference(tmp_path: Path) -> None:
    values = {"test.bleu": metric(1.0), "dev.nll": metric(2.0, "nats per target token")}
    write_run(tmp_path / "a", metrics=values)
    write_run(tmp_path / "b", metrics=values, data={**DATA, "sources": {**TEXT, "test": ["another"]}})
    found = by_name(tmp_path)
    assert found["test.bleu"].incomparable == "is of different texts"
    assert found["dev.nll"].differences == [0.0]


def test_training_on_other_text_leaves_updates_and_held_out_scores_comparable(tmp_path: Path) -> None:
    values = {
        "test.bleu": metric(1.0),
        "train.nll": metric(2.0, "nats per target token"),
        "train.updates": metric(7, "updates"),
    }
    write_run(tmp_path / "a", metrics=values)
    write_run(tmp_path / "b", metrics=values, data={**DATA, "sources": {**TEXT, "train": ["another"]}})
    found = by_name(tmp_path)
    assert found["train.nll"].incomparable == "is of different texts"
    assert found["train.updates"].differences == [0]
    assert found["test.bleu"].differences == [0.0]


def test_data_without_splits_are_one_text(tmp_path: Path) -> None:
    values = {"accuracy": metric(1.0)}
    write_run(tmp_path / "a", metrics=values, data={"files": {"sha256": "1"}})
    write_run(tmp_path / "b", metrics=values, data={"files": {"sha256": "2"}})
    assert by_name(tmp_path)["accuracy"].incomparable == "is of different texts"
