"""What packages list as public is what they import on demand, and what a type checker sees."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from repro.lazy_attributes import lazy_attributes
from tests.test_architecture import MODULES, TOP, tree

PUBLIC = ("repro", "ablations", "reports")


def seen_by_a_type_checker(package: str) -> dict[str, str]:
    """Name -> module, of the imports under TYPE_CHECKING."""
    blocks = [node for node in tree(package).body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_listed_typed_and_there(package: str) -> None:
    module = importlib.import_module(package)
    typed = seen_by_a_type_checker(package)
    here = {node.targets[0].id for node in tree(package).body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    assert set(module.__all__) == {*typed, *(here & set(module.__all__))}
    for name, home in typed.items():
        assert getattr(module, name) is getattr(importlib.import_module(home), name)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", PUBLIC)
def test_every_public_name_is_documented(package: str) -> None:
    page = (TOP / "docs" / "python.md").read_text()
    module = importlib.import_module(package)
    missing = [name for name in module.__all__ if f"{package}.{name}" not in page]
    assert missing == []


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    attribute = lazy_attributes("package", {"loads": "json"})
    assert attribute("loads")("1") == 1
    with pytest.raises(AttributeError, match="module 'package' has no attribute 'lodas'"):
        attribute("lodas")


@pytest.mark.slow
def test_a_type_checker_knows_the_names_and_their_types(tmp_path: Path) -> None:
    script = tmp_path / "uses.py"
    script.write_text(
        "import ablations\nimport reports\nimport repro\n"
        "reveal_type(repro.load().translate('a'))\n"
        "reveal_type(repro.load().translate(['a']))\n"
        "reveal_type(repro.train('model/mini').status)\n"
        "reveal_type(ablations.load_grid('heads').results())\n"
        "reveal_type(reports.PUBLISHED)\n"
        "repro.laod()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(TOP / "pyproject.toml"), str(script)],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout.replace("builtins.", "")  # which some versions of mypy write
    assert 'Revealed type is "str"' in shown, done.stdout + done.stderr
    assert 'Revealed type is "list[str]"' in shown
    assert "Literal['done']" in shown
    assert 'Revealed type is "repro.tidy_table.Table"' in shown
    assert 'Revealed type is "pathlib.Path"' in shown
    assert 'Module has no attribute "laod"' in shown


def test_the_listed_packages_are_all_that_have_lazy_attributes() -> None:
    users = {name for name in MODULES if "lazy_attributes(" in MODULES[name].read_text() and "." not in name}
    assert users == set(PUBLIC)
