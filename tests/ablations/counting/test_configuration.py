"""What may not stand in a cell of the grid `counting`."""

from typing import Any

import pytest

from ablations.counting import check_measure
from ablations.counting.configuration import Configuration, value_of
from repro.dataclass_config import from_mapping
from repro.errors import BadInput
from tests.ablations.counting.test_measurements import ROWS


def test_shipped_rows_are_right() -> None:
    for config in ROWS.values():
        check_measure(config)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measurement": "words"}, "measurement"),
        ({"formula": None}, "formula is missing"),
        ({"formula": "d_model * 2"}, "formula cannot be computed"),
        ({"formula": "1 / 0"}, "formula cannot be computed"),
        ({"formula": "__import__('os')"}, "formula cannot be computed"),
        ({"types": 0}, "types is 0"),
        ({"layers": 3}, "layers"),
        ({"measurement": "sinusoids", "n": 199}, "n is 199; sinusoids needs at least 200 positions"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as told:
        from_mapping(Configuration, {**ROWS["quarter"], **changes})
    assert "\n" not in str(told.value)


def test_formulas() -> None:
    assert value_of("28.4 - 26.36") == pytest.approx(2.04)
