"""Numbers out of their limits are refused by key and value; those at the limits are not."""

import math
from typing import Any

import pytest

from repro.errors import BadInput
from repro.training.limits import (
    ABOVE_ZERO,
    MAXIMUM,
    MINIMUM,
    PROBABILITIES,
    SIZES,
    check_ends,
    check_limits,
    check_sizes,
    check_start,
    limits_fit,
)


def check(values: dict[str, Any]) -> None:
    check_limits(values.get)


@pytest.mark.parametrize(("key", "minimum"), MINIMUM.items())
def test_at_least_the_minimum(key: str, minimum: int) -> None:
    check({key: minimum})
    with pytest.raises(BadInput, match=rf"{key} is {minimum - 1}; it must be at least {minimum}"):
        check({key: minimum - 1})


@pytest.mark.parametrize(("key", "maximum"), MAXIMUM.items())
def test_at_most_the_maximum(key: str, maximum: int) -> None:
    check({key: maximum})
    with pytest.raises(BadInput, match=rf"{key} is {maximum + 1}; it must be at most {maximum:,}"):
        check({key: maximum + 1})


@pytest.mark.parametrize(("name", "largest"), SIZES.items())
def test_a_network_s_sizes_are_given_and_bounded(name: str, largest: int) -> None:
    key = f"model.network.init_args.{name}"
    check_sizes({name: largest})
    check_sizes({"kernel": None})  # of another network
    for wrong, said in ((None, "is null; give a number"), (largest + 1, f"must be at most {largest:,}")):
        with pytest.raises(BadInput, match=f"{key} .*{said}"):
            check_sizes({name: wrong})
        with pytest.raises(BadInput, match=f"{key} .*{said}"):
            limits_fit({"model": {"network": {"init_args": {name: wrong}}}})
    with pytest.raises(BadInput, match="must be at most"):
        check_sizes({name: math.nan})


@pytest.mark.parametrize("key", PROBABILITIES)
def test_a_probability_is_less_than_one(key: str) -> None:
    check({key: 0.0})
    for value in (1.0, -0.1):
        with pytest.raises(BadInput, match=f"{key} is {value}; it must be at least 0 and less than 1"):
            check({key: value})


def test_a_share_is_above_zero_and_at_most_one() -> None:
    for value in (1.0, 1, 0.001):
        check({"data.share": value})
    for value in (0, 0.0, -0.5, 1.001, 2, float("nan")):
        with pytest.raises(BadInput, match=rf"data\.share is {value}; it must be above 0 and at most 1"):
            check({"data.share": value})


def test_steps() -> None:
    check({"trainer.max_steps": -1})
    for value in (0, -2):
        with pytest.raises(BadInput, match=rf"trainer\.max_steps is {value}"):
            check({"trainer.max_steps": value})


@pytest.mark.parametrize(("key", "otherwise"), ABOVE_ZERO.items())
def test_above_zero(key: str, otherwise: str) -> None:
    check({key: 1e-9})
    for value in (0.0, -0.001, float("nan")):
        with pytest.raises(BadInput, match=f"^{key} is {value}; it must be above 0{otherwise}$"):
            check({key: value})


def test_a_training_starts_from_its_seed() -> None:
    check_start(None)
    with pytest.raises(
        BadInput,
        match=r"^checkpoint is old\.ckpt, but .*--initial\.weights old\.ckpt .* with the same --out\)$",
    ):
        check_start("old.ckpt")


def test_heads_divide_the_width_unless_theirs_are_given() -> None:
    def width(**sizes: int) -> None:
        check({f"model.network.init_args.{name}": size for name, size in sizes.items()})

    width(d_model=64, h=4)
    width(d_model=64, h=3, d_k=8, d_v=8)
    width(h=3)
    for given in ({}, {"d_k": 8}, {"d_v": 8}):
        with pytest.raises(BadInput, match="d_model 64 is not divisible by h 3; give d_k and d_v, or another h"):
            width(d_model=64, h=3, **given)


def test_a_whole_configuration_is_looked_at_and_what_is_not_there_passed_over() -> None:
    limits_fit({"model": {"warmup": None, "network": None}, "data": 3, "threads": 1})
    with pytest.raises(BadInput, match=r"model\.warmup is 0"):
        limits_fit({"model": {"warmup": 0}})
    with pytest.raises(BadInput, match=r"trainer\.max_epochs is 3, but training has no epochs"):
        limits_fit({"trainer": {"max_epochs": 3}})


def test_what_is_not_there_has_no_limit() -> None:
    check({})


def test_a_training_has_an_end() -> None:
    for trainer in ({"max_steps": 3}, {"max_time": "00:01:00:00"}, {"max_steps": -1, "max_time": "00:01:00:00"}):
        check_ends(trainer)
    for trainer in ({}, {"max_steps": -1, "max_time": None}):
        with pytest.raises(BadInput, match=r"training would never end; give --trainer\.max_steps"):
            check_ends(trainer)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model": {"warmup": "many"}}, "model.warmup is 'many'; it must be a number"),
        ({"threads": "auto"}, "threads is 'auto'; it must be a number"),
        ({"trainer": {"val_check_interval": "often"}}, "trainer.val_check_interval is 'often'; it must be a number"),
        ({"observe": {"goal": True}}, "observe.goal is True; it must be a number"),
        (
            {"decoding": {"splits": "test"}},
            r"decoding.splits is 'test'; it must be a list of names, such as \[dev, test\]",
        ),
        ({"decoding": {"splits": 5}}, "decoding.splits is 5; it must be a list of names"),
        ({"decoding": {"splits": [5]}}, r"decoding.splits is \[5\]; it must be a list of names"),
        ({"data": {"builtin": {"phenomena": 5}}}, "data.builtin.phenomena is 5; it must be a list of names"),
    ],
)
def test_a_value_of_another_kind_is_refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        limits_fit(config)


def test_what_is_no_number_at_all_is_within_no_limit() -> None:
    for key in (*MINIMUM, *MAXIMUM, *PROBABILITIES, *ABOVE_ZERO):
        with pytest.raises(BadInput, match=f"{key} is nan"):
            check({key: math.nan})
