"""A training starts from the weights that it is given, and refuses those that do not fit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from repro.data.vocabulary import Vocabulary, learn_words
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, identity
from repro.models import Transformer
from repro.weights.checkpoint_file import record_of, write_checkpoint
from repro.weights.initial import InitialWeights, initial_weights, with_initial_sha256
from repro.weights.shipped import shipped_model

SIZES = {"N": 1, "d_model": 8, "d_ff": 16, "h": 2, "P_drop": 0.1}
VOCABULARY = learn_words(["a b c"], 64)


def network(**changes: Any) -> dict[str, Any]:
    """As a configuration describes it."""
    return {"class_path": "repro.models.Transformer", "init_args": {**SIZES, **changes}}


def digest(path: Path) -> str:
    """What a configuration says of the weights in a file."""
    sha256: str = with_initial_sha256({"initial": {"weights": str(path)}})["initial"]["sha256"]
    return sha256


class Module(nn.Module):
    """Holds a network by the name that the Lightning module gives it."""

    def __init__(self, seed: int, vocabulary: Vocabulary = VOCABULARY, **changes: Any) -> None:
        super().__init__()
        self.network = Transformer(len(vocabulary), seed, **{**SIZES, **changes})


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    content = {
        "state_dict": Module(seed=1).state_dict(),
        "repro": record_of({"model": {"network": network()}}, VOCABULARY, 5, {}),
    }
    write_checkpoint(content, tmp_path / "averaged.ckpt")
    return tmp_path / "averaged.ckpt"


def test_every_weight_is_the_checkpoint_s(checkpoint: Path) -> None:
    module = Module(seed=2)
    stored = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert not all(torch.equal(module.state_dict()[name], stored[name]) for name in stored)
    InitialWeights(str(checkpoint)).load_into(module)
    assert module.state_dict().keys() == stored.keys()
    for name, weight in module.state_dict().items():
        assert torch.equal(weight, stored[name]), name
    module.network.train()
    next(module.network.parameters()).data.zero_()  # a copy: the file's own numbers stay
    assert torch.load(checkpoint, weights_only=True)["state_dict"].keys() == stored.keys()
    InitialWeights(str(checkpoint), digest(checkpoint)).check(network())


@pytest.mark.parametrize("changes", [{}, {"P_drop": 0.3}, {"attention_dropout": 0.2}, {"d_k": None, "norm": "post"}])
def test_what_computes_the_same_function_may_start_from_it(checkpoint: Path, changes: dict[str, Any]) -> None:
    InitialWeights(str(checkpoint), digest(checkpoint)).check(network(**changes))


@pytest.mark.parametrize(("name", "value"), [("N", 2), ("d_model", 16), ("h", 4)])
def test_another_network_is_refused_by_its_argument(checkpoint: Path, name: str, value: int) -> None:
    with pytest.raises(BadInput, match=rf"with {name} {SIZES[name]}, but this configuration has {name} {value}"):
        InitialWeights(str(checkpoint)).check(network(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value", "default"),
    [("causal", False, True), ("compatibility", "additive", "dot-product"), ("norm", "pre", "post"), ("k", 5, 3)],
)
def test_an_argument_that_the_checkpoint_lacks_has_its_default_there(
    checkpoint: Path, tmp_path: Path, name: str, value: Any, default: Any
) -> None:
    InitialWeights(str(checkpoint)).check(network(**{name: default}))
    with pytest.raises(BadInput, match=rf"with {name} {default}, but this configuration has {name} {value}"):
        InitialWeights(str(checkpoint)).check(network(**{name: value}))
    content = torch.load(checkpoint, weights_only=True)
    content["repro"] = record_of({"model": {"network": network(**{name: value})}}, VOCABULARY, 5, {})
    write_checkpoint(content, tmp_path / "other.ckpt")
    with pytest.raises(BadInput, match=rf"with {name} {value}, but this configuration has {name} {default}"):
        InitialWeights(str(tmp_path / "other.ckpt")).check(network())


def test_the_size_of_a_head_may_be_named_as_it_follows_from_the_others(checkpoint: Path) -> None:
    InitialWeights(str(checkpoint)).check(network(d_k=4, d_v=4))


def test_another_kind_of_network_is_refused(checkpoint: Path) -> None:
    recurrent = {"class_path": "repro.models.RecurrentSeq2Seq", "init_args": {}}
    with pytest.raises(BadInput, match=r"class_path repro\.models\.RecurrentSeq2Seq; give the model"):
        InitialWeights(str(checkpoint)).check(recurrent)


def test_sizes_that_no_configuration_names_are_noticed_when_loading(checkpoint: Path) -> None:
    with pytest.raises(BadInput, match="weights that do not fit this network; give the model"):
        InitialWeights(str(checkpoint)).load_into(Module(seed=2, d_ff=32))


def test_another_vocabulary_is_refused_with_what_to_do(checkpoint: Path) -> None:
    other = learn_words(["a b d"], 64)  # of the same size, so that the weights would fit
    InitialWeights(str(checkpoint)).check_vocabulary(VOCABULARY)
    with pytest.raises(BadInput, match=rf"a different vocabulary .*--vocabulary-from {checkpoint}"):
        InitialWeights(str(checkpoint)).check_vocabulary(other)


def test_a_file_that_is_gone_or_has_changed_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.ckpt does not exist"):
        InitialWeights(str(tmp_path / "gone.ckpt")).check(network())
    with pytest.raises(BadInput, match=r"averaged\.ckpt does not match initial\.sha256"):
        InitialWeights(str(checkpoint), "0" * 64).check(network())


def test_weights_that_are_no_numbers_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    next(iter(content["state_dict"].values()))[0] = torch.nan
    write_checkpoint(content, tmp_path / "nan.ckpt")
    with pytest.raises(BadInput, match="not finite numbers"):
        InitialWeights(str(tmp_path / "nan.ckpt")).check(network())


@pytest.mark.parametrize("config", [{}, {"initial": None}, {"initial": {"weights": None, "sha256": None}}])
def test_random_weights_leave_a_configuration_and_its_id_as_they_are(config: dict[str, Any]) -> None:
    assert initial_weights(config) is None
    assert with_initial_sha256(config) == config
    if "initial" in config and config["initial"] is not None:
        assert Cell("m:f", {"seed": 1, **config}).id == Cell("m:f", {"seed": 1}).id


def test_an_id_follows_the_weights_and_not_their_place(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "copy.ckpt"
    copy.write_bytes(checkpoint.read_bytes())
    content = torch.load(checkpoint, weights_only=True)
    again, changed, other_words = (tmp_path / f"{name}.ckpt" for name in ("again", "changed", "other-words"))
    content["repro"]["step"] = 6  # such as when and where a file was made, which says nothing of its weights
    write_checkpoint(content, again)
    next(iter(content["state_dict"].values()))[0, 0] += 1e-3
    write_checkpoint(content, changed)
    content = torch.load(checkpoint, weights_only=True)
    content["repro"]["vocabulary_sha256"] = "0" * 64
    write_checkpoint(content, other_words)
    assert again.read_bytes() != checkpoint.read_bytes()
    ids = {}
    for path in (checkpoint, copy, again, changed, other_words):
        config = with_initial_sha256({"initial": {"weights": str(path), "sha256": None}, "seed": 1})
        assert str(tmp_path) not in str(identity(config))
        ids[path] = Cell("m:f", config).id
    assert ids[checkpoint] == ids[copy] == ids[again]
    assert len(set(ids.values())) == 3
    assert Cell("m:f", {"seed": 1}).id not in ids.values()


def test_a_file_that_is_written_anew_is_read_anew(checkpoint: Path) -> None:
    before = digest(checkpoint)
    content = torch.load(checkpoint, weights_only=True)
    next(iter(content["state_dict"].values()))[0, 0] += 1e-3
    checkpoint.unlink()
    write_checkpoint(content, checkpoint)
    assert digest(checkpoint) != before


def test_a_model_of_the_package_is_found_by_its_name_on_any_machine(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    config = with_initial_sha256({"initial": {"weights": "help", "sha256": None}})
    assert config["initial"] == {"weights": "help", "sha256": digest(shipped_model("help").weights)}
    (tmp_path / "help").write_bytes(b"a file of that name comes first")
    assert InitialWeights("help").path == Path("help")


def test_a_digest_that_is_stated_stays(checkpoint: Path) -> None:
    stated = {"initial": {"weights": str(checkpoint), "sha256": "stated"}}
    assert with_initial_sha256(stated) == stated
    gone = {"initial": {"weights": "gone.ckpt", "sha256": "stated"}}
    assert with_initial_sha256(gone) == gone
    with pytest.raises(BadInput, match=r"initial\.weights is gone\.ckpt, which is not a file; .*state its"):
        with_initial_sha256({"initial": {"weights": "gone.ckpt", "sha256": None}})
