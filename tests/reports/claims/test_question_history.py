"""The walk through the history of git, in repositories that a test makes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import repro
from reports.claims.claim_file import shipped_claims
from reports.claims.question_history import Checkout, log_text, updated
from reports.claims.question_log import Change, digests_of
from repro.presets import read_yaml

CLAIMS = "reports/claims/some.yaml"
A, B = ("a", "builtin"), ("b", "builtin")
NOW = "2026-03-01T00:00:00+00:00"


class Repository:
    """Commits, one a day from 2026-01-01, whose claims' digests stand in one file."""

    def __init__(self, root: Path) -> None:
        self.root, self.day = root, 0
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> str:
        date = f"2026-01-{self.day:02d}T00:00:00+00:00"
        names = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments],
            env={**os.environ, **names, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, content: str, name: str = CLAIMS, to: str = "commit") -> str:
        """Write a file and commit it, or go on with a merge; the first 12 digits of the commit."""
        self.day += 1
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(content, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", to)
        return self.git("rev-parse", "--short=12", "HEAD")

    def read(self, commit: str):
        try:
            text = self.git("show", f"{commit}:{CLAIMS}")
        except subprocess.CalledProcessError:
            return None
        if text == "broken":
            return None
        return {(name, "builtin"): digest for name, digest in map(str.split, text.splitlines())}

    def log(self, now, log=None):
        return updated(log or {}, now, self.root, self.read, NOW)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def day(number):
    return f"2026-01-{number:02d}T00:00:00+00:00"


def test_a_question_has_the_date_of_its_last_change(repository):
    repository.commit("nothing", "README")
    repository.commit("a one\nb two")
    second = repository.commit("a other\nb two")
    third = repository.commit("a one\nb two\n")  # back again: that is a change, too
    repository.commit("a one\nb two\nc three")
    repository.commit("more", "README")
    made = repository.log({A: "one", B: "two"})
    assert made[A] == Change("one", day(4), third)
    assert made[B].date == day(2)
    assert second not in {change.commit for change in made.values()}


def test_a_change_on_a_branch_has_the_date_of_its_commit_and_not_of_the_merge(repository):
    repository.commit("a one\nb two")
    repository.git("checkout", "--quiet", "-b", "side")
    changed = repository.commit("a changed\nb two")
    repository.git("checkout", "--quiet", "main")
    repository.commit("more", "README")
    repository.day += 1
    repository.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    assert repository.log({A: "changed", B: "two"}) == {
        A: Change("changed", day(2), changed),
        B: Change("two", day(1), repository.git("rev-parse", "--short=12", "main~2")),
    }


def test_a_change_in_a_commit_that_cannot_be_read_is_laid_on_the_next(repository):
    first = repository.commit("a one\nb two")
    repository.commit("broken")
    next_ = repository.commit("a changed\nb two")
    made = repository.log({A: "changed", B: "two"})
    assert (made[A].commit, made[B].commit) == (next_, first)


def test_a_claim_that_takes_over_a_removed_ones_question_keeps_its_date(repository):
    first = repository.commit("old same\nb two")
    repository.commit("a same\nb two")
    assert repository.log({A: "same", B: "two"})[A].commit == first
    third = repository.commit("a same\nb two\nc same")  # the old one stays: this question is new
    assert repository.log({("c", "builtin"): "same"})[("c", "builtin")].commit == third


def test_what_is_not_committed_has_the_time_of_the_call_and_later_its_commit(repository):
    repository.commit("a one\nb two")
    log = repository.log({A: "one", B: "two"})
    edited = repository.log({A: "new", B: "two"}, log)
    assert edited == {A: Change("new", NOW, None), B: log[B]}
    again = updated(edited, {A: "new", B: "two"}, repository.root, repository.read, "2027-01-01T00:00:00+00:00")
    assert again == edited
    commit = repository.commit("a new\nb two")
    assert repository.log({A: "new", B: "two"}, edited) == {A: Change("new", day(2), commit), B: log[B]}
    assert repository.log({B: "two"}, edited) == {B: log[B]}  # a claim that is no more


def test_a_log_that_has_everything_reads_no_commit(repository):
    log = {A: Change("one", day(1), "0123456789ab")}
    assert updated(log, {A: "one"}, repository.root, lambda commit: pytest.fail("read"), NOW) == log


def test_the_file_reads_back(tmp_path):
    changes = {A: Change("1234567890e1", day(1), "12345678e123"), B: Change("2", day(2), None)}
    path = tmp_path / "questions.yaml"
    path.write_text(log_text(changes), encoding="utf-8")
    questions = read_yaml(path)["questions"]
    assert {
        (claim, scale): Change(**it) for claim, scales in questions.items() for scale, it in scales.items()
    } == changes


@pytest.mark.slow
def test_a_commits_own_code_reads_its_claims(tmp_path):
    """The code of today, committed in a repository of its own, reads the questions of today; an edited one differs."""
    source, top = Path(repro.__file__).parent.parent, tmp_path / "repository"
    for folder in ("repro", "ablations", "reports", "lightning_configs"):
        leave = shutil.ignore_patterns("published", "__pycache__")
        shutil.copytree(source / folder, top / folder, ignore=leave)
    shutil.copy(source / "pyproject.toml", top)
    made = Repository(top)
    made.git("add", "--all")
    made.commit("first", "README")
    edited = top / "reports/claims/wiegreffe2019.yaml"
    made.commit(edited.read_text().replace("below: 0.02", "below: 0.03"), "reports/claims/wiegreffe2019.yaml")
    checkout, now = Checkout(top, tmp_path / "copy"), digests_of(shipped_claims())
    assert checkout.digests(made.git("rev-parse", "HEAD~1")) == now
    after = checkout.digests(made.git("rev-parse", "HEAD"))
    assert after is not None
    changed = {claim for claim, scale in now if now[claim, scale] != after[claim, scale]}
    assert changed == {"wiegreffe2019-section3.2-little-improvement"}
