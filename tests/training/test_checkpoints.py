"""When checkpoints are written: a check of the dev set before training leaves none, and no row of the curve."""

import torch

from repro.training import trainer_options
from repro.training.checkpoints import Checkpoints
from tests.training.runs import curve_without_time, run, weights


def test_a_check_before_training_is_no_validation(root, tmp_path, monkeypatch):
    """It is refused, but Lightning may be asked for one in Python; all checkpoints count for the average here."""
    allowed = {name: it for name, it in trainer_options.UNUSABLE.items() if name != "num_sanity_val_steps"}
    monkeypatch.setattr(trainer_options, "UNUSABLE", allowed)
    saved = []

    def saving(self, trainer, *kind, save=Checkpoints.save):
        saved.append(trainer.global_step)
        save(self, trainer, *kind)

    monkeypatch.setattr(Checkpoints, "save", saving)
    all_count = {"--checkpoints.average": 9}
    for steps in (0, 2):
        run(root, tmp_path / str(steps), {**all_count, "--trainer.num_sanity_val_steps": steps})
    assert saved == [3, 6, 9, 12] * 2
    attempts = [tmp_path / str(steps) / "attempt-1" for steps in (0, 2)]
    assert curve_without_time(attempts[0]) == curve_without_time(attempts[1])
    one, other = map(weights, attempts)
    assert all(torch.equal(one[name], other[name]) for name in one)
