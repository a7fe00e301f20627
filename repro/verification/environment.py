"""A virtual environment of the versions that a record names, resolved by pip to wheels with their hashes, and kept.

    CACHE/wheels/*.whl                        every wheel that was needed once
    CACHE/environments/<digest>/lock.txt      name==version --hash=sha256:..., a line a wheel; written once
    CACHE/environments/<digest>/venv/         the environment; beside it `ready`, once it is whole

A record names the versions of the packages that compute. What these need besides is taken from the list of tested
versions at the record's commit. The digest is of all that was asked for, so that records of one time share one.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from repro import files
from repro.errors import BadInput
from repro.streams import note

NO_PACKAGES = ("python", "platform")
"""Of a record's versions, what pip does not install."""
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
"""What names and versions of packages consist of."""
CONSTRAINTS = "constraints.txt"
LOCK, READY = "lock.txt", "ready"


@dataclass(frozen=True)
class Wanted:
    """What an environment is asked to hold.

    Attributes:
        python: the version of its Python.
        requirements: what is installed, with all that it needs.
        constraints: versions of the rest.
    """

    python: str
    requirements: Sequence[str]
    constraints: Sequence[str]

    @property
    def digest(self) -> str:
        """Equal for what gives equal environments on machines of one kind."""
        asked = [self.python, platform.system(), platform.machine(), list(self.requirements), list(self.constraints)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Environment:
    """An environment that is ready.

    Attributes:
        python: its Python.
        lock: the file that names its wheels by their hashes.
        packages: how many these are.
        resolved: on which day they were chosen.
    """

    python: Path
    lock: Path
    packages: int
    resolved: str


def wanted(versions: Mapping[str, str], python: str, code: Path) -> Wanted:
    """What a record's environment holds.

    Args:
        versions: the record's.
        python: the version of the Python that is here.
        code: the record's commit, checked out.

    Raises:
        BadInput: a version that is none, or no `pyproject.toml` in that commit.
    """
    pinned = {name: version for name, version in versions.items() if name not in NO_PACKAGES}
    for name, version in pinned.items():
        if not WORD.fullmatch(name) or not WORD.fullmatch(version):
            raise BadInput(f"the record names version {version!r} of {name!r}, which is none that pip could install")
    try:
        project = tomllib.loads((code / "pyproject.toml").read_text(encoding="utf-8"))
        needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    except (OSError, KeyError, ValueError) as error:
        raise BadInput(
            "the record's commit has no pyproject.toml that names what it needs; it cannot be run"
        ) from error
    tested = code / CONSTRAINTS
    lines = tested.read_text(encoding="utf-8").split("\n") if tested.is_file() else []
    names = {_normal(name) for name in pinned}
    rest = [line for line in map(str.strip, lines) if "==" in line and _normal(line.split("==")[0]) not in names]
    return Wanted(python, [*(f"{name}=={pinned[name]}" for name in sorted(pinned)), *map(str, needed)], rest)


def _normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).strip().lower()


def environment(asked: Wanted, python: str, cache: Path, wheels: Path | None = None) -> Environment:
    """The environment of what is asked for, made if it is not kept.

    Args:
        asked: what it holds.
        python: what makes it.
        cache: where environments and wheels are kept.
        wheels: a folder of wheels to use in place of any index.

    Raises:
        BadInput: a wheel is missing, or pip refuses.
    """
    folder = cache / "environments" / asked.digest
    kept = cache / "wheels"
    with files.directory_lock(folder / ".lock", waiting=lambda who: note(f"{folder} is being made by {who}; waiting")):
        kept.mkdir(parents=True, exist_ok=True)
        if not (folder / READY).is_file() or not (folder / LOCK).is_file():
            shutil.rmtree(folder / "venv", ignore_errors=True)  # half-made by a command that was stopped
            _say_run([python, "-m", "venv", str(folder / "venv")], "the environment cannot be made")
            if not (folder / LOCK).is_file():
                note(f"resolving {len(asked.requirements)} requirements to wheels and their hashes, once")
                _resolve(asked, folder, kept, wheels)
            _install(folder, kept, wheels)
            files.write_text(folder / READY, "")
    lines = (folder / LOCK).read_text(encoding="utf-8").strip().split("\n")
    day = time.strftime("%Y-%m-%d", time.localtime((folder / LOCK).stat().st_mtime))
    return Environment(folder / "venv" / "bin" / "python", folder / LOCK, len(lines), day)


def _resolve(asked: Wanted, folder: Path, kept: Path, wheels: Path | None) -> None:
    """Let pip choose wheels, keep them, and write down which they are."""
    with tempfile.TemporaryDirectory(dir=kept, prefix=".") as temporary:
        chosen = Path(temporary) / "chosen"
        for name, lines in (("requirements", asked.requirements), ("constraints", asked.constraints)):
            (Path(temporary) / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        _pip(
            folder,
            *("download", "--only-binary", ":all:", "--dest", str(chosen), *_places(kept, wheels)),
            *("--requirement", f"{temporary}/requirements.txt", "--constraint", f"{temporary}/constraints.txt"),
        )
        locked = []
        for wheel in sorted(chosen.glob("*.whl")):
            name, version, *_ = wheel.name.split("-")
            locked.append(f"{_normal(name)}=={version} --hash=sha256:{files.sha256(wheel)}\n")
            os.replace(wheel, kept / wheel.name)
    files.write_text(folder / LOCK, "".join(locked))


def _install(folder: Path, kept: Path, wheels: Path | None) -> None:
    """Install what is written down, from kept wheels if they are there still."""
    wheels_as_locked = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(folder / LOCK))
    from_kept = ("install", "--no-index", "--find-links", str(kept), *wheels_as_locked)
    try:
        _pip(folder, *from_kept)
    except BadInput:
        note("fetching again wheels that are not kept any more")
        with tempfile.TemporaryDirectory(dir=kept, prefix=".") as chosen:
            _pip(folder, "download", "--dest", chosen, *_places(kept, wheels), *wheels_as_locked)
            for wheel in Path(chosen).glob("*.whl"):
                os.replace(wheel, kept / wheel.name)
        _pip(folder, *from_kept)


def _places(kept: Path, wheels: Path | None) -> list[str]:
    """Where pip looks: a folder that was named, alone; else what is kept, and where pip's own settings say."""
    return ["--find-links", str(kept)] if wheels is None else ["--no-index", "--find-links", str(wheels.absolute())]


def _pip(folder: Path, *arguments: str) -> None:
    """Run the environment's pip.

    Raises:
        BadInput: it fails; says which wheel is missing, if that is why.
    """
    python = str(folder / "venv" / "bin" / "python")
    command = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", *arguments]
    _say_run(command, "pip cannot install the record's versions")


def _say_run(command: Sequence[str], otherwise: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment,
    )
    if done.returncode:
        raise BadInput(_reason(done.stderr, otherwise))


def _reason(said: str, otherwise: str) -> str:
    """One sentence of what pip says where it fails."""
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        return _missing(missing[1])
    errors = [line.partition("ERROR: ")[2] for line in said.split("\n") if "ERROR: " in line]
    first = (errors or said.strip().split("\n")[-1:] or [""])[0]
    return f"{otherwise} ({first})"


def _missing(requirement: str) -> str:
    sentence = f"there is no wheel of {requirement} where pip looks; give a folder that has it by --wheels"
    with suppress(IndexError):
        local = requirement.split("==")[1].split("+")[1]
        sentence += (
            f", or PyTorch's index of its builds for {local} by PIP_EXTRA_INDEX_URL, or take another build by --anyway"
        )
    return sentence
