"""Where a file or runs can be written: checked by one rule for every option."""

import os
from pathlib import Path

import pytest

from repro.console import places
from repro.console.places import check_file, in_the_way
from repro.errors import BadInput


def test_a_file_may_lie_in_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (Path("a.json"), Path("new/deep/a.json"), tmp_path / "new" / "a.json"):
        check_file(path, "--json")
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_the_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    for path, reason in ((Path("."), ". is a folder"), (Path("file/deep/a"), f"{tmp_path}/file is a file")):
        with pytest.raises(BadInput) as refused:
            check_file(path, "--out")
        assert str(refused.value) == f"--out {path} cannot be written: {reason}; name another file"
    os.mkfifo("pipe")
    for path in (Path("pipe"), Path(os.devnull)):
        with pytest.raises(
            BadInput, match=f"--out {path} cannot be written: {path} is not a regular file; name another"
        ):
            check_file(path, "--out")
    monkeypatch.setattr(places.os, "access", lambda place, mode: False)
    assert in_the_way(tmp_path / "new") == f"{tmp_path} may not be written to"
