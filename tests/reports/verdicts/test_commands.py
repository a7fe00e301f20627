"""The commands that repeat a verdict's runs, or run what is missing."""

from dataclasses import replace

from reports.verdicts.commands import command_of, repeating
from tests.reports.judging import LOW, QUESTION, claim, verdict_of
from tests.reports.records import runs_of


def test_commands_repeat_the_seeds_that_were_used():
    assert repeating(QUESTION, [1, 2, 3]) == "ablate repeat g --scale builtin --rows row,base"
    assert repeating(QUESTION, [1, 2, 3, 4, 5, 6]).endswith("--rows row,base --seeds 6")
    assert repeating(QUESTION, [7, 9]).endswith("--seeds 7,9")
    assert repeating(QUESTION, [7]).endswith("--seeds 7-7")  # a number alone would be how many
    assert repeating(QUESTION) == repeating(QUESTION, [1])


def test_what_has_not_run_is_run_with_as_many_seeds_as_decide_it():
    assert command_of(claim("worse"), QUESTION) == "ablate run g --scale builtin --rows row,base"
    few = replace(QUESTION, seeds=2)
    assert command_of(claim("worse", few), few).endswith("--seeds 5")
    assert "--seeds" not in command_of(claim("exact", few), few)
    assert verdict_of(claim("worse")).command == command_of(claim("worse"), QUESTION)
    half = verdict_of(claim("worse"), *runs_of("g", "row", "m", LOW))  # without its base nothing can be compared
    assert (half.verdict, half.command) == ("not run", command_of(claim("worse"), QUESTION))
