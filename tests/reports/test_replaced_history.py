"""What a folder of records had once, as the history of git has it."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import reports
from reports.replaced_history import main, replaced_records, replaced_text
from reports.verdicts.replaced import replaced_data
from repro.errors import BadInput
from tests.reports.records import planted, write


class Repository:
    """A checkout whose folder `records` changes from commit to commit."""

    def __init__(self, root):
        self.root, self.folder = root, root / "records"
        self.git("init", "--quiet")

    def git(self, *arguments):
        named = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(self.root), *named, *arguments], check=True, capture_output=True)

    def record(self, row, day, scale="ä b"):
        """Write the row's one record anew; return when it began."""
        started = f"2026-01-{day:02d}T00:00:00+00:00"
        record = planted("g", row, 1, {"m": 1.0}, scale=scale, started=started)
        shutil.rmtree(self.folder_of(row, scale), ignore_errors=True)
        write(self.folder, record)
        return started

    def folder_of(self, row, scale="ä b"):
        return next((self.folder / scale / "g").glob(f"{row}-*"), self.folder / "nothing")

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "records")


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_the_first_of_a_rows_changed_or_removed_records_counts(repository):
    first = repository.record("changed", 2)
    gone = repository.record("removed", 5)
    repository.record("kept", 1)
    repository.commit()
    assert replaced_records(repository.folder) == {}
    repository.record("changed", 4)
    shutil.rmtree(repository.folder_of("removed"))
    repository.commit()
    repository.record("changed", 6)
    repository.commit()
    found = {("ä b", "g", "changed"): first, ("ä b", "g", "removed"): gone}
    assert replaced_records(repository.folder) == found
    assert main([str(repository.folder)]) == 0
    assert replaced_data(repository.folder) == found


def test_a_record_that_was_moved_or_is_elsewhere_in_the_repository_is_none(repository):
    repository.record("row", 1)
    write(repository.root / "elsewhere", planted("g", "other", 1, {"m": 1.0}))
    repository.commit()
    repository.git("mv", "records/ä b", "records/moved")
    repository.git("rm", "-r", "--quiet", "elsewhere")
    repository.commit()
    assert replaced_records(repository.folder) == {}


def test_the_text_is_yaml_whatever_the_names(tmp_path):
    replaced = {("a: b", "no", 'a "row"'): "2026-01-01T00:00:00+00:00", ("a: b", "1", "é"): "2026-01-02T00:00:00+00:00"}
    (tmp_path / "replaced.yaml").write_text(replaced_text(replaced), encoding="utf-8")
    assert replaced_data(tmp_path) == replaced


def test_a_folder_outside_of_git_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"needs a checkout with its history"):
        replaced_records(tmp_path)


def test_the_published_list_is_that_of_the_history():
    """Where this fails, `python -m reports.replaced_history reports/published` brings the list up to date."""
    folder = Path(reports.__file__).parent / "published"
    shallow = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False
    )
    if shallow.stdout.strip() != "false":
        pytest.skip("the history of the published records is not here")
    listed = yaml.safe_load((folder / "replaced.yaml").read_text(encoding="utf-8"))
    assert listed == yaml.safe_load(replaced_text(replaced_records(folder)))
