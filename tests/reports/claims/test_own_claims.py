"""Claims of one's own: judged beside the shipped ones, shown apart from them, never taken for one of them."""

import copy
import json
import shutil
from pathlib import Path

import pytest
import yaml

from reports import catalogue
from reports.build import build
from reports.claims.own_claims import OwnFiles
from reports.cli import main
from reports.serve import Live, seen_in
from reports.verdicts.standing import count_stands, judgeable
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, merge
from tests.reports.claims.entries import CLAIM, FILE, changed
from tests.reports.records import planted, write

EXAMPLE = Path(__file__).parents[3] / "examples" / "own-claim"
CLAIMS, GRID = EXAMPLE / "xiong2020.yaml", EXAMPLE / "no-warmup.yaml"
OWN = ["--claims", str(CLAIMS), "--grids", str(GRID)]
ID = "xiong2020-post-needs-warmup"


def plant(root, changes=None):
    """Five runs of each row of the example's grid, in which layer norm after the residual connection does worse."""
    with catalogue.own_files([GRID]):
        for row, nll in (("post", 3.0), ("pre", 2.4)):
            for seed in range(1, 6):
                record = planted("no-warmup", row, seed, {"dev.nll": nll + seed / 50 + seed % 2 / 90 * nll})
                if changes:
                    config = merge(record.config, changes)
                    cell = Cell("repro.training:fit", config).id
                    record = planted("no-warmup", row, seed, {"dev.nll": nll}, cell=cell, config=config)
                write(root, record)
    return root


def verdicts(out):
    return {each["id"]: each for each in json.loads((out / "claims.json").read_text())}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The reports of the same records, with the example and without."""
    folder = tmp_path_factory.mktemp("own")
    runs = plant(folder / "runs")
    with_own = build([runs], folder / "with", own=OwnFiles((CLAIMS,), (GRID,)))
    return folder, with_own, build([runs], folder / "without")


def test_the_example_is_judged_by_its_records(built):
    found = verdicts(built[0] / "with")[ID]
    assert found["verdict"] == "holds at this scale"
    assert found["scale"] == "builtin"
    assert found["measured"] == pytest.approx(0.6 * (1 + 3 / 5 / 90))
    assert found["shipped"] is False
    assert found["command"] == f"ablate repeat {GRID} --scale builtin --rows post,pre"


def test_no_count_of_the_shipped_papers_holds_it(built):
    folder, with_own, without = built
    assert with_own.count() == without.count()
    assert ID not in verdicts(folder / "without")
    assert [each.claim.id for each in with_own.own] == [ID]
    page = (folder / "with" / "index.html").read_text()
    assert page.index('id="own-claims"') < page.index('<section id="glance">')  # at the top of the page
    glance = page[page.index('<section id="glance">') : page.index('<section id="claims">')]
    assert "Layer Normalization" not in glance
    shipped = judgeable(count_stands(without.stands_of(without.shipped)))
    assert f"of {shipped} claims that a measurement could decide" in glance


def test_the_page_shows_it_under_its_own_paper(built):
    folder, *_ = built
    page = (folder / "with" / "index.html").read_text()
    own = page[page.index('<section id="own-claims">') : page.index('<section id="claims">')]
    for text in (
        "On Layer Normalization in the Transformer Architecture",
        "R. Xiong, Y. Yang",
        "https://arxiv.org/abs/2002.04745",
        f'id="claim-{ID}"',
    ):
        assert text in own
    assert f'id="claim-{ID}"' not in page[page.index('<section id="claims">') :]
    assert 'id="own-claims"' not in (folder / "without" / "index.html").read_text()
    text = (folder / "with" / "report.md").read_text()
    assert "## On Layer Normalization in the Transformer Architecture (ICML 2020, arXiv 2002.04745)" in text
    summary = text[text.index("## Verdicts") : text.index("Claims of your own")]
    assert "Layer Normalization" not in summary


def test_its_family_is_its_own(built):
    _, with_own, without = built
    assert [each.verdict for each in with_own.shipped] == [each.verdict for each in without.judged]


def test_records_of_a_changed_copy_of_the_grid_give_no_verdict(tmp_path):
    plant(tmp_path / "runs", {"trainer": {"max_steps": 6}})
    report = build([tmp_path / "runs"], tmp_path / "out", own=OwnFiles((CLAIMS,), (GRID,)))
    assert verdicts(tmp_path / "out")[ID]["verdict"] == "not run"
    assert len(report.records.foreign) == 10


def test_the_commands_take_both_and_print_the_verdict(tmp_path, capsys):
    runs, out = str(plant(tmp_path / "runs")), str(tmp_path / "out")
    assert main(["build", runs, "--out", out, *OWN]) == 0
    assert f"{ID}  holds at this scale" in capsys.readouterr().out
    assert main(["status", runs, "--out", out, *OWN]) == 0
    assert main(["status", runs, "--out", out]) == 1  # another report
    capsys.readouterr()
    (tmp_path / "none").mkdir()
    status = main(["diff", runs, runs, *OWN])
    said = capsys.readouterr()
    assert status == 0, said.err
    assert "0 of 0 verdicts are the same\n\nof your own claims, 1 of 1 verdicts are the same" in said.out
    write(tmp_path / "runs", planted("g", "late", 1, {"m": 1.0}))
    assert main(["status", runs, "--out", out, *OWN]) == 1
    assert f"report build {runs} --out {out} {' '.join(OWN)}" in capsys.readouterr().out


@pytest.mark.slow  # test_serve.py has the same of a changed record
def test_serving_notices_a_changed_claim_and_grid(tmp_path):
    claims, grid = shutil.copy(CLAIMS, tmp_path), shutil.copy(GRID, tmp_path / "no-warmup.yaml")
    runs = plant(tmp_path / "runs")
    own = OwnFiles((Path(claims),), (tmp_path / "no-warmup.yaml",))
    live = Live([runs], tmp_path / "out", "en", own)
    assert live.refresh()
    assert not live.refresh()
    Path(claims).write_text(CLAIMS.read_text().replace("row: post, base: pre", "row: pre, base: post"))
    assert live.refresh()
    assert verdicts(tmp_path / "out")[ID]["verdict"] == "does not hold at this scale"
    before = seen_in([runs], own)
    Path(grid).write_text(GRID.read_text().replace("margin: 0.1", "margin: 0.25"))
    assert seen_in([runs], own) != before
    assert live.refresh()
    assert verdicts(tmp_path / "out")[ID]["margin"] == 0.25


# ---- at a scale of one's own


def at_a_scale_of_ones_own(folder, scales="{mine: {}}"):
    """The example's grid at the scale `mine`, that scale, and runs there: what stands behind --grids and --scales."""
    grid, scale = folder / "no-warmup.yaml", folder / "mine.yaml"
    grid.write_text(GRID.read_text().replace("scales:\n  builtin: {}", f"scales: {scales}"))
    scale.write_text("title: longer words\nlike: builtin\ndata: data/chains\n")
    with catalogue.own_files([grid], [scale]):
        for row, nll in (("post", 3.0), ("pre", 2.4)):
            for seed in range(1, 6):
                metrics = {"dev.nll": nll + seed / 50 + seed % 2 / 90 * nll}
                write(folder / "runs", planted("no-warmup", row, seed, metrics, scale="mine"))
    return grid, scale


@pytest.mark.parametrize("scales", ["{mine: {}}", "{builtin: {}}"], ids=["named", "like"])
def test_own_scale_own_grid_and_own_claim_give_a_verdict(tmp_path, capsys, scales):
    grid, scale = at_a_scale_of_ones_own(tmp_path, scales)
    own = ["--claims", str(CLAIMS), "--grids", str(grid), "--scales", str(scale)]
    runs, out = str(tmp_path / "runs"), str(tmp_path / "out")
    assert main(["build", runs, "--out", out, *own]) == 0
    said = capsys.readouterr()
    assert f"{ID}  holds at this scale" in said.out
    assert "not known" not in said.err
    assert verdicts(tmp_path / "out")[ID]["scale"] == "mine"
    shipped = [each for each in verdicts(tmp_path / "out").values() if each["shipped"]]
    assert {scale["scale"] for each in shipped for scale in each["scales"]}.isdisjoint({"mine"})
    assert seen_in([], OwnFiles(grids=(grid,), scales=(scale,))).keys() == {str(grid), str(scale)}
    assert main(["status", runs, "--out", out, *own]) == 0
    assert main(["diff", runs, runs, *own]) == 0
    assert "of your own claims, 1 of 1 verdicts are the same" in capsys.readouterr().out
    write(tmp_path / "runs", planted("g", "late", 1, {"m": 1.0}))
    main(["status", runs, "--out", out, *own])
    assert f"report build {runs} --out {out} {' '.join(own)}" in capsys.readouterr().out


def test_a_scale_that_is_not_given_is_left_out_unless_a_claim_needs_it(tmp_path, capsys):
    grid, scale = at_a_scale_of_ones_own(tmp_path, "{builtin: {}, mine: {}}")
    runs, out = str(tmp_path / "runs"), str(tmp_path / "out")
    assert main(["build", runs, "--out", out, "--claims", str(CLAIMS), "--grids", str(grid)]) == 0
    said = capsys.readouterr()
    assert f"{ID}  not run" in said.out
    assert f"{grid}: not known here: mine; no claim is judged there, and --scales FILE adds it" in said.err
    claims = tmp_path / "claims.yaml"
    claims.write_text(CLAIMS.read_text().replace("decides_at: []", "decides_at: [mine]"))
    assert main(["build", runs, "--out", out, "--claims", str(claims), "--grids", str(grid)]) == 2
    assert "there is no scale 'mine'; there are ag-news, " in capsys.readouterr().err
    own = ["--claims", str(claims), "--grids", str(grid), "--scales", str(scale)]
    assert main(["build", runs, "--out", out, *own]) == 0
    assert verdicts(tmp_path / "out")[ID]["verdict"] == "reproduced"


def test_a_grid_whose_only_scale_is_not_given_is_no_reason_for_a_traceback(tmp_path, capsys):
    grid, _ = at_a_scale_of_ones_own(tmp_path)
    runs, out = str(tmp_path / "runs"), str(tmp_path / "out")
    assert main(["build", runs, "--out", out, "--grids", str(grid)]) == 0
    assert main(["build", runs, "--out", out, "--claims", str(CLAIMS), "--grids", str(grid)]) == 2
    assert "test.grid 'no-warmup' names no scale that is known; --scales adds your own" in capsys.readouterr().err


def test_a_shipped_grid_at_a_scale_of_ones_own_is_shown_as_a_grid_and_decides_no_shipped_claim(tmp_path):
    scale = tmp_path / "mine.yaml"
    scale.write_text("title: longer words\nlike: builtin\ndata: data/chains\n")
    with catalogue.own_files([], [scale]):
        for row, value in (("base", 98.0), ("no-positions", 25.0)):
            for seed in range(1, 6):
                metrics = {"test.exact_match": value + seed / 10}
                write(tmp_path / "runs", planted("essentials", row, seed, metrics, scale="mine"))
    report = build([tmp_path / "runs"], tmp_path / "out", own=OwnFiles(scales=(scale,)))
    assert all(stored.planned for stored in report.records.counted)
    assert {each["verdict"] for each in verdicts(tmp_path / "out").values()} == {"not run"}


def test_two_scales_of_one_name_are_refused(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.yaml").write_text("title: mine\nlike: builtin\n")
    twice = [tmp_path / "one" / "mine.yaml", tmp_path / "two" / "mine.yaml"]
    with pytest.raises(BadInput, match=r"two/mine.yaml: there is already a scale mine, .*one/mine.yaml; give"):
        OwnFiles(scales=tuple(twice)).known().__enter__()


def test_of_a_folder_the_grids_are_taken_whatever_their_ending(tmp_path):
    shutil.copy(GRID, tmp_path / "mine.yml")
    shutil.copy(CLAIMS, tmp_path)
    (tmp_path / "scale.yaml").write_text("title: mine\nlike: builtin\n")
    with catalogue.own_files([tmp_path]):
        assert catalogue.scales_of_grid("mine") == ("builtin",)
        assert catalogue.grids().keys().isdisjoint({"xiong2020", "scale"})


def test_grids_of_ones_own_are_forgotten_afterwards():
    with catalogue.own_files([EXAMPLE]):
        assert catalogue.scales_of_grid("no-warmup") == ("builtin",)
        assert catalogue.as_typed("no-warmup") == str(GRID)
    assert "no-warmup" not in catalogue.grids()
    assert catalogue.scales_of_grid("no-warmup") == ()
    assert catalogue.as_typed("heads") == "heads"


# ---- from installed packages


def install(folder, name, **groups):
    """A package as pip leaves it, whose entry points name folders of files."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    lines = []
    for group, files in groups.items():
        package = folder / f"{name}_{group}"
        package.mkdir()
        (package / "__init__.py").write_text("")
        for file in files:
            shutil.copy(file, package)
        lines += [f"[repro.{group}]", f"{name} = {package.name}"]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def forgetful():
    """What an installed package brings is looked for anew, before and after."""
    for known in (catalogue.grids, catalogue.grid_at, catalogue.scales_of_grid):
        known.cache_clear()
    yield
    for known in (catalogue.grids, catalogue.grid_at, catalogue.scales_of_grid):
        known.cache_clear()


def test_a_package_brings_claims_and_grids_by_entry_points(tmp_path, monkeypatch, forgetful):
    runs = plant(tmp_path / "runs")
    install(tmp_path / "site", "xiong", claims=[CLAIMS], grids=[GRID])
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    catalogue.grids.cache_clear()
    build([runs], tmp_path / "out")
    found = verdicts(tmp_path / "out")[ID]
    assert (found["verdict"], found["shipped"]) == ("holds at this scale", False)
    assert found["command"] == "ablate repeat no-warmup --scale builtin --rows post,pre"


def test_a_package_cannot_take_the_place_of_a_shipped_grid(tmp_path, monkeypatch, forgetful):
    copy_of_heads = tmp_path / "heads.yaml"
    copy_of_heads.write_text(GRID.read_text())
    install(tmp_path / "site", "rival", grids=[copy_of_heads])
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(BadInput, match=r"heads\.yaml has the same name as .*heads\.yaml; rename one"):
        catalogue.grids()


# ---- what is refused


def written(path, claims=(CLAIM,), **file):
    path.write_text(yaml.safe_dump({**copy.deepcopy(FILE), "claims": list(claims), **file}))
    return path


def known(*claims, grids=()):
    with OwnFiles(tuple(claims), tuple(grids)).known() as found:
        return found


def test_what_is_shipped_cannot_be_named_again(tmp_path):
    key = {**FILE["paper"], "key": "wu2021"}
    with pytest.raises(BadInput, match=r"own.yaml: paper.key wu2021 is already in the shipped claims; .* wu2021-own"):
        known(written(tmp_path / "own.yaml", paper=key))
    # Together they make the id wu2021-tiny-multi30k, of a claim that is shipped.
    with pytest.raises(BadInput, match=r"own.yaml: claim wu2021-tiny-multi30k is already in the shipped claims"):
        known(written(tmp_path / "own.yaml", [changed(id="multi30k")], paper={**key, "key": "wu2021-tiny"}))
    grid = tmp_path / "heads.yaml"
    grid.write_text(GRID.read_text())
    with pytest.raises(BadInput, match=r"heads.yaml: there is already a grid heads, .*; give the file another name"):
        known(grids=[grid])


def test_two_files_of_one_paper_are_refused(tmp_path):
    first, second = written(tmp_path / "one.yaml"), written(tmp_path / "two.yaml", [changed(id="b")])
    with pytest.raises(BadInput, match=r"two.yaml: paper.key someone2017 is already in .*one.yaml"):
        known(first, second)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--claims", "none.yaml"], "none.yaml cannot be read"),
        (["--grids", "none.yaml"], "none.yaml does not exist; --grids takes the YAML files of grids"),
        (["--grids", "empty"], "empty holds no grid; --grids takes the YAML files of grids, or folders of them"),
        (["--grids", str(CLAIMS)], "xiong2020.yaml: scales must list at least one scale"),
        (["--scales", "none.yaml"], "none.yaml does not exist; name a scale's YAML file"),
        (["--scales", "builtin"], "the scale builtin is known without --scales, which takes the YAML file of your own"),
        (["--claims", str(CLAIMS)], "claim post-needs-warmup: test.grid is 'no-warmup', which is not a grid"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("empty").mkdir()
    assert main(["build", "runs", *options]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not Path("report").exists()


WRONG = [5, "x y", [], [1], {"a": 1}, None, float("nan")]


def places(value, way=()):
    """The way to every key of a claim, and of a file."""
    for key, inner in value.items():
        yield (*way, key)
        if isinstance(inner, dict):
            yield from places(inner, (*way, key))


OF_A_TABLE = {
    "table": "vaswani2017-table3",
    "column": "bleu",
    "id": "t-{row}",
    "place": "Table 3",
    "section": "6.2",
    "base": "base",
    "same": 0.1,
    "only": ["A1"],
    "says": {"worse": "{label} is worse.", "better": "{label} is better."},
    "test": {"grid": "table3"},
    "decides_at": ["wmt14"],
}
FULL = changed(
    family="x",
    note="x",
    command="x",
    shown_at=["builtin"],
    direction_source="x",
    test__margin=2,
    test__metric="test.exact_match",
    test__base="base",
    test__at={"builtin": {"margin": 3}},
    published__also=[25.7],
    published__checked=True,
    published__definition="bleu",
    published__corpus="wmt14",
    published__lines=3003,
)


def said_of(path):
    """What is said against a file; None if it is taken."""
    try:
        known(path)
    except BadInput as error:
        return str(error)
    return None


@pytest.mark.parametrize("entry", [FULL, OF_A_TABLE], ids=["claim", "table"])
def test_a_value_of_the_wrong_kind_is_refused_in_one_sentence_or_taken(tmp_path, entry):
    """Whatever stands in place of any value of a file: never a traceback, and the file is named."""
    path = tmp_path / "own.yaml"
    assert said_of(written(path, [entry])) is None
    whole = {**FILE, "claims": [entry]}
    for way in [*places(whole), *(("claims", 0, *inner) for inner in places(entry))]:
        for wrong in WRONG:
            content = copy.deepcopy(whole)
            inner = content
            for part in way[:-1]:
                inner = inner[part]
            inner[way[-1]] = wrong
            path.write_text(yaml.safe_dump(content))
            said = said_of(path)
            assert said is None or ("own.yaml" in said and "\n" not in said), (way, wrong)
