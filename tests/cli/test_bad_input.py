"""Bad input: one clear sentence on stderr, exit status 2, and not a file or folder more than before."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.cli.conftest import TINY, Said

PROGRESS = ("learning a vocabulary", "suite builtin: ", "[1/")
"""How the lines begin that say what is being done, before it turns out that it cannot be."""


@pytest.fixture
def refused(repro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command in an empty folder, and returns the sentence with which it is refused."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def run(*arguments: object) -> str:
        before = everything(tmp_path)
        said: Said = repro(*arguments)
        lines = [line for line in said.err.rstrip("\n").split("\n") if not line.startswith(PROGRESS)]
        assert said.status == 2, said
        assert said.out == ""
        assert len(lines) == 1, said.err
        assert lines[0].startswith("repro: ")
        assert len(lines[0]) < 450
        assert everything(tmp_path) == before
        return lines[0]

    return run


def everything(folder: Path) -> dict[Path, bytes]:
    """All there is under a folder, with its content."""
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@pytest.fixture
def corpus(parallel) -> str:
    """A good entry of `--train`."""
    return parallel("good", b"the dog sees a cat\n" * 50, b"der Hund sieht eine Katze\n" * 50)


# --- options ---


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--modle", "x"], "no option --modle; did you mean --model?"),
        (["--data.vocab_size", "300"], "no option --data.vocab_size; did you mean --data.vocabulary.size?"),
        (["--batch_size", "64"], "no option --batch_size; did you mean --data.tokens?"),
        (["--trainer.max_stepz", "3"], "no option --trainer.max_stepz; did you mean --trainer.max_steps?"),
        (["--model.network.init_args.hh", "3"], "no option model.network.init_args.hh; did you mean"),
        (["--trainer.max_steps", "abc"], "trainer.max_steps is 'abc'; it must be a whole number"),
        (["--trainer.max_steps"], "--trainer.max_steps has no value"),
        (["--data.vocabulary.size", "many"], "data.vocabulary.size is 'many'; it must be a whole number"),
        (["--model.network.init_args.norm", "pst"], "init_args.norm is 'pst'; it must be one of post, pre"),
        (["--decoding.length_penalty", "foo"], "it must be one of gnmt, length, none"),
        (["--data.builtin.train", "0"], "train is 0; give at least 1 sentence"),
        (["--config", "model/tny"], "config model/tny is neither a file nor a preset; did you mean model/tiny?"),
        (["--config", "nowhere/at-all.yaml"], "the presets are data/{builtin,"),
        (["stray"], "'stray' is not understood"),
        (["--model.network.init_args.h", "3"], "d_model 16 is not divisible by h 3; give d_k and d_v"),
        (["--model.network.init_args.N", "0"], "N is 0"),
        (
            ["--model.network.class_path", "repro.models.Transfomer"],
            "repro.models.Transfomer, which cannot be imported",
        ),
        (["--trainer.accelerator", "abacus"], "abacus"),
        (["--trainer.max_steps", "0"], "trainer.max_steps is 0; it must be at least 1, or -1"),
        (["--trainer.max_steps", "-1"], "training would never end; give --trainer.max_steps"),
        (["--decoding.beam", "0"], "decoding.beam is 0; it must be at least 1"),
        (["--decoding.alpha", ".nan"], "decoding.alpha is nan; it must be between -10 and 10"),
        (["--decoding.splits", "[nosuch]"], "has no split 'nosuch', only train, dev, test"),
        (["--model.network.init_args.P_drop", "7"], "P_drop is 7.0; it must be at least 0 and less than 1"),
        (["--model.warmup", "0"], "model.warmup is 0; it must be at least 1"),
        (["--threads", "-3"], "threads is -3; it must be at least 0"),
        (["--seed_everything", "true"], "must be a whole number"),
        (["--seed_everything", "-1"], "seed_everything is -1; it must be from 0 to 4294967295"),
        (
            ["--trainer.max_time", "soon"],
            "trainer.max_time is 'soon'; give days, hours, minutes and seconds, such as 00:00:20:00",
        ),
        (["--checkpoints.every_n_steps", "0"], "checkpoints.every_n_steps is 0; it must be at least 1"),
        (["--checkpoints.every_minutes", "0"], "checkpoints.every_minutes is 0.0; it must be above 0, or null"),
        (["--checkpoints.average", "0"], "checkpoints.average is 0; it must be at least 1"),
        (["--trainer.log_every_n_steps", "0"], "trainer.log_every_n_steps is 0; it must be at least 1"),
        (
            ["--trainer.precision", "16-mixed"],
            "precision is 16-mixed, which scales gradients and is not supported",
        ),
        (["--trainer.precision", "16"], "precision is 16, which scales gradients and is not supported"),
        (
            ["--trainer.gradient_clip_algorithm", "value"],
            "gradient_clip_algorithm is value, but gradients are clipped by",
        ),
        (["--trainer.max_epochs", "3"], "trainer.max_epochs is 3, but training has no epochs; give trainer.max_steps"),
        (["--epochs", "3"], "no option --epochs; did you mean --trainer.max_steps?"),
        (["--trainer.callbacks+=Timer"], "trainer.callbacks is given, but a run has its own; give yours in Python"),
        (
            ["--checkpoint", "old.ckpt"],
            "is not for training; to start from its weights, give --initial.weights old.ckpt",
        ),
        (["--model.peak_learning_rate", "0"], "model.peak_learning_rate is 0.0; it must be above 0, or null"),
        (["--decoding.unaveraged", "[tset]"], "decoding.unaveraged names 'tset', which is not a split of the corpus"),
        (["--decoding.splits", "[train]"], "decoding.splits names train, whose text is not kept"),
        (["--data.languages", "[de, en]"], "languages is de, en, but the corpus builtin is from en to de; leave"),
        (
            ["--model.network.init_args.compatibility", "additive", "--model.network.init_args.scale", "none"],
            "scale is none, but compatibility is additive and has no dot products to scale; leave scale at 1/sqrt(d_k)",
        ),
        (["--data.builtin.test_words", "5"], "test_words is 5; give 13 to 100, or none"),
    ],
)
def test_options_of_fit(refused, options: list[str], sentence: str) -> None:
    assert sentence in refused("fit", *TINY, *options)


def test_fit_without_a_model(refused) -> None:
    assert "model.network is missing; choose one with --config" in refused("fit")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("trainer:\n  max_stepz: 3\n", "no option trainer.max_stepz; did you mean trainer.max_steps?"),
        ("trainer:\n  max_steps: [a\n", "is not YAML in line 3"),
        ("just text", "must hold keys and values"),
        ("trainer:\n  max_steps: many\n", "trainer.max_steps is 'many'"),
    ],
)
def test_config_files(refused, tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "mine.yaml").write_text(content)
    assert sentence in refused("fit", *TINY, "--config", tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ft"], "there is no command 'ft'; did you mean fit?"),
        (["dance"], "there is no command 'dance'; the commands are suite,"),
        ([], "name a command"),
        (["--colour"], "there is no option --colour"),
        (["suite"], "--scale"),
        (
            ["suite", "--scale", "builtin", "--job", "2"],
            "there is no option --job; did you mean --jobs?",
        ),
        (["suite", "--scael", "builtin"], "there is no option --scael; did you mean --scale?"),
        (["suite", "--scael=builtin"], "there is no option --scael=builtin; did you mean --scale?"),
        (["suite", "--scale", "builtin", "--jobs", "two"], "argument --jobs: 'two' is not a whole number"),
        (["score", "a", "b", "--json", "c"], "'c' is one argument too many"),
        (["score", "a", "b", "--trials", "9"], "--trials compares several files of translations; give a second one"),
        (["score", "a", "b", "--test", "randomisation"], "--test compares several files of translations"),
        (["score", "a", "b", "c", "--resamples", "9"], "--resamples is for one file, or for --test randomisation"),
        (["score", "a", "b", "c", "--test", "sign"], "invalid choice: 'sign'"),
        (["score", "a", "b", "c", "--trials", "0"], "0 is too small; give at least 1"),
        (["score", "a", "b", "c", "--json", "--format", "csv"], "not allowed with argument --json"),
        (["suite", "--scale", "galactic"], "there is no scale 'galactic'; there are ag-news"),
        (["prepare"], "name a corpus"),
        (["prepare", "multi30"], "there is no corpus 'multi30'; did you mean multi30k?"),
        (["prepare", "builtin", "--jobs", "0"], "0 is too small; give at least 1"),
        (["prepare", "builtin", "--languages", "de,en"], "languages is de, en, but the corpus builtin is"),
        (["prepare", "builtin", "--tokens", "100"], "batches of 100 tokens cannot hold sentences of 256"),
        (["score", "only-one"], "REF"),
        (["score", "a", "b", "--resamples", "-1"], "-1 is too small"),
        (["score", "a", "b", "--resamples", "3", "--nothing"], "no option --nothing"),
        (["upload", "nowhere"], "nowhere"),
        (["validate"], "give --checkpoint FILE, or --out DIR"),
        (["test", "--out", "nowhere"], "nowhere holds no finished run"),
        (["predict", "--checkpoint", "nowhere.ckpt"], "checkpoint nowhere.ckpt does not exist"),
        (["predict", "--checkpoint", "."], "checkpoint . is a folder without averaged.ckpt"),
        (["translate", "--checkpoint", "."], "checkpoint . is a folder without averaged.ckpt"),
        (["prepare", "builtin", "--jobs", "010"], "010 may be read as octal"),
        (["suite", "--seeds", "01"], "01 has a number that may be read as octal"),
        (["predict", "--checkpoint"], "--checkpoint has no value"),
        (["translate", "--checkpoint", "nowhere.ckpt"], "checkpoint nowhere.ckpt does not exist"),
        (["translate", "--checkpoint", "x", "--beam", "-1"], "-1 is too small; give at least 1"),
        (["translate", "--checkpoint", "x", "--beam", "four"], "'four' is not a whole number"),
        (["translate", "--checkpoint", "x", "--n-best", "5"], "--n-best 5 is more than --beam 4"),
        (["translate", "--checkpoint", "x", "--device", "abacus"], "--device abacus is unknown"),
    ],
)
def test_other_commands(refused, arguments: list[str], sentence: str) -> None:
    assert sentence in refused(*arguments)


# --- text ---


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        (b"one\ntwo\n", b"eins\n", r"good\.en.*2.*good\.de.*1|good\.de.*1.*good\.en.*2"),
        (b"", b"", r"is empty"),
        (b"one\n\xff\n", b"eins\nzwei\n", r"good\.en, line 2: .*not valid UTF-8"),
        (
            b"a b\n" * 9,
            b"c d\n" * 9,
            r"5,000 pieces is more than .* so lower data\.vocabulary\.size \(`repro prepare`: --vocabulary-size\); "
            r"the largest possible is \d+",
        ),
        (b"\n\n", b"\n\n", r"no training pair"),
    ],
)
@pytest.mark.parametrize("command", ["prepare", pytest.param("fit", marks=pytest.mark.slow)])
def test_files(refused, parallel, command: str, source: bytes, target: bytes, sentence: str) -> None:
    entry = parallel("good", source, target)
    if command == "prepare":
        said = refused("prepare", "mine", "--languages", "en,de", "--train", entry, "--vocabulary-size", 5000)
    else:
        dev = parallel("dev", b"x\n", b"y\n")
        said = refused("fit", *TINY, *own(entry, dev), "--data.vocabulary.kind", "bpe", "--data.vocabulary.size", 5000)
    assert re.search(sentence, said), said


def own(train: str, dev: str) -> list[str]:
    """Options of `fit` for files of one's own."""
    return [
        *("--data.corpus", "mine", "--data.languages", "[en,de]"),
        *("--data.train", f'["{train}"]', "--data.dev", f'["{dev}"]', "--data.test", f'["{dev}"]'),
    ]


def test_a_missing_split_is_noticed_before_training(refused, corpus: str) -> None:
    mine = ["--data.corpus", "mine", "--data.languages", "[en,de]", "--data.train", f'["{corpus}"]']
    assert "has no split 'dev', only train; give data.dev" in refused("fit", *TINY, *mine)
    said = refused("fit", *TINY, *mine, "--data.dev", f'["{corpus}"]')
    assert "has no split 'test', only train, dev; give data.test, or change decoding.splits" in said


def test_files_that_are_not_there(refused, corpus: str, tmp_path: Path) -> None:
    assert "gone.en does not exist" in refused("prepare", "mine", "--languages", "en,de", "--train", "gone.en,gone.de")
    assert "languages" in refused("prepare", "mine", "--train", corpus)
    assert "train is missing" in refused("prepare", "mine", "--languages", "en,de", "--test", corpus)
    source = corpus.split(",")[0]
    assert f"{tmp_path}/gone" in refused("score", tmp_path / "gone", source)
    assert f"{tmp_path}/gone" in refused("score", source, tmp_path / "gone")


def test_score_of_unequal_empty_and_undecodable_files(refused, tmp_path: Path) -> None:
    for name, data in {"two": b"a\nb\n", "one": b"a\n", "none": b"", "latin": b"a\n\xe4\n"}.items():
        (tmp_path / name).write_bytes(data)
    assert "two has 2 lines but" in refused("score", tmp_path / "two", tmp_path / "one")
    assert "none is empty" in refused("score", tmp_path / "none", tmp_path / "one")
    assert "latin, line 2" in refused("score", tmp_path / "two", tmp_path / "latin")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("model: {}\n", "mine.yaml has no keys below data; add some, as the preset data/multi30k has"),
        ("data: 5\n", "mine.yaml has no keys below data"),
        ("data: {tokns: 5}\n", "mine.yaml: there is no key data.tokns; did you mean data.tokens?"),
        ("data: {vocabulary: {sise: 5}}\n", "there is no key data.vocabulary.sise; did you mean data.vocabulary.size?"),
        ("data: {builtin: {trian: 5}}\n", "there is no key data.builtin.trian; did you mean data.builtin.train?"),
        ("data: {max_length: long}\n", "mine.yaml: data.max_length is 'long'; it must be a whole number"),
        ("data: {tokens: many}\n", "mine.yaml: data.tokens is 'many'; it must be a whole number"),
        ("data: {share: 5}\n", "data.share is 5; it must be above 0 and at most 1"),
    ],
)
def test_a_broken_preset_of_one_s_own(refused, content: str, sentence: str) -> None:
    Path("presets/data").mkdir(parents=True)
    Path("presets/data/mine.yaml").write_text(content)
    assert sentence in refused("prepare", "mine")


def test_a_preset_of_one_s_own_that_is_no_text(refused) -> None:
    Path("presets/data").mkdir(parents=True)
    Path("presets/data/mine.yaml").write_bytes(b"# \xe4\ndata: {}\n")
    assert "presets/data/mine.yaml is not UTF-8; convert it" in refused("prepare", "--list")


def test_a_preset_without_its_folder(refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPRO_DATA", raising=False)
    wanted = "put multi30k/train.en, .* into a folder and set REPRO_DATA to that folder"
    assert re.search(wanted, refused("prepare", "multi30k"))
    assert re.search(wanted, refused("fit", *TINY, "--config", "data/multi30k"))
    monkeypatch.setenv("REPRO_DATA", "/no/such/folder")
    assert "REPRO_DATA is /no/such/folder, which is not a folder" in refused("prepare", "multi30k")


# --- checkpoints ---


class _Trap:
    """Unpickled, it makes a folder."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, ("sprung",)


@pytest.mark.parametrize("command", ["translate", "validate"])
def test_foreign_and_truncated_checkpoints(refused, command: str, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "truncated.ckpt").write_bytes(checkpoint.read_bytes()[:-1000])
    (tmp_path / "text.ckpt").write_text("no checkpoint")
    (tmp_path / "empty.ckpt").write_bytes(b"")
    (tmp_path / "pickle.ckpt").write_bytes(pickle.dumps(_Trap()))
    torch.save({"state_dict": _Trap()}, tmp_path / "trap.ckpt")
    torch.save({"state_dict": {}}, tmp_path / "foreign.ckpt")
    torch.save([1], tmp_path / "list.ckpt")
    torch.save({"repro": 3}, tmp_path / "odd.ckpt")
    text = tmp_path / "text"
    text.write_text("a\n")
    for name in ("truncated", "text", "empty", "pickle", "trap", "foreign", "list", "odd"):
        path = tmp_path / f"{name}.ckpt"
        said = refused(command, *([text] if command == "translate" else []), "--checkpoint", path)
        assert f"checkpoint {path} " in said, name
    assert not Path("sprung").exists()


def test_a_checkpoint_of_another_vocabulary(refused, finished: Path, checkpoint: Path, repro, tmp_path: Path) -> None:
    options = ("--data.root", tmp_path / "stores", "--data.vocabulary.kind", "bpe", "--data.vocabulary.size", 290)
    repro("validate", "--checkpoint", checkpoint, *options)  # prepares the other data, which is no fault
    said = refused("validate", "--checkpoint", checkpoint, *options)
    assert "was trained with a different vocabulary" in said


def test_a_checkpoint_of_other_sizes(refused, finished: Path, checkpoint: Path) -> None:
    root = finished / "prepared"
    options = ("--data.root", root, "--model.network.init_args.d_model", 32)
    assert "sizes differ from the options'" in refused("validate", "--checkpoint", checkpoint, *options)


@pytest.mark.parametrize("wrong", [{"decoding": 5}, {"model": None}, {"data": {"tokens": torch.ones(1)}}, {"odd": 1}])
def test_a_checkpoint_with_another_configuration(refused, checkpoint: Path, tmp_path: Path, wrong) -> None:
    content = torch.load(checkpoint, weights_only=True)
    content["repro"]["config"].update(wrong)
    torch.save(content, tmp_path / "odd.ckpt")
    said = refused("validate", "--checkpoint", tmp_path / "odd.ckpt")
    assert f"checkpoint {tmp_path / 'odd.ckpt'} holds no configuration of this project (" in said


def test_translate_of_bad_text(refused, checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"ok\n\xe4\n")
    (tmp_path / "none").write_bytes(b"")
    common = ("--checkpoint", checkpoint, "--threads", 1)
    assert "latin, line 2" in refused("translate", tmp_path / "latin", *common)
    assert "none is empty" in refused("translate", tmp_path / "none", *common)
    assert "gone does not exist" in refused("translate", tmp_path / "gone", *common)
    assert "is a folder" in refused("translate", tmp_path, *common)


# --- places to write to ---


def test_places_that_cannot_be_written(refused, corpus: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert f"{file}" in refused("fit", *TINY, "--out", file / "run")
    assert f"{file}" in refused("fit", *TINY, "--out", file)
    assert f"{file}" in refused("fit", *TINY, "--data.root", file / "stores")
    own_files = ("prepare", "mine", "--languages", "en,de", "--train", corpus, "--vocabulary-size", 290)
    assert f"{file}" in refused(*own_files, "--root", file / "stores")
    assert f"{file}" in refused("suite", "--scale", "builtin", "--out", file / "runs")


def test_an_empty_directory_is_looked_at_like_none_and_stays_empty(refused, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    said = refused("fit", *TINY, "--decoding.splits", "[nosuch]", "--out", tmp_path / "mine")
    assert "has no split 'nosuch'" in said


def test_a_directory_that_holds_another_run(refused, finished: Path, tmp_path: Path) -> None:
    before = everything(finished)
    said = refused("fit", *TINY, "--seed_everything", 2, "--out", finished / "run")
    assert f"{finished / 'run'} holds another run" in said
    assert "seed_everything is 1 there and 2 here" in said
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    assert "holds files that are not of a run" in refused("fit", *TINY, "--out", tmp_path / "photos")
    assert everything(finished) == before
