"""A Python of the record's major and minor version, or a sentence that says which is missing."""

import sys
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.verification.interpreter import interpreter

OWN = sys.version.split()[0]


def pretender(folder: Path, version: str) -> Path:
    """A program that says it is a Python."""
    path = folder / f"python{version.rpartition('.')[0]}"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


def test_this_one_fits_whatever_its_last_number() -> None:
    assert interpreter(OWN) == (sys.executable, OWN)
    assert interpreter(f"{OWN.rpartition('.')[0]}.99") == (sys.executable, OWN)


def test_another_one_is_found_in_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pretender(tmp_path, "3.99.4")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert interpreter("3.99.0") == (str(path), "3.99.4")


def test_one_that_is_named_must_fit(tmp_path: Path) -> None:
    path = pretender(tmp_path, "3.99.4")
    assert interpreter("3.99.0", str(path)) == (str(path), "3.99.4")
    with pytest.raises(
        BadInput, match=r"made by Python 3\.9\.1, and Python 3\.9 was not found \(.*3\.99\.4\).*--python"
    ):
        interpreter("3.9.1", str(path))
    with pytest.raises(BadInput, match="not a working Python"):
        interpreter(OWN, str(tmp_path / "none"))
