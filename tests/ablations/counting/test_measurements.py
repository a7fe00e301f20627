"""What the grid `counting` counts, against closed forms and torch's own modules."""

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ablations.counting import measure, measurements
from ablations.counting.measurements import MEASUREMENTS, count_separable
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.models import positions

ROWS = {row.name: dict(row.config) for row in read_grid(grid_files()["counting"], read_scale("builtin")).rows}
TYPES, D, D_FF = 37_000, 512, 2048


def found(row: str, **changes: Any) -> dict[str, float]:
    outcome = measure({**ROWS[row], **changes}, Path())
    return {name: metric["value"] for name, metric in outcome.metrics.items()}


def test_parameters_are_those_of_torchs_own_transformer() -> None:
    """torch's has biases in attention and a final norm for each stack, which the paper's figure does not show."""
    with torch.device("meta"):
        theirs = torch.nn.Transformer(D, 8, 6, 6, D_FF)
    biases, final_norms = 18 * 4 * D, 2 * 2 * D
    count = sum(each.numel() for each in theirs.parameters()) - biases - final_norms + TYPES * D
    assert found("base")["parameters"] == count
    assert found("base")["parameters.difference"] == 0


@pytest.mark.parametrize(
    ("row", "more"),
    [
        ("B1", -18 * 2 * D * 8 * (64 - 16)),
        ("B2", -18 * 2 * D * 8 * (64 - 32)),
        ("C1", -4 * (12 * D * D + 2 * (2 * D * D_FF + D_FF + D) + 10 * D)),
        ("C6", -12 * (2 * D * 1024 + 1024)),
        ("C7", 12 * (2 * D * 2048 + 2048)),
    ],
)
def test_differences_have_a_closed_form(row: str, more: int) -> None:
    assert found(row)["parameters.difference"] == more


def test_the_vocabulary_cancels() -> None:
    assert found("C1", types=1000)["parameters.difference"] == found("C1")["parameters.difference"]
    assert found("C4", types=1000)["parameters.difference"] != found("C4")["parameters.difference"]


def test_sinusoids_have_the_wavelengths_of_their_formula() -> None:
    measured = found("sinusoids")
    assert measured["wavelength.first"] == pytest.approx(2 * math.pi, rel=1e-6)
    assert measured["wavelength.last"] == pytest.approx(2 * math.pi * 10_000 ** (510 / 512), rel=1e-4)
    assert measured["wavelength.ratio_spread"] < 1e-5
    assert measured["shift.residual"] < 1e-6


def test_other_encodings_are_told_from_sinusoids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wavelengths that are no progression, and columns that no linear map shifts."""

    def arithmetic(n: int, d: int) -> torch.Tensor:
        angle = torch.arange(n)[:, None] / (1.0 + torch.arange(d // 2))
        return torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(n, d)

    monkeypatch.setattr(measurements, "sinusoidal_table", arithmetic)
    assert found("sinusoids", d_model=16)["wavelength.ratio_spread"] > 0.1
    monkeypatch.setattr(measurements, "sinusoidal_table", lambda n, d: positions.sinusoidal_table(n, d) ** 3)
    assert found("sinusoids", d_model=16)["shift.residual"] > 0.01


def test_heads_share_one_heads_computation() -> None:
    """Projections and products are equal; each head has a softmax of its own and a scaling."""
    n = d = 512
    one = 4 * 2 * n * d * d + 2 * 2 * n * n * d
    assert found("heads")["operations.ratio"] == pytest.approx((one + 8 * 6 * n * n) / (one + 6 * n * n), abs=2e-3)
    assert found("heads", h=1)["operations.ratio"] == 1


def test_additive_attention_holds_a_vector_for_each_pair() -> None:
    """A sum, a tanh and a product with v for each number of it, where dot products take a product alone."""
    n, d = ROWS["additive"]["n"], ROWS["additive"]["d_model"]
    measured = found("additive")
    shared = 4 * 2 * n * d * d + 2 * n * n * d + 5 * n * n  # projections, weights times values, softmax
    dot, additive = shared + 2 * n * n * d + n * n, shared + 4 * n * n * d
    assert measured["operations.ratio"] == pytest.approx(additive / dot, rel=0.01)
    assert measured["operations.misfit"] < 0.05
    assert d / 4 < measured["memory.ratio"] < d


def test_a_convolution_costs_half_of_k_recurrent_layers() -> None:
    assert found("convolution")["operations.ratio.k"] == pytest.approx(1, abs=1e-6)


def test_terms_are_found_where_they_are_planted() -> None:
    sizes = [(n, d) for n in (32, 64, 128) for d in (16, 64, 256)]
    (square, linear), misfit = measurements._two_terms(sizes, [3 * n * n * d + 7 * n * d * d for n, d in sizes])
    assert (square, linear, misfit) == (pytest.approx(3), pytest.approx(7), pytest.approx(0, abs=1e-9))
    assert measurements._two_terms(sizes, [n**3 + d**3 for n, d in sizes])[1] > 0.5


def test_a_separable_convolution_has_the_terms_of_attention_and_feed_forward() -> None:
    metrics = {metric.name: metric for metric in count_separable(None)}  # type: ignore[arg-type]
    assert metrics["operations.separable.misfit"].value == pytest.approx(0, abs=1e-9)
    assert metrics["operations.combination.misfit"].value < 0.01
    assert "2.00 n^2 d + 2.00 n d^2" in metrics["operations.separable.misfit"].details["reason"]
    # QK^T and weights times V; four projections and the two products of d_ff = 4 d.
    assert "4.11 n^2 d + 24.03 n d^2" in metrics["operations.combination.misfit"].details["reason"]


def test_outputs_depend_on_what_their_layer_connects() -> None:
    n = ROWS["dependence"]["n"]
    measured = found("dependence")
    assert measured["dependence.encoder"] == measured["dependence.decoder.earlier"] == 1
    assert measured["dependence.decoder.later"] == 0
    assert measured["dependence.convolution"] == pytest.approx((3 * n - 2) / n**2)


def test_a_decoder_without_its_mask_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "Transformer", partial(measurements.Transformer, causal=False))
    assert found("dependence")["dependence.decoder.later"] == 1


def test_arithmetic() -> None:
    assert found("base-cost")["value"] == pytest.approx(np.prod([12, 3600, 8, 9.5e12]) / 1e18)
    assert found("quarter")["value"] == pytest.approx(2.3e19 / 1.2e20)


def test_every_row_has_a_number() -> None:
    assert {config["measurement"] for config in ROWS.values()} == MEASUREMENTS.keys()
    assert all(found(row)["counted"] is not None for row in ("base", "heads", "lead-big"))
