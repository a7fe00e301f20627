"""The measurements of the grid `counting`: each counts in running code instead of evaluating a formula about it."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ablations.complexity.laws import Exponent, Point, exponent
from ablations.complexity.layers import Layer, build
from ablations.complexity.operations import counted_forward
from ablations.counting.configuration import Configuration, value_of
from repro.dataclass_config import from_mapping
from repro.models.feed_forward import FeedForward
from repro.models.layouts.tokens import Padded
from repro.models.positions import sinusoidal_table
from repro.models.transformer import Encoder, Transformer
from repro.outcome import Outcome
from repro.scoring.metric import Metric

OFFSETS = (1, 7, 100)
"""Of positions, for section 3.5's shift."""
KERNELS = (3, 5, 9, 17)
LENGTHS = (33, 65, 129, 257)
"""Odd, since a kernel as wide as the sentence needs a middle."""
WIDTHS = (64, 128, 256)


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """The function that cells of the grid call: runs the measurement that the configuration names.

    Args:
        config: see `Configuration` for its keys.
        directory: of the cell's attempt; nothing is written there.

    Raises:
        BadInput: the configuration cannot be used.
    """
    given = from_mapping(Configuration, config)
    torch.set_num_threads(1)
    metrics = list(MEASUREMENTS[given.measurement](given))
    first = metrics[0]
    counted = Metric("counted", first.value, first.unit, first.definition, interval=first.interval)
    return Outcome({metric.name: metric.as_record() for metric in (counted, *metrics)})


def count_parameters(config: Configuration) -> Iterator[Metric]:
    """Parameters of a network (Table 3), and how many more than the base model's of the same vocabulary."""
    with torch.device("meta"):  # shapes without memory
        network = Transformer(
            config.types, N=config.N, d_model=config.d_model, d_ff=config.d_ff, h=config.h, d_k=config.d_k
        )
        base = Transformer(config.types)
    own, of_base = (sum(parameter.numel() for parameter in it.parameters()) for it in (network, base))
    shared = f"with {config.types:,} types, whose embedding the output shares"
    yield Metric("parameters", own, "parameters", f"numbers that training changes, {shared}")
    yield Metric("parameters.difference", own - of_base, "parameters", f"more than the base model has, {shared}")


def measure_sinusoids(config: Configuration) -> Iterator[Metric]:
    """Section 3.5: PE(pos + k) as a linear function of PE(pos), and the wavelengths of the encoding's columns."""
    table = sinusoidal_table(config.n, config.d_model).double().numpy()
    residual = max(_shift_residual(table, offset) for offset in OFFSETS)
    lengths = _wavelengths(table)
    ratios = lengths[1:] / lengths[:-1]
    yield Metric(
        "shift.residual",
        residual,
        "of 1",
        f"largest error of PE(pos + k) as a linear map of PE(pos), fitted to the first half of {config.n:,} positions "
        f"and applied to the second, k = {', '.join(map(str, OFFSETS))}",
    )
    of = f"of the phase over {config.n:,} positions, d_model = {config.d_model}"
    yield Metric(
        "wavelength.first", float(lengths[0]), "positions", f"wavelength of the first two columns, by the slope {of}"
    )
    yield Metric(
        "wavelength.last", float(lengths[-1]), "positions", f"wavelength of the last two columns, by the slope {of}"
    )
    yield Metric(
        "wavelength.ratio_spread",
        float(ratios.max() / ratios.min() - 1),
        "of 1",
        "largest ratio of neighbouring wavelengths over the smallest, minus 1; 0 in a geometric progression",
    )


def _shift_residual(table: Any, offset: int) -> float:
    """Each pair of columns by itself: if a map of two numbers each does, so does one of them all."""
    before, after = table[:-offset], table[offset:]
    half, worst = len(before) // 2, 0.0
    for column in range(0, table.shape[1], 2):
        pair = slice(column, column + 2)
        matrix, *_ = np.linalg.lstsq(before[:half, pair], after[:half, pair], rcond=None)
        worst = max(worst, float(np.abs(before[half:, pair] @ matrix - after[half:, pair]).max()))
    return worst


def _wavelengths(table: Any) -> Any:
    phases = np.unwrap(np.arctan2(table[:, 0::2], table[:, 1::2]), axis=0)
    return 2 * math.pi * (len(table) - 1) / (phases[-1] - phases[0])


def count_heads(config: Configuration) -> Iterator[Metric]:
    """Section 3.2.2: the computation of h heads beside that of one head of full width."""
    several, one = (
        _operations(build("self-attention", config.d_model, h=h), config.n, config.d_model) for h in (config.h, 1)
    )
    yield Metric(
        "operations.ratio",
        several / one,
        "times",
        f"floating-point operations of {config.h} heads over those of one head, forward, n = {config.n}, "
        f"d_model = {config.d_model}, projections included",
    )


def count_additive(config: Configuration) -> Iterator[Metric]:
    """Section 3.2.1: additive attention beside attention by dot products, in operations and in memory."""
    n, d = config.n, config.d_model
    additive, dot = (
        counted_forward(build(layer, d, h=config.h), torch.zeros(1, n, d)) for layer in ("additive", "self-attention")
    )
    at = f"of additive attention over those of dot products, forward, n = {n}, d_model = {d}, h = {config.h}"
    yield Metric("operations.ratio", additive.all / dot.all, "times", f"floating-point operations {at}")
    yield Metric("memory.ratio", additive.peak / dot.peak, "times", f"most bytes that live tensors take at once {at}")
    sizes = [(n, d) for n in LENGTHS for d in WIDTHS]
    (square, linear), misfit = _two_terms(sizes, [_operations(build("additive", d), n, d) for n, d in sizes])
    yield Metric(
        "operations.misfit",
        misfit,
        "of 1",
        "largest relative error of a n^2 d + b n d^2, the terms of attention by dot products, fitted to the operations "
        f"of additive attention, forward, n = {', '.join(map(str, LENGTHS))}, d = {', '.join(map(str, WIDTHS))}",
        details={"reason": f"additive attention: {square:.2f} n^2 d + {linear:.2f} n d^2"},
    )


def count_convolution(config: Configuration) -> Iterator[Metric]:
    """Section 4: how a convolution's operations beside a recurrent layer's grow with the kernel's width."""
    recurrent = _operations(build("recurrent", config.d_model), config.n, config.d_model)
    points: list[Point] = [
        ({"k": k}, _operations(build("convolution", config.d_model, k=k), config.n, config.d_model) / recurrent)
        for k in KERNELS
    ]
    ratio = f"operations of a convolution over those of a recurrent layer, forward, k = {', '.join(map(str, KERNELS))}"
    yield _exponent("operations.ratio.k", _fitted(points, "k"), ratio)


def count_separable(_: Configuration) -> Iterator[Metric]:
    """Section 4: a separable convolution with k = n beside self-attention and a point-wise feed-forward layer."""
    sizes = [(n, d) for n in LENGTHS for d in WIDTHS]
    separable = [_operations(build("convolution-separable", d, k=n), n, d) for n, d in sizes]
    combination = [
        _operations(build("self-attention", d), n, d) + _operations(_FeedForwardLayer(d), n, d) for n, d in sizes
    ]
    for name, counts, layers in (
        ("combination", combination, "self-attention and a point-wise feed-forward layer"),
        ("separable", separable, "a separable convolution with k = n"),
    ):
        (square, linear), misfit = _two_terms(sizes, counts)
        yield Metric(
            f"operations.{name}.misfit",
            misfit,
            "of 1",
            f"largest relative error of a n^2 d + b n d^2, fitted to the operations of {layers}, forward, "
            f"n = {', '.join(map(str, LENGTHS))}, d = {', '.join(map(str, WIDTHS))}",
            details={"reason": f"{layers}: {square:.2f} n^2 d + {linear:.2f} n d^2"},
        )


def _two_terms(sizes: Sequence[tuple[int, int]], counts: Sequence[int]) -> tuple[tuple[float, float], float]:
    """a and b of a n^2 d + b n d^2 by least squares on relative errors, and the largest of these."""
    terms = np.array([[n * n * d, n * d * d] for n, d in sizes], dtype=float) / np.array(counts, dtype=float)[:, None]
    (square, linear), *_ = np.linalg.lstsq(terms, np.ones(len(counts)), rcond=None)
    return (float(square), float(linear)), float(np.abs(terms @ [square, linear] - 1).max())


class _FeedForwardLayer:
    """Section 3.3's, with d_ff = 4 d, in the form that is counted: without dropout, step by step."""

    def __init__(self, d: int) -> None:
        self.inner: nn.Module = FeedForward(d, 4 * d).eval()

    def parameters(self) -> Iterator[Tensor]:
        return iter(self.inner.parameters())

    def unrolled(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.inner(x))


def count_dependence(config: Configuration) -> Iterator[Metric]:
    """Pairs of positions of which the one's output has a derivative in the other's input that is not zero.

    A mixer of three neighbouring words in the encoder's place is the control, which connects few of them.
    """
    n, d = config.n, config.d_model
    tokens = Padded(torch.ones(1, n, dtype=torch.long))
    generator = torch.Generator().manual_seed(config.seed)
    x, memory = (torch.randn(1, n, d, generator=generator, dtype=torch.float64) for _ in range(2))

    def network(encoder: Encoder) -> Transformer:
        transformer = Transformer(
            config.types, config.seed, config.N, d, config.d_ff, config.h, config.d_k, encoder=encoder, k=3
        )
        return transformer.double().eval()

    attention, convolution = network("self-attention"), network("convolution")
    all_pairs = torch.ones(n, n, dtype=torch.bool)
    decoder = _dependent(lambda y: attention.decode(y, tokens, memory, tokens), x)
    for name, dependent, pairs, scope in (
        ("encoder", _dependent(lambda x: attention.encode(x, tokens), x), all_pairs, "all pairs of the encoder"),
        ("convolution", _dependent(lambda x: convolution.encode(x, tokens), x), all_pairs, "all of a convolution's"),
        ("decoder.earlier", decoder, all_pairs.tril(), "pairs of the decoder with an earlier position or its own"),
        ("decoder.later", decoder, all_pairs.triu(1), "pairs of the decoder with a later position"),
    ):
        share = float(dependent[pairs].double().mean())
        definition = f"share with a derivative that is not zero among {scope}, {config.N} layer, n = {n}, d_model = {d}"
        yield Metric(f"dependence.{name}", share, "share", definition)


def _dependent(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """(n, n) boolean: whether output position i of a map of (1, n, d) to (1, n, d) depends on input position j."""
    jacobian = torch.autograd.functional.jacobian(function, x)  # (1, n, d, 1, n, d)
    return torch.as_tensor(jacobian[0, :, :, 0].abs().amax(dim=(1, 3)) > 0)


def compute_arithmetic(config: Configuration) -> Iterator[Metric]:
    """Numbers that the paper prints, combined."""
    assert config.formula is not None  # as the configuration has checked
    yield Metric("value", value_of(config.formula), "as stated", f"{config.formula}, of numbers that the paper prints")


MEASUREMENTS: Mapping[str, Callable[[Configuration], Iterator[Metric]]] = {
    "parameters": count_parameters,
    "sinusoids": measure_sinusoids,
    "heads": count_heads,
    "additive": count_additive,
    "convolution": count_convolution,
    "separable": count_separable,
    "dependence": count_dependence,
    "arithmetic": compute_arithmetic,
}


def _operations(layer: Any, n: int, d: int) -> int:
    """Floating-point operations of one sentence, forward."""
    counted: Layer = layer
    return counted_forward(counted, torch.zeros(1, n, d)).all


def _fitted(points: list[Point], symbol: str) -> Exponent:
    fit = exponent(points, symbol)
    assert fit is not None  # there are three sizes of each symbol at least
    return fit


def _exponent(name: str, fit: Exponent, cost: str) -> Metric:
    return Metric(name, fit.value, "exponent", f"exponent of {fit.symbol} in the {cost}", interval=(fit.low, fit.high))
