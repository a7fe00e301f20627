"""A package as before Python 3.11: a dataclass is the default of another one's field."""

import dataclasses
import importlib
from pathlib import Path

import pytest

from ablations.throughput.peers.hashable_dataclasses import hashable_dataclasses

INNER = """
from dataclasses import dataclass

@dataclass
class Inner:
    width: int = 3
"""
OUTER = """
from dataclasses import dataclass, field
from {package}.inner import Inner

@dataclass()
class Outer:
    inner: Inner = Inner()
    names: list = field(default_factory=list)
"""


def write(folder: Path, package: str) -> None:
    (folder / package).mkdir()
    (folder / package / "__init__.py").touch()
    (folder / package / "inner.py").write_text(INNER)
    (folder / package / "outer.py").write_text(OUTER.format(package=package))


def test_a_default_that_python_refuses_is_taken_from_that_package_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    write(tmp_path, "older_library")
    write(tmp_path, "older_library_of_another")
    before = dataclasses.dataclass
    with hashable_dataclasses("older_library"):
        outer = importlib.import_module("older_library.outer").Outer()
        with pytest.raises(ValueError, match="mutable default"):
            importlib.import_module("older_library_of_another.outer")
    assert outer.inner.width == 3
    assert dataclasses.dataclass is before
