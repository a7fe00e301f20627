"""Paired tests against sacreBLEU's own command line, and planted cases whose answer is known."""

import itertools
import os
import random
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU

from repro.errors import BadInput
from repro.scoring.exact_match import matches
from repro.scoring.significance import FLOOR, SEED, PairedScore, mcnemar, paired_scores

WORDS = [
    "der",
    "Hund",
    "sieht",
    "die",
    "alte",
    "Katze",
    "auf",
    "dem",
    "Sofa",
    "und",
    "liest",
    "eine",
    "Mail",
    "am",
    "See",
]
REFERENCES = [" ".join(random.Random(line).choices(WORDS, k=9)).capitalize() + " ." for line in range(80)]


def changed(share: float, seed: int) -> list[str]:
    """The references with some of their words replaced."""
    draw = random.Random(seed)
    return [" ".join(draw.choice(WORDS) if draw.random() < share else word for word in it.split()) for it in REFERENCES]


POOR, OTHER, GOOD = changed(0.3, 1), changed(0.28, 2), changed(0.05, 3)


def of(name: str, systems: list[list[str]], **options: object) -> list[PairedScore]:
    return [found[name] for found in _scored(tuple(map(tuple, systems)), **options)]


@cache  # all metrics are tested at once
def _scored(systems: tuple[tuple[str, ...], ...], **options: object) -> list[dict[str, PairedScore]]:
    return paired_scores([list(lines) for lines in systems], REFERENCES, "de", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("test", "flag", "trials"), [("bootstrap", "--paired-bs", 100), ("randomisation", "--paired-ar", 100)]
)
def test_scores_intervals_and_p_values_are_those_of_sacrebleus_command(
    test: str, flag: str, trials: int, tmp_path
) -> None:
    files = {"ref": REFERENCES, "poor": POOR, "other": OTHER, "good": GOOD}
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    options = ["-m", "bleu", "chrf", flag, f"{flag}-n", str(trials), "--force", "--width", "4", "--no-color", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "sacrebleu", "ref", "-i", "poor", "other", "good", *options, "--format", "text"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "SACREBLEU_SEED"},
        capture_output=True,
        text=True,
        check=True,
    )
    ours = paired_scores([POOR, OTHER, GOOD], REFERENCES, "de", test=test, trials=trials, resamples=0)  # type: ignore[arg-type]
    cells = [of_system[name] for of_system in ours for name in ("bleu", "chrf")]  # as they stand in the table
    theirs = [float(p) for p in re.findall(r"\(p = ([\d.]+)\)", done.stdout)]
    assert [score.p_value for score in cells[2:]] == pytest.approx(theirs, abs=5e-5)
    assert max(theirs) > 0.1 > min(theirs)  # so that not only the smallest possible p was compared
    if test == "bootstrap":
        table = [tuple(map(float, it)) for it in re.findall(r"([\d.]+) \(([\d.]+) ± ([\d.]+)\)", done.stdout)]
        for score, (value, mean, half) in zip(cells, table, strict=True):
            low, high = score.metric.interval
            assert (score.metric.value, score.mean) == pytest.approx((value, mean), abs=1e-3)
            assert (high - low) / 2 == pytest.approx(half, abs=1e-3)


@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
def test_equal_translations_do_not_differ_and_much_better_ones_do(test) -> None:
    for name in ("bleu", "bleu_compound", "chrf", "exact_match"):
        base, equal, better = of(name, [POOR, list(POOR), GOOD], test=test, trials=100, resamples=0)
        assert base.p_value is None
        assert base.difference is None
        assert (equal.p_value, equal.difference) == (1.0, 0.0)
        assert better.p_value < 0.01
        assert better.difference > 5


@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
def test_translations_that_differ_where_a_metric_does_not_look_are_equal_to_it(test) -> None:
    """Case, for a lower-cased definition: every line differs, and no count does."""
    upper = [line.upper() for line in POOR]
    (_, same), (_, other) = (of(name, [POOR, upper], test=test, trials=100) for name in ("bleu_tokenised_lc", "bleu"))
    assert same.p_value == 1.0
    assert other.p_value < 0.01


@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
def test_scores_at_the_floor_are_not_tested(test) -> None:
    """Neither where no word is in the references, nor where one common word is all that a model says."""
    one, other = (["xx " * length + "xx"] * len(REFERENCES) for length in (4, 6))
    for systems in ([one, other], [["der"] * len(REFERENCES), ["der ."] * len(REFERENCES)]):
        (baseline, found) = of("bleu", systems, test=test, trials=200, resamples=0)
        assert found.metric.value < FLOOR
        assert found.difference is not None
        assert found.p_value is None
        assert (baseline.at_floor, found.at_floor) == (False, True)
        assert of("exact_match", systems, test=test, trials=200, resamples=0)[1].at_floor
    assert not of("bleu", [one, GOOD], test=test, trials=200, resamples=0)[1].at_floor
    assert not of("exact_match", [one, GOOD], test=test, trials=200, resamples=0)[1].at_floor


@pytest.mark.parametrize("k", [1, 2, 3])
def test_few_lines_that_differ_prove_nothing(k: int) -> None:
    """All better by far in k lines: of 2^k swaps only two give as large a difference, which is p by enumeration."""
    wrong = [line for line, text in enumerate(POOR) if text != REFERENCES[line]][:k]
    better = [REFERENCES[line] if line in wrong else text for line, text in enumerate(POOR)]

    def bleu(lines: list[str]) -> float:
        return BLEU(force=True).corpus_score(lines, [REFERENCES]).score

    seen = bleu(better) - bleu(POOR)
    as_large = 0
    for swaps in itertools.product([False, True], repeat=k):
        one, other = list(POOR), list(better)
        for line, swapped in zip(wrong, swaps, strict=True):
            if swapped:
                one[line], other[line] = other[line], one[line]
        as_large += abs(bleu(other) - bleu(one)) >= seen - 1e-9
    (_, found) = of("bleu", [POOR, better], test="randomisation", trials=200, resamples=0)
    assert found.p_value == pytest.approx(as_large / 2**k, abs=0.05)
    assert found.p_value >= 2.0 ** (1 - k)


def test_p_of_exact_match_is_that_of_all_swaps() -> None:
    right = [np.array(matches(lines, REFERENCES)) for lines in (OTHER, GOOD)]
    better, worse = int((right[1] & ~right[0]).sum()), int((right[0] & ~right[1]).sum())
    assert better > worse > 0 or better > 5
    signs = np.random.default_rng(0).choice([-1, 1], size=(200_000, better + worse)).sum(axis=1)
    expected = float(np.mean(np.abs(signs) >= abs(better - worse)))
    (_, found) = of("exact_match", [OTHER, GOOD], trials=20)
    assert found.p_value == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("one", "other", "p"), [(0, 0, 1), (1, 0, 1), (3, 3, 1), (5, 0, 2 / 32), (6, 0, 2 / 64), (1, 4, 12 / 32)]
)
def test_mcnemar_of_few_lines_by_hand(one: int, other: int, p: float) -> None:
    assert mcnemar(one, other) == pytest.approx(p)


def test_randomisation_has_intervals_only_with_resamples() -> None:
    (without, _), (with_, _) = (
        of("bleu", [POOR, GOOD], test="randomisation", trials=10, resamples=resamples) for resamples in (0, 50)
    )
    assert (without.mean, without.metric.interval) == (None, None)
    low, high = with_.metric.interval
    assert low < with_.mean < high
    assert with_.metric.details["interval"]["resamples"] == 50


def test_the_seed_decides_the_draws_and_the_environment_stays(monkeypatch) -> None:
    monkeypatch.setenv("SACREBLEU_SEED", "none")
    means = [
        paired_scores([POOR, OTHER], REFERENCES, "de", trials=5, seed=seed)[1]["bleu"].mean for seed in (SEED, SEED, 7)
    ]
    assert means[0] == means[1] != means[2]
    assert os.environ["SACREBLEU_SEED"] == "none"
    monkeypatch.delenv("SACREBLEU_SEED")
    of("bleu", [POOR, OTHER], trials=2)
    assert "SACREBLEU_SEED" not in os.environ


def test_tokens_as_given_are_scored_under_definitions_on_tokens_alone() -> None:
    found = paired_scores([POOR, GOOD], REFERENCES, "de", pretokenised=True, trials=20)
    assert set(found[1]) == {"bleu_tokenised", "bleu_tokenised_lc", "bleu_compound", "exact_match"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": 0}, "--seed 0 would leave sacreBLEU's tests without a seed"),
        ({"trials": 10**9}, "--trials 1,000,000,000 of 80 lines would not fit in memory; give at most"),
        (
            {"test": "randomisation", "resamples": 10**9},
            "--resamples 1,000,000,000 of 80 lines would not fit in memory; give at most",
        ),
    ],
)
def test_what_sacrebleu_would_not_do_as_told_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        paired_scores([POOR, GOOD], REFERENCES, "de", **options)  # type: ignore[arg-type]
