"""WMT 2014 from a hub on this machine, by Hugging Face's own client and `datasets`: all of it but the network.

The command is the README's, in a process of its own; what it cannot have here is the true number of pairs.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repro.data.store import Store
from repro.ledger.records.record import read_record
from tests.data.hub import serving, write_shards

for package in ("datasets", "huggingface_hub", "pyarrow"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[wmt14]' installs it")

PAIRS = {"train": 4_000, "validation": 200, "test": 201}
SHARDS = {"train": 3, "validation": 1, "test": 1}
SMALL_STEPS = [  # of the README's command, what is for days on a GPU
    *("--trainer.accelerator", "cpu", "--trainer.precision", "32-true", "--model.compile", "false"),
    *("--trainer.max_steps", "2", "--trainer.val_check_interval", "2", "--trainer.log_every_n_steps", "1"),
    *("--data.tokens", "512", "--data.jobs", "1", "--threads", "1"),
    *("--decoding.max_extra", "2", "--decoding.resamples", "10"),
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Command = Callable[..., subprocess.CompletedProcess[str]]


def generated(split: str) -> list[tuple[str, str]]:
    """Pairs of made-up words, enough different ones for 37,000 pieces; no line occurs twice, nor in two splits."""
    rng = random.Random(split)
    letters = {"train": "abcdefghijklmnopqrstuvwxyz", "validation": "abcdefghijklm", "test": "nopqrstuvwxyz"}[split]

    def words(most: int, ending: str) -> str:
        return " ".join("".join(rng.choices(letters, k=rng.randint(3, 9))) + ending for _ in range(most))

    most = 14 if split == "train" else 4
    return [(f"{words(most, '')} {i}.", f"{words(most, 'ß')} {i}.") for i in range(PAIRS[split])]


TEXT = {split: generated(split) for split in PAIRS}
TEXT["train"][17] = ("two lines\nof one sentence", "zwei Zeilen\r\neines Satzes")
TEXT["train"][18] = ("a separator\u2028inside", "ein Trenner\u2028darin")
TEXT["train"][19] = ("one", "viel mehr Wörter als auf der anderen Seite stehen")  # the ratio of words is over 2
TEXT["train"][3_999] = (TEXT["test"][5][0], "eine Zeile des Testsatzes")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[str]]]:
    """The folder of the hub's files, its address, and what it is asked."""
    folder = tmp_path_factory.mktemp("hub")
    for split, pairs in TEXT.items():
        write_shards(folder, split, pairs, SHARDS[split])
    (folder / "README.md").write_text("A card.")
    (folder / "cs-en").mkdir()
    (folder / "cs-en" / "train-00000-of-00001.parquet").write_bytes(b"another pair of languages")
    with serving(folder) as (address, asked):
        yield folder, address, asked


def command_in(place: Path, address: str) -> Command:
    """Runs `repro` with caches of its own in a folder, and a hub at an address."""
    counts = {"train": PAIRS["train"], "dev": PAIRS["validation"], "test": PAIRS["test"]}
    program = (
        f"import sys\nfrom repro.cli.main import main\nfrom repro.data import wmt14\n"
        f"wmt14.PAIRS['de'].update({counts})\nsys.exit(main())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "REPRO_DATA"} | {
        "HF_ENDPOINT": address,
        "HF_HOME": str(place / "hugging [face]*"),  # what a pattern would mean
        "XDG_CACHE_HOME": str(place / "cache"),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def test_the_paper_s_command_downloads_trains_and_scores(tmp_path: Path, hub: tuple[Path, str, list[str]]) -> None:
    folder, address, asked = hub
    asked.clear()
    run = command_in(tmp_path, address)
    presets = ["--config", "model/base", "--config", "data/wmt14-en-de", "--config", "trainer/gpu"]
    done = run("fit", *presets, *SMALL_STEPS, "--out", "runs/first")
    assert done.returncode == 0, done.stderr
    fetched = [line.rpartition("/")[2] for line in asked if line.startswith("GET /store/")]
    assert sorted(fetched) == sorted(path.name for path in (folder / "de-en").iterdir())

    text = tmp_path / "cache" / "attention-repro" / "wmt14_en_de"
    expected = [tuple(re.sub("[\r\n]", " ", side) for side in pair) for pair in TEXT["train"]]
    assert list(zip(lines(text / "train.en"), lines(text / "train.de"), strict=True)) == expected
    for ours, theirs in (("newstest2013", "validation"), ("newstest2014", "test")):
        found = list(zip(lines(text / f"{ours}.en"), lines(text / f"{ours}.de"), strict=True))
        assert found == TEXT[theirs]
    manifest = json.loads((text / "manifest.json").read_text())
    assert {name: each["pairs"] for name, each in manifest["written"].items()} == {
        "train": PAIRS["train"],
        "dev": PAIRS["validation"],
        "test": PAIRS["test"],
    }
    assert manifest["written"]["train"]["pairs_with_line_ends_inside"] == 1

    (store,) = (tmp_path / "prepared").glob("wmt14-en-de-*")
    opened = Store.open(store)
    assert len(opened.vocabulary) == 37_000
    assert opened.lines("test") == tuple([pair[i] for pair in TEXT["test"]] for i in (0, 1))
    dropped = opened.manifest["splits"]["train"]["dropped"]
    assert {reason: count for reason, count in dropped.items() if count} == {"ratio": 1, "held_out_source": 1}

    record = read_record(tmp_path / "runs" / "first" / "attempt-1")
    assert record.status == "done"
    assert record.metrics["model.parameters"]["value"] == 63_045_632  # Table 3, base: 65 million
    assert record.metrics["train.updates"]["value"] == 2
    assert record.metrics["test.bleu_compound"]["signature"]  # Table 2's definition, for German
    assert record.data["splits"]["test"]["pairs"] == PAIRS["test"]
    assert len(lines(tmp_path / "runs" / "first" / "attempt-1" / "hypotheses.test.txt")) == PAIRS["test"]

    asked.clear()
    again = run("prepare", "wmt14-en-de", "--check")
    assert (again.returncode, asked) == (0, []), again.stderr
    assert "files are as they were prepared" in again.stdout


def test_bytes_that_changed_on_the_way_are_named_and_can_be_fetched_again(
    tmp_path: Path, hub: tuple[Path, str, list[str]]
) -> None:
    folder, address, _ = hub
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere")
    path = elsewhere / "de-en" / "train-00001-of-00003.parquet"
    whole = path.read_bytes()
    path.write_bytes(bytes([*whole[:500], whole[500] ^ 1, *whole[501:]]))
    with serving(folder, store=elsewhere) as (other, _):
        said = command_in(tmp_path, other)("prepare", "wmt14-en-de")
    assert said.returncode == 2
    found = re.fullmatch(
        r"repro: (.+) came with SHA-256 \w+ instead of \w+; delete it and download it again\.\n", said.stderr
    )
    assert found, said.stderr
    assert list((tmp_path / "cache" / "attention-repro").iterdir()) == []
    Path(found[1]).unlink()
    again = command_in(tmp_path, address)("prepare", "wmt14-en-de")
    assert again.returncode == 0, again.stderr


def test_a_hub_that_does_not_answer_is_said_in_one_sentence(tmp_path: Path) -> None:
    said = command_in(tmp_path, "http://127.0.0.1:9")("prepare", "wmt14-en-de")
    assert said.returncode == 2
    assert re.fullmatch(r"repro: wmt/wmt14 could not be downloaded \(.+\); check the network, or put .+\n", said.stderr)
