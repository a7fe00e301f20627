"""What functions declare of their metrics, and what follows for grids, records and comparisons."""

import re
import sys
from re import _parser as sre_parse
from types import SimpleNamespace

import pytest
import yaml

from repro.errors import BadInput
from repro.ledger.comparing.comparison import compare
from repro.ledger.grids.grid import Grid, Row
from repro.ledger.grids.grid_content import grid_files, grid_path, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.metric_declaration import (
    MetricDeclaration,
    declaration_of,
    declared_metrics,
    metric_name,
    with_declarations,
)
from repro.texts import LANGUAGES


def copy_of(tmp_path, **changes):
    """A copy of a shipped grid, changed."""
    content = {**yaml.safe_load(grid_path("essentials").read_text()), **changes}
    path = tmp_path / "essentials.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not None}))
    return read_grid(path, read_scale("builtin"))


def test_a_copy_that_compares_by_perplexity_knows_that_less_is_better(tmp_path):
    grid = copy_of(tmp_path, metric="dev.perplexity", margin=None)
    assert grid.better == "lower"
    values = {"base": 1.2, "no-positions": 1.5}
    made = {"value": 0.0, "unit": "x", "definition": "d"}
    records = {
        row: {
            seed: SimpleNamespace(
                status="done",
                metrics={"dev.perplexity": {**made, "value": value + seed / 1000}},
                config={},
                data={},
                hardware={},
            )
            for seed in range(1, 6)
        }
        for row, value in values.items()
    }
    findings = {result.name: result.finding for result in compare(grid, records)}
    assert findings["no-positions"].decision == "worse"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric": "dev.perplexity", "better": "higher"}, "better is higher, but lower dev.perplexity is better"),
        ({"better": "lower"}, "better is lower, but higher test.exact_match is better; leave it out"),
        ({"metric": "model.parameters", "better": "lower"}, "but neither direction of model.parameters is better"),
        ({"also": {"train.seconds": {"better": "higher"}}}, "also.train.seconds.better is higher, but lower train.sec"),
        (
            {"metric": "test.something"},
            "better is missing; say whether higher or lower test.something is better, "
            "since repro.training:fit declares no such metric",
        ),
    ],
)
def test_a_grid_must_not_contradict_or_assume_a_direction(tmp_path, changes, message):
    with pytest.raises(BadInput) as refused:
        copy_of(tmp_path, **changes)
    assert message in str(refused.value)


def test_of_a_metric_without_a_better_direction_rows_are_higher_or_lower():
    rows = [Row("base", {}, {}, None), Row("wide", {}, {}, "base")]
    grid = Grid("g", "s", "", "f:f", "m", None, {"m": "m"}, (), None, [1], rows)
    records = {
        row: {
            seed: SimpleNamespace(
                status="done",
                metrics={"m": {"value": mean * (1 + seed / 10), "unit": "x", "definition": "d", "better": None}},
                config={},
                data={},
                hardware={},
            )
            for seed in range(6)
        }
        for row, mean in (("base", 1.0), ("wide", 9.0))
    }
    assert compare(grid, records)[1].finding.decision == "higher"


@pytest.mark.parametrize(
    ("declared", "decision"), [("higher", "better"), ("lower", "inconclusive"), (None, "inconclusive")]
)
def test_records_that_declare_another_direction_are_not_judged(declared, decision):
    rows = [Row("base", {}, {}, None), Row("row", {}, {}, "base")]
    grid = Grid("g", "s", "", "f:f", "m", "higher", {"m": "m"}, (), None, [1], rows)
    records = {
        row: {
            seed: SimpleNamespace(
                status="done",
                metrics={"m": {"value": mean * (1 + seed / 10), "unit": "x", "definition": "d", "better": declared}},
                config={},
                data={},
                hardware={},
            )
            for seed in range(6)
        }
        for row, mean in (("base", 1.0), ("row", 9.0))
    }
    result = compare(grid, records)[1]
    assert result.finding.decision == decision
    assert ("by these records" in (result.open_because or "")) is (decision == "inconclusive")


def test_records_carry_what_the_function_declares():
    declared = [MetricDeclaration(r"a\..+", "lower", quality=True), MetricDeclaration("b")]
    found = with_declarations({"a.x": {"value": 1}, "b": {"value": 2}, "c": {"value": 3}}, declared)
    assert found["a.x"] == {"value": 1, "better": "lower", "quality": True}
    assert found["b"] == {"value": 2, "better": None, "quality": False}
    assert found["c"] == {"value": 3}
    assert with_declarations({"c": {"value": 3}}, None) == {"c": {"value": 3}}


def test_a_function_that_cannot_be_imported_declares_nothing():
    assert declared_metrics("nowhere_at_all:f", {}) is None
    assert declared_metrics("no module", {}) is None
    assert declared_metrics("repro.training:something_else", {}) is None


def test_the_first_declaration_of_a_whole_name_counts():
    declared = [MetricDeclaration("a"), MetricDeclaration("a.*", "lower")]
    assert declaration_of(declared, "a").better is None
    assert declaration_of(declared, "ab").better == "lower"
    assert declaration_of(declared, "ba") is None


def test_declarations_need_no_torch(tmp_path):
    import subprocess

    code = (
        "import sys; from repro.metric_declaration import declared_metrics; "
        "[declared_metrics(f, {}) for f in ('repro.training:fit', 'ablations.complexity:measure', "
        "'ablations.explanation:measure', 'ablations.throughput:measure')]; print('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def examples(pattern: str) -> set[str]:
    """Keys that a pattern of a declaration matches: each of its alternatives, and one for what is open."""
    return set(map("".join, _parts(sre_parse.parse(pattern))))


def _parts(parsed):
    """All ways through a parsed expression of the few kinds that declarations use."""
    ways = [()]
    for kind, given in parsed:
        name = str(kind)
        if name == "LITERAL":
            found = [(chr(given),)]
        elif name == "SUBPATTERN":
            found = _parts(given[-1])
        elif name == "BRANCH":
            found = [way for branch in given[1] for way in _parts(branch)]
        elif name == "MAX_REPEAT":
            low, high, inner = given
            found = [*([()] if low == 0 else []), *(_parts(inner) if high != 0 else [])]
        elif name == "IN":
            found = (
                [("1",)]
                if "DIGIT" in str(given)
                else [(chr(it),) if str(k) == "LITERAL" else ("a",) for k, it in given]
            )
        else:
            found = [("a",)]
        ways = [(*way, *more) for way in ways for more in found]
    return ways


def all_declared():
    """Function and key of each metric that any row of a shipped grid can have."""
    found = set()
    for path in grid_files().values():
        for scale in scales_of(path):
            for row in (grid := read_grid(path, read_scale(scale))).rows:
                declared = declared_metrics(grid.function, row.config) or ()
                found |= {(grid.function, key) for each in declared for key in examples(each.pattern)}
    return found


def test_each_declared_metric_has_a_name_in_each_language():
    declared = all_declared()
    assert len(declared) > 200
    for language in LANGUAGES:
        bare = sorted({key for function, key in declared if metric_name(function, key, language) == key})
        assert bare == [], language
        assert not any(re.search(r"[{}]|  |, ?$", metric_name(*each, language)) for each in declared)


def test_names_say_what_keys_say():
    assert metric_name("repro.training:fit", "test.bleu_tokenised_lc") == "BLEU, tokenised and lower-cased"
    assert metric_name("repro.training:fit", "dev.bleu") == "BLEU on the dev set"
    assert metric_name("ablations.explanation:measure", "tau.gradient.class_0") == (
        "Kendall's tau of attention and gradients, class 0"
    )
    assert metric_name("ablations.complexity:measure", "footnote.variance.unscaled").endswith("without the scaling")
    assert metric_name("ablations.complexity:measure", "operations.n") == "growth of the operations with n"
    assert metric_name("ablations.complexity:measure", "path.factor") == "growth of the longest path"
    assert metric_name("nowhere:measure", "test.bleu") == "test.bleu"
    assert metric_name("repro.training:fit", "of.ones.own") == "of.ones.own"


def test_a_pattern_is_spelt_out_for_people():
    assert MetricDeclaration(r"(dev|test)\.(x|y\.z)").names() == ["dev.x", "dev.y.z", "test.x", "test.y.z"]
    assert MetricDeclaration(r"agrees(\..+)?").names() == ["agrees(..+)?"]


def test_what_the_clock_changes_is_not_exact():
    """Unless it judges a time, as whether it agrees with a law: the machine decides that, and no seed."""
    with pytest.raises(ValueError, match="m is declared exact and timed; leave one of them out"):
        MetricDeclaration("m", exact=True, timed=True)
    MetricDeclaration("m", "higher", exact=True, timed=True)


@pytest.mark.parametrize("limit", [{"max_steps": 5}, {"max_time": "00:00:01:00"}])
def test_seeds_change_the_tokens_of_a_training_and_the_clock_its_updates(limit):
    declared = declared_metrics("repro.training:fit", {"trainer": limit})
    tokens, updates = (declaration_of(declared, name) for name in ("train.target_tokens", "train.updates"))
    by_clock = "max_time" in limit
    assert (tokens.exact, tokens.timed) == (False, by_clock)
    assert (updates.exact, updates.timed) == (not by_clock, by_clock)
