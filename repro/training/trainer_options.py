"""Options of Lightning's trainer that no run can use, each with its alternative. Needs no torch.

A run has its own callbacks and loggers, and an endless stream of batches, so that there are no epochs. Lightning would
accept these options all the same: they would have no effect, make training fail, or keep it from ending.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from repro.errors import BadInput

NO_EPOCHS = "training has no epochs"


@dataclass(frozen=True)
class Unusable:
    """An option that asks for what no run does.

    Attributes:
        harmless: values that ask for nothing, beside None.
        reason: why it cannot be used, and what to give instead.
    """

    harmless: tuple[Any, ...]
    reason: str


UNUSABLE: Mapping[str, Unusable] = {
    "max_epochs": Unusable((-1,), f"{NO_EPOCHS}; give trainer.max_steps or trainer.max_time"),
    "min_epochs": Unusable((0,), f"{NO_EPOCHS}; leave it out"),
    "min_steps": Unusable((0,), "training ends by trainer.max_steps or trainer.max_time alone; leave it out"),
    "limit_train_batches": Unusable(
        (1.0,), "training is limited by updates or time; give trainer.max_steps or trainer.max_time"
    ),
    "overfit_batches": Unusable(
        (0, 0.0), "batches are made of all training pairs; give data.share to train on a part of them"
    ),
    "fast_dev_run": Unusable(
        (False, 0), "a run that it cuts short would count as the whole one; give a small trainer.max_steps"
    ),
    "limit_val_batches": Unusable(
        (1.0, 0, 0.0), "the dev set is measured whole; leave it out, or give 0 for no validation"
    ),
    "num_sanity_val_steps": Unusable((0,), "nothing is measured before training; leave it out"),
    "limit_test_batches": Unusable((1.0,), "test sets are limited by lines; give decoding.lines"),
    "limit_predict_batches": Unusable((1.0,), "test sets are limited by lines; give decoding.lines"),
    "check_val_every_n_epoch": Unusable((), f"{NO_EPOCHS}; give trainer.val_check_interval"),
    "reload_dataloaders_every_n_epochs": Unusable((0,), f"{NO_EPOCHS}; leave it out"),
    "enable_checkpointing": Unusable((False,), "a run writes its own; give checkpoints.every_n_steps"),
    "gradient_clip_algorithm": Unusable(("norm",), "gradients are clipped by their norm; leave it out"),
    "callbacks": Unusable(([],), "a run has its own; give yours in Python, with repro.lightning(..., callbacks=[...])"),
    "logger": Unusable((False, []), "a run has its own; give yours in Python, with repro.lightning(..., logger=...)"),
}
"""Option below `trainer` -> what is wrong with it."""

SCALES_GRADIENTS = (16, "16", "16-mixed")
"""Names of the precision whose gradients must be scaled."""


def check_trainer(get: Callable[[str], Any]) -> None:
    """Refuse what no run can use.

    Args:
        get: the value of an option below `trainer`, None where there is none.

    Raises:
        BadInput: names the option, the value and what to give instead.
    """
    for name, unusable in UNUSABLE.items():
        value = get(name)
        if value is not None and not any(_same(value, harmless) for harmless in unusable.harmless):
            raise BadInput(f"trainer.{name} is {_shown(value)}, but {unusable.reason}")
    precision = get("precision")
    if any(_same(precision, name) for name in SCALES_GRADIENTS):
        raise BadInput(f"trainer.precision is {precision}, which scales gradients and is not supported; use bf16-mixed")


def _same(value: Any, other: Any) -> bool:
    """1 is one batch and 1.0 all of them, so numbers of two types are not the same."""
    return type(value) is type(other) and bool(value == other)


def _shown(value: Any) -> str:
    """As it was typed; of a class or a list of some, that it is there."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else "given"
