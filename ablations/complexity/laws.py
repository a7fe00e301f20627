"""Fits laws to measured costs: exponents with intervals, the choice between laws, agreement with a formula.

A measured cost follows O(formula) if it is proportional to it once sizes are large. So measured / formula must have the
exponent 0 in each symbol. The margin leaves room for lower-order terms at the measured sizes, and is far smaller than
the difference between formulas that could be confused.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from repro.ledger.grids.expression import evaluate

EXPONENT_MARGIN = 0.1
"""How far from 0 the exponent of measured / formula may be, its 95% interval included."""

RELATIVE_RESOLUTION = 1e-6
"""Residuals relative to the mean below this are rounding: the counts that are fitted are often exact."""

Sizes = Mapping[str, float]
"""Symbol -> value, such as {"n": 128, "d": 64}."""
Point = tuple[Sizes, float]
"""Sizes and what was measured there."""


@dataclass(frozen=True)
class Exponent:
    """The slope of log cost over log size.

    Attributes:
        symbol: which size.
        value: the exponent.
        low, high: its 95% interval, by Student's t on the residuals.
        points: how many measurements it rests on.
    """

    symbol: str
    value: float
    low: float
    high: float
    points: int

    def __str__(self) -> str:
        width = f"[{self.low:.2f}, {self.high:.2f}]"
        return f"{self.symbol}^{self.value:.2f} {width}"


def exponent(points: Sequence[Point], symbol: str) -> Exponent | None:
    """Fit cost = c * symbol^exponent, with a c of its own for each combination of the other sizes.

    Args:
        points: sizes and positive costs.
        symbol: the size whose exponent is asked for.

    Returns:
        None where no combination of the other sizes has three different values of the symbol.
    """
    groups: dict[tuple[tuple[str, float], ...], list[tuple[float, float]]] = defaultdict(list)
    for sizes, cost in points:
        others = tuple(sorted((name, value) for name, value in sizes.items() if name != symbol))
        groups[others].append((math.log(sizes[symbol]), math.log(cost)))
    swept = [np.array(group) for group in groups.values() if len({x for x, _ in group}) >= 3]
    if not swept:
        return None
    centred = np.concatenate([group - group.mean(axis=0) for group in swept])
    x, y = centred.T
    slope = float(x @ y / (x @ x))
    freedom = len(x) - len(swept) - 1
    variance = float(((y - slope * x) ** 2).sum() / freedom / (x @ x))
    half = float(stats.t.ppf(0.975, freedom)) * math.sqrt(variance)
    return Exponent(symbol, slope, slope - half, slope + half, len(x))


@dataclass(frozen=True)
class Agreement:
    """Whether measurements follow a stated formula.

    Attributes:
        formula: what was stated.
        agrees: whether they do.
        ratio: symbol -> exponent of measured / formula; all are 0 for a perfect formula.
        reason: why they do not; None if they do.
    """

    formula: str
    agrees: bool
    ratio: Mapping[str, Exponent]
    reason: str | None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def formula_value(formula: str, sizes: Sizes) -> float:
    """The value of a formula in the symbols of `sizes`, such as "k*n*d + n * d**2".

    Raises:
        ValueError: it is no formula, or names another symbol.
    """
    return float(evaluate(formula, lambda name: sizes[name]))


def agreement(points: Sequence[Point], formula: str, margin: float = EXPONENT_MARGIN) -> Agreement:
    """Test a stated O(formula) against measurements.

    Args:
        points: sizes and positive costs.
        formula: in the symbols of the sizes.
        margin: how far from 0 the interval of an exponent of measured / formula may reach.
    """
    ratios = [(sizes, cost / formula_value(formula, sizes)) for sizes, cost in points]
    symbols = list(dict.fromkeys(symbol for sizes, _ in points for symbol in sizes))
    fits = {symbol: fit for symbol in symbols if (fit := exponent(ratios, symbol)) is not None}
    off = [fit for fit in fits.values() if max(abs(fit.low), abs(fit.high)) > margin]
    reason = None
    if not fits:
        reason = "too few sizes were measured to fit an exponent"
    elif off:
        reason = "measured / stated grows as " + " and ".join(map(str, off))
    return Agreement(formula, reason is None, fits, reason)


LAWS: Mapping[str, Callable[[Sizes], float]] = {
    "1": lambda _: 0.0,
    "log(n)": lambda s: math.log2(s["n"]),
    "log_k(n)": lambda s: math.log(s["n"]) / math.log(s["k"]),
    "log_r(n)": lambda s: math.log(s["n"]) / math.log(s["r"]),
    "n": lambda s: s["n"],
    "n/k": lambda s: s["n"] / s["k"],
    "n/r": lambda s: s["n"] / s["r"],
    "n^2": lambda s: s["n"] ** 2,
}
"""Laws of chain and path lengths; fitted with an offset and a factor, of which the constant law has the offset only."""


def candidates(points: Sequence[Point]) -> list[str]:
    """The laws that the sizes of these points can tell apart: k and r count where they vary."""
    varying = {s for s in ("k", "r") if len({sizes.get(s) for sizes, _ in points}) > 1}
    needs = {"log_k(n)": "k", "n/k": "k", "log_r(n)": "r", "n/r": "r"}
    return [law for law in LAWS if law not in needs or needs[law] in varying]


@dataclass(frozen=True)
class Fit:
    """One law fitted to measurements: measured = offset + factor * law.

    Attributes:
        law: a key of LAWS.
        offset, factor: by least squares; the factor is 0 for the constant law.
        low, high: the factor's 95% interval.
        aicc: Akaike's criterion, corrected for small samples (Hurvich and Tsai 1989); the smallest is the best.
        error: root mean square residual relative to the mean.
    """

    law: str
    offset: float
    factor: float
    low: float
    high: float
    aicc: float
    error: float


@dataclass(frozen=True)
class Choice:
    """The law that measurements follow best, among candidates.

    Attributes:
        law: its name.
        fits: all candidates, the best first.
        ahead: by how much the second one's AICc is worse.
    """

    law: str
    fits: Sequence[Fit]
    ahead: float

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"law": self.law, "ahead": self.ahead, "fits": [asdict(fit) for fit in self.fits]}


def choose(points: Sequence[Point], laws: Sequence[str] | None = None) -> Choice:
    """Select the law of measured lengths.

    Args:
        points: sizes and lengths, at least six of them.
        laws: keys of LAWS; by default those that the sizes can tell apart. A law that shrinks (a negative
            factor) is out, since a path does not get shorter as n grows.

    Raises:
        ValueError: fewer than six points, which cannot carry the corrected criterion.
    """
    if len(points) < 6:
        raise ValueError(f"{len(points)} points are too few to choose a law from; give at least 6")
    fits = [_fit(points, law) for law in laws or candidates(points)]
    fits = sorted((fit for fit in fits if fit.factor >= 0), key=lambda fit: fit.aicc)
    return Choice(fits[0].law, fits, fits[1].aicc - fits[0].aicc if len(fits) > 1 else math.inf)


def _fit(points: Sequence[Point], law: str) -> Fit:
    y = np.array([cost for _, cost in points], dtype=float)
    x = np.array([LAWS[law](sizes) for sizes, _ in points])
    n, factor, half = len(y), 0.0, 0.0
    parameters = 2  # the offset and the variance
    if law != "1":
        parameters = 3
        dx = x - x.mean()
        factor = float(dx @ y / (dx @ dx)) if dx.any() else 0.0
    residuals = y - y.mean() - factor * (x - x.mean())
    squares = float(residuals @ residuals)
    if law != "1" and (x - x.mean()).any():
        spread = float(((x - x.mean()) ** 2).sum())
        half = float(stats.t.ppf(0.975, n - 2)) * math.sqrt(squares / (n - 2) / spread)
    floor = n * (RELATIVE_RESOLUTION * max(abs(float(y.mean())), 1e-12)) ** 2
    aicc = (
        n * math.log(max(squares, floor) / n)
        + 2 * parameters
        + 2 * parameters * (parameters + 1) / (n - parameters - 1)
    )
    error = math.sqrt(squares / n) / max(abs(float(y.mean())), 1e-12)
    offset = float(y.mean() - factor * x.mean())
    factor = 0.0 if abs(factor * float(np.ptp(x))) < RELATIVE_RESOLUTION * max(abs(float(y.mean())), 1e-12) else factor
    return Fit(law, offset, factor, factor - half, factor + half, aicc, error)
