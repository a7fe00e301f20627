"""Scores of predicted trees, by hand and from files."""

from pathlib import Path

import pytest

from repro.cli.main import main
from repro.errors import BadInput
from repro.scoring.metric import WILSON, interval_description
from repro.scoring.tree_scores import Prediction, by_size, is_linearised, read_lines, score_trees, tree_scores
from repro.trees import linearisation
from repro.trees.brackets import read_tree, written
from repro.trees.usual_rules import by_usual_rules


def tree(text: str):
    return read_tree(text, "a", 1)


GOLD = ["(S (NP (DT the) (NN cat)) (VP (VBZ sits)) (. .))", "(S (NP (PRP it)) (VP (VBZ sits)))"]


def by_name(metrics) -> dict[str, float]:
    return {metric.name: metric.value for metric in metrics}


def test_by_hand() -> None:
    """Of six right constituents five are predicted, among eight."""
    found = ["(S (NP (DT the) (NN cat)) (VP (VP (VBZ sits))) (. .))", "(S (S (NP (PRP it))) (NP (VBZ sits)))"]
    predictions = [Prediction(tree(found[0]), True), Prediction(tree(found[1]), False)]
    scores = by_name(tree_scores(predictions, [tree(text) for text in GOLD], resamples=0))
    assert scores["trees.precision"] == pytest.approx(100 * 5 / 8)
    assert scores["trees.recall"] == pytest.approx(100 * 5 / 6)
    assert scores["trees.f1"] == pytest.approx(2 * 62.5 * (500 / 6) / (62.5 + 500 / 6))
    assert scores["trees.exact"] == 0
    assert scores["trees.ill_formed"] == 50


def test_all_right_and_nothing_at_all() -> None:
    right = [tree(text) for text in GOLD]
    perfect = by_name(tree_scores([Prediction(each, True) for each in right], right, resamples=0))
    assert perfect == {
        "trees.f1": 100.0,
        "trees.precision": 100.0,
        "trees.recall": 100.0,
        "trees.exact": 100.0,
        "trees.ill_formed": 0.0,
    }
    nothing = by_name(tree_scores([Prediction(None, False)] * 2, right, resamples=0))
    assert set(nothing.values()) == {0.0, 100.0}
    assert nothing["trees.ill_formed"] == 100.0


def test_intervals_hold_the_score_and_depend_on_the_seed_alone() -> None:
    right = [tree(text) for text in GOLD] * 20
    predictions = [Prediction(each if at % 3 else tree("(S (X a))"), True) for at, each in enumerate(right)]
    first, again, other = (tree_scores(predictions, right, resamples=200, seed=seed) for seed in (1, 1, 2))
    assert [metric.interval for metric in first] == [metric.interval for metric in again]
    assert first[0].interval != other[0].interval
    for metric in first:
        low, high = metric.interval
        assert low <= metric.value <= high
        assert low < high or metric.name in ("trees.precision", "trees.ill_formed")  # all of these are alike


def test_files_in_both_notations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gold").write_text("\n".join([*GOLD, GOLD[0]]) + "\n")
    lines = ["(S (NP XX XX )NP (VP XX )VP XX )S", "(S (NP (XX it)) (VP (XX sits)))", ""]
    (tmp_path / "found").write_text("\n".join(lines) + "\n")
    assert main(["score", "--trees", str(tmp_path / "found"), str(tmp_path / "gold"), "--resamples", "0"]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1] for line in out.split("\n") if line.startswith("trees.")}
    assert rows["trees.recall"] == "66.67"
    assert rows["trees.precision"] == "100.00"
    assert rows["trees.ill_formed"] == "33.33"
    assert "COLLINS.prm" in out


def test_notations_are_told_apart() -> None:
    assert is_linearised("(S XX )S")
    assert is_linearised(")S")
    assert is_linearised("(S (NP (S (NP")
    assert is_linearised("(S )")
    assert not is_linearised("(S (NP (X a)))")
    assert not is_linearised("( (S (X a) ) )")
    assert not is_linearised("(S (NP (X a) )(VP (X b) )(. .) )")


def test_a_treebanks_own_trees_are_scored_without_traces_and_function_tags(tmp_path: Path) -> None:
    """Against the same tree by the usual rules, and against the same brackets as a model writes them."""
    own = "( (S (NP-SBJ-1 (DT it)) (VP (VBZ wants) (S (NP-SBJ (-NONE- *-1)) (VP (TO to) (VP (VB sleep))))) (. .)))"
    gold, predicted, linear = tmp_path / "gold", tmp_path / "predicted", tmp_path / "linear"
    gold.write_text(f"{own}\n")
    tree = by_usual_rules(read_tree(own, "gold", 1))
    predicted.write_text(f"{written(tree)}\n")
    linear.write_text(" ".join(linearisation.tokens(tree)) + "\n")
    for found in (predicted, linear, gold):
        scores = {metric.name: metric.value for metric in score_trees(found, gold, resamples=0)}
        assert (scores["trees.f1"], scores["trees.exact"], scores["trees.ill_formed"]) == (100.0, 100.0, 0.0)


@pytest.mark.parametrize(
    ("found", "gold", "message"),
    [
        ("(S (X a))\n", "(S (X a))\n(S (X b))\n", "has 1 lines but .*gold has 2"),
        ("(S (X a)\n", "(S (X a))\n", "found, line 1, opens a bracket that never closes"),
        ("(S (X a))\n", "(S )\n", r"gold, line 1, has the empty tree \(S\)"),
        ("(S (X a))\n", "(S " + "(X a)" * 2000 + ")\n", "line 1, ends a tree of 2,000 words"),
        ("(S (X a))\n", "\n", "gold"),
        (b"(S (X \xff))\n", "(S (X a))\n", "UTF-8"),
    ],
)
def test_what_cannot_be_scored(found: str | bytes, gold: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "found").write_bytes(found if isinstance(found, bytes) else found.encode())
    (tmp_path / "gold").write_text(gold)
    with pytest.raises(BadInput, match=message):
        score_trees(tmp_path / "found", tmp_path / "gold")


def test_options_that_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for extra, word in ((["--pretokenised"], "--pretokenised"), ([str(tmp_path / "b")], "one file")):
        assert main(["score", "--trees", str(tmp_path / "a"), *extra, str(tmp_path / "gold")]) == 2
        assert word in capsys.readouterr().err


def test_lines_of_a_model_are_scored_over_the_sentences_words() -> None:
    sources = ["the cat sits .", "it sits"]
    references = ["(S (NP XX XX )NP (VP XX )VP XX )S", "(S (NP XX )NP (VP XX )VP )S"]
    hypotheses = ["(S (NP XX XX )NP (VP XX XX )VP )S", "(S (NP XX )NP (VP XX )VP"]
    read = read_lines(hypotheses, sources, references, ["DT NN VBZ .", "PRP VBZ"])
    with_tags = by_name(tree_scores(*read, resamples=0))
    assert with_tags["trees.f1"] == 100.0  # punctuation does not count, and the second line is repaired
    assert with_tags["trees.ill_formed"] == 50.0
    untagged = by_name(tree_scores(*read_lines(hypotheses, sources, references, None), resamples=0))
    assert untagged["trees.f1"] == pytest.approx(100 * 5 / 6)


def test_f1_by_length_and_depth() -> None:
    long = "(S " + "(X a)" * 11 + "(NP (X b)))"
    right = [tree(GOLD[0]), tree(long), tree(GOLD[1])]
    predictions = [
        Prediction(right[0], True),
        Prediction(tree(long.replace("NP", "VP")), True),
        Prediction(None, False),
    ]
    found = by_size(predictions, right)
    assert found["length"] == [
        {"low": 1, "high": 10, "sentences": 2, "exact": 1, "f1": pytest.approx(100 * 2 * 3 / (6 + 3))},
        {"low": 11, "high": 20, "sentences": 1, "exact": 0, "f1": 50.0},
    ]
    assert [(each["low"], each["high"], each["sentences"]) for each in found["depth"]] == [(2, 2, 3)]
    assert found["depth"][0]["f1"] == pytest.approx(100 * 2 * 4 / (8 + 5))


@pytest.mark.parametrize("line", ["(S (NP (S (NP", "(S (VP", "(S )", ")", "no tree at all"])
def test_a_file_is_read_as_a_runs_own_lines_are(line: str, tmp_path: Path) -> None:
    """A line without any word is repaired and counted, too."""
    (tmp_path / "gold").write_text(f"{GOLD[0]}\n")
    (tmp_path / "found").write_text(f"{line}\n")
    scores = score_trees(tmp_path / "found", tmp_path / "gold", resamples=0)
    words = "the cat sits ."
    right = " ".join(linearisation.tokens(tree(GOLD[0])))
    in_run = tree_scores(*read_lines([line], [words], [right], ["DT NN VBZ ."]), resamples=0)
    assert by_name(scores) == by_name(in_run)
    assert by_name(scores)["trees.ill_formed"] == 100.0


def test_every_interval_says_how_it_was_made() -> None:
    right = [tree(text) for text in GOLD]
    metrics = tree_scores([Prediction(each, True) for each in right], right, resamples=20, seed=3)
    bootstrap, wilson = metrics[0].details["interval"], metrics[-1].details["interval"]
    assert bootstrap == interval_description(0.95, resamples=20, seed=3)
    assert wilson == WILSON
