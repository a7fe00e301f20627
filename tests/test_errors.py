"""What is proposed for a name that is not known."""

import pytest

from repro.errors import OTHER_NAMES, hint
from repro.training.configuration import TrainingConfiguration

GRID_KEYS = ["axes", "base", "margin", "metric", "rows", "seeds", "set", "threads", "trends"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [("axis", "axes"), ("rwos", "rows"), ("metirc", "metric"), ("sedes", "seeds"), ("trend", "trends")],
)
def test_a_misspelt_name_is_recognised(given, meant):
    assert hint(given, GRID_KEYS) == f"did you mean {meant}?"


@pytest.mark.parametrize("given", ["max_steps", "heads", "n_heads", "steps", "extends", "learning_rate"])
def test_another_word_is_no_misspelling(given):
    assert hint(given, GRID_KEYS).startswith("there are axes, base")


@pytest.fixture(scope="module")
def keys() -> list[str]:
    """The keys of a training."""
    network = [f"model.network.init_args.{each}" for each in ("N", "h", "d_k", "d_model", "d_ff", "P_drop")]
    return [*TrainingConfiguration(["--config", "model/tiny", "--config", "data/builtin"])._keys(), *network]


@pytest.mark.parametrize("name", sorted(OTHER_NAMES))
def test_names_of_other_toolkits_lead_to_keys_that_exist(keys, name):
    meant = hint(name, keys).removeprefix("did you mean ").rstrip("?")
    assert meant in keys
    assert meant.endswith(OTHER_NAMES[name])


@pytest.mark.parametrize(("given", "known"), [("layers", "layer"), ("dropout", "dropouts"), ("steps", "step")])
def test_a_name_of_another_toolkit_may_still_be_misspelt(given: str, known: str) -> None:
    assert hint(given, [known, "threads"]) == f"did you mean {known}?"


def test_the_beginning_of_one_name_suggests_it() -> None:
    names = ["pace", "positions", "preparation", "learning", "learning-exact"]
    assert hint("posit", names) == "did you mean positions?"
    assert hint("po", names).startswith("there are ")
    assert hint("learn", names).startswith("there are ")
