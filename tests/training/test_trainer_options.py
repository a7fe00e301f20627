"""Options of Lightning's trainer that no run can use: each is refused with what to give instead."""

import inspect
from typing import Any

import pytest
from pytorch_lightning import Trainer

from repro.errors import BadInput
from repro.training.trainer_options import UNUSABLE, check_trainer

ASKED = [
    ("max_epochs", 3, "trainer.max_epochs is 3, but training has no epochs; give trainer.max_steps or trainer.max"),
    ("min_epochs", 1, "trainer.min_epochs is 1, but training has no epochs; leave it out"),
    ("min_steps", 5, "trainer.min_steps is 5, but training ends by trainer.max_steps or trainer.max_time alone"),
    ("limit_train_batches", 1, "trainer.limit_train_batches is 1, but .* give trainer.max_steps"),
    ("limit_train_batches", 0.5, "trainer.limit_train_batches is 0.5, but .* give trainer.max_steps"),
    ("overfit_batches", 2, "trainer.overfit_batches is 2, but .* give data.share"),
    ("fast_dev_run", True, "trainer.fast_dev_run is true, but .* give a small trainer.max_steps"),
    ("fast_dev_run", 1, "trainer.fast_dev_run is 1, but .* give a small trainer.max_steps"),
    ("limit_val_batches", 1, "trainer.limit_val_batches is 1, but the dev set is measured whole; .* give 0"),
    ("limit_val_batches", 0.5, "trainer.limit_val_batches is 0.5, but the dev set is measured whole"),
    ("num_sanity_val_steps", 2, "trainer.num_sanity_val_steps is 2, but nothing is measured before training; leave"),
    ("num_sanity_val_steps", -1, "trainer.num_sanity_val_steps is -1, but"),
    ("limit_test_batches", 2, "trainer.limit_test_batches is 2, but .* give decoding.lines"),
    ("limit_predict_batches", 2, "trainer.limit_predict_batches is 2, but .* give decoding.lines"),
    ("check_val_every_n_epoch", 1, "trainer.check_val_every_n_epoch is 1, but .* give trainer.val_check_interval"),
    ("reload_dataloaders_every_n_epochs", 1, "trainer.reload_dataloaders_every_n_epochs is 1, but .* leave it out"),
    ("enable_checkpointing", True, "trainer.enable_checkpointing is true, but .* give checkpoints.every_n_steps"),
    ("gradient_clip_algorithm", "value", "trainer.gradient_clip_algorithm is value, but gradients are clipped by"),
    ("gradient_clip_algorithm", "foo", "trainer.gradient_clip_algorithm is foo, but"),
    ("callbacks", [object()], r"trainer.callbacks is given, but .* with repro.lightning\(..., callbacks=\[...\]\)"),
    ("logger", True, r"trainer.logger is true, but .* with repro.lightning\(..., logger=...\)"),
    ("logger", {"class_path": "CSVLogger"}, "trainer.logger is given, but"),
]
"""Option, a value that asks for something, and what is said."""


@pytest.mark.parametrize(("name", "value", "said"), ASKED)
def test_what_has_no_effect_or_no_end_is_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check_trainer({name: value}.get)


def test_what_asks_for_nothing_passes() -> None:
    check_trainer({}.get)
    for name, unusable in UNUSABLE.items():
        for value in (None, *unusable.harmless):
            check_trainer({name: value}.get)


def test_every_option_is_one_of_lightning_s_and_its_default_passes() -> None:
    theirs = inspect.signature(Trainer.__init__).parameters
    assert UNUSABLE.keys() <= theirs.keys()
    defaults = {name: theirs[name].default for name in UNUSABLE}
    check_trainer({**defaults, "check_val_every_n_epoch": None}.get)  # which has another default here
    assert {name for name, _, _ in ASKED} == UNUSABLE.keys()


@pytest.mark.parametrize("precision", [16, "16", "16-mixed"])
def test_scaled_gradients_are_refused_as_they_were_typed(precision: Any) -> None:
    with pytest.raises(BadInput, match=f"trainer.precision is {precision}, which scales gradients .* use bf16-mixed"):
        check_trainer({"precision": precision}.get)


@pytest.mark.parametrize("precision", [None, 32, "32-true", "bf16-mixed"])
def test_other_precisions_pass(precision: Any) -> None:
    check_trainer({"precision": precision}.get)
