import pytest
import torch

from repro.errors import BadInput
from repro.weights.averaging import average
from repro.weights.checkpoint_file import read_checkpoint, write_average, write_checkpoint


def states(count=5, tied=True):
    generator = torch.Generator().manual_seed(1)
    for _ in range(count):
        embedding = torch.randn(7, 3, generator=generator)
        output = embedding if tied else embedding.clone()
        yield {"embedding": embedding, "output": output, "norm": torch.randn(3, generator=generator)}


def test_the_mean_of_each_parameter():
    given = list(states())
    mean = average(given)
    for name in ("embedding", "output", "norm"):
        expected = sum(state[name].double() for state in given) / 5
        torch.testing.assert_close(mean[name], expected.float(), rtol=0, atol=0)


def test_tied_tensors_stay_one_and_untied_ones_two():
    mean = average(states())
    assert mean["embedding"].data_ptr() == mean["output"].data_ptr()
    mean = average(states(tied=False))
    assert mean["embedding"].data_ptr() != mean["output"].data_ptr()
    torch.testing.assert_close(mean["embedding"], mean["output"])


def test_two_views_of_one_storage_are_two_parameters():
    both = torch.arange(8.0)
    mean = average([{"low": both[:4], "high": both[4:]}, {"low": both[:4], "high": both[4:]}])
    assert mean["low"].tolist() == [0, 1, 2, 3]
    assert mean["high"].tolist() == [4, 5, 6, 7]


def test_small_differences_of_large_numbers_survive():
    """In float32 the sum of 20 such numbers would have lost the last digits."""
    values = [1.0 + i * 2.0**-23 for i in range(20)]
    mean = average({"w": torch.tensor([value])} for value in values)
    assert mean["w"].item() == torch.tensor(sum(values) / 20, dtype=torch.float32).item()


def test_types_are_kept():
    mean = average([{"w": torch.ones(2, dtype=torch.bfloat16), "n": torch.tensor(4)}] * 2)
    assert (mean["w"].dtype, mean["n"].dtype) == (torch.bfloat16, torch.int64)


def test_other_parameters_are_refused():
    with pytest.raises(ValueError, match="different parameters"):
        average([{"a": torch.ones(1)}, {"b": torch.ones(1)}])
    with pytest.raises(ValueError, match="no checkpoint"):
        average([])


def test_the_average_of_files_keeps_ties_and_says_what_it_is_of(tmp_path):
    paths = []
    for i, state in enumerate(states(3)):
        paths.append(tmp_path / f"step-{i}.ckpt")
        write_checkpoint({"state_dict": state, "optimizer_states": [1], "repro": {"format": 1, "step": i}}, paths[-1])
    write_average(paths, tmp_path / "averaged.ckpt")
    content = read_checkpoint(tmp_path / "averaged.ckpt")
    assert content.keys() == {"state_dict", "repro"}
    assert content["repro"] == {"format": 1, "step": 2, "averaged": [path.name for path in paths]}
    state = content["state_dict"]
    assert state["embedding"].data_ptr() == state["output"].data_ptr()
    expected = average(states(3))
    assert all(torch.equal(state[name], expected[name]) for name in expected)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.ckpt does not exist"):
        write_average([tmp_path / "gone.ckpt"], tmp_path / "averaged.ckpt")
    assert list(tmp_path.iterdir()) == []
