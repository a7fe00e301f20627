"""After training: which weights are decoded how for which figure, and what is written where."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from repro.training import evaluation as module
from repro.training.decoding_settings import DecodingSettings
from repro.training.evaluation import Evaluation, evaluate

REFERENCES = {"test": ["a b c d", "e f g h"], "dev": ["i j k l"]}


class Module:
    """Remembers by name which weights it has; each of its batches is its NLL, its tokens and how many are right."""

    def __init__(self) -> None:
        self.network = torch.nn.Identity()
        self.state = "none"

    def load_state_dict(self, state: dict[str, str]) -> None:
        self.state = state["name"]

    def prediction(self, batch: torch.Tensor) -> torch.Tensor:
        """The last weights are ten times as good as the average, so that each figure tells whose it is."""
        nll, tokens, right = batch
        return torch.stack(
            [nll / 10 if self.state == "last" else nll, tokens, right if self.state == "last" else 0 * right]
        )


class Store:
    languages = ("en", "de")
    vocabulary = None

    def lines(self, split: str) -> tuple[list[str], list[str]]:
        return [f"source of {line}" for line in REFERENCES[split]], REFERENCES[split]

    def tags(self, split: str) -> None:
        return None


@pytest.fixture
def unaveraged() -> list[str]:
    """Splits that the last checkpoint translates."""
    return []


@pytest.fixture
def lines() -> int | None:
    """How many of each split are translated; None for all."""
    return None


@pytest.fixture
def measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unaveraged: list[str], lines: int | None
) -> tuple[Evaluation, Module, dict[str, list[str]]]:
    """Every translation says of which weights and by which search it is; also what went into the waterfall."""
    trained, variants = Module(), {}

    def search(_network: Any, _vocabulary: Any, settings: DecodingSettings, _device: Any, **changes: Any) -> Any:
        options = {"beam": settings.beam, "alpha": settings.alpha, **changes}
        text = f"{trained.state} beam {options['beam']} alpha {options['alpha']:g}"
        return SimpleNamespace(translate=lambda sources: iter([text] * len(sources)))

    def keep(given: dict[str, list[str]], references: list[str], *_: Any, **__: Any) -> list[Any]:
        assert references == REFERENCES["test"][:lines]
        variants.update(given)
        return [SimpleNamespace(variant="only")]

    monkeypatch.setattr(module, "translator", search)
    monkeypatch.setattr(module, "waterfall", keep)
    batches = [torch.tensor([2.0, 4.0, 3.0]), torch.tensor([4.0, 2.0, 0.0])]
    states = {name: {"name": name} for name in ("last", "averaged")}
    found = evaluate(
        trained,
        batches,
        batches[:1],
        Store(),
        states,
        DecodingSettings(splits=["test", "dev"], unaveraged=unaveraged, lines=lines, resamples=0),
        tmp_path,
        torch.device("cpu"),
        {20.0: {"name": "minute 20"}, 10.0: {"name": "minute 10"}},
    )
    return found, trained, variants


def test_each_step_of_the_waterfall_adds_one_thing(measured: Any) -> None:
    _, _, variants = measured
    assert {label: set(lines) for label, lines in variants.items()} == {
        "last checkpoint, greedy": {"last beam 1 alpha 0"},
        "average, greedy": {"averaged beam 1 alpha 0"},
        "beam 4": {"averaged beam 4 alpha 0"},
        "alpha 0.6": {"averaged beam 4 alpha 0.6"},
    }
    assert list(variants)[-1] == "alpha 0.6"


def test_hypotheses_are_of_the_average_and_milestones_of_their_minute(measured: Any, tmp_path: Path) -> None:
    found, trained, _ = measured
    written = {path.name: path.read_text().split("\n")[0] for path in tmp_path.glob("hypotheses.*")}
    full = "beam 4 alpha 0.6"
    assert written == {
        "hypotheses.test.txt": f"averaged {full}",
        "hypotheses.dev.txt": f"averaged {full}",
        "hypotheses.test.minute-10.txt": f"minute 10 {full}",
        "hypotheses.test.minute-20.txt": f"minute 20 {full}",
    }
    assert [each["minutes"] for each in found.details["milestones"]] == [10.0, 20.0]
    assert trained.state == "averaged"
    assert found.samples[0] == ("source of a b c d", f"averaged {full}", "a b c d")


def test_perplexity_is_over_all_tokens_and_scores_have_their_split(measured: Any) -> None:
    found, _, _ = measured
    assert found.metrics["dev.perplexity"].value == pytest.approx(math.exp((2.0 + 4.0) / (4 + 2)))
    assert {"test.bleu", "dev.bleu", "test.exact_match"} <= found.metrics.keys()
    assert all(name == metric.name for name, metric in found.metrics.items())


def test_nats_are_of_the_last_weights_for_the_dev_set_and_a_sample_of_the_training_text(measured: Any) -> None:
    found, _, _ = measured
    assert found.metrics["dev.nll"].value == pytest.approx((2.0 + 4.0) / 10 / (4 + 2))
    assert found.metrics["train.nll"].value == pytest.approx(2.0 / 10 / 4)
    assert "last checkpoint's weights, not averaged" in found.metrics["dev.nll"].definition
    assert found.metrics["dev.nll.averaged"].value == pytest.approx((2.0 + 4.0) / (4 + 2))
    assert "average of the last checkpoints" in found.metrics["dev.nll.averaged"].definition


def test_accuracy_is_of_the_last_weights_over_all_tokens_of_the_dev_set(measured: Any) -> None:
    found, _, _ = measured
    assert found.metrics["dev.accuracy"].value == pytest.approx((3 + 0) / (4 + 2))
    assert found.metrics["dev.accuracy"].reference_tokens == 4 + 2
    assert "last checkpoint's weights, not averaged" in found.metrics["dev.accuracy"].definition


@pytest.mark.parametrize("lines", [1])
def test_a_part_of_a_split_is_translated_and_scored(measured: Any, tmp_path: Path) -> None:
    found, _, _ = measured
    assert {path.name: path.read_text().count("\n") for path in tmp_path.glob("hypotheses.*")} == {
        "hypotheses.test.txt": 1,
        "hypotheses.dev.txt": 1,
        "hypotheses.test.minute-10.txt": 1,
        "hypotheses.test.minute-20.txt": 1,
    }
    assert found.metrics["test.exact_match"].details["lines"] == 1
    assert len(found.samples) == 1


@pytest.mark.parametrize("unaveraged", [["dev"]])
def test_the_last_checkpoint_translates_what_is_not_to_be_averaged(measured: Any, tmp_path: Path) -> None:
    found, trained, _ = measured
    assert (tmp_path / "hypotheses.dev.txt").read_text() == "last beam 4 alpha 0.6\n"
    assert (tmp_path / "hypotheses.test.txt").read_text().startswith("averaged beam 4 alpha 0.6\n")
    assert found.metrics["dev.bleu"].definition == found.metrics["test.bleu"].definition + module.UNAVERAGED
    assert trained.state == "averaged"


@pytest.mark.parametrize("unaveraged", [["test"]])
def test_the_waterfall_of_a_split_that_is_not_averaged_is_of_one_checkpoint(measured: Any) -> None:
    _, _, variants = measured
    assert {label: set(lines) for label, lines in variants.items()} == {
        "last checkpoint, greedy": {"last beam 1 alpha 0"},
        "beam 4": {"last beam 4 alpha 0"},
        "alpha 0.6": {"last beam 4 alpha 0.6"},
    }
