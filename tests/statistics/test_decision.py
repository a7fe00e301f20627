"""The rule for a row, on families small enough to correct by hand."""

import math

import numpy as np
import pytest

from repro.statistics.decision import Question, decide
from repro.statistics.differences import Difference, difference
from repro.statistics.equivalence import two_one_sided_tests


def with_t(t: float, n: int = 5, error: float = 1.0) -> Difference:
    """A difference whose estimate is t standard errors."""
    sample = np.random.default_rng(0).normal(size=n)
    sample = error * math.sqrt(n) * (sample - sample.mean()) / sample.std(ddof=1) + t * error
    found = difference(dict(enumerate(sample)), dict.fromkeys(range(n), 0.0))
    assert found.estimate == pytest.approx(t * error)
    return found


@pytest.mark.parametrize(("t", "better", "expected"), [(20, "higher", "better"), (20, "lower", "worse")])
@pytest.mark.parametrize("sign", [1, -1])
def test_which_side_is_better(t: float, better: str, expected: str, sign: int) -> None:
    other = {"better": "worse", "worse": "better"}
    found = decide({"row": Question(with_t(sign * t), better)})["row"]
    assert found.decision == (expected if sign == 1 else other[expected])
    assert found.p_same is None


def test_a_row_that_passes_alone_fails_in_a_family() -> None:
    middling = Question(with_t(3.2), "higher")  # p = 0.033
    assert decide({"row": middling})["row"].decision == "better"
    nothing = Question(with_t(0.1), "higher")
    found = decide({"row": middling, "other": nothing})
    assert [finding.decision for finding in found.values()] == ["inconclusive", "inconclusive"]
    assert found["row"].p_difference == pytest.approx(2 * middling.difference.p_two_sided)
    assert list(found) == ["row", "other"]
    # Once the other is rejected, this one is the last, and is not corrected any more.
    strong = Question(with_t(-30), "higher")
    found = decide({"row": middling, "other": strong})
    assert [finding.decision for finding in found.values()] == ["better", "worse"]
    assert found["row"].p_difference == pytest.approx(middling.difference.p_two_sided)


def test_the_same_needs_a_margin_and_a_proof() -> None:
    close, wide = with_t(0.1, error=0.01), with_t(0.1, error=5.0)
    found = decide(
        {
            "no margin": Question(close, "higher"),
            "close": Question(close, "higher", margin=0.1),
            "wide": Question(wide, "higher", margin=0.1),
        }
    )
    assert [finding.decision for finding in found.values()] == ["inconclusive", "same", "inconclusive"]
    # Two rows were asked it.
    expected = 2 * two_one_sided_tests(close, 0.1).p_value
    assert [finding.p_same for finding in found.values()][:2] == [None, pytest.approx(expected)]


def test_a_difference_within_the_margin_is_the_same_however_sure() -> None:
    small = with_t(30, error=0.001)
    assert decide({"row": Question(small, "higher")})["row"].decision == "better"
    found = decide({"row": Question(small, "higher", margin=0.1)})["row"]
    assert found.decision == "same"
    assert found.p_difference < 0.001
    assert decide({"row": Question(small, "higher", margin=0.01)})["row"].decision == "better"


@pytest.mark.parametrize("margin", [None, 0.5])
def test_too_few_seeds_are_inconclusive(margin: float | None) -> None:
    for row in (with_t(1000, n=4), with_t(0, n=4, error=1e-9), difference({}, {}), difference({1: 2.0}, {1: 1.0})):
        found = decide({"row": Question(row, "higher", margin)})["row"]
        assert (found.decision, found.p_difference, found.p_same) == ("inconclusive", None, None)
    found = decide({"row": Question(with_t(1000, n=4), "higher", margin)}, least_seeds=4)["row"]
    assert found.decision == "better"


def test_rows_with_too_few_seeds_stay_in_the_family() -> None:
    middling = Question(with_t(3.2), "higher")
    short = Question(with_t(1000, n=4), "higher")
    found = decide({"row": middling, "short": short})
    assert found["row"].p_difference == pytest.approx(2 * middling.difference.p_two_sided)
    assert found["row"].decision == "inconclusive"


def test_seeds_that_all_agree_are_decided() -> None:
    solved = difference(dict.fromkeys(range(5), 100.0), dict.fromkeys(range(5), 100.0))
    broken = difference(dict.fromkeys(range(5), 0.0), dict.fromkeys(range(5), 100.0))
    found = decide({"solved": Question(solved, "higher", 1.0), "broken": Question(broken, "higher", 1.0)})
    assert [finding.decision for finding in found.values()] == ["same", "worse"]
    assert decide({"solved": Question(solved, "higher")})["solved"].decision == "inconclusive"


def test_alpha_is_the_families() -> None:
    middling = Question(with_t(3.2), "higher")
    assert decide({"row": middling}, alpha=0.01)["row"].decision == "inconclusive"
    assert decide({}) == {}


def test_corrected_p_values_take_the_place_of_holm_s() -> None:
    middling, nothing = Question(with_t(3.2), "higher"), Question(with_t(0.1), "lower", margin=0.5)
    family = {"row": middling, "other": nothing}
    found = decide(family, corrected={"other": 0.03, "row": 0.04, "another": 0.5})
    assert [finding.p_difference for finding in found.values()] == [0.04, 0.03]
    assert [finding.decision for finding in found.values()] == ["better", "worse"]
    # Samenesses are corrected as ever.
    assert found["other"].p_same == decide(family)["other"].p_same
    assert decide(family, corrected={"row": 0.051, "other": 1.0})["row"].decision == "inconclusive"


def test_corrected_p_values_do_not_help_rows_with_too_few_seeds() -> None:
    short, untested = Question(with_t(1000, n=4), "higher"), Question(difference({}, {}), "higher")
    found = decide({"short": short, "untested": untested}, corrected={"short": 0.0, "untested": None})
    assert {(finding.decision, finding.p_difference) for finding in found.values()} == {("inconclusive", None)}


def test_a_row_that_the_correction_could_not_test_is_inconclusive() -> None:
    found = decide({"row": Question(with_t(100), "higher")}, corrected={"row": None})["row"]
    assert (found.decision, found.p_difference) == ("inconclusive", None)


def test_several_metrics_multiply_all_p_values() -> None:
    family = {
        "row": Question(with_t(3.2), "higher", margin=9.0),
        "close": Question(with_t(0.1, error=0.01), "higher", margin=0.1),
        "none": Question(with_t(0.0), "higher"),
    }
    once, thrice = decide(family), decide(family, metrics=3)
    for name, finding in once.items():
        assert thrice[name].p_difference == min(1.0, 3 * finding.p_difference)
        if finding.p_same is not None:
            assert thrice[name].p_same == min(1.0, 3 * finding.p_same)
    assert thrice["none"].p_difference == 1.0
    assert decide({"row": family["row"]}, metrics=1)["row"].p_difference <= 0.05
    given = {"row": Question(with_t(3.2), "higher")}
    assert decide(given, corrected={"row": 0.02}, metrics=2)["row"].decision == "better"
    assert decide(given, corrected={"row": 0.02}, metrics=3)["row"].decision == "inconclusive"


def test_refuses_arguments_out_of_range() -> None:
    row = with_t(1)
    with pytest.raises(ValueError, match="least_seeds"):
        decide({}, least_seeds=1)
    with pytest.raises(ValueError, match="alpha"):
        decide({}, alpha=5)
    with pytest.raises(ValueError, match="margin"):
        decide({"row": Question(row, "higher", 0.0)})
    with pytest.raises(ValueError, match="metrics"):
        decide({"row": Question(row, "higher")}, metrics=0)
    with pytest.raises(ValueError, match="no corrected p value"):
        decide({"row": Question(row, "higher"), "other": Question(row, "higher")}, corrected={"row": 0.5})
