import pytest

from repro.training.observe.curve import read_curve
from repro.training.schedule import factor_for_peak, learning_rate
from tests.representatives import others_slow
from tests.training.runs import run


@pytest.mark.parametrize("d_model", [128, 512])
@pytest.mark.parametrize("step", [1, 2, 3999, 4000, 4001, 100_000])
def test_the_rate_is_equation_3(step, d_model):
    # Written by hand from section 5.3: linear up to 4,000, then the inverse square root.
    expected = step / (d_model**0.5 * 4000**1.5) if step <= 4000 else (d_model * step) ** -0.5
    assert learning_rate(step, d_model, 4000) == pytest.approx(expected, rel=1e-12)


def test_figures_of_the_base_model():
    """The base model's peak, by pocket calculator: 1 / sqrt(512 * 4000)."""
    assert learning_rate(4000, 512, 4000) == pytest.approx(6.9877e-4, rel=1e-4)
    assert learning_rate(1, 512, 4000) == pytest.approx(1.7469e-7, rel=1e-4)


def test_the_factor_multiplies():
    assert learning_rate(7, 64, 10, factor=2.0) == 2 * learning_rate(7, 64, 10)


def test_the_peak_is_the_largest_value():
    factor = factor_for_peak(5e-3, 128, 2000)
    rates = [learning_rate(step, 128, 2000, factor) for step in range(1, 10_000)]
    assert max(rates) == pytest.approx(5e-3)
    assert rates.index(max(rates)) == 1999


def test_there_is_no_step_0():
    with pytest.raises(ValueError, match="counted from 1"):
        learning_rate(0, 512, 4000)


@pytest.mark.parametrize("accumulate", others_slow([1, 2], [1]))
def test_the_optimiser_uses_the_rate_of_its_step(root, tmp_path, accumulate, monkeypatch):
    """Seen where Adam reads it, and in the curve."""
    import torch

    used = []
    step = torch.optim.Adam.step

    def watched(self, closure=None):
        used.append(self.param_groups[0]["lr"])
        return step(self, closure)

    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    changes = {
        "--model.peak_learning_rate": "null",
        "--model.warmup": 4,
        "--trainer.max_steps": 6,
        "--trainer.accumulate_grad_batches": accumulate,
    }
    run(root, tmp_path / "run", changes)
    expected = [16**-0.5 * min(n**-0.5, n * 4**-1.5) for n in range(1, 7)]
    assert used == pytest.approx(expected)
    rows = read_curve(tmp_path / "run" / "attempt-1" / "metrics.csv", "train")
    assert [row["learning_rate"] for row in rows] == pytest.approx(expected)
