"""Records that are damaged in every way that can be generated: every command lists them, and the others count."""

import copy
import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import ablations.cli
import reports.cli
from reports.verdicts.records import read_records
from repro.errors import BadInput
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.record import NamelessNumber, read_record
from repro.ledger.running.plan import place, plan
from tests.ablations.test_cli import write
from tests.representatives import others_slow
from tests.test_regular_file import PLACES, something_else

WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "five": 5,
    "minus": -1,
    "half": 0.5,
    "huge": 1e308,
    "beyond": 10**400,
    "text": "x",
    "empty": "",
    "formula": "=1+1",
    "list": [],
    "numbers": [1, 2],
    "texts": ["a", "b"],
    "mapping": {},
    "nested": {"a": {"b": [1]}},
}
"""What is put in the place of every value of a record."""

BYTES = {
    "empty": b"",
    "half": b'{"cell": "x", "gr',
    "zeros": bytes(1000),
    "binary": bytes(range(256)) * 20,
    "list": b"[]",
    "text": b'"x"',
    "number": b"5",
    "null": b"null",
    "latin": '{"cell": "é"}'.encode("latin-1"),
    "deep lists": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep mappings": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "rather deep": b'{"a":' * 300 + b"1" + b"}" * 300,
    "digits": b'{"seed": ' + b"9" * 5_000 + b"}",
}
"""What is put in the place of a whole record."""


def whole(command: str) -> dict[str, Any]:
    """A record's content with something in every part."""
    metric = {
        "value": 2.0,
        "unit": "points",
        "definition": "A sum.",
        "signature": "s",
        "reference_tokens": 3,
        "interval": [1.0, 3.0],
        "details": {"level": 0.95},
        "better": "higher",
        "quality": True,
    }
    return {
        "metrics": {"total": metric},
        "data": {"corpus": "none", "sources": {"train": [{"sha256": "0"}]}, "languages": ["en", "de"]},
        "hardware": {"cpu": "c", "cores": 2, "memory_bytes": 5, "gpus": ["g"]},
        "versions": {"python": "3"},
        "commit": "0" * 40,
        "dirty": False,
        "command": command,
        "error": "none",
        "details": {
            "table": [{"layer": "a", "column": "c", "measured": "m", "paper": "p", "agrees": True}],
            "waterfall": [{"name": "n", "scores": {"bleu": {"value": 1.0, "interval": [0.5, 1.5]}}}],
            "milestones": [{"minutes": 1.0, "scores": {"bleu": {"value": 1.0}}}],
            "points": [{"n": 1, "d": 2, "median": 1.0, "mode": "m", "layer": "recurrent"}],
            "examples": [{"text": "t"}],
            "reused_from": {"grid": "g", "row": "r", "cell": "c"},
            "test.by_tag": {"dependencies": {"a": {"lines": 5, "exact": 1}}},
        },
    }


def changed(content: dict[str, Any], *, deep: int = 5) -> Iterator[tuple[str, Any]]:
    """What a content becomes when one value of it is replaced by each wrong one, or taken out; with a name for each."""
    for path in sorted(_paths(content, deep), key=str):
        for name, value in [*WRONG.items(), ("missing", None)]:
            other = copy.deepcopy(content)
            inner = other
            for key in path[:-1]:
                inner = inner[key]
            if name == "missing":
                del inner[path[-1]]
            else:
                inner[path[-1]] = copy.deepcopy(value)
            yield f"{'.'.join(map(str, path))} {name}", other


def _paths(content: Any, deep: int) -> Iterator[tuple[Any, ...]]:
    entries = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in entries if deep else ():
        yield (key,)
        yield from ((key, *rest) for rest in _paths(value, deep - 1))


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command of `ablate` or `report` in this process: its status, what it printed, what it said."""

    def run(program: str, *arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        main = {"ablate": ablations.cli.main, "report": reports.cli.main}[program]
        status = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return status, captured.out, captured.err

    return run


class Campaign:
    """A grid of one row, of which the first seed has a good record; more are planted.

    Args:
        folder: where grid and runs go.
        seeds: how many there are.
    """

    def __init__(self, folder: Path, seeds: int) -> None:
        self.folder, self.seeds = folder, seeds
        self.path = write(folder, seeds=seeds, rows={"base": {}}, config={"steps": 1, "seed": 0, "seconds": 0})
        self.cells = read_grid(self.path, read_scale("builtin")).cells()
        self.runs = folder / "runs"
        self.plant(0, json.dumps(self.content(0)).encode())

    def content(self, number: int) -> dict[str, Any]:
        cell = self.cells[number]
        return {
            "cell": cell.id,
            "grid": cell.grid,
            "row": cell.row,
            "scale": cell.scale,
            "seed": cell.seed,
            "status": "done",
            "config": {**cell.config, "trainer": {"max_steps": 5}, "data": {"corpus": "c"}, "threads": 1},
            "attempt": 1,
            "seconds": 1.0,
            "peak_memory_bytes": 5,
            "started": "2026-01-01T00:00:00+00:00",
            "format": 1,
            **whole(f"ablate run {self.path}"),
        }

    def attempt(self, number: int) -> Path:
        found = place(self.runs, self.cells[number]) / "attempt-1"
        found.mkdir(parents=True, exist_ok=True)
        return found

    def plant(self, number: int, raw: bytes) -> Path:
        path = self.attempt(number) / "record.json"
        path.write_bytes(raw)
        return path

    def plant_other(self, number: int, kind: str) -> None:
        """Something else than a file in the place of a record's."""
        something_else(self.attempt(number).relative_to(self.folder) / "record.json", kind)

    def states(self) -> list[str]:
        return [each.state for each in plan(read_grid(self.path, read_scale("builtin")), self.runs).cells]


def look_at(campaign: Campaign, command: Callable[..., tuple[int, str, str]]) -> None:
    """Every command that reads records and starts nothing: none fails, and the good record counts in each."""
    grid = campaign.path
    status, out, err = command("ablate", "plan", grid)
    assert (status, err, " done " in out) == (0, "", True)
    assert command("ablate", "status", grid, "--scale", "builtin")[0] == 0
    assert command("ablate", "status")[0] == 0
    status, out, _ = command("ablate", "show", grid)
    assert (status, "2.00" in out) == (0, True)
    status, out, _ = command("ablate", "export", grid, "--csv")
    lines = list(csv.DictReader(io.StringIO(out)))
    good = [line for line in lines if line["cell"] == campaign.cells[0].id]
    assert [(line["metric"], line["value"], line["status"]) for line in good] == [("total", "2.0", "done")]
    assert not [line for line in lines if line["value"].startswith("=")]
    status, out, err = command("report", "build", campaign.runs, "--out", campaign.folder / "report")
    assert status == 0
    assert "left out: " in err
    assert command("report", "status", campaign.runs, "--out", campaign.folder / "report")[0] == 0
    assert command("report", "diff", campaign.runs, campaign.runs)[0] == 0
    found = read_records([campaign.runs])
    assert campaign.cells[0].id in {each.record.cell for each in found.counted}
    for number, each in enumerate(plan(read_grid(grid, read_scale("builtin")), campaign.runs).cells):
        attempt = campaign.attempt(number)
        try:
            read_record(attempt)
        except BadInput:
            readable = False
        else:
            readable = True
        listed = attempt.relative_to(campaign.runs).as_posix() + "/record.json" in {it.path for it in found.damaged}
        assert (each.state == "damaged") == (not readable and os.path.exists(attempt / "record.json")), number
        assert listed == (each.state == "damaged"), number


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow  # hundreds of records; the next tests have one of each kind
def test_values_of_wrong_types_everywhere(in_folder: Path, command) -> None:
    """Each in a record of its own, among all others."""
    content = Campaign(in_folder, 1).content(0)
    # A format of later versions is no damage, and stops whoever would work on the cell.
    mutants = [(name, other) for name, other in changed(content, deep=3) if name not in ("format five", "format huge")]
    campaign = Campaign(in_folder, 1 + len(mutants))
    for number, (_, other) in enumerate(mutants, 1):
        own = {key: value for key, value in campaign.content(number).items() if other.get(key) == content.get(key)}
        path = campaign.plant(number, json.dumps({**other, **own}).encode())
        try:
            read_record(path.parent)
        except NamelessNumber:  # stops a report, as it should; see test_evidence.py
            path.unlink()
        except BadInput:
            pass
    look_at(campaign, command)


def test_bytes_and_things_that_are_no_records(in_folder: Path, command) -> None:
    campaign = Campaign(in_folder, 1 + len(BYTES) + len(PLACES))
    for number, raw in enumerate(BYTES.values(), 1):
        campaign.plant(number, raw)
    for number, kind in enumerate(PLACES, 1 + len(BYTES)):
        campaign.plant_other(number, kind)
    look_at(campaign, command)
    assert campaign.states() == ["done", *["damaged"] * len(BYTES), *_states_of_places()]


def _states_of_places() -> list[str]:
    """A link that leads nowhere is no record; the attempt has not ended."""
    return ["unfinished" if kind in ("nowhere", "circle") else "damaged" for kind in PLACES]


ONE_OF_EACH = {
    "seconds": "x",
    "commit": 5,
    "config": None,
    "details": 5,
    "seed": "1",
    "hardware": {"gpus": 5},
    "metrics": {"total": {"value": "=1+1", "unit": "u", "definition": "d"}},
}


def test_what_is_damaged_is_run_again_and_then_published(in_folder: Path, command) -> None:
    """Set aside under another name; the pipe is not waited for, and the good record is left alone."""
    kinds = [kind for kind in PLACES if kind not in ("nowhere", "circle")]
    campaign = Campaign(in_folder, 1 + len(ONE_OF_EACH) + len(BYTES) + len(kinds))
    number = 0
    for key, value in ONE_OF_EACH.items():
        campaign.plant(number := number + 1, json.dumps({**campaign.content(number), key: value}).encode())
    for raw in BYTES.values():
        campaign.plant(number := number + 1, raw)
    for kind in kinds:
        campaign.plant_other(number := number + 1, kind)
    for cell in campaign.cells:  # as what was run has; without, the folder is somebody else's
        claim_file = {"cell": cell.id, "function": cell.function, "config": cell.config}
        claim_file |= {"grid": cell.grid, "row": cell.row, "scale": cell.scale}
        (place(campaign.runs, cell) / "cell.json").write_text(json.dumps(claim_file))
    good = (campaign.attempt(0) / "record.json").read_bytes()
    status, _, err = command("ablate", "publish", campaign.path, "--to", "published")
    assert (status, "is not a record" in err) == (2, True)
    assert command("ablate", "run", campaign.path, "--jobs", 2)[0] == 0
    assert set(campaign.states()) == {"done"}
    assert (campaign.attempt(0) / "record.json").read_bytes() == good
    assert len(list(campaign.runs.rglob("record.damaged.json"))) == number
    assert command("ablate", "publish", campaign.path, "--to", "published")[0] == 0
    assert len(list(Path("published").rglob("record.json"))) == number + 1


@pytest.mark.parametrize("raw", [*BYTES.values()], ids=[*BYTES])
def test_a_damaged_published_record_is_one_sentence_where_it_is_needed(in_folder: Path, command, raw: bytes) -> None:
    campaign = Campaign(in_folder, 2)
    campaign.plant(1, raw)
    campaign.runs.rename("published")
    for arguments in (("plan", campaign.path), ("run", campaign.path), ("export", campaign.path, "--csv")):
        status, _, err = command("ablate", *arguments, "--from", "published", "--out", "empty")
        assert (status, err.count("\n"), "is not a record" in err) == (2, 1, True)
    assert not Path("empty").exists()


OTHER_FILES = ["cell.json", "attempt-1/started.json", "log.txt", ".slurm-job"]
DAMAGES = list(product([*PLACES, *BYTES], OTHER_FILES))


# By default each kind of damage at one of the files, in turn.
@pytest.mark.parametrize(
    ("kind", "name"), others_slow(DAMAGES, [4 * k + k % 4 for k in range(len(DAMAGES) // len(OTHER_FILES))])
)
def test_other_files_of_a_cell_stop_nothing_else(in_folder: Path, command, kind: str, name: str) -> None:
    """One cell's file is damaged: the other cell runs, and no command fails or waits."""
    campaign = Campaign(in_folder, 2)
    shutil.rmtree(campaign.runs)
    assert command("ablate", "run", campaign.path, "--seeds", "2")[0] == 0
    place_ = campaign.attempt(1).parent.relative_to(in_folder)
    (place_ / "attempt-1" / "record.json").unlink()  # as if it had been killed just before
    (place_ / name).unlink(missing_ok=True)
    if kind in PLACES:
        something_else(place_ / name, kind)
    else:
        (place_ / name).write_bytes(BYTES[kind])
    assert command("ablate", "plan", campaign.path)[0] == 0
    status, _, err = command("ablate", "run", campaign.path, "--jobs", 1)
    assert campaign.states()[0] == "done"
    assert command("ablate", "show", campaign.path)[0] == 0
    assert command("ablate", "show", campaign.cells[1].id)[0] in (0, 2)
    assert status == (0 if campaign.states()[1] == "done" else 1)
    if name == "cell.json" and kind not in ("nowhere", "circle"):
        assert "cell.json is damaged" in err


def test_a_grid_that_is_done_is_cleared_of_what_kills_left(in_folder: Path, command) -> None:
    """Killed between the record and the clearing; only of trainings, and only of attempts that are done."""
    campaign = Campaign(in_folder, 3)
    for number in range(3):
        campaign.plant(number, json.dumps(campaign.content(number)).encode())
    for number, name in enumerate(("trained.json", "none.json", "trained.json")):
        (campaign.attempt(number) / name).write_text("{}")
        for folder in ("checkpoints", "milestones"):
            (campaign.attempt(number) / folder).mkdir()
            (campaign.attempt(number) / folder / "step-00000001.ckpt").write_text("large")
    failed = {**campaign.content(2), "status": "failed"}
    (campaign.attempt(2) / "record.json").write_text(json.dumps(failed))
    assert command("ablate", "run", campaign.path)[0] == 1
    left = [sorted(path.name for path in campaign.attempt(number).iterdir() if path.is_dir()) for number in range(3)]
    assert left == [[], ["checkpoints", "milestones"], ["checkpoints", "milestones"]]
    assert not list(campaign.runs.rglob(".lock"))
