"""A virtual environment with the versions that a record names, which pip resolves to wheels with hashes once.

    CACHE/wheels/*.whl               every wheel that was ever needed
    CACHE/locks/<digest>.txt         name==version --hash=sha256:..., a line a wheel; written once
    CACHE/environments/<digest>/     the environment of a lock, shared by all records with that lock
    CACHE/pip/<python>/              the pip that resolves and installs, which the environments do not hold

A record names the versions of the packages that compute. Other packages get the tested versions at the record's
commit (`constraints.txt`). A lock is named by a digest of the request, an environment by a digest of its lock.
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

from repro import files, locks
from repro.errors import BadInput
from repro.streams import note

NO_PACKAGES = ("python", "platform")
"""Keys of a record's versions that pip does not install."""
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
"""The form of names and versions of packages."""
CONSTRAINTS = "constraints.txt"
READY = "ready"


@dataclass(frozen=True)
class Wanted:
    """The request for an environment.

    Attributes:
        python: the version of its Python.
        requirements: what pip installs, with all dependencies.
        constraints: versions of the dependencies.
    """

    python: str
    requirements: Sequence[str]
    constraints: Sequence[str]

    @property
    def digest(self) -> str:
        """Equal for requests that give equal environments on machines of one kind."""
        asked = [self.python, platform.system(), platform.machine(), list(self.requirements), list(self.constraints)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Environment:
    """An environment that is ready.

    Attributes:
        python: its Python.
        lock: the file that names its wheels by their hashes.
        packages: the number of wheels.
        resolved: the day on which pip chose them.
    """

    python: Path
    lock: Path
    packages: int
    resolved: str


def wanted(versions: Mapping[str, str], python: str, code: Path) -> Wanted:
    """The request for a record's environment.

    Args:
        versions: the record's versions.
        python: the version of the Python here.
        code: the record's commit, checked out.

    Raises:
        BadInput: a malformed version, or no `pyproject.toml` in that commit.
    """
    pinned = {name: version for name, version in versions.items() if name not in NO_PACKAGES}
    for name, version in pinned.items():
        if not WORD.fullmatch(name) or not WORD.fullmatch(version):
            raise BadInput(
                f"the record's version of {name!r} is {version!r}, which pip cannot install; give an unaltered record"
            )
    try:
        project = tomllib.loads((code / "pyproject.toml").read_text(encoding="utf-8"))
        needed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    except (OSError, KeyError, ValueError) as error:
        raise BadInput(
            "the record's commit has no pyproject.toml with its dependencies, so its code cannot be run"
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
    """The environment for a request, made if it is not kept.

    Args:
        asked: the request.
        python: the Python that makes it.
        cache: where environments and wheels are kept.
        wheels: a folder of wheels to use in place of any index.

    Raises:
        BadInput: a wheel is missing, or pip refuses.
    """
    with locks.directory_lock(cache / ".lock", waiting=lambda who: note(f"{cache} is in use by {who}; waiting")):
        (cache / "wheels").mkdir(parents=True, exist_ok=True)
        pip = Pip(python, cache / "pip" / asked.python, cache / "wheels", wheels)
        lock = cache / "locks" / f"{asked.digest}.txt"
        if not lock.is_file():
            note(f"resolving {len(asked.requirements)} requirements to wheels and their hashes, once")
            pip.resolve(asked, lock)
        text = lock.read_text(encoding="utf-8")
        folder = cache / "environments" / hashlib.sha256(f"{asked.python}\n{text}".encode()).hexdigest()[:16]
        if not (folder / READY).is_file():
            note("installing these wheels, once")
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
        python: the Python that makes that environment.
        folder: its directory.
        kept: the folder of kept wheels.
        wheels: a folder of wheels in place of any index.
    """

    python: str
    folder: Path
    kept: Path
    wheels: Path | None = None

    def resolve(self, asked: Wanted, lock: Path) -> None:
        """Choose wheels, keep them, and write the lock.

        Raises:
            BadInput: a wheel is missing, or versions conflict.
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
        """Install the wheels of a lock into an environment, from kept wheels if they are still there.

        Raises:
            BadInput: a wheel is missing, or its hash is not that of the lock.
        """
        locked = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock))
        from_kept = ("--python", str(python), "install", "--no-index", "--find-links", str(self.kept), *locked)
        try:
            self._run(*from_kept)
        except BadInput:
            note("fetching wheels again that are no longer kept")
            with tempfile.TemporaryDirectory(dir=self.kept, prefix=".") as chosen:
                self._run("download", "--dest", chosen, *self._places(), *locked)
                for wheel in Path(chosen).glob("*.whl"):
                    os.replace(wheel, self.kept / wheel.name)
            self._run(*from_kept)

    def _places(self) -> list[str]:
        """Where pip looks: only in the named folder; without one, in the kept wheels and where its own settings say."""
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
    """One sentence on why pip failed."""
    missing = re.search(r"No matching distribution found for (\S+)", said)
    if missing:
        return _missing(missing[1])
    errors = [line.partition("ERROR: ")[2] for line in said.split("\n") if "ERROR: " in line]
    first = (errors or said.strip().split("\n")[-1:] or [""])[0]
    return f"{otherwise} ({first})"


def _missing(requirement: str) -> str:
    sentence = f"pip finds no wheel of {requirement}; name a folder that has it with --wheels"
    with suppress(IndexError):
        local = requirement.split("==")[1].split("+")[1]
        sentence += f", set PIP_EXTRA_INDEX_URL to PyTorch's index for {local}, or use another build with --anyway"
    return sentence
