"""The virtual environment with the other libraries: `python -m ablations.throughput.environment FOLDER`.

They ask for versions of torch and of each other that this project does not, so they live apart, and are measured with
the torch that is installed here.
"""

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

VARIABLE = "REPRO_PEERS"
"""The environment variable that names the folder."""

PEERS = ["transformers==5.23.0", "x-transformers==2.31.10", "ctranslate2==4.8.5", "numpy"]
OWN = {"ours", "plain"}
"""Contenders that need nothing but what this project needs."""


def interpreter(name: str) -> str:
    """The Python that has a contender's library, or at least is asked for it."""
    folder = os.environ.get(VARIABLE)
    return sys.executable if name in OWN or not folder else str(Path(folder) / "bin" / "python")


def main(arguments: list[str] | None = None) -> int:
    """Make the environment; repeating it does no harm."""
    parser = argparse.ArgumentParser(prog="python -m ablations.throughput.environment", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the virtual environment goes, about 1 GB")
    folder: Path = parser.parse_args(arguments).folder
    import torch

    venv.create(folder, with_pip=True)
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    done = subprocess.run([*install, f"torch=={torch.__version__.partition('+')[0]}", *PEERS], check=False)
    if done.returncode:
        print("environment: pip could not install the other libraries, see above", file=sys.stderr)
        return 1
    print(f"export {VARIABLE}={folder.resolve()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
