"""The provenance of a result: hardware, versions, commit."""

import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from repro.cores import usable_cores
from repro.streams import note

PACKAGES = (
    "torch",
    "pytorch-lightning",
    "numpy",
    "sentencepiece",
    "sacrebleu",
    "sacremoses",
    "scipy",
    "wandb",
)

GPUS = Path("/proc/driver/nvidia/gpus")
"""What NVIDIA's driver says about each graphics processor, where there are any."""


def hardware() -> dict[str, Any]:
    """Processor, cores this process may use, memory in bytes and, where torch is loaded, GPUs."""
    return {
        "cpu": _processor(),
        "cores": usable_cores(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "gpus": _gpus(),
    }


def _gpus() -> list[str]:
    """The names of those this process may use. CUDA is not woken for that, since no later fork could use it then."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if torch is None or torch.version.cuda is None:
        return []
    gpus = [_fields(path.read_text()) for path in sorted(GPUS.glob("*/information"))]
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:  # numbers, or how their UUIDs begin
        names = [name.strip() for name in chosen.split(",") if name.strip()]
        gpus = [
            gpu
            for number, gpu in enumerate(gpus)
            if any(name == str(number) or gpu.get("GPU UUID", "").startswith(name) for name in names)
        ]
    return [gpu["Model"] for gpu in gpus if "Model" in gpu]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        fields = _fields(cpuinfo.read_text().split("\n\n")[0])
        name = fields.get("model name")
        if name:
            return f"{name} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"
    return platform.processor() or platform.machine()


def _fields(text: str) -> dict[str, str]:
    """Key -> value of lines such as `model name : EPYC`."""
    parts = (line.partition(":") for line in text.split("\n"))
    return {key.strip(): value.strip() for key, _, value in parts}


@cache
def versions() -> dict[str, str]:
    """Python and the packages that compute."""
    version_of = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        try:
            version_of[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return version_of


@cache
def commit() -> tuple[str | None, bool | None]:
    """The commit of the code that runs and whether it was changed since; None outside a checkout.

    Where there is a checkout and git does not tell, the reason is said once, on stderr: records go without a commit.
    """
    own_file = Path(__file__).resolve()
    checkout = next((folder for folder in own_file.parents if (folder / ".git").exists()), None)
    if checkout is None:
        return None, None
    try:
        # An installed copy inside somebody else's checkout is not that checkout's code.
        if not _git(checkout, "ls-files", "--", str(own_file)):
            return None, None
        return _git(checkout, "rev-parse", "HEAD"), bool(
            _git(checkout, "status", "--porcelain", "--untracked-files=no")
        )
    except FileNotFoundError:
        reason = "git is not in PATH"
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = f"git does not answer: {error}"
    except subprocess.CalledProcessError as error:
        said = str(error.stderr).strip().split("\n")
        reason = f"git says: {said[0]}"
    note(f"the commit of {checkout} is unknown, and records will not have it ({reason})")
    return None, None


def _git(checkout: Path, *arguments: str) -> str:
    """Git's answer about a checkout, whoever owns it and whatever hooks have set, without writing there.

    Raises:
        OSError, subprocess.SubprocessError: it does not answer.
    """
    trusted = ["-c", f"safe.directory={checkout}", "-c", "core.fsmonitor=false"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    result = subprocess.run(
        ["git", "--no-optional-locks", *trusted, "-C", str(checkout), *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=True,
        timeout=10,
        env={**environment, "LC_ALL": "C"},
    )
    return result.stdout.strip()


def peak_memory_bytes() -> int:
    """The most memory this process has held at once.

    On Linux not by getrusage, which counts what the process that started this one had held before.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().split("\n"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
