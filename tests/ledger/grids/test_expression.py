import math
import time

import pytest

from repro.ledger.grids.expression import evaluate, is_expression

SYMBOLS = {
    "h": 8,
    "d_model": 512,
    "d_k": 64,
    "name": "text",
    "on": True,
    "nothing": None,
    "not_a_number": math.nan,
    "huge": 10**400,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("= h / 2", 4),
        ("=d_model/h/4", 16),
        ("= 2 * (d_model - h)", 1008),
        ("= d_k ** -0.5", 0.125),
        ("= -h + 3.5", -4.5),
        ("= 1e2", 100),
    ],
)
def test_values(text, value):
    found = evaluate(text, SYMBOLS.__getitem__)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("= d_modle / 2", "no 'd_modle'"),
        ("= h /", "not a formula"),
        ("= __import__('os')", "neither a number"),
        ("= h.real", "neither a number"),
        ("= h if h else 1", "neither a number"),
        ("= [1][0]", "neither a number"),
        ("= 'a' * 3", "neither a number"),
        ("= h / 0", "no finite value"),
        ("= 1e308 * 10", "no finite value"),
        ("= 1e400", "no finite value"),
        ("= not_a_number * 1", "no finite value"),
        ("= huge * 1", "no finite value"),
        ("= 1j", "neither a number"),
        ("= ((((9**64)**64)**64)**64)**64", "no finite value"),
        ("= (((9**64)**64)**64)**64", "no finite value"),
        ("= " + "-" * 1500 + "1", "characters"),
        ("= " + "+".join(["1"] * 20_000), "characters"),
        ("= " + "*".join(["1"] * 90), "nested operations"),
        ("= " + "-" * 150 + "1", "nested operations"),
        ("= " + "(" * 190 + "1", "not a formula"),
        ("= 9 ** 9 ** 9", "power"),
        ("= (2 - h) ** 0.5", "no real value"),
        ("= name", "is 'text'"),
        ("= on + 1", "is True"),
        ("= nothing * 2", "is None"),
    ],
)
def test_everything_else_is_refused(text, reason):
    began = time.process_time()
    with pytest.raises(ValueError, match=reason) as told:
        evaluate(text, SYMBOLS.__getitem__)
    assert time.process_time() - began < 0.5
    assert len(str(told.value)) < 200  # a sentence, and not the formula once more


def test_what_is_an_expression():
    assert is_expression("= 1")
    assert not any(map(is_expression, ["1/sqrt(d_k)", "none", 1, None, True]))
