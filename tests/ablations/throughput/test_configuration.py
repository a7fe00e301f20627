"""What a cell's configuration may not be, in one sentence each."""

import pytest

from ablations.throughput import check_measure
from repro.errors import BadInput
from tests.ablations.throughput.test_measurements import CONFIG


def test_a_folder_without_the_other_libraries_is_refused_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_PEERS", str(tmp_path / "peers"))
    check_measure(CONFIG)
    with pytest.raises(BadInput, match="REPRO_PEERS is"):
        check_measure({**CONFIG, "contenders": ["ours", "marian"]})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": ["training"]}, "task is ['training'], which is unknown"),
        ({"task": "trainig"}, "task is 'trainig', which is unknown; did you mean training"),
        (
            {"contenders": ["ours", "tensor2tensor"]},
            "contenders is 'tensor2tensor', which is unknown; there are ours",
        ),
        ({"contenders": []}, "contenders is []; it must be a list"),
        ({"contenders": ["ours", "ours"]}, "list each once"),
        ({"turns": 0}, "turns is 0; it must be a whole number of at least 1"),
        ({"tokens": 100}, "the longest sentence has 100 words"),
        ({"precision": "int8"}, "not for training"),
        ({"beams": 4}, "beams is not a key of this experiment; did you mean beam"),
    ],
)
def test_bad_configurations_are_one_sentence(changes, message):
    with pytest.raises(BadInput) as error:
        check_measure({**CONFIG, **changes})
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_key_is_named():
    with pytest.raises(BadInput, match="beam is missing"):
        check_measure({key: value for key, value in CONFIG.items() if key != "beam"})
