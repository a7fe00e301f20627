"""`repro check`: everything holds, and a planted mistake shows."""

import pytest

from repro.cli import check as checks


def test_everything_holds(repro) -> None:
    said = repro("check")
    assert said.status == 0
    assert "NOT OK" not in said.out
    assert f"{len(checks.CHECKS)} of {len(checks.CHECKS)} hold" in said.out
    assert "63,045,632" in said.out
    assert "214,171,648" in said.out


@pytest.mark.parametrize(
    ("name", "wrong", "noticed_by"),
    [
        (
            "learning_rate",
            lambda step, d_model, *others: 2 / (step * d_model) ** 0.5,
            "learning_rate_at_last",
        ),
        ("sinusoidal_table", lambda n, d_model: checks.torch.zeros(n, d_model), "positions"),
        ("length_penalty", lambda length, alpha: length**alpha, "penalty"),
        ("fast_attention", lambda Q, K, V, mask, scale: V, "attention_in_training"),
        ("label_smoothed_loss", lambda states, W, targets, eps: (targets.sum(), None), "label_smoothing"),
    ],
)
def test_a_planted_mistake_is_noticed(
    repro, monkeypatch: pytest.MonkeyPatch, name: str, wrong: object, noticed_by: str
) -> None:
    monkeypatch.setattr(checks, name, wrong)
    result = getattr(checks, noticed_by)()
    assert not result.ok
    monkeypatch.setattr(checks, "CHECKS", [getattr(checks, noticed_by)])
    said = repro("check")
    assert said.status == 1
    assert "NOT OK" in said.out


def test_a_model_that_sees_the_future_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks._transformer
    monkeypatch.setattr(checks, "_transformer", lambda *given, **changes: real(*given, **changes, causal=False))
    assert not checks.future_is_hidden().ok
    assert not checks.cached_decoding().ok


def test_an_untied_output_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = checks._transformer

    def untied(preset: str, V: int, **changes: object):
        model = real(preset, V, **changes)
        model.head = checks.torch.nn.Linear(16, V)
        return model

    monkeypatch.setattr(checks, "_transformer", untied)
    assert not checks.one_embedding().ok
    assert not checks.parameters_of_base().ok
