"""A small Transformer must learn to copy and to reverse: what it gets wrong, no loss curve would show."""

import pytest

from tests.training.runs import run

SEEDS = (1, 2, 3, 4, 5)
LEARNER = {
    "--data.builtin.train": 20_000,
    "--data.builtin.dev": 100,
    "--data.builtin.test": 500,
    "--data.tokens": 768,
    "--model.network.init_args.N": 2,
    "--model.network.init_args.d_model": 64,
    "--model.network.init_args.d_ff": 128,
    "--model.network.init_args.h": 4,
    "--model.network.init_args.P_drop": 0.0,
    "--model.eps_ls": 0.0,
    "--model.peak_learning_rate": 0.003,
    "--model.warmup": 200,
    "--trainer.max_steps": 2400,
    "--trainer.val_check_interval": 400,
    "--trainer.log_every_n_steps": 100,
    "--checkpoints.every_n_steps": 20,
    "--checkpoints.average": 5,
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("probe", ["copy", "reverse"])
def test_it_learns(tmp_path_factory, probe, seed):
    root = tmp_path_factory.getbasetemp()  # the data is prepared once
    changes = {**LEARNER, "--data.builtin.probe": probe, "--seed_everything": seed}
    record = run(root, root / f"{probe}-{seed}", changes)
    right = record.metrics["test.exact_match"]["value"]
    print(f"{probe}, seed {seed}: {right:.1f}% right after {record.metrics['train.seconds']['value']:.0f} s")
    assert right >= 99.0
