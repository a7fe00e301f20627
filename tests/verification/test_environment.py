"""Versions become wheels with their hashes, once; what is missing is named."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.verification import environment as module
from repro.verification.environment import Wanted, environment, wanted

OWN = sys.version.split()[0]


def wheel(folder: Path, name: str, version: str, needs: str = "") -> Path:
    """A wheel of one module, which knows its version."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    needed = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}.py", f"version = {version!r}\n")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: g\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A commit that says what it needs."""
    folder = tmp_path / "code"
    folder.mkdir()
    text = '[build-system]\nrequires = ["builder"]\n[project]\ndependencies = ["big>=1", "small"]\n'
    (folder / "pyproject.toml").write_text(text)
    (folder / "constraints.txt").write_text("# tested\nsmall==2\nB.ig==1\n")
    return folder


def test_a_record_comes_before_the_tested_versions(code: Path) -> None:
    versions = {"python": OWN, "platform": "p", "b-ig": "1.5+cpu"}
    asked = wanted(versions, OWN, code)
    assert asked == Wanted(OWN, ["b-ig==1.5+cpu", "big>=1", "small", "builder"], ["small==2"])
    assert asked.digest != wanted({**versions, "b-ig": "1.5"}, OWN, code).digest


@pytest.mark.parametrize("bad", [{"big": "1\n--index-url x"}, {"-r x": "1"}, {"big": "1 ; x"}, {"big": ""}])
def test_a_version_is_no_option_of_pip(code: Path, bad: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="which pip cannot install"):
        wanted(bad, OWN, code)


def test_a_commit_must_say_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no pyproject\.toml"):
        wanted({}, OWN, tmp_path)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: No matching distribution found for big==1\n", "pip finds no wheel of big==1"),
        ("WARNING: x\nERROR: No matching distribution found for big==1+cpu\n", "PyTorch's index for cpu"),
        ("ERROR: ResolutionImpossible: see y\nmore", r"pip cannot \(ResolutionImpossible: see y\)"),
        ("Killed\n", r"pip cannot \(Killed\)"),
    ],
)
def test_what_pip_says_becomes_one_sentence(said: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        module._run([sys.executable, "-c", f"import sys; sys.exit({said!r})"], "pip cannot")


@pytest.mark.slow
def test_wheels_are_chosen_once_and_the_environment_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip itself, without any index: makes two environments."""
    wheels, cache = tmp_path / "wheels", tmp_path / "cache"
    chosen = [wheel(wheels, "big", "1.5", needs="small"), wheel(wheels, "small", "2")]
    wheel(wheels, "small", "3")
    asked = Wanted(OWN, ["big==1.5"], ["small==2"])
    made = environment(asked, sys.executable, cache, wheels)
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in chosen]
    assert made.lock.read_text() == f"big==1.5 --hash=sha256:{hashes[0]}\nsmall==2 --hash=sha256:{hashes[1]}\n"
    assert made.packages == 2
    said = [str(made.python), "-c", "import big, small; print(big.version, small.version)"]
    assert subprocess.run(said, capture_output=True, text=True, check=True).stdout == "1.5 2\n"

    wheel(wheels, "small", "2", needs="changed")  # another file of that name: what was chosen stays
    (wheels / "big-1.5-py3-none-any.whl").unlink()
    assert environment(asked, sys.executable, cache, tmp_path / "none") == made
    (made.python.parent.parent / "ready").unlink()
    assert environment(asked, sys.executable, cache, tmp_path / "none") == made  # from kept wheels
    (made.python.parent.parent / "ready").unlink()
    (cache / "wheels/small-2-py3-none-any.whl").unlink()
    with pytest.raises(BadInput):  # the changed one has another hash
        environment(asked, sys.executable, cache, wheels)
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))  # which a folder that is named stands in for
    with pytest.raises(BadInput, match=r"no wheel of small==2"):
        environment(Wanted(OWN, ["small==2"], []), sys.executable, cache, tmp_path / "code")
