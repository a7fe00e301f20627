"""Grids from YAML: rows, axes, formulas and scales, and one sentence for everything that is wrong in a file."""

import pytest
import yaml

from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, merge
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import Scale, read_scale

MODEL = {"model": {"network": {"init_args": {"h": 4, "d_model": 64, "d_k": None, "scale": "1/sqrt(d_k)", "N": 2}}}}
REST = {"data": {"seed": 1, "builtin": {"seed": 1, "probe": None}}, "seed_everything": 1, "max_steps": 10}
MINIMAL = {
    "title": "t",
    "function": "somewhere:something",
    "metric": "m",
    "better": "higher",
    "rows": {"base": {}, "A1": {"h": 1}},
    "scales": {"small": None},
}


HEAD = "title: t\nfunction: a:b\nmetric: m\nbetter: higher\n"


@pytest.fixture
def read(tmp_path):
    """Reads a grid's content, with changes, through a file."""
    (tmp_path / "model.yaml").write_text(yaml.safe_dump(MODEL))
    (tmp_path / "other.yaml").write_text(yaml.safe_dump({"model": {"cell": "lstm", "h": 1}}))
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(REST))
    (tmp_path / "trainer.yaml").write_text(yaml.safe_dump({"threads": 1}))
    scale = Scale(
        "small",
        tmp_path / "scale",
        "",
        {"base": str(tmp_path / "model.yaml"), "other": str(tmp_path / "other.yaml")},
        str(tmp_path / "data.yaml"),
        str(tmp_path / "trainer.yaml"),
        [],
    )

    def read(**changes):
        content = {**MINIMAL, **changes}
        path = tmp_path / "grid.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v != "left out"}, sort_keys=False))
        return read_grid(path, scale)

    return read


def args(row):
    return row.config["model"]["network"]["init_args"]


def test_rows_stand_on_the_scale_s_presets(read):
    grid = read(seeds=3, base="base")
    assert [row.name for row in grid.rows] == ["base", "A1"]
    assert [row.base for row in grid.rows] == [None, "base"]
    assert args(grid.rows[0])["h"] == 4
    assert args(grid.rows[1]) == {**args(grid.rows[0]), "h": 1}
    assert grid.rows[0].config == merge(MODEL, REST, {"threads": 1})
    assert grid.seeds == [1, 2, 3]
    cells = grid.cells()
    assert [(cell.row, cell.seed) for cell in cells] == [(r, s) for r in ("base", "A1") for s in (1, 2, 3)]
    assert len({cell.id for cell in cells}) == 6
    assert {(cell.grid, cell.scale, cell.function) for cell in cells} == {("grid", "small", "somewhere:something")}


def test_axes_multiply_rows_and_each_has_its_counterpart(read):
    axes = {"d_k": [16, 32], "scaling": {"with": {"scale": "1/sqrt(d_k)"}, "without": {"scale": "none"}}}
    grid = read(axes=axes, base={"scaling": "with"})
    assert [row.name for row in grid.rows][:4] == [
        "base+d_k=16+with",
        "base+d_k=16+without",
        "base+d_k=32+with",
        "base+d_k=32+without",
    ]
    assert len(grid.rows) == 8
    assert {row.name: row.base for row in grid.rows}["A1+d_k=32+without"] == "A1+d_k=32+with"
    assert {row.name: row.base for row in grid.rows}["A1+d_k=32+with"] is None
    last = grid.rows[-1]
    assert last.coordinates == {"row": "A1", "d_k": "32", "scaling": "without"}
    assert (args(last)["h"], args(last)["d_k"], args(last)["scale"]) == (1, 32, "none")


def test_axes_need_no_rows(read):
    grid = read(rows="left out", axes={"N": [1, 2], "h": {"few": 1, "many": 8}})
    assert [row.name for row in grid.rows] == ["N=1+few", "N=1+many", "N=2+few", "N=2+many"]


def test_formulas_are_relative_to_the_base_or_to_the_row(read):
    rows = {
        "half": {"h": "= h / 2"},
        "keys": {"d_k": "= d_model / h / 2"},
        "both": {"h": "= h * 2", "d_k": "= d_model / h"},
        "exponent": {"scale": "= d_k ** -0.25", "d_k": 16},
    }
    half, keys, both, exponent = read(rows=rows, set={"d_model": 128}).rows
    assert args(half)["h"] == 2
    assert args(keys)["d_k"] == 16  # 128 / 4 / 2
    assert (args(both)["h"], args(both)["d_k"]) == (8, 16)
    assert args(exponent)["scale"] == pytest.approx(0.5)


def test_a_scale_says_anew_what_differs_there(read):
    grid = read(
        rows={"base": {}, "A1": {"h": 1}, "A2": {"h": 2}},
        columns={"m": "points"},
        scales={
            "small": {
                "metric": "n",
                "better": "lower",
                "seeds": [5],
                "minutes": 2,
                "exclusive": True,
                "set": {"data.builtin.probe": "copy"},
                "rows": {"A1": None, "A2": {"N": 1}},
            }
        },
    )
    assert [row.name for row in grid.rows] == ["base", "A2"]
    assert args(grid.rows[1]) == {**args(grid.rows[0]), "h": 2, "N": 1}
    assert all(row.config["data"]["builtin"]["probe"] == "copy" for row in grid.rows)
    assert (grid.metric, grid.better, grid.seeds, grid.minutes, grid.exclusive) == ("n", "lower", [5], 2, ("*",))
    assert list(grid.columns) == ["n", "m"]


def test_a_row_may_take_another_model(read):
    grid = read(rows={"base": {}, "other": {"model": "other", "cell": "gru"}})
    assert grid.rows[1].config["model"] == {"cell": "gru", "h": 1}


def test_a_row_may_set_what_no_preset_has(read):
    rows = {
        "random": {},
        "started": {"initial.weights": "help"},
        "stated": {"initial.weights": "gone.ckpt", "initial.sha256": "0" * 64},
        "given": {"data.vocabulary.file": "v.model"},
    }
    grid = read(rows=rows)
    random, started, stated, given = (row.config for row in grid.rows)
    assert "initial" not in random
    assert started["initial"].keys() == {"weights", "sha256"}
    assert len(started["initial"]["sha256"]) == 64
    assert stated["initial"] == {"weights": "gone.ckpt", "sha256": "0" * 64}
    assert given["data"]["vocabulary"] == {"file": "v.model"}
    assert len({cell.id for cell in grid.cells()}) == 4
    with pytest.raises(BadInput, match=r"initial\.weights is gone\.ckpt, which is not a file; .* state its"):
        read(rows={"started": {"initial.weights": "gone.ckpt"}})


def test_a_grid_may_bring_its_whole_configuration(read):
    grid = read(config={"layer": "lstm", "n": 16, "seed": 0}, rows="left out", axes={"n": [16, 32]}, seeds=2)
    assert [cell.config for cell in grid.cells()] == [
        {"layer": "lstm", "n": n, "seed": seed} for n in (16, 32) for seed in (1, 2)
    ]


WRONG = {
    "unknown key": ({"axis": {}}, "a grid has no key 'axis'; did you mean axes?"),
    "margin of another metric": (
        {"margin": {"test.exact_match": 2}},
        "margin is given for test.exact_match, not for",
    ),
    "a run's key": ({"max_steps": 3}, "a grid has no key 'max_steps'; a run's own keys go below set"),
    "unknown key of a scale": ({"scales": {"small": {"sets": {}}}}, "scales.small has no key 'sets'"),
    "no scales": ({"scales": {}}, "scales must list at least one"),
    "another scale": ({"scales": {"large": {}}}, "has no scale 'small'; it has large"),
    "scale with a list": ({"scales": {"small": [1]}}, "scales.small must hold keys and values"),
    "no title": ({"title": "left out"}, "title is missing"),
    "no function": ({"function": "left out"}, "function is missing"),
    "no metric": ({"metric": "left out"}, "metric is missing"),
    "misspelt parameter": (
        {"rows": {"A": {"d_modle": 1}}},
        "rows.A names 'd_modle', which is not a parameter here; did",
    ),
    "misspelt parameter for all": ({"set": {"hh": 1}}, "set names 'hh'"),
    "misspelt axis": ({"axes": {"NN": [1]}}, "axes.NN names 'NN'"),
    "an axis that not every row has": ({"axes": {"NN": [1]}}, "(row base+NN=1)"),
    "ambiguous parameter": (
        {"rows": {"A": {"seed": 1}}},
        "could be any of data.builtin.seed, data.seed; write it in full",
    ),
    "empty axis": ({"axes": {"N": []}}, "axes.N is empty"),
    "null axis": ({"axes": {"N": None}}, "axes.N is empty"),
    "a value twice": ({"axes": {"N": [1, 1]}}, "axes.N has 1 twice"),
    "a value without a name": ({"axes": {"scale": ["a/b"]}}, "axes.scale has the value 'a/b'; give it a name"),
    "duplicate cells": ({"rows": {"base": {}, "B": {"h": 4}}}, "rows base and B are the same cell"),
    "duplicate seeds": ({"seeds": [1, 1]}, "seeds has 1 twice"),
    "no seeds": ({"seeds": 0}, "seeds is 0"),
    "too many seeds": ({"seeds": 10**30}, "a row may have 10,000 seeds"),
    "too many versions": ({"version": 10**30}, "must say only what each version from 2 to 1000"),
    "too many rows": (
        {"rows": "left out", "axes": {key: list(range(200)) for key in ("n", "layer", "d")}},
        "rows and axes make 8,000,000 rows; a grid may have 10,000",
    ),
    "seeds in words": ({"seeds": "five"}, "seeds is 'five'"),
    "row against axis": ({"axes": {"h": [2]}}, "axes.h sets model.network.init_args.h to 2, which rows.A1 sets to 1"),
    "row name": ({"rows": {"a/b": {}}}, "rows.a/b must be a name"),
    "row without a mapping": ({"rows": {"A": 3}}, "rows.A must hold parameters"),
    "rows as a list": ({"rows": ["A"]}, "rows must map names"),
    "all rows gone": ({"scales": {"small": {"rows": {"base": None, "A1": None}}}}, "rows has none left"),
    "unknown base": ({"base": "B7"}, "base names 'B7', which is not a row"),
    "unknown base on an axis": ({"axes": {"N": [1]}, "base": {"N": 3}}, "base names '3', which is not a choice of N"),
    "direction": ({"better": "upper"}, "better is 'upper'"),
    "no direction": (
        {"better": "left out", "function": "tests.ledger.functions:steps"},
        "better is missing; say whether higher or lower m is better",
    ),
    "no such function": (
        {"better": "left out", "function": "tests.ledger.functions:stesp"},
        "function 'tests.ledger.functions:stesp' cannot be called (module 'tests.ledger.functions' has no attribute",
    ),
    "a parameter as others call it": (
        {"rows": {"A": {"heads": 1}}},
        "rows.A names 'heads', which is not a parameter here; did you mean model.network.init_args.h?",
    ),
    "trends in a list": (
        {"trends": ["A1", "base"]},
        "trends must map names to values, such as trends: {h: [A1, base, A2]}",
    ),
    "minutes": ({"minutes": 0}, "minutes is 0"),
    "minutes that are none": ({"minutes": True}, "minutes is True; it must be a number above 0"),
    "exclusive": ({"exclusive": "yes please"}, "exclusive is 'yes please'"),
    "exclusive rows": ({"exclusive": ["A1", "nothing*"]}, "exclusive names 'nothing*', which is not a row"),
    "exclusive numbers": ({"exclusive": [1]}, "exclusive is [1]; it must be true, false, or a list of rows"),
    "fraction": ({"rows": {"A": {"N": "= N / 4"}}}, "which is 0.5 here and must be a whole number"),
    "formula": ({"rows": {"A": {"N": "= M / 4"}}}, "there is no 'M' to compute with"),
    "circle": ({"rows": {"A": {"N": "= h", "h": "= N"}}}, "from itself"),
    "no such model": ({"rows": {"A": {"model": "modle/tiny"}}}, "config modle/tiny is neither a file nor a preset"),
    "not a number": ({"rows": {"A": {"scale": float("nan")}}}, "row A: model.network.init_args.scale must hold finite"),
    "config as text": ({"config": "x"}, "config must hold keys and values"),
    "a preset beside a configuration": ({"config": {"h": 2}, "data": "x"}, "data has no effect next to config"),
    "columns as a list": ({"columns": ["m"]}, "columns must map names to values"),
    "a column without a heading": ({"columns": {"n": None}}, "columns.n is None; it must be a heading"),
    "set as a list": ({"set": [{"h": 1}]}, "set must map names to values"),
    "a model that is no name": (
        {"rows": {"wide": {"model": {"d_model": 256}}}},
        "rows.wide.model is {'d_model': 256}; it must be the name of a preset or a file",
    ),
    "data that is no name": ({"data": {"seed": 2}}, "data is {'seed': 2}; it must be the name of a preset or a file"),
    "data without a name": (
        {"scales": {"small": {"data": None}}},
        "data is None; it must be the name of a preset or a file",
    ),
    "a root of a negative number": ({"rows": {"A": {"h": "= (0 - d_model) ** 0.5"}}}, "has no real value"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_bad_grid_is_one_sentence_that_names_file_and_key(read, case):
    changes, said = WRONG[case]
    with pytest.raises(BadInput) as error:
        read(**changes)
    message = str(error.value)
    assert said in message
    assert "grid.yaml" in message
    assert "\n" not in message


def test_a_configuration_s_own_data_varies_like_any_other_key(read):
    config = {"data": "reviews", "m": 32, "seed": 1}
    grid = read(config=config, rows={"base": {}, "sst": {"data": "sst2", "m": 64}})
    assert [row.config for row in grid.rows] == [config, {**config, "data": "sst2", "m": 64}]
    grid = read(config=config, rows="left out", axes={"data": ["reviews", "sst2"]})
    assert [row.config["data"] for row in grid.rows] == ["reviews", "sst2"]


def test_seeds_may_be_given_in_place_of_the_file_s(tmp_path, read):
    read(seeds=3)
    grid = read_grid(
        tmp_path / "grid.yaml",
        Scale(
            "small",
            tmp_path,
            "",
            {"base": str(tmp_path / "model.yaml")},
            str(tmp_path / "data.yaml"),
            str(tmp_path / "trainer.yaml"),
            [],
        ),
        [7, 9],
    )
    assert grid.seeds == [7, 9]


def test_no_yaml(tmp_path, read):
    grid = read()
    assert grid.rows
    broken = tmp_path / "grid.yaml"
    broken.write_text("rows: [")
    with pytest.raises(BadInput, match=r"grid\.yaml is not YAML"):
        read_grid(broken, Scale("small", broken, "", {"base": "x"}, "x", "x", []))


def test_a_part_of_a_grid_has_the_cells_of_its_rows(read):
    grid = read(rows={"base": {}, "A1": {"h": 1}, "A2": {"h": 2}, "B": {"N": 1}}, base="base", seeds=2, base_seeds=3)
    part = grid.only(["base", "A*"])
    assert [row.name for row in part.rows_of_part] == ["base", "A1", "A2"]
    assert [row.name for row in part.only(["A*"]).rows_of_part] == ["A1", "A2"]
    assert part.rows == grid.rows  # with which they are compared
    assert part.whole == grid
    for names in (["base"], ["B"], ["base", "B"]):
        assert grid.only(names).cells() == [cell for cell in grid.cells() if cell.row in names]
    with pytest.raises(BadInput, match="grid grid has no row 'C'; it has base, A1, A2, B"):
        grid.only(["A1", "C"])


# ---- what is asked of the rows


def test_further_metrics_a_shared_deviation_and_trends(read):
    grid = read(
        base="base",
        seeds=5,
        base_seeds=8,
        spread="pooled",
        margin=0.5,
        also={"n": {"better": "lower", "margin": 0.01, "unjudged": {"A*": "why"}}, "left out": None},
        rows={"base": {}, "A1": {"h": 1}, "A2": {"h": 2}},
        trends={"h": ["A1", "A2", "base"], "N": None},
        version=2,
        changes={2: "A2"},
    )
    main, other = grid.measures
    assert (main.metric, main.better, main.margin, dict(main.unjudged)) == ("m", "higher", 0.5, {})
    assert (other.metric, other.better, other.margin) == ("n", "lower", 0.01)
    assert other.unjudged == {"A1": "why", "A2": "why"}
    assert grid.trends == {"h": ["A1", "A2", "base"]}
    assert [len(grid.seeds_of(row)) for row in grid.rows] == [8, 5, 5]
    assert [(cell.row, cell.seed) for cell in grid.cells()][7:9] == [("base", 8), ("A1", 1)]
    assert (grid.version, grid.changes) == (2, {2: "A2"})


def test_seeds_on_the_command_line_hold_for_the_base_too(tmp_path, read):
    read(base="base", base_seeds=8)
    scale = Scale("small", tmp_path, "", {"base": str(tmp_path / "model.yaml")}, *[str(tmp_path / "data.yaml")] * 2, [])
    grid = read_grid(tmp_path / "grid.yaml", scale, [3])
    assert [cell.seed for cell in grid.cells()] == [3, 3]


def test_rows_that_a_scale_leaves_out_may_stand_in_trends_and_reasons(read):
    rows = {"base": {}, "A1": {"h": 1}, "A2": {"h": 2}, "A8": {"h": 8}}
    grid = read(
        rows=rows,
        also={"n": {"better": "lower", "unjudged": {"A8": "why"}}},
        trends={"h": ["A1", "A2", "base", "A8"]},
        scales={"small": {"rows": {"A8": None}}},
    )
    assert grid.trends == {"h": ["A1", "A2", "base"]}
    assert grid.measures[1].unjudged == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"also": {"n": {}}, "function": "tests.ledger.functions:steps"},
            "also.n.better is missing; say whether higher or lower n is better",
        ),
        ({"also": {"n": {"best": "lower"}}}, "also.n may have the keys better, margin and unjudged only"),
        ({"also": {"n": {"better": "up"}}}, "also.n.better is 'up'; it must be higher or lower"),
        ({"also": {"n": {"better": "lower", "margin": -1}}}, "also.n.margin is -1"),
        ({"also": {"m": {"better": "lower"}}}, "also.m is already the grid's metric"),
        ({"also": {"n": {"better": "lower", "unjudged": ["A1"]}}}, "also.n.unjudged must map rows to reasons"),
        (
            {"also": {"n": {"better": "lower", "unjudged": {"A2": "w"}}}},
            "also.n.unjudged names 'A2', which is not a row",
        ),
        ({"spread": "own"}, "spread is 'own'; it must be pairs or pooled"),
        ({"base_seeds": 3}, "base_seeds has no effect without base"),
        ({"base": "base", "base_seeds": 0}, "base_seeds is 0; it must be a number above 0"),
        ({"trends": {"h": ["base", "A1"]}}, "trends.h must list three rows or more"),
        ({"trends": {"h": ["base", "A1", "A1"]}}, "trends.h must list three rows or more, each once"),
        ({"trends": {"h": ["base", "A1", "A7"]}}, "trends.h has the row 'A7', which does not exist"),
        ({"trends": {"x": ["base", "A1", "A2"]}, "rows": {"base": {}, "A1": {"h": 1}, "A2": {"h": 2}}}, "trends.x"),
        (
            {"trends": {"scale": ["base", "A1", "A2"]}, "rows": {"base": {}, "A1": {"h": 1}, "A2": {"h": 2}}},
            "grid.yaml: trends.scale is '1/sqrt(d_k)', which is not a number; name a parameter that is a number in "
            "each of its rows (row base)",
        ),
        ({"version": 0}, "version is 0; it must be a whole number from 1"),
        ({"version": 3, "changes": {2: "a"}}, "changes must say only what each version from 2 to 3 changed"),
        ({"changes": {2: "a"}}, "changes must say only what each version from 2 to 1 changed"),
    ],
)
def test_a_bad_question_is_one_sentence_that_names_the_key(read, changes, message):
    with pytest.raises(BadInput) as refused:
        read(**changes)
    assert message in str(refused.value)


def test_what_the_base_must_fulfil(read):
    requires = {"A1": {"metric": "train", "below": "dev", "otherwise": "not yet"}, "A8": None}
    rows = {"base": {}, "A1": {"h": 1}}
    found = read(rows=rows, base="base", learnt=50, requires=requires).conditions
    assert [(each.metric, each.above, each.below, each.rows) for each in found] == [
        ("m", 50.0, None, ()),
        ("train", None, "dev", ("A1",)),
    ]
    assert read(better="lower", learnt=3).conditions[0].below == 3.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learnt": "much"}, "learnt is 'much'; it must be the number that the base must reach"),
        ({"requires": {"A9": {"metric": "a", "above": 1, "otherwise": "b"}}}, "requires.A9 names no row"),
        (
            {"requires": {"A1": {"metric": "a", "otherwise": "b"}}},
            "requires.A1 must have the keys metric, otherwise, and above or",
        ),
        (
            {"requires": {"A1": {"metric": "a", "above": 1, "below": 2, "otherwise": "b"}}},
            "requires.A1 must have the keys",
        ),
        ({"requires": {"A1": {"metric": "a", "above": 1}}}, "requires.A1 must have the keys"),
        *(
            (
                {"requires": {"A1": {"metric": "a", side: limit, "otherwise": "b"}}},
                f"grid.yaml: requires.A1.{side} is {limit!r}; it must be a number, or a metric of the base",
            )
            for side, limit in (("above", "95"), ("below", None), ("above", True), ("below", [1]))
        ),
    ],
)
def test_a_bad_condition_is_one_sentence_that_names_the_key(read, changes, message):
    with pytest.raises(BadInput) as refused:
        read(**changes)
    assert message in str(refused.value)


@pytest.mark.parametrize(("value", "said"), [('"1e-3"', "the text '1e-3'"), ("'64'", "the text '64'")])
def test_a_number_as_text_is_refused_where_a_number_belongs(tmp_path, value, said):
    """Training would read it as the number, and its cell would be another one than the number's."""
    text = f"{HEAD}config: {{rate: 0.5, seed: 1}}\nrows: {{a: {{rate: {value}}}}}\n"
    (tmp_path / "g.yaml").write_text(f"{text}scales: {{builtin: }}\n")
    with pytest.raises(BadInput, match=f"{said}; write the number without quotes"):
        read_grid(tmp_path / "g.yaml", read_scale("builtin"))


def test_a_number_without_a_point_is_the_same_cell(tmp_path):
    ids = []
    for value in ("1e-3", "0.001", "1.0e-3"):
        text = f"{HEAD}config: {{rate: 0.5, seed: 1}}\nrows: {{a: {{rate: {value}}}}}\n"
        (tmp_path / "g.yaml").write_text(f"{text}scales: {{builtin: }}\n")
        (row,) = read_grid(tmp_path / "g.yaml", read_scale("builtin")).rows
        assert row.config["rate"] == 0.001
        ids.append(Cell("a:b", row.config).id)
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("set", {"set": {"seed_everything": 7}}),
        ("rows.A1", {"rows": {"A1": {"seed_everything": 7}}}),
        ("axes.seed_everything", {"axes": {"seed_everything": [7]}}),
        ("set", {"config": {"seed": 1, "h": 4}, "set": {"seed": 7}}),
    ],
)
def test_a_seed_that_would_have_no_effect_is_refused(read, where, changes):
    with pytest.raises(BadInput, match=rf"{where} names seed\w*, but rows run with the grid's seeds; give --seeds"):
        read(**changes)


DECLARING = {"function": "tests.ledger.functions:exact_lines", "metric": "lines.within"}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            {"metric": "lines.witin", "above": 95},
            "requires.A1.metric is 'lines.witin', which tests.ledger.functions:exact_lines does not declare; "
            "did you mean lines.within?",
        ),
        ({"metric": "lines.within", "above": "lines.all"}, "requires.A1.above is 'lines.all', which"),
    ],
)
def test_a_condition_on_what_its_function_does_not_declare_is_refused(read, condition, message):
    with pytest.raises(BadInput) as refused:
        read(**DECLARING, requires={"A1": {**condition, "otherwise": "not yet"}})
    assert message in str(refused.value)


def test_a_condition_may_name_any_metric_that_its_function_declares(read):
    requires = {"A1": {"metric": "lines.within", "above": "lines.beyond", "otherwise": "not yet"}}
    assert read(**DECLARING, requires=requires).conditions[0].above == "lines.beyond"


def test_a_setting_that_gives_no_row_another_id_is_told_of(tmp_path, read, capsys):
    content = {"seed": 1, "data": {"workers": 0, "tokens": 5, "root": "x"}, "trainer": {"val_check_interval": 4}}
    read(function="a:b", config=content, rows={"one": {"tokens": 5}, "two": {"tokens": 6}})
    scale = read_scale("builtin")

    def said(**settings):
        read_grid(tmp_path / "grid.yaml", Scale("small", scale.path, "", {}, "", "", []), settings=settings)
        return capsys.readouterr().err

    told = "--set {} does not tell cells apart: finished cells count as done\n"
    assert said(val_check_interval=2) == told.format("val_check_interval")
    assert said(workers=1) == told.format("workers")
    assert said(workers=0) == "", "nothing is changed"
    assert said(tokens=7) == "", "the rows set it themselves"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trends": {"h": [["base"], "A1", "A2"]}}, "trends.h must list three rows or more"),
        ({"axes": {8: [16, 64]}}, "axes.8 must have another name"),
        ({"axes": {"row": {"x": {"h": 2}}}, "base": "base"}, "axes.row must have another name"),
        ({"config": {5: 1, "seed": 0}, "rows": {"base": {}}}, "config has the key 5, which is not text"),
        ({"config": {"a": {5: 1}, "seed": 0}, "rows": {"base": {}}}, "config.a has the key 5, which is not text"),
        ({"config": {"a.b": 1, "seed": 0}, "rows": {"base": {"a.b": 2}}}, "which has a dot in a key"),
    ],
)
def test_names_of_another_kind_are_refused(read, changes, said):
    with pytest.raises(BadInput, match=said):
        read(**changes)


def test_a_block_of_a_grid_that_is_extended_must_hold_keys(tmp_path, read):
    read()
    (tmp_path / "below.yaml").write_text(yaml.safe_dump({**MINIMAL, "scales": {"small": [1]}}))
    with pytest.raises(BadInput, match=r"below\.yaml: scales\.small must hold keys and values, or nothing"):
        read(extends="below.yaml", set={"N": 1})
