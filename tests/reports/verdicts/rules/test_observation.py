"""What is missing, and what is never held beside each other, whatever the rule."""

from dataclasses import replace

from tests.reports.judging import BASE, LOW, QUESTION, claim, verdict_of
from tests.reports.records import metric, planted, runs_of


def test_nothing_has_run():
    found = verdict_of(claim("worse"))
    assert (found.verdict, found.records) == ("not run", ())
    assert found.command == "ablate run g --scale builtin --rows row,base"
    only_base = verdict_of(claim("worse"), *runs_of("g", "base", "m", BASE))
    assert only_base.verdict == "not run"
    assert "has the row row yet" in only_base.reason


def test_two_definitions_are_never_compared():
    other = [planted("g", "row", seed, {"m": metric(v, definition="another")}) for seed, v in enumerate(LOW, 1)]
    found = verdict_of(claim("worse"), *other, *runs_of("g", "base", "m", BASE))
    assert found.verdict == "inconclusive"
    assert "defined in 2 ways" in found.reason


def test_what_is_no_match_is_never_compared():
    other = {"cpu": "another processor", "cores": 2, "gpus": []}
    seconds = {unit: metric(5.0, unit) for unit in ("s", "BLEU")}
    for unit, word in (("s", "inconclusive"), ("BLEU", "reproduced")):
        row = [planted("g", "row", seed, {"m": seconds[unit]}, hardware=other) for seed in range(1, 6)]
        base = runs_of("g", "base", "m", [metric(9.0 + seed / 10, unit) for seed in range(5)])
        assert verdict_of(claim("worse"), *row, *base).verdict == word
    found = verdict_of(
        claim("worse"),
        *runs_of("g", "row", "m", LOW, data={"sources": {"test": "one copy"}}),
        *runs_of("g", "base", "m", BASE, data={"sources": {"test": "another copy"}}),
    )
    assert found.verdict == "inconclusive"
    assert "different copies of the same data" in found.reason


def test_a_reason_calls_a_metric_by_its_name():
    key = "train.target_tokens_per_second"
    asked = claim("worse", replace(QUESTION, metric=key, function="repro.training:fit"))
    values = [metric(9.0 + seed / 10, "tokens/s") for seed in range(5)]
    elsewhere = {"cpu": "another processor", "cores": 2, "gpus": []}
    row, base = runs_of("g", "row", key, values, hardware=elsewhere), runs_of("g", "base", key, values)
    reason = verdict_of(asked, *row, *base).reason
    assert reason.startswith("target tokens a second in training of seed 1 was measured on different machines")
