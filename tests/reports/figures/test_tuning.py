"""What the report says of tuning beside a comparison of models."""

from dataclasses import replace

import pytest

from reports.catalogue import grid_at
from reports.figures import ablation
from reports.figures.rendering import figure_texts
from reports.figures.tuning import tuning_note, untuned_note
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.tuning import Tuned
from repro.texts import LANGUAGES
from tests.reports.figures.sections import report_of, text_of
from tests.reports.records import planted, records_of, runs_of

TEXTS = figure_texts("en")


def tuned() -> Grid:
    chosen = Tuned("equal-tuning-trials", 6, "dev.nll", {"transformer": 3, "lstm-attention": None})
    return replace(grid_at("equal-tuning", "help"), tuned=chosen)


def test_trials_are_counted_with_the_hours_that_they_took() -> None:
    trials = [
        planted("equal-tuning-trials", f"{row}+trial-{number}", 1, {"dev.nll": 2.0}, scale="help", seconds=seconds)
        for row, seconds in (("transformer", 1800.0), ("lstm-attention", 3600.0))
        for number in (1, 2, 3)
    ]
    said = tuning_note(tuned(), records_of(trials), TEXTS)
    assert said is not None
    assert "of its 6 counted trials" in said
    assert "transformer: 3, lstm-attention: –" in said
    assert said.endswith("Hours spent on the trials: transformer: 1.5, lstm-attention: 3.0.")


def test_without_records_of_trials_no_hours_are_named() -> None:
    said = tuning_note(tuned(), records_of([]), TEXTS)
    assert said is not None
    assert "Hours" not in said


def test_models_of_several_kinds_without_trials_are_said_to_have_none() -> None:
    assert tuning_note(grid_at("recurrence", "builtin"), records_of([]), TEXTS) == TEXTS["tuning.none"]
    assert tuning_note(grid_at("heads", "builtin"), records_of([]), TEXTS) is None
    assert untuned_note([{}, {"model": 3}, {"model": {"network": {"class_path": "a.B"}}}], TEXTS) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_beside_the_comparison(language: str) -> None:
    runs = [
        record
        for row, values in (("self-attention", [90.0, 91.0, 92.0]), ("lstm-attention", [80.0, 81.0, 82.0]))
        for record in runs_of("recurrence", row, "test.exact_match", values)
    ]
    assert figure_texts(language)["tuning.none"] in text_of(ablation.section(report_of(runs), language))
