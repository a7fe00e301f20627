"""A virtual environment of the versions that a record names, resolved by pip to wheels with their hashes, and kept.

    CACHE/wheels/*.whl               every wheel that was needed once
    CACHE/locks/<digest>.txt         name==version --hash=sha256:..., a line a wheel; written once
    CACHE/environments/<digest>/     the environment of a lock, shared by all records that come to it
    CACHE/pip/<python>/              the pip that resolves and installs, which the environments do not hold

A record names the versions of the packages that compute. What these need besides is taken from the list of tested
versions at the record's commit. A lock's digest is of all that was asked for, an environment's of its lock.
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
READY = "ready"


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
    with files.directory_lock(cache / ".lock", waiting=lambda who: note(f"{cache} is in use by {who}; waiting")):
        (cache / "wheels").mkdir(parents=True, exist_ok=True)
        pip = Pip(python, cache / "pip" / asked.python, cache / "wheels", wheels)
        lock = cache / "locks" / f"{asked.digest}.txt"
        if not lock.is_file():
            note(f"resolving {len(asked.requirements)} requirements to wheels and their hashes, once")
            pip.resolve(asked, lock)
        text = lock.read_text(encoding="utf-8")
        folder = cache / "environments" / hashlib.sha256(f"{asked.python}\n{text}".encode()).hexdigest()[:16]
        if not (folder / READY).is_file():
            note("installing them, once")
            shutil.rmtree(folder, ignore_errors=True)  # half-made by a command that was stopped
            _run([python, "-m", "venv", "--without-pip", str(folder)], "the environment cannot be made")
            pip.install(folder / "bin" / "python", lock)
            files.write_text(folder / READY, "")
    day = time.strftime("%Y-%m-%d", time.localtime(lock.stat().st_mtime))
    return Environment(folder / "bin" / "python", lock, len(text.strip().split("\n")), day)


@dataclass(frozen=True)
class Pip:
    """pip, in an environment of its own.

    Attributes:
        python: what makes that environment.
        folder: where it is.
        kept: the folder of kept wheels.
        wheels: a folder of wheels in place of any index.
    """

    python: str
    folder: Path
    kept: Path
    wheels: Path | None = None

    def resolve(self, asked: Wanted, lock: Path) -> None:
        """Choose wheels, keep them, and write down which they are.

        Raises:
            BadInput: one is missing, or versions exclude each other.
        """
        with tempfile.TemporaryDirectory(dir=self.kept, prefix=".") as temporary:
            chosen = Path(temporary) / "chosen"
            for name, lines in (("requirements", asked.requirements), ("constraints", asked.constraints)):
                (Path(temporary) / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            asked_for = [f"--requirement={temporary}/requirements.txt", f"--constraint={temporary}/constraints.txt"]
            self._run("download", "--only-binary", ":all:", "--dest", str(chosen), *self._places(), *asked_for)
            locked = []
            for wheel in sorted(chosen.glob("*.whl")):
                name, version, *_ = wheel.name.split("-")
                locked.append(f"{_normal(name)}=={version} --hash=sha256:{files.sha256(wheel)}\n")
                os.replace(wheel, self.kept / wheel.name)
        files.write_text(lock, "".join(locked))

    def install(self, python: Path, lock: Path) -> None:
        """Install into an environment what is written down, from kept wheels if they are there still.

        Raises:
            BadInput: a wheel is missing, or is not what is written down.
        """
        locked = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock))
        from_kept = ("--python", str(python), "install", "--no-index", "--find-links", str(self.kept), *locked)
        try:
            self._run(*from_kept)
        except BadInput:
            note("fetching again wheels that are not kept any more")
            with tempfile.TemporaryDirectory(dir=self.kept, prefix=".") as chosen:
                self._run("download", "--dest", chosen, *self._places(), *locked)
                for wheel in Path(chosen).glob("*.whl"):
                    os.replace(wheel, self.kept / wheel.name)
            self._run(*from_kept)

    def _places(self) -> list[str]:
        """Where it looks: a folder that was named, alone; else what is kept, and where pip's own settings say."""
        if self.wheels is not None:
            return ["--no-index", "--find-links", str(self.wheels.absolute())]
        return ["--find-links", str(self.kept)]

    def _run(self, *arguments: str) -> None:
        own = self.folder / "bin" / "python"
        if not (self.folder / READY).is_file():
            shutil.rmtree(self.folder, ignore_errors=True)
            _run([self.python, "-m", "venv", str(self.folder)], "an environment for pip cannot be made")
            files.write_text(self.folder / READY, "")
        options = ("--disable-pip-version-check", "--no-input", "--quiet")
        command = [str(own), "-m", "pip", *options, *arguments]
        _run(command, "pip cannot install the record's versions", own_settings=self.wheels is None)


def _run(command: Sequence[str], otherwise: str, own_settings: bool = True) -> None:
    """Run a command, with the user's own settings of pip or without any.

    Raises:
        BadInput: it fails.
    """
    left_out = ("PYTHON",) if own_settings else ("PYTHON", "PIP_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    if not own_settings:
        environment["PIP_CONFIG_FILE"] = os.devnull
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
