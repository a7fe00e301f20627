"""Where one number lies among runs with other seeds, against NumPy, SciPy's distributions and simulation."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize

from reports.comparison.placement import Placement

RUNS = {1: 27.1, 2: 27.6, 3: 26.9, 4: 27.3, 5: 27.2}


def place(value: float, runs: dict[int, float] = RUNS) -> Placement:
    return Placement("test.bleu", value, runs)


def quantile_of_t(probability: float, degrees: int) -> float:
    """By the density of Student's t itself, integrated and solved for."""

    def density(x: float) -> float:
        scale = math.gamma((degrees + 1) / 2) / (math.sqrt(degrees * math.pi) * math.gamma(degrees / 2))
        return scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)

    return float(optimize.brentq(lambda q: 0.5 + integrate.quad(density, 0, q)[0] - probability, 0, 100))


def test_the_interval_is_that_of_one_more_run() -> None:
    sample = np.array(list(RUNS.values()))
    half = quantile_of_t(0.975, 4) * sample.std(ddof=1) * math.sqrt(1 + 1 / 5)
    found = place(27.0)
    assert found.prediction is not None
    assert found.mean == pytest.approx(sample.mean())
    assert (found.prediction.low, found.prediction.high) == pytest.approx((sample.mean() - half, sample.mean() + half))
    assert found.half_width(5) == pytest.approx(half)


@pytest.mark.parametrize(("value", "finding"), [(27.2, "inside"), (26.0, "below"), (28.5, "above")])
def test_a_number_is_inside_or_on_one_side(value: float, finding: str) -> None:
    assert place(value).finding == finding


def test_the_ends_are_inside_and_just_beyond_them_is_outside() -> None:
    prediction = place(0).prediction
    assert prediction is not None
    assert place(prediction.low).finding == place(prediction.high).finding == "inside"
    assert place(math.nextafter(prediction.low, -math.inf)).finding == "below"
    assert place(math.nextafter(prediction.high, math.inf)).finding == "above"


def test_the_interval_ends_where_the_metric_does() -> None:
    runs = {1: 98.0, 2: 99.5, 3: 99.0}
    prediction = Placement("test.exact_match", 99.0, runs).prediction
    assert prediction is not None
    assert prediction.high > 100
    assert Placement("test.exact_match", 99.0, runs, range=(0, 100)).interval == (prediction.low, 100)
    assert Placement("test.exact_match", 99.0, runs).interval == (prediction.low, prediction.high)
    assert Placement("test.exact_match", 99.0, {1: 98.0}, range=(0, 100)).interval is None


def test_one_run_and_equal_runs_show_no_spread() -> None:
    for runs in ({1: 27.0}, {1: 27.0, 2: 27.0, 3: 27.0}):
        for value in (27.0, 28.0):
            found = place(value, runs)
            assert (found.prediction, found.interval, found.finding) == (None, None, "unknown")
            assert found.half_width(5) is None


def test_what_no_seed_changes_has_no_room_around_equal_runs() -> None:
    equal = {1: 5.0, 2: 5.0, 3: 5.0}
    findings = [Placement("parameters", value, equal, exact=True).finding for value in (5.0, 5.0001)]
    assert findings == ["inside", "above"]


def test_more_runs_narrow_the_interval_down_to_the_spread_of_single_runs() -> None:
    widths = [place(27.0).half_width(runs) for runs in (2, 5, 10, 30, 10_000, None)]
    numbers = [width for width in widths if width is not None]
    assert len(numbers) == 6
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == pytest.approx(1.959964 * np.std(list(RUNS.values()), ddof=1), rel=1e-5)


@pytest.mark.parametrize("runs", [2, 3, 5, 10])
def test_of_fresh_runs_95_percent_are_inside(runs: int) -> None:
    draws, rng = 4_000, np.random.default_rng(runs)
    numbers = rng.normal(30.0, 0.4, (draws, runs + 1))
    inside = sum(place(row[-1], dict(enumerate(map(float, row[:-1])))).finding == "inside" for row in numbers)
    # Four deviations of a binomial count of 4,000 draws.
    assert abs(inside / draws - 0.95) < 4 * math.sqrt(0.95 * 0.05 / draws)
