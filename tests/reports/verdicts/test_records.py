"""Records under directories: which count, which are damaged, which are set aside."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

import reports
from reports.catalogue import grid_at
from reports.verdicts import records as module
from reports.verdicts.records import hardware_of, read_records
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, merge
from repro.ledger.grids.earlier import EarlierCell
from tests.reports.records import metric, planted, write


def planned_cell(seed=1, row="base"):
    grid = replace(grid_at("essentials", "builtin"), seeds=[seed])
    return next(cell.id for cell in grid.cells() if cell.row == row)


def test_runs_behind_a_link_are_read(tmp_path: Path) -> None:
    write(tmp_path / "disk", planted("g", "a", 1, {"m": 1.0}))
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "builtin").symlink_to(tmp_path / "disk" / "builtin")
    (found,) = read_records([tmp_path / "runs"]).counted
    assert found.path.startswith("builtin/g/a-seed1-")


def test_what_is_hidden_is_no_evidence(tmp_path: Path) -> None:
    """As a killed `ablate publish` leaves it, whole or cut short; and so with whatever else begins with a dot."""
    write(tmp_path, planted("g", "a", 1, {"m": 1.0}))
    (path,) = tmp_path.rglob("attempt-1")
    before = read_records([tmp_path])
    shutil.copytree(path, path.with_name(".attempt-2.0f.tmp"))
    shutil.copytree(path, path.parent.with_name("b-seed1-0123456789ab") / ".attempt-1.0f.tmp")
    (path.parent.with_name("b-seed1-0123456789ab") / ".attempt-1.0f.tmp" / "record.json").write_text("{")
    shutil.copytree(tmp_path / "builtin", tmp_path / ".aside" / "builtin")
    assert read_records([tmp_path]) == before
    assert read_records([tmp_path]).digest == before.digest
    assert len(read_records([tmp_path / ".aside"]).counted) == 1  # named by itself


def test_records_of_cells_are_found_by_scale_grid_and_row(tmp_path):
    for seed in (2, 1):
        write(tmp_path, planted("g", "a", seed, {"m": 1.0}))
    write(tmp_path, planted("g", "a", 1, {"m": 2.0}, scale="multi30k"))
    found = read_records([tmp_path])
    assert list(found.of("builtin", "g", "a")) == [1, 2]
    assert found.of("multi30k", "g", "a")[1].record.metrics["m"]["value"] == 2.0
    assert found.of("builtin", "g", "b") == {}
    assert found.counted[0].path.startswith("builtin/g/a-seed1-")
    assert found.counted[0].planned is None  # there is no grid g


def test_of_single_runs_with_one_seed_the_best_is_found_and_all_are_kept(tmp_path):
    runs = [("old", "done", "2024-01-01"), ("new", "done", "2024-03-01"), ("failed", "failed", "2024-05-01")]
    for name, status, day in runs:
        started = f"{day}T00:00:00+00:00"
        write(tmp_path / name, planted("fit", "", 1, {"m": 1.0}, status=status, started=started))
    found = read_records([tmp_path])
    assert {stored.record.started[:10] for stored in found.counted} == {day for _, _, day in runs}
    (counting,) = found.of("builtin", "fit", "").values()
    assert (counting.record.status, counting.record.started[:10]) == ("done", "2024-03-01")


def test_the_last_attempt_that_is_done_counts(tmp_path):
    for attempt, (status, value) in enumerate([("failed", 0.0), ("done", 1.0), ("killed", 2.0)], 1):
        write(tmp_path, planted("g", "a", 1, {"m": value}, status=status, attempt=attempt), attempt)
    (found,) = read_records([tmp_path]).counted
    assert found.record.status == "done"
    assert found.path.endswith("attempt-2/record.json")
    assert len(found.replaced) == 2


def test_published_records_can_be_read_single_runs_and_grids():
    folder = Path(next(iter(reports.__path__))) / "published"
    records = read_records([folder])
    assert not records.damaged
    found = {each.path: each.record for each in records.counted}
    assert found["multi30k-hour/record.json"].grid == "fit"
    assert {record.grid for record in found.values()} >= {"fit", "complexity", "pace", "scaling"}
    assert all(record.status == "done" for record in found.values())
    # Made on a machine that had a copy without its history: docs/results.md says of which commit.
    assert {path for path, record in found.items() if record.dirty is not False} == {
        "multi30k-anchor/record.json",
        "news-base-gpu/record.json",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"cell": "x"',
        "[]",
        '"text"',
        "\x00\xff",
        json.dumps({"cell": 1}),
        json.dumps({**vars(planted("g", "a", 1, {})), "seed": "1"}),
        json.dumps({**vars(planted("g", "a", 1, {})), "metrics": {"m": metric("many")}}),
        json.dumps({**vars(planted("g", "a", 1, {})), "hardware": None}),
        json.dumps({**vars(planted("g", "a", 1, {})), "status": "fine"}),
        json.dumps({**vars(planted("g", "a", 1, {})), "metrics": {"m": metric(1.0)}}).replace("1.0", "NaN"),
    ],
)
def test_a_damaged_record_is_listed_and_the_rest_is_read(tmp_path, text):
    write(tmp_path, planted("g", "a", 1, {"m": 1.0}))
    bad = write(tmp_path, planted("g", "a", 2, {"m": 1.0})) / "record.json"
    bad.write_bytes(text.encode("latin-1"))
    found = read_records([tmp_path])
    assert list(found.of("builtin", "g", "a")) == [1]
    (damaged,) = found.damaged
    assert damaged.path == bad.relative_to(tmp_path).as_posix()
    assert "is not a record" in damaged.reason
    assert str(tmp_path) not in damaged.reason


def test_what_was_set_aside_is_listed_until_it_is_made_anew(tmp_path):
    directory = write(tmp_path, planted("g", "a", 1, {"m": 1.0}))
    (directory / "record.json").rename(directory / "record.damaged.json")
    assert len(read_records([tmp_path]).damaged) == 1
    write(tmp_path, planted("g", "a", 1, {"m": 1.0}), attempt=2)
    assert read_records([tmp_path]).damaged == ()


def test_a_number_without_a_definition_is_refused(tmp_path):
    path = write(tmp_path, planted("g", "a", 1, {"m": 1.0})) / "record.json"
    content = json.loads(path.read_text())
    del content["metrics"]["m"]["definition"]
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="metric m has no definition; a number needs one"):
        read_records([tmp_path])


def test_what_is_no_directory_is_refused(tmp_path):
    with pytest.raises(BadInput, match="is not a folder"):
        read_records([tmp_path / "none"])


def changed(steps, seed=1, row="base", **more):
    """A record of the shipped grid's row with another number of updates, and with its configuration's own id."""
    config = merge(planted("essentials", row, seed, {}).config, {"trainer": {"max_steps": steps}})
    cell = Cell(grid_at("essentials", "builtin").function, config).id
    return planted("essentials", row, seed, {"m": float(steps)}, cell=cell, config=config, **more)


@pytest.fixture
def planned_before(monkeypatch):
    """Takes records for cells that their grid planned before."""

    def tell(*records):
        cells = {it.cell: EarlierCell(it.row, it.seed, "e7bb639", "it trained longer") for it in records}
        monkeypatch.setattr(module, "earlier_cells", lambda *_: cells)

    return tell


def test_records_of_another_grid_of_a_shipped_one_s_name_are_no_evidence(tmp_path):
    """A copy of a grid, changed to 12 updates, under its own name."""
    for seed in range(1, 6):
        write(tmp_path, changed(12, seed))
    found = read_records([tmp_path])
    assert found.counted == ()
    assert found.of("builtin", "essentials", "base") == {}
    assert len(found.foreign) == found.foreign_to("builtin", "essentials") == 5
    assert found.foreign_to("builtin", "heads") == 0
    assert {it.differs for it in found.foreign} == {"trainer.max_steps is 12, and 600 in the shipped grid"}


@pytest.mark.parametrize(
    ("record", "differs"),
    [
        (planted("essentials", "mine", 1, {}), "the shipped grid has no row mine"),
        (
            planted("essentials", "base", 1, {}, cell="0" * 12, config=planted("essentials", "base", 1, {}).config),
            "its id",
        ),
        (replace(changed(12), cell=planned_cell()), "trainer.max_steps is 12"),  # a name alone is no evidence
    ],
)
def test_a_record_must_be_of_a_row_and_of_its_own_id(tmp_path, record, differs):
    write(tmp_path, record)
    (found,) = read_records([tmp_path]).foreign
    assert differs in found.differs


def test_other_seeds_of_a_shipped_grid_are_evidence(tmp_path):
    write(tmp_path, planted("essentials", "base", 77, {"m": 1.0}))
    (found,) = read_records([tmp_path]).counted
    assert (found.planned, found.added) == (True, True)


def test_seeds_that_the_plan_has_are_told_from_added_ones(tmp_path):
    """A base may be planned with more seeds than the rows; then only the rows' further ones are added."""
    for row, seed in (("base", 5), ("base", 6), ("h=1", 5), ("h=1", 6), ("base", 11)):
        write(tmp_path, planted("heads", row, seed, {"m": 1.0}, scale="multi30k"))
    found = {(it.record.row, it.record.seed): it.added for it in read_records([tmp_path]).counted}
    plan = {(cell.row, cell.seed) for cell in grid_at("heads", "multi30k").cells()}
    assert ("base", 6) in plan
    assert ("h=1", 6) not in plan
    assert found == {key: key not in plan for key in found}


def test_the_planned_cell_counts_and_earlier_ones_are_set_aside(tmp_path, planned_before):
    old = changed(500, started="2027-01-01T00:00:00+00:00")
    planned_before(old)
    write(tmp_path, old)
    (found,) = read_records([tmp_path]).counted
    assert (found.planned, found.earlier) == (False, "it trained longer")
    write(tmp_path, planted("essentials", "base", 1, {"m": 2.0}))
    found = read_records([tmp_path])
    assert [(each.record.cell, each.planned) for each in found.counted] == [(planned_cell(), True)]
    assert [(each.record.cell, each.planned) for each in found.set_aside] == [(old.cell, False)]
    assert found.foreign == ()


def test_else_the_newest_counts(tmp_path, planned_before):
    made = [changed(steps, started=f"2026-01-{day}T00:00:00+00:00") for steps, day in ((1, "02"), (2, "03"), (3, "01"))]
    planned_before(*made)
    for record in made:
        write(tmp_path, record)
    found = read_records([tmp_path])
    assert [each.record.cell for each in found.counted] == [made[1].cell]
    assert len(found.set_aside) == 2


def test_what_a_grid_planned_before_is_not_mixed_with_what_it_plans_now(tmp_path, planned_before):
    """Three of five seeds were run again after the grid was changed, and no other row was."""
    made = [changed(500, seed, row) for seed in range(1, 6) for row in ("base", "no-mask")]
    planned_before(*made)
    for record in made:
        write(tmp_path, record)
    before = read_records([tmp_path])
    assert len(before.of("builtin", "essentials", "base")) == len(before.of("builtin", "essentials", "no-mask")) == 5
    for seed in (1, 2, 3):
        write(tmp_path, planted("essentials", "base", seed, {}))
    now = read_records([tmp_path])
    assert list(now.of("builtin", "essentials", "base")) == [1, 2, 3]
    assert now.of("builtin", "essentials", "no-mask") == {}
    assert len(now.set_aside) == 10


def test_several_directories_are_one(tmp_path):
    for place, seed in (("one", 1), ("two", 2)):
        write(tmp_path / place, planted("g", "a", seed, {"m": 1.0}))
    both = [tmp_path / "one", tmp_path / "two"]
    assert list(read_records(both).of("builtin", "g", "a")) == [1, 2]
    digest = read_records(both).digest
    assert read_records(both).digest == digest
    write(tmp_path / "two", planted("g", "a", 3, {"m": 1.0}))
    assert read_records(both).digest != digest


@pytest.mark.slow
def test_ten_thousand_records_in_a_minute(tmp_path):
    """Each as large as one of a probe; read, judged and written."""
    from reports.build import build

    details = {"details": {"attention": [{"layer": k, "values": [0.123456789] * 20} for k in range(30)]}}
    for number in range(10_000):
        row, seed = f"row{number % 100}", number // 100
        write(
            tmp_path / "runs",
            planted("g", row, seed, {f"m{k}": 1.0 for k in range(25)}, cell=f"{number:012x}", **details),
        )
    start = time.monotonic()
    report = build([tmp_path / "runs"], tmp_path / "report")
    seconds = time.monotonic() - start
    print(f"\n10,000 records in {seconds:.1f} s")
    assert len(report.records.counted) == 10_000
    assert seconds < 60


def test_hardware_in_a_phrase():
    def told(hardware, config):
        return hardware_of(planted("g", "row", 1, {}, hardware=hardware, config=config))

    gpus = {"cpu": "X", "cores": 16, "gpus": ["NVIDIA H200", "NVIDIA H200"]}
    assert told({}, {}) == "? cores of an unknown processor"
    for config in ({}, {"device": "cuda"}, {"trainer": {"accelerator": "auto"}}):
        assert told(gpus, config) == "2 NVIDIA H200, 16 cores of X"
    for config in ({"device": "cpu"}, {"trainer": {"accelerator": "cpu"}}):
        assert told(gpus, config) == "16 cores of X"
