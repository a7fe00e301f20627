"""A small repository whose commits can run a cell, a record that one of them made, and an environment that is there."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from repro.ledger.grids.cell import Cell
from repro.ledger.records.originals import Original, original_named
from repro.ledger.running import machine
from repro.verification import verify as verification
from repro.verification.environment import Environment, Wanted
from repro.verification.verify import Wishes

FUNCTION = "small:work"

CODE = '''
"""Stands in for the record's own code: runs the cell whose directory is named, as `repro cell` does."""
import hashlib, json, os, signal, sys, time
from pathlib import Path

if sys.argv[1:2] != ["cell"]:
    sys.exit("repro: there is no such command")
if sys.argv[2] == "--help":
    sys.exit(0)
directory = Path(sys.argv[2])
claim = json.loads((directory / "cell.json").read_text())
config = claim["config"]
if config.get("refuses"):
    print("repro: the corpus small is not in REPRO_DATA", file=sys.stderr)
    sys.exit(2)
signal.signal(signal.SIGINT, lambda *_: sys.exit(2))
store = Path(config["data"]["root"]) / "small-1"
store.mkdir(parents=True, exist_ok=True)
text = os.environ.get("SMALL_TEXT", "a")
sources = {"train": [{"sha256": hashlib.sha256(text.encode()).hexdigest()}]}
(store / "manifest.json").write_text(json.dumps({"corpus": "small", "sources": sources}))
attempt = directory / "attempt-1"
attempt.mkdir(exist_ok=True)
(attempt / "calls").open("a").write("x")
with open(attempt / "metrics.csv", "w") as curve:
    print("step,split,nll,seconds", file=curve)
    for step in range(1, 5):
        print(f"{step},train,{config['seed'] + 1 / step:.9g},{time.time()}", file=curve, flush=True)
        time.sleep(float(os.environ.get("SMALL_SECONDS", 0)))
record = json.loads(Path(os.environ["SMALL_RECORD"]).read_text())
record["metrics"]["total"]["value"] = 10.0 + config["seed"] + float(os.environ.get("SMALL_SHIFT", 0))
record["data"]["sources"] = sources
record["hardware"]["cpu"] = os.environ["SMALL_CPU"]
record["status"] = os.environ.get("SMALL_STATUS", "done")
(attempt / "record.json").write_text(json.dumps(record))
sys.exit(record["status"] != "done")
'''

FILES = {
    "repro/__init__.py": "",
    "repro/__main__.py": CODE,
    "small.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: small\nVersion: 1\n",
    "grids/g.yaml": f"function: {FUNCTION}\n",
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n[project]\ndependencies = ["numpy>=1"]\n',
    "constraints.txt": "# tested\nNumPy==1.0\nother_one==3\n",
}


def git(folder: Path, *arguments: str) -> str:
    """What git answers there."""
    settings = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository with two commits, and the first one's name."""
    folder = tmp_path_factory.mktemp("repository")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "repro/__main__.py").write_text("raise SystemExit(3)\n")
    git(folder, "commit", "--quiet", "--all", "--message", "two: cannot run a cell")
    return folder, commit


Publish = Callable[..., Path]


@pytest.fixture
def publish(tmp_path: Path, repository: tuple[Path, str]) -> Publish:
    """Writes the record of a seed below published/, as the small repository's first commit makes it; its path."""

    def write(
        seed: int = 1, value: float | None = None, config: Mapping[str, Any] | None = None, **changes: Any
    ) -> Path:
        asked = {"seed": seed, "data": {"corpus": "small", "root": "elsewhere"}, **(config or {})}
        cell = Cell(FUNCTION, asked)
        digest = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"  # of the letter a
        content = {
            **{"cell": cell.id, "grid": "g", "row": "r", "scale": "s", "seed": seed, "status": "done"},
            "metrics": {
                "total": {"value": 10.0 + seed if value is None else value, "unit": "points", "definition": "A sum."},
                "time": {"value": 3.0, "unit": "s", "definition": "Time."},
            },
            "config": asked,
            "data": {"corpus": "small", "sources": {"train": [{"sha256": digest}]}, "settings": {"seen": "by records"}},
            **{"attempt": 1, "seconds": 1.0, "peak_memory_bytes": 1, "commit": repository[1], "dirty": False},
            "hardware": {"cpu": machine.hardware()["cpu"], "cores": 2, "memory_bytes": 5, "gpus": []},
            "versions": {"python": sys.version.split()[0], "platform": "p", "numpy": "2.0"},
            **{"command": "c", "started": "2026-01-01T00:00:00+00:00"},
            **changes,
        }
        path = tmp_path / "published" / "s" / "g" / f"r-seed{seed}-{cell.id}" / "attempt-1" / "record.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))
        lines = [f"{step},train,{seed + 1 / step:.9g},0.5\n" for step in range(1, 5)]
        (path.parent / "metrics.csv").write_text("step,split,nll,seconds\n" + "".join(lines))
        return path

    return write


@pytest.fixture
def wishes(tmp_path: Path, repository: tuple[Path, str]) -> Wishes:
    """Those of the tests: the small repository, and a cache of their own."""
    return Wishes(cache=tmp_path / "cache", repository=str(repository[0]), python=sys.executable)


@pytest.fixture(autouse=True)
def asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Wanted]:
    """What environments were asked for; the one of these tests stands in for all."""
    asked: list[Wanted] = []

    def stand_in(wanted: Wanted, python: str, cache: Path, wheels: Path | None = None) -> Environment:
        asked.append(wanted)
        return Environment(Path(sys.executable), tmp_path / "lock.txt", 1, "2026-01-02")

    monkeypatch.setattr(verification, "environment", stand_in)
    monkeypatch.setenv("SMALL_CPU", machine.hardware()["cpu"])
    return asked


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Original]:
    """The record at a path, as the command reads it; the small code makes one like it."""

    def read(path: Path) -> Original:
        monkeypatch.setenv("SMALL_RECORD", str(path))
        return original_named(str(path), tmp_path / "runs", [tmp_path / "published"])

    return read


def with_updates(wishes: Wishes, updates: int) -> Wishes:
    """The first updates alone."""
    return replace(wishes, updates=updates)
