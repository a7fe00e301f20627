"""That the other libraries, in their environment, compute the same function from the same weights."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from ablations.throughput import environment, workload
from ablations.throughput.peers import ours
from ablations.throughput.turns import PeerResult, take_turns
from ablations.throughput.workload import EOS, SIZES
from repro.decoding.beam import beam_search
from repro.models import Transformer
from repro.models.loss import label_smoothed_loss
from repro.models.masks import PAD

SIZE = SIZES["probe"]
EXTRA = 5

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def peers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The environment that REPRO_PEERS names, or one made now."""
    if environment.FOLDER_VARIABLE not in os.environ:
        folder = tmp_path_factory.mktemp("peers") / "environment"
        assert environment.main([str(folder)]) == 0
        os.environ[environment.FOLDER_VARIABLE] = str(folder)


def network(norm: str) -> Transformer:
    """This project's model with biases and gains that are drawn, so that one in the wrong place shows."""
    made = Transformer(SIZE.V, 1, N=SIZE.N, d_model=SIZE.d_model, d_ff=SIZE.d_ff, h=SIZE.h, norm=norm, P_drop=0.0)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim == 1:
                parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return made.eval()


def ran(name: str, task: str, made: Transformer, pairs: list[workload.Pairs], folder: Path, **order: Any) -> PeerResult:
    """What a peer does with this model's weights in one turn."""
    weights = {key: value.detach().numpy() for key, value in made.named_parameters()}
    workload.write(folder / "batches.npz", pairs)
    workload.write_weights(folder / "weights.npz", weights)
    about = {"size": "probe", "threads": 1, "device": "cpu", "seed": 1, "beam": 4, "extra_tokens": EXTRA}
    about = {**about, "precision": "fp32", "task": task, "files": str(folder), **order}
    (found,) = take_turns([(name, "own")], about, 1, folder)
    if found.reason == environment.why_lost(name):
        pytest.skip(found.reason)
    return found


@torch.no_grad()
def loss(made: Transformer, pairs: workload.Pairs) -> float:
    src, shifted, labels = (torch.from_numpy(ids) for ids in (pairs.src, pairs.shifted, pairs.tgt))
    real = labels != PAD
    total, _ = label_smoothed_loss(made.states(src, shifted)[real], made.output_weight(), labels[real], ours.EPS_LS)
    return float(total / real.sum())


SAME_FUNCTION = [("marian", "post"), ("joeynmt", "post"), ("fairseq", "post"), ("sockeye", "post"), ("opennmt", "pre")]


@pytest.mark.parametrize(("name", "norm"), SAME_FUNCTION)
def test_the_loss_is_the_same(name: str, norm: str, tmp_path: Path) -> None:
    pairs = workload.batches(15, 512, 2, SIZE.V, seed=1)
    made = network(norm)
    found = ran(name, "training", made, pairs, tmp_path)
    assert found.reason is None
    assert found.loss == pytest.approx(loss(made, pairs[0]), rel=1e-5)


@pytest.mark.parametrize("beam", [1, 4])
@pytest.mark.parametrize(("name", "norm"), [*SAME_FUNCTION, ("ctranslate2", "post")])
def test_translations_are_the_same(name: str, norm: str, beam: int, tmp_path: Path) -> None:
    pairs = [workload.level_sources(each, SIZE.V, seed=1) for each in workload.batches(15, 512, 2, SIZE.V, seed=1)]
    made = network(norm)
    found = ran(name, "decoding", made, pairs, tmp_path, beam=beam)
    assert found.reason is None
    for batch, theirs in zip(pairs, found.translations, strict=True):
        mine = beam_search(made, torch.from_numpy(batch.src), beam=beam, max_extra=EXTRA + 1, forbidden=(EOS,))
        assert all(len(row) == batch.src.shape[1] + EXTRA for row in theirs)
        same = sum(best[0].tokens == row for best, row in zip(mine, theirs, strict=True))
        assert same >= len(theirs) - 1  # two hypotheses may be equally good in float32


def test_x_transformers_trains_but_on_weights_of_its_own(tmp_path: Path) -> None:
    found = ran("x-transformers", "training", network("post"), workload.batches(15, 512, 1, SIZE.V, seed=1), tmp_path)
    assert found.reason is None
    assert found.loss is not None


@pytest.mark.parametrize("name", ["fairseq", "sockeye"])
def test_bf16_is_near_float32(name: str, tmp_path: Path) -> None:
    pairs = workload.batches(15, 512, 1, SIZE.V, seed=1)
    made = network("post")
    trained = ran(name, "training", made, pairs, tmp_path, precision="bf16")
    assert trained.reason is None
    assert trained.loss == pytest.approx(loss(made, pairs[0]), rel=1e-3)
    level = [workload.level_sources(each, SIZE.V, seed=1) for each in pairs]
    exact, rough = (
        ran(name, "decoding", made, level, tmp_path, beam=1, precision=precision) for precision in ("fp32", "bf16")
    )
    assert rough.reason is None
    first = [(a[0], b[0]) for a, b in zip(exact.translations[0], rough.translations[0], strict=True)]
    assert sum(a == b for a, b in first) > 0.7 * len(first)


@pytest.mark.parametrize("name", ["fairseq", "joeynmt"])
def test_a_library_without_int8_says_so(name: str, tmp_path: Path) -> None:
    pairs = workload.batches(15, 512, 1, SIZE.V, seed=1)
    found = ran(name, "decoding", network("post"), pairs, tmp_path, precision="int8")
    assert found.reason is not None
    assert found.reason.startswith("NotImplementedError: ")
    assert "no int8" in found.reason


@pytest.mark.parametrize("name", ["ctranslate2", "sockeye"])
def test_int8_finds_nearly_the_same_tokens(name: str, tmp_path: Path) -> None:
    pairs = [workload.level_sources(each, SIZE.V, seed=1) for each in workload.batches(15, 512, 1, SIZE.V, seed=1)]
    made = network("post")
    exact = ran(name, "decoding", made, pairs, tmp_path, beam=1).translations[0]
    rough = ran(name, "decoding", made, pairs, tmp_path, beam=1, precision="int8").translations[0]
    first = [(a[0], b[0]) for a, b in zip(exact, rough, strict=True)]
    assert sum(a == b for a, b in first) > 0.7 * len(first)
    assert exact != rough  # else nothing was made coarser
