"""A grid that extends another says what that one says, but for what it says itself."""

import pytest
import yaml

from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_content, grid_path, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale


@pytest.fixture
def write(tmp_path):
    def write(name, **content):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return write


def test_a_shipped_grid_is_extended_by_a_row_and_a_setting(write):
    mine = write("mine", extends="heads", set={"max_steps": 50}, rows={"narrow": {"d_ff": 64}, "one": None})
    ours, theirs = (read_grid(path, read_scale("builtin")) for path in (mine, grid_path("heads")))
    assert ours.name == "mine"
    names = [row.name for row in theirs.rows]
    assert {row.name for row in ours.rows} == {*names, "narrow"} - {"one"}
    assert {row.config["trainer"]["max_steps"] for row in ours.rows} == {50}
    assert (ours.metric, ours.margin, ours.base_seeds) == (theirs.metric, theirs.margin, theirs.base_seeds)
    assert ours.version == 1, "its own history begins here"
    assert theirs.version > 1


def test_its_own_word_wins_at_every_scale_of_the_other(write):
    write("below", a=1, b={"x": 1, "y": 1}, scales={"s": {"a": 3, "b": {"y": 5}}, "t": None})
    above = write("above", extends="below.yaml", title="above", b={"y": 2}, scales={"s": {"a": 4}, "u": {}})
    content = grid_content(above)
    assert (content["a"], content["b"], content["title"]) == (1, {"x": 1, "y": 2}, "above")
    assert content["scales"] == {"s": {"a": 4, "b": {"y": 2}}, "t": {"b": {"y": 2}}, "u": {}}
    assert scales_of(above) == ["s", "t", "u"]


def test_what_cannot_be_extended(write):
    first = write("first", extends="second.yaml")
    write("second", extends="first.yaml")
    for content, said in (
        ({"extends": "haeds"}, "extends: there is no grid 'haeds'; did you mean heads"),
        ({"extends": ["heads"]}, "it must be the name of a grid"),
        ({"extends": "gone.yaml"}, r"gone\.yaml does not exist"),
        ({"extends": "wrong.yaml"}, r"wrong\.yaml: extends is 3; it must be the name of a grid"),
    ):
        write("wrong", extends=3)
        with pytest.raises(BadInput, match=said):
            grid_content(write("mine", **content))
    with pytest.raises(BadInput, match="which extends this one"):
        grid_content(first)
    with pytest.raises(BadInput, match="which extends this one"):
        grid_content(write("self", extends="self.yaml"))
