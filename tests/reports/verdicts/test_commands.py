"""The commands that repeat a verdict's runs, or run what is missing."""

from dataclasses import replace

from reports import catalogue
from reports.verdicts.commands import command_of, repeating
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import LOW, QUESTION, claim, verdict_of
from tests.reports.records import runs_of


def test_commands_repeat_the_seeds_that_were_used():
    assert repeating(QUESTION, [1, 2, 3]) == "ablate repeat g --scale builtin --rows row,base"
    assert repeating(QUESTION, [1, 2, 3, 4, 5, 6]).endswith("--rows row,base --seeds 6")
    assert repeating(QUESTION, [7, 9]).endswith("--seeds 7,9")
    assert repeating(QUESTION, [7]).endswith("--seeds 7-7")  # a number alone would be how many
    assert repeating(QUESTION) == repeating(QUESTION, [1])


def test_a_scale_of_one_s_own_is_named_by_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_OWN_SCALES", {"mine": tmp_path / "mine.yaml"})
    command = command_of(claim("worse"), replace(QUESTION, scale="mine"))
    assert command == f"ablate run g --scale {tmp_path / 'mine.yaml'} --rows row,base"


def test_what_has_not_run_is_run_with_as_many_seeds_as_decide_it():
    assert command_of(claim("worse"), QUESTION) == "ablate run g --scale builtin --rows row,base"
    few = replace(QUESTION, seeds=2)
    assert command_of(claim("worse", few), few).endswith("--seeds 5")
    counted = replace(few, declared=MetricDeclaration("m", exact=True))
    assert "--seeds" not in command_of(claim("exact", counted), counted)
    assert command_of(claim("exact", few), few).endswith("--seeds 5")  # its seed may change the metric
    assert verdict_of(claim("worse")).command == command_of(claim("worse"), QUESTION)
    half = verdict_of(claim("worse"), *runs_of("g", "row", "m", LOW))  # without its base nothing can be compared
    assert (half.verdict, half.command) == ("not run", command_of(claim("worse"), QUESTION))
