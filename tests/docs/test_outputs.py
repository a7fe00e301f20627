"""What the documents show as a command's output is what it prints, and their Python runs."""

import os
import shlex
from pathlib import Path

import pytest

from ablations.cli import main as ablate
from reports.cli import main as report
from tests.docs.pages import PAGES, ROOT, Block, blocks, project_path
from tests.representatives import others_slow

CONSOLE = [(page, block) for page in PAGES for block in blocks(page) if block.language == "console"]
PYTHON = {page: [block.text for block in blocks(page) if block.language == "python"] for page in PAGES}


def named(cases: list[tuple[Path, Block]]) -> list[object]:
    return [pytest.param(block.text, id=f"{project_path(page)}: {block.text.splitlines()[0]}") for page, block in cases]


@pytest.mark.parametrize("text", named(CONSOLE))
def test_a_shown_table_is_that_of_the_published_records(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each shown line is printed, in this order; a line of three dots stands for some that are left out."""
    monkeypatch.chdir(ROOT)
    first, *shown = text.splitlines()
    words = shlex.split(first.removeprefix("$ "))
    if words[0] == "report":
        assert report(words[1:]) in (0, 1)
    else:
        assert words[:2] == ["ablate", "show"]
        assert ablate([*words[1:], "--out", str(tmp_path)]) in (0, 1)
    printed = iter(line.rstrip() for line in capsys.readouterr().out.splitlines())
    for line in shown:
        if line != "...":
            assert line.rstrip() in printed, line


TRAINING = ("record = repro.train(", "objects = repro.lightning(")
"""How blocks begin that train, or prepare data to train on."""


@pytest.mark.parametrize("trains", others_slow([False, True], [0], ["quickly", "whole"]))
@pytest.mark.parametrize("page", [page for page, found in PYTHON.items() if found], ids=project_path)
def test_python_runs(page: Path, trains: bool, monkeypatch: pytest.MonkeyPatch, a_model: Path) -> None:
    """The blocks of a page one after another, as a reader would, in a folder whose runs/ hold one small model.

    By default without trainings, of which tests/interface has a smaller one.
    """
    monkeypatch.chdir(a_model)
    names: dict[str, object] = {}
    for text in PYTHON[page]:
        if not trains and any(begin in text for begin in TRAINING):
            continue
        exec(compile(text, project_path(page), "exec"), names)


@pytest.fixture(scope="module")
def a_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from repro.data.vocabulary import learn_bpe
    from repro.models import Transformer
    from repro.weights.checkpoint_file import record_of, write_checkpoint

    vocabulary = learn_bpe(["The dog sees a cat.", "Der Hund sieht eine Katze."] * 20, 300)
    sizes = {"N": 1, "d_model": 8, "d_ff": 8, "h": 2}
    network = Transformer(len(vocabulary), 1, **sizes)
    config = {"model": {"network": {"class_path": "repro.models.Transformer", "init_args": sizes}}}
    folder = tmp_path_factory.mktemp("docs")
    path = folder / "runs" / "one" / "attempt-1" / "averaged.ckpt"
    os.makedirs(path.parent)
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    write_checkpoint({"state_dict": state, "repro": record_of(config, vocabulary, 1, {})}, path)
    return folder
