"""Mappings read into dataclasses: what may stand under a key, and the one sentence about what may not."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from repro.dataclass_config import Count, Key, Natural, NotNegative, Number, OneOf, Positive, SomeOf, from_mapping
from repro.errors import BadInput


@dataclass(frozen=True)
class Cake:
    kind: Literal["plain", "plum"]
    width: Annotated[Count, Key("w")]
    seed: Natural
    oven: Annotated[str, OneOf(("gas", "wood"))]
    spices: Annotated[tuple[str, ...], SomeOf(("anise", "clove"))]
    layers: tuple[Positive, ...]
    sugar: NotNegative
    share: Annotated[float, Number(below=1)]
    guests: Count | None
    candles: Annotated[Count | None, Key("c")] = 2


CAKE: dict[str, Any] = {
    **{"kind": "plum", "w": 3, "seed": 0, "oven": "gas", "spices": ["clove"], "layers": [1, 0.5], "sugar": 0},
    **{"share": 0.5, "guests": None},
}


def test_keys_become_fields_and_lists_tuples() -> None:
    cake = Cake("plum", 3, 0, "gas", ("clove",), (1, 0.5), 0, 0.5, None)
    assert from_mapping(Cake, CAKE) == cake
    assert cake.candles == 2
    assert from_mapping(Cake, {**CAKE, "c": None, "guests": 4}) == Cake(
        "plum", 3, 0, "gas", ("clove",), (1, 0.5), 0, 0.5, 4, None
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ovn": 1}, "ovn is not a key of this experiment; did you mean oven?"),
        ({"width": 3}, "width is not a key of this experiment; there are c, guests, kind, layers, oven, "),
        ({"kind": "plun"}, "kind is 'plun', which is unknown; did you mean plum?"),
        ({"kind": ["plum"]}, "kind is ['plum'], which is unknown; "),
        ({"oven": "x"}, "oven is 'x', which is unknown; there are gas, wood"),
        ({"w": 0}, "w is 0; it must be a whole number of at least 1"),
        ({"w": True}, "w is True; it must be a whole number of at least 1"),
        ({"w": None}, "w is None; it must be a whole number of at least 1"),
        ({"seed": 1.0}, "seed is 1.0; it must be a whole number of at least 0"),
        ({"guests": 0}, "guests is 0; it must be a whole number of at least 1"),
        ({"c": "2"}, "c is '2'; it must be a whole number of at least 1"),
        ({"layers": 1}, "layers is 1; it must be a list"),
        ({"layers": [1, 0]}, "layers is 0; it must be a number above 0"),
        ({"sugar": -1}, "sugar is -1; it must be a number of at least 0"),
        ({"sugar": float("nan")}, "sugar is nan; it must be a number of at least 0"),
        ({"sugar": False}, "sugar is False; it must be a number of at least 0"),
        ({"share": 1}, "share is 1; it must be a number of at least 0 and below 1"),
        ({"spices": []}, "spices is []; it must be a list of some of anise, clove"),
        ({"spices": "clove"}, "spices is 'clove'; it must be a list of some of anise, clove"),
        ({"spices": ["cloves"]}, "spices is 'cloves', which is unknown; did you mean clove?"),
        ({"spices": ["clove", "clove"]}, "spices names clove, clove; list each once"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_key(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as error:
        from_mapping(Cake, {**CAKE, **change})
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


def test_a_missing_key_is_named_with_the_file_that_explains_it() -> None:
    with pytest.raises(BadInput, match=r"^w is missing; tests/test_dataclass_config\.py describes it$"):
        from_mapping(Cake, {key: value for key, value in CAKE.items() if key != "w"})
