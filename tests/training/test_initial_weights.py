"""A whole training that starts from the weights of another one."""

import pytest
import torch

from repro.errors import BadInput
from repro.training.configuration import TrainingConfiguration
from repro.training.configuration_checks import check_training
from repro.weights.initial import with_initial_sha256
from tests.training.kills import at_update, killed, undisturbed
from tests.training.runs import assert_equal_runs, command_line, plain_config, run, weights

STANDING = {"--model.peak_learning_rate": 1e-12, "--trainer.max_steps": 3}
"""So small a rate that no weight moves."""


def started_from(root, more=None):
    """Options that start from the undisturbed run's weights."""
    return {"--initial.weights": undisturbed(root, "plain") / "attempt-1" / "averaged.ckpt", **(more or {})}


def test_the_first_update_is_made_from_the_weights_that_were_given(root, tmp_path):
    before = weights(undisturbed(root, "plain") / "attempt-1")
    record = run(root, tmp_path / "run", started_from(root, STANDING))
    after = weights(tmp_path / "run" / "attempt-1")
    assert before.keys() == after.keys()
    for name in before:
        torch.testing.assert_close(after[name], before[name], rtol=0, atol=1e-7)
    # The same weights have the same loss; random ones have that of a guess.
    averaged = run(root, undisturbed(root, "plain")).metrics["dev.nll.averaged"]["value"]
    assert record.metrics["dev.nll"]["value"] == pytest.approx(averaged, abs=1e-5)
    random = run(root, tmp_path / "random", STANDING)
    assert abs(random.metrics["dev.nll"]["value"] - averaged) > 0.1


def test_optimiser_schedule_and_data_begin_anew(root, tmp_path):
    """With the weights of its own seed a run is the one that starts at random, to the last bit."""
    from repro.weights.checkpoint_file import read_checkpoint, write_checkpoint

    module = TrainingConfiguration(command_line(root))
    module.build({"logger": False})
    content = read_checkpoint(undisturbed(root, "plain") / "attempt-1" / "averaged.ckpt")
    module.model.build(len(content["state_dict"]["network.embedding.weight"]))
    write_checkpoint({**content, "state_dict": module.model.state_dict()}, tmp_path / "random.ckpt")
    run(root, tmp_path / "run", {"--initial.weights": tmp_path / "random.ckpt"})
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_killed_run_goes_on_without_the_file_that_it_started_from(root, tmp_path):
    copy = tmp_path / "start.ckpt"
    copy.write_bytes((undisturbed(root, "plain") / "attempt-1" / "averaged.ckpt").read_bytes())
    changes = {"--initial.weights": copy}
    run(root, tmp_path / "whole", changes)
    killed(root, tmp_path / "run", changes, at_update(8))
    copy.unlink()
    run(root, tmp_path / "run", changes)
    assert_equal_runs(tmp_path / "whole", tmp_path / "run")


def test_weights_that_were_changed_since_the_cell_was_planned_are_refused(root, tmp_path):
    """Or its record would name others than those it started from."""
    changes = started_from(root, STANDING)
    with pytest.raises(BadInput, match=r"does not match initial\.sha256"):
        run(root, tmp_path / "run", changes, initial={"sha256": "0" * 64})
    planned = with_initial_sha256(plain_config(root, changes))["initial"]["sha256"]
    assert run(root, tmp_path / "same", changes, initial={"sha256": planned}).status == "done"


def test_what_does_not_fit_is_refused_before_training(root):
    config = plain_config(root, started_from(root, {"--model.network.init_args.N": 2}))
    with pytest.raises(BadInput, match="with N 1, but this configuration has N 2"):
        check_training(config)
    with pytest.raises(BadInput, match=r"nowhere\.ckpt does not exist"):
        check_training(plain_config(root, {"--initial.weights": "nowhere.ckpt"}))


def test_a_given_vocabulary_that_is_not_there_is_refused_before_training(root):
    config = plain_config(root, {"--data.vocabulary.file": "gone.model"})
    with pytest.raises(BadInput, match=r"data\.vocabulary\.file is gone\.model, which is not a file"):
        check_training(config)
