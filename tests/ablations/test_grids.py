"""The shipped grids: each says what its file promises, at every scale, in configurations that can be run."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
import torch

from repro.console.grid_runs import grids_of
from repro.errors import BadInput
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale, scale_files
from repro.presets import presets_folder
from tests.representatives import others_slow

SCALES = [(name, scale) for name, path in grid_files().items() for scale in scales_of(path)]
PAPER = {  # Table 3: what each row varies
    "A1": {"h": 1},
    "A2": {"h": 4},
    "A3": {"h": 16},
    "A4": {"h": 32},
    "B1": {"d_k": 16},
    "B2": {"d_k": 32},
    "C1": {"N": 2},
    "C2": {"N": 4},
    "C3": {"N": 8},
    "C4": {"d_model": 256},
    "C5": {"d_model": 1024},
    "C6": {"d_ff": 1024},
    "C7": {"d_ff": 4096},
    "D1": {"P_drop": 0.0},
    "D2": {"P_drop": 0.2},
    "D3": {"eps_ls": 0.0},
    "D4": {"eps_ls": 0.2},
    "E1": {"positions": "learned"},
}


def grid(name: str, scale: str) -> Grid:
    return read_grid(grid_files()[name], read_scale(scale))


def sizes(config):
    network = config["model"]["network"]["init_args"]
    return {**network, "eps_ls": config["model"]["eps_ls"]}


def network(config, V):
    """The network of a configuration, without memory or values; each is made once."""
    chosen = config["model"]["network"]
    return _network(chosen["class_path"].rpartition(".")[2], json.dumps(chosen["init_args"]), V)


@cache
def _network(kind, arguments, V):
    import repro.models

    with torch.device("meta"):
        return getattr(repro.models, kind)(V, 1, **json.loads(arguments))


ALONE = {name for name, _ in SCALES} - {name for name, scale in SCALES if scale == "builtin"}
"""Grids that have other scales only."""


# By default at the scale that runs anywhere, and Table 3 at the paper's.
@pytest.mark.parametrize(
    ("name", "scale"),
    others_slow(
        SCALES,
        [
            k
            for k, (name, scale) in enumerate(SCALES)
            if scale == "builtin" or name in ALONE or (name, scale) == ("table3", "wmt14")
        ],
    ),
)
def test_every_grid_can_be_read_and_built_at_its_scales(name, scale):
    read = grid(name, scale)
    assert read.rows
    assert len({cell.id for cell in read.cells()}) == sum(len(read.seeds_of(row)) for row in read.rows)
    for row in read.rows if read.function == "repro.training:fit" else ():
        assert network(row.config, 100).V == 100


@pytest.mark.parametrize("scale", scale_files())
def test_every_scale_s_presets_and_grids_are_there(scale):
    at = read_scale(scale)
    for name in (*at.models.values(), at.data, at.trainer):
        assert (presets_folder() / f"{name}.yaml").is_file()
    assert [read.scale for read in grids_of(at)] == [portion.scale or scale for portion in at.grids]


def test_table_3_has_the_paper_s_values_at_the_paper_s_scale():
    rows = {row.name: row for row in grid("table3", "wmt14").rows}
    base = sizes(rows["base"].config)
    assert {key: base[key] for key in ("N", "d_model", "d_ff", "h", "P_drop", "eps_ls", "positions")} == {
        "N": 6,
        "d_model": 512,
        "d_ff": 2048,
        "h": 8,
        "P_drop": 0.1,
        "eps_ls": 0.1,
        "positions": "sinusoidal",
    }
    assert rows.keys() == {"base", *PAPER, "big"}
    for name, varied in PAPER.items():
        assert sizes(rows[name].config) == {**base, **varied}, name
        assert rows[name].base == "base"
    big = sizes(rows["big"].config)
    assert (big["d_model"], big["d_ff"], big["h"], big["P_drop"]) == (1024, 4096, 16, 0.3)
    assert rows["big"].config["trainer"]["max_steps"] == 300_000
    assert rows["base"].config["trainer"]["max_steps"] == 100_000


PUBLISHED_MILLIONS = {
    "base": 65,
    "B1": 58,
    "B2": 60,
    "C1": 36,
    "C2": 50,
    "C3": 80,
    "C4": 28,
    "C5": 168,
    "C6": 53,
    "C7": 90,
    "big": 213,
}


def by_hand(V, N, d_model, d_ff, h, d_k, d_v):
    """The parameters of section 3: no biases in attention, biases in the feed-forward, two numbers a width a norm."""
    d_k, d_v = d_k or d_model // h, d_v or d_model // h
    attention = 2 * d_model * h * d_k + 2 * d_model * h * d_v
    feed_forward = 2 * d_model * d_ff + d_ff + d_model
    return V * d_model + N * (3 * attention + 2 * feed_forward + 5 * 2 * d_model)


@pytest.mark.parametrize("row", PUBLISHED_MILLIONS)
def test_table_3_has_the_paper_s_parameters(row):
    """No vocabulary gives all of the published counts; with 37,000 types the smallest model is furthest, by 6.6%."""
    config = next(each.config for each in grid("table3", "wmt14").rows if each.name == row)
    count = sum(parameter.numel() for parameter in network(config, 37_000).parameters())
    network_sizes = {key: sizes(config)[key] for key in ("N", "d_model", "d_ff", "h", "d_k", "d_v")}
    assert count == by_hand(37_000, **network_sizes)
    assert count / 1e6 == pytest.approx(PUBLISHED_MILLIONS[row], rel=0.07)


@pytest.mark.parametrize("scale", ["builtin", "multi30k", "help"])
def test_table_3_is_in_the_same_proportions_elsewhere(scale):
    rows = {row.name: sizes(row.config) for row in grid("table3", scale).rows}
    paper = {row.name: sizes(row.config) for row in grid("table3", "wmt14").rows}
    width = {name: each["d_model"] // each["h"] for name, each in rows.items()}
    for name in rows.keys() & {"A2", "A3", "A4", "B1", "B2", "C4", "C5", "C6", "C7", "D1", "D2", "D4"}:
        (key,) = PAPER[name]
        if key == "d_k":
            assert rows[name]["d_k"] / width["base"] == paper[name]["d_k"] / 64, name
        else:
            assert rows[name][key] * paper["base"][key] == pytest.approx(paper[name][key] * rows["base"][key]), name
    assert [rows[name]["N"] > rows["base"]["N"] for name in ("C1", "C3")] == [False, True]
    assert rows["big"]["d_model"] > rows["base"]["d_model"]


def test_scaling_has_unit_variance_and_every_d_k():
    read = grid("scaling", "builtin")
    for row in read.rows:
        network = row.config["model"]["network"]["init_args"]
        assert network["unit_variance_qk"] == (row.coordinates["start"] == "unit")
        assert network["h"] == 1
        d_k = network["d_k"]
        scales = {"scaled": "1/sqrt(d_k)", "unscaled": "none", "quarter": d_k**-0.25}
        assert network["scale"] == scales[row.coordinates["scaling"]]
        assert row.config["observe"]["attention_every"]
    assert {int(row.coordinates["d_k"]) for row in read.rows} >= {16, 64, 256, 1024}


@pytest.mark.parametrize("scale", scales_of(grid_files()["additive"]))
def test_additive_attention_is_compared_with_cells_of_scaling(scale):
    """Each dot-product cell is one of scaling's at the same d_k; an additive one differs from them in no other key."""
    cells = {cell.row: cell.id for cell in grid("scaling", scale).cells() if cell.seed == 1}
    rows = {row.name: row.config["model"]["network"]["init_args"] for row in grid("additive", scale).rows}
    compared = {cell.row: cell.id for cell in grid("additive", scale).cells() if cell.seed == 1}
    assert len(rows) == 12
    for d_k in (16, 64, 256, 1024):
        for kind in ("scaled", "unscaled"):
            assert compared[f"d_k={d_k}+{kind}"] == cells[f"unit+d_k={d_k}+{kind}"]
        assert rows[f"d_k={d_k}+additive"] == {**rows[f"d_k={d_k}+scaled"], "compatibility": "additive"}


@pytest.mark.parametrize(("scale", "V"), [("builtin", 130), ("multi30k", 8000), ("help", 8000), ("wmt14", 37_000)])
def test_recurrence_compares_models_of_about_the_same_size(scale, V):
    counts = {
        row.name: sum(p.numel() for p in network(row.config, V).parameters()) for row in grid("recurrence", scale).rows
    }
    for count in counts.values():
        assert count == pytest.approx(counts["self-attention"], rel=0.06), counts


TUNED = {"main": "each model as its presets have it", "equal-tuning": "each model as its own trials chose it"}
"""Grids whose rows may differ in settings, and why."""
SETTINGS = ("P_drop", "attention_dropout", "relu_dropout", "eps_ls", "warmup", "peak_learning_rate", "factor")


def settings(config):
    """What a comparison of two kinds of network must hold equal."""
    model = config["model"]
    every = {**model, **model["network"]["init_args"]}
    return {key: every.get(key, 0.0) for key in SETTINGS} | {"tokens": config["data"]["tokens"]}


@pytest.mark.parametrize(("name", "scale"), [place for place in SCALES if place[0] not in TUNED])
def test_another_kind_of_network_has_the_settings_of_its_base(name, scale):
    rows = {row.name: row for row in grid(name, scale).rows}
    for row in rows.values():
        base = rows.get(row.base or "")
        if base is None or not isinstance(row.config.get("model"), dict):
            continue
        kinds = {each.config["model"]["network"]["class_path"] for each in (row, base)}
        if len(kinds) == 2:
            assert settings(row.config) == settings(base.config), row.name


@pytest.mark.parametrize("scale", ["builtin", "multi30k", "help", "wmt14"])
def test_one_narrow_head_is_as_wide_as_each_of_the_base_s(scale):
    widths = {}
    for row in grid("heads", scale).rows:
        network = row.config["model"]["network"]["init_args"]
        widths[row.name] = {key: network[key] or network["d_model"] / network["h"] for key in ("d_k", "d_v")}
    assert widths["one-narrow"] == widths["base"]


def test_a_network_s_size_that_does_not_fit_is_refused():
    config = grid("heads", "builtin").rows[0].config
    from repro.ledger.grids.cell import merge
    from repro.ledger.grids.parameters import nested

    with pytest.raises(BadInput, match="not divisible"):
        network(merge(config, nested("model.network.init_args.h", 3)), 100)


def test_the_documents_grid_can_be_run(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "ablations.md"
    example = re.search(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "my.yaml").write_text(example[1])
    names = [row.name for row in read_grid(tmp_path / "my.yaml", read_scale("builtin")).rows]
    assert len(names) == 8
    assert "lstm+P_drop=0.1" in names


def test_the_documents_name_every_grid() -> None:
    page = Path(__file__).parents[2] / "docs" / "ablations.md"
    named = set(re.findall(r"`([a-z0-9-]+)`", page.read_text(encoding="utf-8")))
    assert set(grid_files()) <= named


@pytest.mark.parametrize("scale", scales_of(grid_files()["code"]))
def test_each_point_at_which_the_code_differs_is_a_row_and_in_all(scale):
    rows = {row.name: row.config["model"] for row in grid("code", scale).rows}

    def changes(name):
        flat = [{**rows[each], **rows[each]["network"]["init_args"], "network": None} for each in (name, "paper")]
        return {key: value for key, value in flat[0].items() if value != flat[1][key]}

    single = [changes(name) for name in rows if name not in ("paper", "all", "norm-epsilon", "length-penalty")]
    assert all(len(each) == 1 for each in single)
    assert changes("all") == {key: value for each in single for key, value in each.items()}
    assert ("factor" in changes("all")) == (scale == "wmt14")
