"""From files of one's own to a first translation in three commands, and the preset that stays."""

import json
import shlex
from pathlib import Path

import pytest

from repro.cli import own_preset
from repro.data.vocabulary import VocabularySettings
from repro.errors import BadInput
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.presets import own_preset_names, own_preset_path, preset_path, read_yaml
from repro.training.data_module import TranslationData

SMALL = [
    *("--model.network.init_args.d_model", "16", "--model.network.init_args.d_ff", "32", "--data.jobs", "1"),
    *("--model.network.init_args.N", "1", "--model.network.init_args.h", "2", "--trainer.max_time", "null"),
    *("--trainer.max_steps", "2", "--trainer.val_check_interval", "2", "--checkpoints.every_n_steps", "2"),
    *("--threads", "1", "--decoding.max_extra", "3", "--decoding.beam", "1", "--decoding.resamples", "10"),
]

PREPARE = [
    *("prepare", "mine", "--train", "train.en,train.de", "--dev", "dev.en,dev.de", "--languages", "en,de"),
    *("--vocabulary-size", "290", "--jobs", "1"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files of one's own."""
    monkeypatch.chdir(tmp_path)
    write("train", 60)
    write("dev", 5)
    write("test", 4)
    return tmp_path


def write(split: str, pairs: int) -> None:
    Path(f"{split}.en").write_text("".join(f"the dog sees {split} {i}\n" for i in range(pairs)))
    Path(f"{split}.de").write_text("".join(f"der Hund sieht {split} {i}\n" for i in range(pairs)))


def prepare(repro, *splits: str, name: str = "mine"):
    files = [word for split in splits for word in (f"--{split}", f"{split}.en,{split}.de")]
    return repro("prepare", name, *files, "--languages", "en,de", "--vocabulary-size", "290", "--jobs", "1")


def next_command(out: str) -> list[str]:
    (line,) = (line for line in out.split("\n") if line.startswith("next: repro "))
    return shlex.split(line.removeprefix("next: repro "))


def test_from_own_files_to_a_translation_in_three_commands(repro) -> None:
    prepared = prepare(repro, "train", "dev", "test")
    assert prepared.status == 0, prepared.err
    fit = next_command(prepared.out)
    assert fit[:3] == ["fit", "--config", "model/tiny"]
    trained = repro(*fit, *SMALL)
    assert trained.status == 0, trained.err
    record = json.loads(Path("runs/mine/attempt-1/record.json").read_text())
    assert (record["scale"], record["config"]["data"]["train"]) == ("mine", ["train.en,train.de"])
    translate = next_command(trained.out)
    assert translate[-4:] == ["<", "SOURCE", ">", "TRANSLATION"]
    Path("source.txt").write_text("the dog sees 1\nthe dog sees 2\n")
    translated = repro(*translate[:-4], "source.txt")
    assert (translated.status, translated.out.count("\n")) == (0, 2), translated.err

    Path("test.en").write_text("another line\n" * 4)
    again = repro(*fit, *SMALL)
    assert again.status == 2
    assert "test.en,test.de has changed since" in again.err


def test_a_preset_states_what_shipped_ones_state(repro) -> None:
    prepare(repro, "train", "dev")
    assert own_preset_names() == ["data/mine"]
    content = read_yaml(preset_path("data/mine"))["data"]
    assert content.keys() == read_yaml(preset_path("data/multi30k"))["data"].keys()
    assert (content["corpus"], content["vocabulary"]["size"], content["test"]) == ("mine", 290, None)
    assert repro("prepare", "--list").out.count("\nmine ") == 1


def test_a_grid_takes_it_and_its_cells_are_known_by_content(repro, tmp_path: Path) -> None:
    prepare(repro, "train", "dev", "test")
    grid = "title: t\nfunction: repro.training:fit\nmetric: test.bleu\nscales: {builtin: {}}\nrows: {a: {h: 1}}\n"
    Path("g.yaml").write_text(grid + "data: data/mine\n")
    (before,) = read_grid(Path("g.yaml"), read_scale("builtin")).cells()
    assert before.config["data"]["sha256"].keys() == {f"{split}.en,{split}.de" for split in ("train", "dev", "test")}
    preset = read_yaml(preset_path("data/mine"))
    preset["data"] |= {split: [f"{tmp_path}/{split}.en,{tmp_path}/{split}.de"] for split in ("train", "dev", "test")}
    Path("absolute.json").write_text(json.dumps({"data": {**preset["data"], "sha256": None}}))
    Path("g.yaml").write_text(grid + "data: absolute.json\n")
    (after,) = read_grid(Path("g.yaml"), read_scale("builtin")).cells()
    assert str(tmp_path) in json.dumps(after.config)
    assert after.id == before.id
    write("test", 3)
    (changed,) = read_grid(Path("g.yaml"), read_scale("builtin")).cells()
    assert changed.id != before.id


@pytest.mark.parametrize("name", ["multi30k", "europarl", "probe", "builtin", "multi30k-anchor"])
def test_files_under_a_shipped_name_are_refused(repro, folder: Path, name: str) -> None:
    said = prepare(repro, "train", name=name)
    assert (said.status, said.out) == (2, "")
    assert f"{name} is the name of a shipped corpus; choose another" in said.err
    assert not (folder / "presets").exists()
    assert not (folder / "prepared").exists()


def test_without_a_test_set_the_dev_set_is_scored_and_without_either_one_is_asked_for(repro) -> None:
    assert "--decoding.splits '[dev]'" in prepare(repro, "train", "dev").out
    said = prepare(repro, "train").out
    assert "training needs a dev set; repeat the command with --dev" in said
    assert "next:" not in said


def test_preparing_it_by_its_name_takes_up_other_text_and_settings(repro) -> None:
    prepare(repro, "train", "dev")
    before = read_yaml(preset_path("data/mine"))["data"]
    written = preset_path("data/mine").stat().st_mtime_ns
    assert repro("prepare", "mine").status == 0
    assert preset_path("data/mine").stat().st_mtime_ns == written
    write("dev", 7)
    assert repro("prepare", "mine", "--max-length", "30").status == 0
    after = read_yaml(preset_path("data/mine"))["data"]
    assert {key for key in before if before[key] != after[key]} == {"sha256", "max_length"}
    assert before["sha256"]["train.en,train.de"] == after["sha256"]["train.en,train.de"]


def test_a_preset_of_another_name_is_left_alone(repro) -> None:
    prepare(repro, "train", "dev")
    other = preset_path("data/mine").with_name("small.yaml")
    other.write_text(preset_path("data/mine").read_text().replace("max_length: 256", "max_length: 30"))
    before = preset_path("data/mine").read_bytes()
    assert repro("prepare", "small").status == 0
    assert preset_path("data/mine").read_bytes() == before


def test_settings_start_from_a_small_corpus() -> None:
    assert own_preset.own_settings({"train": ["a.tsv"]})["tokens"] == read_yaml(own_preset.SMALL)["data"]["tokens"]


def test_preparing_it_by_its_name_takes_the_place_that_it_names(repro, folder: Path) -> None:
    said = repro(*PREPARE, "--root", "elsewhere")
    assert said.status == 0, said.err
    (store,) = (folder / "elsewhere").glob("mine-*")
    written = preset_path("data/mine").read_bytes()
    again = repro("prepare", "mine", "--check")
    assert again.status == 0, again.err
    assert again.out.startswith(f"elsewhere/{store.name}: ")
    assert not (folder / "prepared").exists()
    assert preset_path("data/mine").read_bytes() == written


def test_what_it_does_not_state_is_what_repro_fit_takes(repro, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def planted(corpus: object, root: Path, vocabulary: VocabularySettings, **settings: object) -> None:
        asked.update(settings, root=root, vocabulary=vocabulary)
        raise BadInput("planted")

    monkeypatch.setattr("repro.data.preparing.prepare", planted)
    path = own_preset_path("data/mine")
    path.parent.mkdir(parents=True)
    files = {"languages": ["en", "de"], "train": ["train.en,train.de"], "jobs": 3}
    path.write_text(json.dumps({"data": {"corpus": "mine", **files}}))
    assert "planted" in repro("prepare", "mine").err
    data = TranslationData()
    assert asked == {
        "root": data.root,
        "vocabulary": data.vocabulary_settings,
        "max_length": data.max_length,
        "share": data.share,
        "jobs": 3,
    }
    assert "planted" in repro("prepare", "mine", "--jobs", "1", "--root", "other").err
    assert (asked["jobs"], asked["root"]) == (1, Path("other"))
    (folder / "tatoeba_en_de").mkdir()  # of a corpus without a preset
    for split in ("train", "dev"):
        (folder / "tatoeba_en_de" / f"{split}.tsv").write_text("Go.\tGeh.\n")
    monkeypatch.setenv("REPRO_DATA", str(folder))
    said = repro("prepare", "tatoeba-en-de", "--max-length", "3000")
    assert "planted" in said.err, said.err
    assert (asked["max_length"], asked["vocabulary"]) == (3000, VocabularySettings(size=8000))


def test_what_a_user_wrote_into_it_stays(repro) -> None:
    prepare(repro, "train", "dev")
    path = preset_path("data/mine")
    path.write_text(f"# my own words\n{path.read_text()}decoding:\n  splits: [dev]\n")
    written = path.read_bytes()
    assert repro("prepare", "mine", "--check").status == 0
    assert path.read_bytes() == written
    write("dev", 7)
    assert repro("prepare", "mine").status == 0
    assert read_yaml(path)["decoding"] == {"splits": ["dev"]}
    assert prepare(repro, "train").status == 0
    assert (read_yaml(path)["decoding"], read_yaml(path)["data"]["dev"]) == ({"splits": ["dev"]}, None)


def test_tokens_are_for_the_report_alone(repro) -> None:
    prepare(repro, "train", "dev")
    written = preset_path("data/mine").read_bytes()
    said = repro("prepare", "mine", "--tokens", "500")
    assert "\nbatches of 500 tokens: " in said.out, said.err
    assert preset_path("data/mine").read_bytes() == written
