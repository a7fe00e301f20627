"""Only keys that differ, those that decide first."""

from pathlib import Path
from typing import Any

from repro.comparison.configurations import deciding_keys, differing_keys, differing_surroundings
from repro.comparison.recorded_run import RecordedRun, recorded_runs
from repro.ledger.grids.cell import merge
from tests.comparison.runs import CONFIG, write_run


def runs(folder: Path, *configs: dict[str, Any], **changes: Any) -> list[RecordedRun]:
    for place, config in enumerate(configs):
        write_run(folder / str(place), config=merge(CONFIG, config), **(changes if place else {}))
    return recorded_runs([folder / str(place) for place in range(len(configs))])


def test_only_differing_keys_and_the_deciding_ones_first(tmp_path: Path) -> None:
    found = runs(
        tmp_path,
        {"data": {"root": "a"}},
        {"data": {"root": "b"}, "model": {"warmup": 7}, "seed_everything": 2},
        {"data": {"root": "a"}, "model": {"network": {"init_args": {"note": "="}}}},
    )
    differing = differing_keys(found)
    assert differing == {
        "seed_everything": ["1", "2", "1"],
        "model.network.init_args.note": ["-", "-", "="],
        "model.warmup": ["100", "7", "100"],
        "data.root": ["a", "b", "a"],
    }
    assert list(differing)[-1] == "data.root"
    assert set(deciding_keys(found)) == {"seed_everything", "model.warmup", "model.network.init_args.note"}


def test_equal_configurations_have_no_rows(tmp_path: Path) -> None:
    found = runs(tmp_path, {}, {}, commit="d" * 40, hardware={"cpu": "b", "cores": 2, "gpus": []})
    assert differing_keys(found) == {}
    assert differing_surroundings(found) == {"code": ["c" * 12, "d" * 12], "machine.cpu": ["a", "b"]}


def test_text_and_its_look_alikes_differ(tmp_path: Path) -> None:
    found = runs(tmp_path, {"model": {"warmup": "-"}}, {"model": {"warmup": None}})
    assert differing_keys(found) == {"model.warmup": ['"-"', "null"]}
