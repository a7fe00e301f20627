"""The notebooks run, use public names alone, and differ in their texts only.

They are committed without outputs: pictures would make every change large, and what a reader sees is what was computed
here. Both languages have the same code cells, so one of them is run, in this process, which needs no Jupyter.
"""

import ast
import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.docs.test_length import MEAN, NINE_IN_TEN, lengths
from tests.representatives import others_slow

FOLDER = ROOT / "notebooks"
ENGLISH, KOREAN = FOLDER / "attention.en.ipynb", FOLDER / "attention.ko.ipynb"
OURS = ("repro", "ablations", "reports")
OTHERS = {"matplotlib", "numpy", "pathlib", "tempfile"}


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def texts(path: Path, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(path, kind)]


CODE = texts(ENGLISH, "code")


def test_both_languages_have_the_same_code_under_texts_of_their_own() -> None:
    assert {path.name for path in FOLDER.glob("*.ipynb")} == {ENGLISH.name, KOREAN.name}
    assert texts(KOREAN, "code") == CODE
    for english, korean in zip(texts(ENGLISH, "markdown"), texts(KOREAN, "markdown"), strict=True):
        assert not any("가" <= sign <= "힣" for sign in english)
        assert any("가" <= sign <= "힣" for sign in korean)
        assert english.startswith("#") == korean.startswith("#")


@pytest.mark.parametrize("path", [ENGLISH, KOREAN], ids=lambda path: path.name)
def test_no_outputs_are_committed(path: Path) -> None:
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


def test_only_public_names_are_used() -> None:
    tree = ast.parse("\n".join(CODE))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imports:
        of = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        assert {name.split(".")[0] for name in of} <= {*OURS, *OTHERS}
        assert not any(name.split(".")[0] in OURS and "." in name for name in of)
    used = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in OURS
    }
    assert {package for package, _ in used} == set(OURS)
    for package, name in used:
        assert name in importlib.import_module(package).__all__
    assert not any(isinstance(node, ast.Attribute) and node.attr.startswith("_") for node in ast.walk(tree))


def test_its_sentences_are_short(tmp_path: Path) -> None:
    page = tmp_path / "notebook.md"
    page.write_text("\n\n".join(texts(ENGLISH, "markdown")))
    _, mean, high = lengths(page)
    assert mean <= MEAN
    assert high <= NINE_IN_TEN


TRAINING = ("ablation", "ablation-read")
"""Cells that train two small models, each in a process of its own."""


@pytest.mark.parametrize("trains", others_slow([False, True], [0]))
def test_every_step_agrees_with_the_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], trains: bool
) -> None:
    """The cells compare what they compute with the model; what is said of the small ablation is what came out."""
    import matplotlib

    before = matplotlib.get_backend()
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    try:
        for cell in cells(ENGLISH, "code"):
            if cell["id"] in TRAINING and not trains:
                continue
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
        assert len(plt.get_fignums()) == 4
    finally:
        plt.close("all")
        matplotlib.use(before)
    assert list(tmp_path.iterdir()) == []
    printed = capsys.readouterr().out
    assert f"{names['walk'].translation}\n" in printed
    if trains:
        assert {row["finding"] for row in names["results"]} == {None, "inconclusive"}
    assert names["claim"]["verdict"] == "reproduced"


@pytest.mark.slow
@pytest.mark.parametrize("path", [ENGLISH, KOREAN], ids=lambda path: path.name)
def test_a_notebook_runs_in_jupyter(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Jupyter is installed; the kernel imports this checkout, whatever else is."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
    reason = "Jupyter is not installed: pip install '.[notebook]' installs what runs a notebook"
    nbclient = pytest.importorskip("nbclient", reason=reason)
    nbformat = pytest.importorskip("nbformat", reason=reason)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(FOLDER)}}).execute()
    walk = next(cell for cell in notebook.cells if cell["id"] == "page")
    assert "text/html" in walk["outputs"][0]["data"]
