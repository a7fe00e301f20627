"""Checks the values of a configuration, as far as values alone can tell. Needs no torch."""

from collections.abc import Callable, Mapping
from typing import Any

from repro.errors import BadInput
from repro.training.trainer_options import check_trainer

MINIMUM = {
    "threads": 0,
    "data.tokens": 1,
    "data.max_length": 1,
    "data.evaluation_tokens": 1,
    "data.vocabulary.size": 1,
    "data.vocabulary.sample_lines": 1,
    "data.workers": 0,
    "model.warmup": 1,
    "model.adam_epsilon": 0,
    "checkpoints.every_n_steps": 1,
    "checkpoints.average": 1,
    "trainer.log_every_n_steps": 1,
    "trainer.accumulate_grad_batches": 1,
    "decoding.lines": 1,
    "decoding.beam": 1,
    "decoding.max_extra": 0,
    "decoding.batch_tokens": 1,
    "decoding.resamples": 0,
    "observe.attention_every": 1,
    "observe.goal": 1,
}
"""Checked early, because training would fail on smaller numbers only later."""

NETWORK = "model.network.init_args"

SIZES = {"N": 1_000, "d_model": 1_000_000, "d_ff": 1_000_000, "h": 100_000}
"""A network's sizes -> the largest; what is larger can only be a slip, and would fit into no memory."""

MAXIMUM = {
    "threads": 1_024,
    "data.vocabulary.size": 1_000_000,
    "decoding.beam": 1_000,
    "decoding.max_extra": 100_000,
    "decoding.resamples": 1_000_000,
}
"""Larger values can only be slips, and would exhaust time or memory."""

PROBABILITIES = (
    "model.eps_ls",
    "model.beta_1",
    "model.beta_2",
    *(f"{NETWORK}.{name}" for name in ("P_drop", "attention_dropout", "relu_dropout")),
)
"""Numbers from 0 to less than 1."""

ABOVE_ZERO = {
    "trainer.val_check_interval": ", or null",
    "checkpoints.every_minutes": ", or null",
    "model.factor": "",
    "model.peak_learning_rate": ", or null",
}
"""Numbers above 0 -> what else may stand there."""

NUMBERS = (*MINIMUM, *MAXIMUM, *PROBABILITIES, *ABOVE_ZERO, "trainer.max_steps")
"""Where anything but a number, or nothing, can only be a slip."""

LISTS = {"decoding.splits": "dev, test", "decoding.unaveraged": "dev", "data.builtin.phenomena": "homonym"}
"""Where a list of names stands -> an example of what is in it."""


def limits_fit(config: Mapping[str, Any]) -> None:
    """Check a row's configuration as soon as its grid is read.

    Raises:
        BadInput: as `check_limits` and `check_trainer`; or a value is of another kind.
    """
    for key in NUMBERS:
        value = _at(config, key)
        if value is not None and not _is_number(value):
            raise BadInput(f"{key} is {value!r}; it must be a number")
    for key, example in LISTS.items():
        value = _at(config, key)
        if value is not None and not (isinstance(value, list | tuple) and all(isinstance(it, str) for it in value)):
            raise BadInput(f"{key} is {value!r}; it must be a list of names, such as [{example}]")
    check_limits(lambda key: _value(config, key))
    check_sizes(_at(config, NETWORK))
    trainer = config.get("trainer")
    if isinstance(trainer, Mapping):
        check_trainer(trainer.get)


def _at(config: Any, key: str) -> Any:
    for part in key.split("."):
        config = config.get(part) if isinstance(config, Mapping) else None
    return config


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(config: Any, key: str) -> Any:
    value = _at(config, key)
    return value if _is_number(value) else None


def check_limits(get: Callable[[str], Any]) -> None:
    """Check that numbers lie where they can be used.

    Args:
        get: the value of a key, None where there is none.

    Raises:
        BadInput: one does not; names the key and the value.
    """
    for key, minimum in MINIMUM.items():
        value = get(key)
        if value is not None and not value >= minimum:  # nor is a NaN
            raise BadInput(f"{key} is {value}; it must be at least {minimum}")
    for key, maximum in MAXIMUM.items():
        value = get(key)
        if value is not None and not value <= maximum:
            raise BadInput(f"{key} is {value}; it must be at most {maximum:,}")
    for key in PROBABILITIES:
        value = get(key)
        if value is not None and not 0 <= value < 1:
            raise BadInput(f"{key} is {value}; it must be at least 0 and less than 1")
    share = get("data.share")
    if share is not None and not 0 < share <= 1:
        raise BadInput(f"data.share is {share}; it must be above 0 and at most 1")
    steps = get("trainer.max_steps")
    if steps is not None and (steps == 0 or steps < -1):
        raise BadInput(f"trainer.max_steps is {steps}; it must be at least 1, or -1 for no limit")
    for key, otherwise in ABOVE_ZERO.items():
        value = get(key)
        if value is not None and not value > 0:
            raise BadInput(f"{key} is {value}; it must be above 0{otherwise}")
    d_model, h, *widths = (get(f"{NETWORK}.{name}") for name in ("d_model", "h", "d_k", "d_v"))
    if d_model and h and None in widths and d_model % h:
        raise BadInput(f"d_model {d_model} is not divisible by h {h}; give d_k and d_v, or another h")


def check_sizes(network: Any) -> None:
    """See that a network's sizes are given and can be had, as far as it has sizes of these names.

    Args:
        network: its arguments.

    Raises:
        BadInput: a size is null or too large; names it.
    """
    for name, largest in SIZES.items():
        if not isinstance(network, Mapping) or name not in network:
            continue
        size = network[name]
        if size is None:
            raise BadInput(f"{NETWORK}.{name} is null; give a number, or leave it out")
        if _is_number(size) and not size <= largest:  # nor is a NaN
            raise BadInput(f"{NETWORK}.{name} is {size}; it must be at most {largest:,}")


def check_start(checkpoint: Any) -> None:
    """Check that a training is not given the option `checkpoint`, which is for commands that use trained weights.

    Raises:
        BadInput: a checkpoint is given.
    """
    if checkpoint is not None:
        raise BadInput(
            f"checkpoint is {checkpoint}, but is not for training; to start from its weights, give "
            f"--initial.weights {checkpoint} (a run goes on if its command is repeated with the same --out)"
        )


def check_ends(trainer: Mapping[str, Any]) -> None:
    """Check that a training has an end.

    Args:
        trainer: the section of that name.

    Raises:
        BadInput: neither updates nor time are limited.
    """
    if trainer.get("max_time") is None and trainer.get("max_steps", -1) == -1:
        raise BadInput(
            "training would never end; give --trainer.max_steps, --trainer.max_time or --config trainer/cpu-hour"
        )
