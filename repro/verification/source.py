"""The code that made a record: its commit, checked out into an empty directory."""

import os
import re
import subprocess
from pathlib import Path

from repro import files
from repro.errors import BadInput

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""What a commit is called in full."""


def own_repository() -> Path:
    """The checkout that this very code lies in.

    Raises:
        BadInput: it was installed without one.
    """
    for folder in Path(__file__).resolve().parents:
        if (folder / ".git").exists():
            return folder
    raise BadInput("this installation lies in no git checkout; name one, or its address, with --repository")


def check_out(commit: str, repository: str | Path, to: Path) -> None:
    """Put the files of a commit into a directory, with git's knowledge of which commit it is; once.

    Args:
        commit: in full.
        repository: a checkout, or an address that git can fetch from.
        to: the directory; if it is there, it must hold that commit, unchanged.

    Raises:
        BadInput: git, or the commit, is not there; or what is there was changed.
    """
    if not COMMIT.fullmatch(commit):
        raise BadInput(f"the record names the commit {commit!r}, which is no commit's full name; it cannot be had")
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
                f"the record's commit {commit[:12]} cannot be had from {repository} (git says: {_said(error)}); "
                "name a repository that has it with --repository"
            ) from error
        _git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", "FETCH_HEAD")


def _check_unchanged(commit: str, folder: Path) -> None:
    try:
        same = _git(folder, "rev-parse", "HEAD") == commit
        changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except subprocess.CalledProcessError as error:
        raise BadInput(
            f"{folder} is no checkout of git's ({_said(error)}); remove it and repeat the command"
        ) from error
    if changes or not same:
        raise BadInput(f"{folder} is not the commit {commit[:12]} as it was; remove it and repeat the command")


def _said(error: subprocess.CalledProcessError) -> str:
    """Why git failed, in one line."""
    lines = (str(error.stderr).strip() or f"status {error.returncode}").split("\n")
    return next((line for line in lines if line.startswith("fatal: ")), lines[-1]).removeprefix("fatal: ")


def _git(folder: Path, *arguments: str) -> str:
    """What git answers, whatever hooks and variables the user's own checkout has set.

    Raises:
        BadInput: git is not there; subprocess.CalledProcessError: it fails.
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
        raise BadInput("git is not in PATH, and without it a record's code cannot be had; install git") from error
