"""A scale of one's own: one short file, whose name is the scale's, like another where it says nothing."""

import sys
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.ledger.grids import scale
from repro.ledger.grids.grid_content import grid_path, runs_at
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import files_of, read_scale, scale_files, shipped_files


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str = "mine.yaml", **content: str) -> str:
    Path(name).write_text("".join(f"{key}: {value}\n" for key, value in content.items()))
    return name


def test_it_takes_over_what_it_does_not_say() -> None:
    mine, other = read_scale(write(title="t", like="multi30k", data="data/help")), read_scale("multi30k")
    assert (mine.name, mine.data, mine.like) == ("mine", "data/help", "multi30k")
    assert (mine.models, mine.trainer, mine.grids) == (other.models, other.trainer, other.grids)
    assert (mine.title, mine.authority, mine.reduces) == ("t", None, None)


def test_a_grid_says_of_it_what_it_says_of_the_other_with_the_own_data() -> None:
    mine = read_scale(write(title="t", like="multi30k", data="data/help"))
    ours, theirs = (read_grid(grid_path("main"), scale) for scale in (mine, read_scale("multi30k")))
    assert (ours.scale, ours.metric, ours.seeds) == ("mine", theirs.metric, theirs.seeds)
    assert [row.name for row in ours.rows] == [row.name for row in theirs.rows]
    assert {row.config["data"]["corpus"] for row in ours.rows} == {"help"}
    assert {row.config["data"]["corpus"] for row in theirs.rows} == {"multi30k"}
    assert {cell.id for cell in ours.cells()}.isdisjoint(cell.id for cell in theirs.cells())


def test_what_a_grid_says_of_it_comes_before_what_it_says_of_the_other() -> None:
    grid = "title: t\nfunction: repro.training:fit\nmetric: test.bleu\nrows: {a: {h: 1}, b: {h: 2}}\n"
    Path("g.yaml").write_text(grid + "scales: {multi30k: {seeds: 3, rows: {b: null}}, mine: {seeds: 2}}\n")
    read = read_grid(Path("g.yaml"), read_scale(write(title="t", like="multi30k")))
    assert (read.seeds, [row.name for row in read.rows]) == ([1, 2], ["a"])


def test_a_shorter_scale_is_followed_to_the_one_that_it_reduces() -> None:
    mine = read_scale(write(title="t", like="demo"))
    assert [*mine.inherits] == ["builtin", "demo"]
    demo = read_grid(grid_path("chains"), read_scale("demo"))
    assert {cell.id for cell in read_grid(grid_path("chains"), mine).cells()} == {cell.id for cell in demo.cells()}
    assert runs_at(grid_path("positions"), mine) == runs_at(grid_path("positions"), read_scale("demo"))


def test_without_another_it_says_all_itself_and_grids_name_it() -> None:
    said = {"title": "t", "models": "{base: model/tiny}", "data": "data/help", "trainer": "trainer/short"}
    with pytest.raises(BadInput, match=r"mine\.yaml lacks grids; `like: SCALE` takes these over"):
        read_scale(write(**said))
    mine = read_scale(write(**said, grids="[]"))
    with pytest.raises(BadInput) as refused:
        read_grid(grid_path("heads"), mine)
    assert "has no scale 'mine'; it has builtin" in str(refused.value)
    assert "`mine: {}` under scales" in str(refused.value)
    assert "into mine.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("multi30k.yaml", {"title": "t", "like": "help"}, "has the same name as a shipped scale, multi30k"),
        ("my scale.yaml", {"title": "t", "like": "help"}, "use only letters, digits, - and _"),
        ("mine.yaml", {"like": "help"}, "mine.yaml lacks title"),
        (
            "mine.yaml",
            {"title": "t", "like": "hepl"},
            "like is 'hepl', which is not a shipped scale; did you mean help?",
        ),
        ("mine.yaml", {"title": "t", "like": "mine"}, "like is 'mine', which is not a shipped scale"),
        ("mine.yaml", {"title": "t", "like": "[help]"}, "like is ['help'], which is not a shipped scale"),
        ("mine.yaml", {"title": "t", "like": "help", "dta": "d"}, "a scale has no key 'dta'"),
        ("mine.yaml", {"title": "t", "like": "help", "5": "d", "b": "d"}, "a scale has no key 5"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(name: str, content: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_scale(write(name, **content))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        *[("title", wrong, "it must be text, in quotes if") for wrong in ("5", "[a]", "{a: b}", "null")],
        *[(key, wrong, "it must be a preset's name") for key in ("data", "trainer") for wrong in ("5", "[a]", "null")],
        *[
            ("models", wrong, "it must be a mapping of roles to presets, base among them")
            for wrong in ("5", "[base]", "null", "{}", "{base: 5}", "{base: [1]}", "{base: a, 5: b}", "{base: null}")
        ],
        *[("grids", wrong, "it must be a list of grids") for wrong in ("5", "main", "{grid: main}")],
        *[("grids", f"[{wrong}]", "grids must hold names, or grid, rows,") for wrong in ("5", "[main]", "{rows: [a]}")],
        *[("grids", f"[{{grid: {wrong}}}]", "grids: grid is .* it must be a grid's name") for wrong in ("5", "null")],
        *[
            ("grids", f"[{{grid: heads, rows: {wrong}}}]", "grids: rows is .* it must be a list of rows' names")
            for wrong in ("5", "one", "[1]", "{one: 1}")
        ],
        *[
            ("grids", f"[{{grid: heads, seeds: {wrong}}}]", "grids: seeds is .* it must be a number from 1 to 10,000")
            for wrong in ("1.5", "0", "true", "[1]", "'3'", "1000000000000000000000000000000")
        ],
        ("grids", "[{grid: heads, scale: [1]}]", r"grids: scale is \[1\]; it must be the name of a scale"),
        ("grids", "[{grid: heads, core_minutes: .inf}]", "grids: core_minutes is inf; it must be a number above 0"),
        ("reduces", "[1]", r"reduces is \[1\]; it must be the name of a scale"),
        ("reduces", "hepl", "reduces is 'hepl', which is not another scale; did you mean help"),
        ("authority", "[1]", r"authority is \[1\]; it must be a number, 1 for the most like"),
        ("seconds_per_update", "fast", "seconds_per_update is 'fast'; it must be a number above 0"),
    ],
)
def test_a_value_of_another_type_is_refused_in_one_sentence(key: str, value: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=rf"^mine\.yaml: {key}.*{sentence.removeprefix(key)}"):
        read_scale(write(**{"title": "t", "like": "help", key: value}))


@pytest.mark.parametrize(("name", "sentence"), [("gone.yaml", "does not exist"), ("min", "or give the YAML file")])
def test_a_file_that_is_not_there(name: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_scale(name)


def test_a_shipped_scale_is_like_no_other() -> None:
    assert [name for name in scale_files() if read_scale(name).like is not None] == []


def test_an_installation_that_is_older_than_the_group_is_told_to_be_made_again() -> None:
    with pytest.raises(BadInput, match="install it again with: pip install"):
        shipped_files("repro.nothing")


def test_installed_packages_are_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look reads a file of every package, which made `ablate status` ten times as slow. A new path looks anew."""
    looked: list[str] = []

    def noting(group: str) -> EntryPoints:
        looked.append(group)
        return entry_points(group=group)

    monkeypatch.setattr(scale, "entry_points", noting)
    monkeypatch.setattr(sys, "path", [*sys.path, "nowhere"])
    assert files_of("repro.grids") == files_of("repro.grids") != {}
    assert looked == ["repro.grids"]
    monkeypatch.setattr(sys, "path", [*sys.path, "elsewhere"])
    files_of("repro.grids")
    assert looked == ["repro.grids"] * 2
