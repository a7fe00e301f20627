"""A commit is checked out once, by its full name, and not used where it was changed since."""

from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.verification.source import check_out, own_repository
from tests.verification.conftest import git

TOP = Path(__file__).parents[2]


def test_an_earlier_commit_is_had_without_the_rest_of_the_history(
    repository: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, commit = repository
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as within a hook
    check_out(commit, folder, tmp_path / "code")
    monkeypatch.delenv("GIT_DIR")
    assert git(tmp_path / "code", "rev-parse", "HEAD") == commit
    assert git(tmp_path / "code", "rev-list", "--all", "--count") == "1"
    assert "stands in" in (tmp_path / "code/repro/__main__.py").read_text().lower()
    check_out(commit, "nowhere", tmp_path / "code")  # it is there


def test_an_address_is_one_for_git(repository: tuple[Path, str], tmp_path: Path) -> None:
    check_out(repository[1], repository[0].as_uri(), tmp_path / "code")
    assert (tmp_path / "code/pyproject.toml").is_file()


def test_changed_code_is_refused(repository: tuple[Path, str], tmp_path: Path) -> None:
    folder, commit = repository
    check_out(commit, folder, tmp_path / "code")
    (tmp_path / "code/grids/g.yaml").write_text("function: other:one\n")
    with pytest.raises(BadInput, match="no longer holds commit"):
        check_out(commit, folder, tmp_path / "code")
    (tmp_path / "none").mkdir()
    with pytest.raises(BadInput, match=r"is not a git checkout|no longer holds commit"):
        check_out(commit, folder, tmp_path / "none")


@pytest.mark.parametrize("commit", ["HEAD", "0123456", "f" * 40, "--help"])
def test_what_is_no_commit_leaves_nothing(repository: tuple[Path, str], tmp_path: Path, commit: str) -> None:
    with pytest.raises(BadInput) as error:
        check_out(commit, repository[0], tmp_path / "code")
    with pytest.raises(BadInput, match=r"git says: ./nowhere. does not|needs a full commit name"):
        check_out(commit, "/nowhere", tmp_path / "code")
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_git_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: tuple[Path, str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="git is not in PATH"):
        check_out(repository[1], repository[0], tmp_path / "code")


def test_the_own_repository_is_the_checkout() -> None:
    if not (TOP / ".git").exists():
        pytest.skip("no checkout")
    assert own_repository() == TOP.resolve()
