"""`python -m reports.claims.question_history`: brings `log/questions.yaml` up to date, from the history of git.

A question that the log has as it stands keeps its date. For any other the history is walked back from HEAD to the
commit since which it is as it stands, like `git blame` does for a line. At every commit on the way that commit's own
code reads its own claims and grids, so that what is compared is what a report of that day would have asked:
`question_log.deciding` lists the fields. Fields that the code of that day had not count as not asked.

The walk stops at commits that change the YAML of claims, of published tables, of grids or of scales (PATHS). A change
that code alone makes is laid on the next of them, and so is one in a commit whose claims cannot be read. A claim that
takes over the question of one that is removed in the same commit keeps its date. A question that no commit has yet is
given the time of this call, and its commit by the next call after it has been committed. Without a log, all is made
anew, which takes some seconds a commit.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from reports.claims.claim_file import shipped_claims
from reports.claims.question_log import LOG, UPDATE, Change, Key, digest, digests_of, logged_changes
from repro import files
from repro.errors import BadInput
from repro.streams import note, say

PATHS = (":(glob)reports/claims/**/*.yaml", ":(exclude)reports/claims/log", ":(glob)ablations/**/*.yaml")
"""In which a commit may change a question."""
READ = """
import dataclasses, json, os
import reports
if not reports.__file__.startswith(os.getcwd()):  # those that are installed are not this commit's
    raise ImportError("there are no claims yet")
try:
    from reports.claims.claim_file import shipped_claims
except ImportError:
    from reports.reading import shipped_claims
found = []
for claim in shipped_claims():
    asked = {} if claim.test is None else getattr(claim.test, "questions", None) or claim.test.asks
    for scale, question in asked.items():
        found.append([claim.id, scale, claim.test.rule, scale in claim.decides_at, dataclasses.asdict(question)])
print(json.dumps(found, default=str))
"""
"""Run with the code of a commit: every question of every claim."""

Digests = Mapping[Key, str]
Read = Callable[[str], Digests | None]
"""From a commit to its questions' digests; None where they cannot be read."""


def updated(log: Mapping[Key, Change], now: Digests, root: Path, read: Read, time: str) -> dict[Key, Change]:
    """The log as it should be.

    Args:
        log: as it is.
        now: the digest of every question as it stands.
        root: of the checkout.
        read: the digests of a commit.
        time: of a change that is not committed yet.
    """
    kept = {key: log[key] for key in now if key in log and log[key].digest == now[key]}
    wanted = {key: current for key, current in now.items() if key not in kept or kept[key].commit is None}
    blamed = _blamed(wanted, root, read) if wanted else {}
    fresh = {key: kept.get(key) or Change(now[key], time, None) for key in wanted}
    return {key: (blamed.get(key) or fresh[key]) if key in wanted else kept[key] for key in sorted(now)}


def _blamed(wanted: Digests, root: Path, read: Read) -> dict[Key, Change]:
    """Question -> the commit since which it is as it is wanted; none for those that HEAD has not."""
    parents = _history(root)
    digests = cache(read)
    head = next(iter(parents), None)
    carried: dict[str, dict[Key, Key]] = defaultdict(dict)
    """Commit -> key of a question there -> key that it has today."""
    if head is not None:
        at_head = digests(head) or {}
        carried[head] = {key: key for key in wanted if at_head.get(key) == wanted[key]}
    changes: dict[Key, Change] = {}
    for commit, its_parents in parents.items():
        of_commit = carried.pop(commit, {})
        if not of_commit:
            continue
        before = _readable(its_parents, parents, digests)
        at_commit = digests(commit) or {}
        for key, today in of_commit.items():
            for parent, at_parent in before.items():
                earlier = _same_question(key, wanted[today], at_commit, at_parent)
                if earlier is not None:
                    carried[parent][earlier] = today
                    break
            else:
                changes[today] = Change(wanted[today], _date(root, commit), commit[:12])
    return changes


def _same_question(key: Key, wanted: str, at_commit: Digests, at_parent: Digests) -> Key | None:
    """What the question is called in the parent; None if it is not there."""
    if key in at_parent:
        return key if at_parent[key] == wanted else None
    return next((it for it in at_parent if it[1] == key[1] and at_parent[it] == wanted and it not in at_commit), None)


def _readable(commits: Iterable[str], parents: Mapping[str, Sequence[str]], digests: Read) -> dict[str, Digests]:
    """Those commits whose claims can be read, with their digests; in place of others the next before them."""
    readable: dict[str, Digests] = {}
    for commit in commits:
        at_commit = digests(commit)
        if at_commit is not None:
            readable[commit] = at_commit
        else:
            readable |= _readable(parents.get(commit, ()), parents, digests)
    return readable


def _history(root: Path) -> dict[str, list[str]]:
    """Commit -> its parents, HEAD first and children before parents; of all others only those that touch PATHS."""
    head = _git(root, "rev-parse", "HEAD").strip()
    lines = _git(root, "rev-list", "--topo-order", "--parents", "HEAD", "--", *PATHS).splitlines()
    touching = {words[0]: words[1:] for words in map(str.split, lines)}
    first = [next(iter(touching))] if touching else []
    return touching if head in touching else {head: first, **touching}


def _date(root: Path, commit: str) -> str:
    seconds = int(_git(root, "show", "-s", "--format=%ct", commit))
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInput(f"{root}: git says: {done.stderr.strip()}; `{UPDATE}` needs a checkout with its history")
    return done.stdout


class Checkout:
    """A copy of a repository in a folder, in which one commit after the other is checked out and read."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        _git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(folder))

    def digests(self, commit: str) -> Digests | None:
        """The questions' digests at a commit, read by its own code; None where it has none, or cannot read them."""
        _git(self.folder, "checkout", "--quiet", "--force", "--detach", commit)
        _name_entry_points(self.folder)
        done = subprocess.run(
            [sys.executable, "-c", READ], cwd=self.folder, capture_output=True, text=True, check=False
        )
        note(f"{commit[:12]}: {'read' if not done.returncode else done.stderr.strip().splitlines()[-1]}")
        if done.returncode:
            return None
        return {
            (claim, scale): digest(rule, decides, asked)
            for claim, scale, rule, decides, asked in _questions(done.stdout)
        }


def _questions(output: str) -> list[Any]:
    questions: list[Any] = json.loads(output)
    return questions


def _name_entry_points(folder: Path) -> None:
    """Let the code in a folder find its own grids, scales and tables, and not those that are installed."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    place = folder / f"{project['name'].replace('-', '_')}.egg-info"
    place.mkdir(exist_ok=True)
    (place / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0\n", encoding="utf-8")
    groups = project.get("entry-points", {})
    lines = [
        line for group, names in groups.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in names.items()))
    ]
    (place / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def log_text(changes: Mapping[Key, Change]) -> str:
    """The log's file."""
    lines = [
        f"# When the question behind each verdict last changed (docs/report.md). Written by `{UPDATE}`.",
        "questions:",
    ]
    claims: dict[str, list[str]] = defaultdict(list)
    for (claim, scale), change in sorted(changes.items()):
        values = [json.dumps(value) for value in (change.digest, change.date, change.commit)]
        claims[claim].append("    {}: {{digest: {}, date: {}, commit: {}}}".format(scale, *values))
    for claim, scales in claims.items():
        lines += [f"  {claim}:", *scales]
    return "\n".join(lines) + "\n"


def main(root: Path | None = None, path: Path = LOG) -> int:
    """Bring the log up to date."""
    checkout = Path(__file__).parent.parent.parent if root is None else root
    time = datetime.now(UTC).isoformat(timespec="seconds")
    log = logged_changes(path)
    with tempfile.TemporaryDirectory() as folder:
        copy = cache(lambda: Checkout(checkout, Path(folder, "checkout")))  # made where there is something to look for
        new_log = updated(log, digests_of(shipped_claims()), checkout, lambda commit: copy().digests(commit), time)
    files.write_texts(path.parent, {path.name: log_text(new_log)})
    changed = sum(log.get(key) != change for key, change in new_log.items()) + len(log.keys() - new_log.keys())
    say(f"{path}: {len(new_log)} questions, {changed} changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
