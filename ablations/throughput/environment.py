"""The virtual environment with the other libraries: `python -m ablations.throughput.environment FOLDER`.

Their requirements on torch and on each other conflict with this project's. So they have an environment of their own,
and are measured with the torch that is installed here. If one cannot be installed, the others still are: the reason is
kept in the environment, and records give it.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ablations.throughput.peers import MODULES
from repro.console.command import OneLineParser, exit_status
from repro.errors import BadInput
from repro.files import write_json
from repro.json_file import NotReadable, read_json
from repro.paths import expanded
from repro.streams import note

FOLDER_VARIABLE = "REPRO_PEERS"
"""The environment variable that names the folder."""

PACKAGES = Path(__file__).parents[2]
"""Where this project's packages lie, for an interpreter that has not installed them."""

LOST_FILE = "lost.json"
"""The file in it that says of each peer that could not be installed why."""

WITHOUT_LIBRARY = frozenset({"ours", "plain"})
"""Peers that need nothing but what this project needs."""


@dataclass(frozen=True)
class Library:
    """How a library is installed.

    Attributes:
        requirement: the library, with its version.
        package: what it is imported by.
        imports: for a library whose own requirements forbid today's torch or each other: what it imports. It is
            installed without a look at those requirements, and with these.
    """

    requirement: str
    package: str
    imports: tuple[str, ...] = ()


LIBRARIES: Mapping[str, Library] = {
    "marian": Library("transformers==5.23.0", "transformers"),
    "x-transformers": Library("x-transformers==2.31.10", "x_transformers"),
    "ctranslate2": Library("ctranslate2==4.8.5", "ctranslate2"),
    "opennmt": Library(  # asks for torch < 2.3
        "opennmt-py==3.5.1",
        "onmt",
        (
            *("configargparse", "ctranslate2==4.8.5", "fasttext-wheel", "pyahocorasick", "pyonmttok", "pyyaml"),
            *("rapidfuzz", "sacrebleu", "six", "spacy", "tensorboard"),
        ),
    ),
    "joeynmt": Library(  # asks for protobuf < 3.21, with which its tensorboard does not work
        "joeynmt==2.3.0",
        "joeynmt",
        (
            *("importlib-metadata", "matplotlib", "packaging", "pyyaml", "sacrebleu", "sentencepiece", "subword-nmt"),
            "tensorboard",
        ),
    ),
    "fairseq": Library(  # asks for omegaconf < 2.1, which does not work with Python 3.11; compiled on installation
        "fairseq==0.12.2",
        "fairseq",
        ("bitarray", "hydra-core==1.3.2", "numpy", "regex", "sacrebleu", "tqdm"),
    ),
    "sockeye": Library(  # asks for torch < 1.14 and numpy < 2
        "sockeye==3.1.34", "sockeye", ("numpy", "pyyaml", "sacrebleu")
    ),
}
"""Peer -> library."""


def interpreter(name: str) -> str:
    """The Python that has a peer's library, or at least is asked for it."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return sys.executable if name in WITHOUT_LIBRARY or not folder else str(Path(folder) / "bin" / "python")


def check_folder(names: Iterable[str]) -> None:
    """Check that the folder, if one is named, holds an environment for those peers that need it.

    Raises:
        BadInput: it has no Python.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and not WITHOUT_LIBRARY.issuperset(names) and not (Path(folder) / "bin" / "python").is_file():
        raise BadInput(
            f"{FOLDER_VARIABLE} is {folder}, which has no bin/python; "
            "`python -m ablations.throughput.environment FOLDER` makes an environment"
        )


def why_lost(name: str) -> str:
    """Why a peer's library is not there; a damaged file that should say so is named, and loses nothing else."""
    again = "`python -m ablations.throughput.environment FOLDER` installs the other libraries"
    lost = Path(os.environ.get(FOLDER_VARIABLE, "")) / LOST_FILE
    try:
        reasons = read_json(lost)
        if not isinstance(reasons, dict) or not isinstance(reasons.get(name, ""), str):
            raise NotReadable("it holds something other than reasons")
        return reasons.get(name) or f"{name} is not installed; {again}"
    except (FileNotFoundError, NotADirectoryError):
        return f"{name} is not installed; {again}"
    except (OSError, NotReadable) as error:
        return f"{name} is not installed, and {lost}, which says why, cannot be read ({error}); {again}"


@cache
def installed(python: str) -> frozenset[str]:
    """Peers whose library that Python finds, none of which is imported; all, if it cannot say."""
    code = "import json, sys; from importlib.util import find_spec; "
    code += "print(json.dumps([name for name in sys.argv[1:] if find_spec(name)]))"
    packages = [library.package for library in LIBRARIES.values()]
    try:
        done = subprocess.run([python, "-c", code, *packages], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return frozenset(MODULES)  # what is wrong with it, the peers' processes will say
    found = json.loads(done.stdout)
    return WITHOUT_LIBRARY | {name for name, library in LIBRARIES.items() if library.package in found}


@cache
def note_if_missing(name: str, python: str) -> None:
    """Say once, before anything is measured, that a peer will be lost for want of its library."""
    if name not in installed(python):
        note(f"throughput: {why_lost(name)}")


def main(arguments: list[str] | None = None) -> int:
    """Make the environment; repeating it does no harm."""
    return exit_status("environment", lambda: _main(arguments))


def _main(arguments: list[str] | None) -> int:
    parser = OneLineParser(prog="python -m ablations.throughput.environment", description=__doc__)
    parser.add_argument("folder", type=expanded, help="folder for the virtual environment, about 1.5 GB")
    folder: Path = parser.parse_args(arguments).folder
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; name a folder")
    import torch

    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    torch_here = f"torch=={torch.__version__.partition('+')[0]}"
    if said := _complaint(python, "-m", "pip", "install", torch_here, "numpy"):
        note(f"environment: pip could not install {torch_here}: {said}")
        return 1
    lost = {}
    for name, peer in LIBRARIES.items():
        note(f"installing {peer.requirement}")
        if reason := _install(python, torch_here, name):
            lost[name] = f"{peer.requirement} could not be installed: {reason}"
            note(f"environment: {lost[name]}")
    write_json(folder / LOST_FILE, lost)
    print(f"export {FOLDER_VARIABLE}={folder.resolve()}")
    return 0


def _install(python: str, torch_here: str, name: str) -> str | None:
    """Install a peer's library and import the peer; None, or what went wrong."""
    peer = LIBRARIES[name]
    pip = ("-m", "pip", "install")
    if not peer.imports:
        said = _complaint(python, *pip, torch_here, peer.requirement)
    else:
        said = _complaint(python, *pip, "--no-deps", peer.requirement) or _complaint(
            python, *pip, torch_here, *peer.imports
        )
    return said or _complaint(
        python, "-c", f"import ablations.throughput.peers.{MODULES[name]}", environment=with_packages()
    )


def with_packages() -> dict[str, str]:
    """This process's environment, in which another interpreter finds this project's packages, too."""
    path = os.pathsep.join([str(PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def _complaint(*command: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Run a command; None if it went well, or else the last thing that it complained of."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode == 0:
        return None
    said = done.stderr.strip().split("\n")
    errors = [line for line in said if line.startswith("ERROR: ")] or said
    return errors[-1].removeprefix("ERROR: ") or f"status {done.returncode}"


if __name__ == "__main__":
    raise SystemExit(main())
