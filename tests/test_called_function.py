"""What a cell may call, and what is found beside it."""

import re
import signal
import sys

import pytest

from repro.called_function import asked, beside, called_function
from repro.errors import BadInput
from repro.outcome import Outcome
from tests.ledger import functions


def words(config, directory) -> "Outcome":
    """Its annotation is text, as it is behind `from __future__ import annotations`."""
    return Outcome({})


def other(config, directory) -> dict[str, int]:
    """Returns something else."""
    return {}


def test_a_function_that_returns_an_outcome_is_found():
    assert called_function("tests.ledger.functions:count") is functions.count
    assert called_function("tests.test_called_function:words") is words


@pytest.mark.parametrize("named", ["builtins:print", "os:system", "os:path", "tests.test_called_function:other"])
def test_any_other_function_is_refused(named):
    with pytest.raises(BadInput, match=f"function '{named}' is not declared to return an Outcome; give one that is"):
        called_function(named)


@pytest.mark.parametrize("named", ["../x", "../x:y", ".x:y", "", ":", "nowhere", "os:nothing", "os:", "os"])
def test_what_is_no_function_is_refused_and_has_nothing_beside_it(named):
    with pytest.raises(BadInput, match=rf"function '{re.escape(named)}' cannot be called \(.*; give one as "):
        called_function(named)
    assert beside(named, "metrics") is None


@pytest.mark.parametrize("named", ["nowhere:f", "nowhere.inside:f"])
def test_a_module_that_is_not_found_may_be_in_a_folder_to_be_named(named):
    with pytest.raises(
        BadInput, match=r"\(No module named 'nowhere'\); put the folder that holds nowhere into PYTHONPATH"
    ):
        called_function(named)


def test_a_module_that_lacks_another_one_is_found_all_right(tmp_path, monkeypatch):
    (tmp_path / "lacks_another.py").write_text("import nowhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match=r"\(No module named 'nowhere'\); give one as module:name"):
        called_function("lacks_another:f")


def test_what_stands_beside_a_function_is_found():
    assert beside("tests.ledger.functions:steps", "check") is functions.check_steps
    assert beside("tests.ledger.functions:count", "check") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "SyntaxError"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("nothing.here\n", "NameError: name 'nothing' is not defined"),
        ("{}['a']\n", "KeyError: 'a'"),
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_the_reason(tmp_path, monkeypatch, text, said):
    (tmp_path / "broken_at_import.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match=rf"'broken_at_import:f' cannot be called \(.*{re.escape(said)}"):
        called_function("broken_at_import:f")
    with pytest.raises(BadInput, match=rf"the module broken_at_import cannot be imported \(.*{re.escape(said)}"):
        beside("broken_at_import:f", "metrics")


def metrics_words(config):
    """Yields one by one, and asks a number of the configuration."""
    yield config["steps"] + 1


def test_what_is_asked_beside_a_function_is_a_list_or_a_refusal():
    named = "tests.test_called_function:words"
    assert asked(named, "metrics", {"steps": 2}) == [3]
    assert asked(named, "limits", {}) is None
    with pytest.raises(BadInput, match=r"words cannot use a value of its configuration \(TypeError: .*\); check what"):
        asked(named, "metrics", {"steps": "two"})


def test_a_signal_waits_until_the_module_is_imported(tmp_path, monkeypatch):
    """An interrupted import of a large library may fail with any other error."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "interrupted_module.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhole = True\n"
        "from tests.ledger.functions import says as work\n"
    )
    with pytest.raises(KeyboardInterrupt):
        called_function("interrupted_module:work")
    assert sys.modules["interrupted_module"].whole
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
