"""The code that made a record: its commit, checked out into an empty directory."""

import os
import re
import subprocess
from pathlib import Path

from repro import files
from repro.errors import BadInput

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""The full name of a commit."""


def own_repository() -> Path:
    """The checkout that this code lies in.

    Raises:
        BadInput: it lies in none.
    """
    for folder in Path(__file__).resolve().parents:
        if (folder / ".git").exists():
            return folder
    raise BadInput("this installation is not in a git checkout; give a checkout, or its address, with --repository")


def check_out(commit: str, repository: str | Path, to: Path) -> None:
    """Check out a commit in a directory, unless it is there already.

    Args:
        commit: its full name.
        repository: a checkout, or an address that git can fetch from.
        to: the directory; if it exists, it must hold that commit, unchanged.

    Raises:
        BadInput: git or the commit is not found, or the existing files were changed.
    """
    if not COMMIT.fullmatch(commit):
        raise BadInput(
            f"the record's commit is {commit!r}; verifying needs a full commit name of 40 or 64 hexadecimal digits"
        )
    if to.is_dir():
        _check_unchanged(commit, to)
        return
    repository = Path(repository).absolute() if Path(repository).exists() else repository
    with files.built_atomically(to) as folder:
        _git(folder, "init", "--quiet")
        try:
            _git(folder, "fetch", "--quiet", "--depth", "1", "--no-tags", "--", str(repository), commit)
        except subprocess.CalledProcessError as error:
            raise BadInput(
                f"the record's commit {commit[:12]} cannot be fetched from {repository} (git says: {_said(error)}); "
                "give a repository that has it with --repository"
            ) from error
        _git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", "FETCH_HEAD")


def _check_unchanged(commit: str, folder: Path) -> None:
    try:
        same = _git(folder, "rev-parse", "HEAD") == commit
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except subprocess.CalledProcessError as error:
        raise BadInput(f"{folder} is not a git checkout ({_said(error)}); remove it and repeat the command") from error
    if changes or not same:
        raise BadInput(f"{folder} no longer holds commit {commit[:12]} unchanged; remove it and repeat the command")


def _said(error: subprocess.CalledProcessError) -> str:
    """Why git failed, in one line."""
    lines = (str(error.stderr).strip() or f"status {error.returncode}").split("\n")
    return next((line for line in lines if line.startswith("fatal: ")), lines[-1]).removeprefix("fatal: ")


def _git(folder: Path, *arguments: str) -> str:
    """Git's answer, without the GIT_ variables of the user's environment.

    Raises:
        BadInput: git is not in PATH.
        subprocess.CalledProcessError: git fails.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
            stdin=subprocess.DEVNULL,
            env={**environment, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        ).stdout.strip()
    except FileNotFoundError as error:
        raise BadInput("git is not in PATH, and it is needed to fetch a record's code; install git") from error
