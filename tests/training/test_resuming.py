"""Damaged checkpoints and files of an earlier part: noticed, set aside, never averaged."""

import os
import zipfile
from itertools import product
from pathlib import Path

import pytest

from repro.errors import BadInput, Interrupted
from repro.training import fitting
from repro.training.module import TranslationModule
from repro.weights import checkpoint_file
from tests.representatives import others_slow
from tests.training.kills import at_update, before_the_record, killed, left_behind, undisturbed, while_averaging
from tests.training.runs import assert_equal_runs, run


def test_a_damaged_last_checkpoint_is_passed_over(root, tmp_path, capsys):
    left_behind(root, tmp_path / "run", "at update 8", at_update(8))
    last = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")[-1]
    assert last.name == "step-00000006.ckpt"
    os.truncate(last, last.stat().st_size - 1000)
    run(root, tmp_path / "run")
    assert "continuing from step 3" in capsys.readouterr().err
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def change_a_bit(path: Path) -> None:
    """In the middle of the largest tensor."""
    with zipfile.ZipFile(path) as file:
        tensors = [each for each in file.infolist() if "/data/" in each.filename]
        entry = max(tensors, key=lambda each: each.file_size)
        content = file.read(entry)
    raw = bytearray(path.read_bytes())
    raw[raw.index(content, entry.header_offset) + len(content) // 2] ^= 64
    path.write_bytes(raw)


def test_one_changed_bit_in_the_last_checkpoint_is_noticed(root, tmp_path, capsys):
    left_behind(root, tmp_path / "run", "at update 8", at_update(8))
    last = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")[-1]
    change_a_bit(last)
    run(root, tmp_path / "run")
    said = capsys.readouterr().err
    assert "step-00000006.ckpt is damaged" in said
    assert "continuing from step 3" in said
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


@pytest.mark.parametrize("which", others_slow(range(3), [1]))
def test_one_changed_bit_in_a_checkpoint_that_is_to_be_averaged(root, tmp_path, which, capsys):
    """Training is over; it goes on before the damage, and the average is of the same weights as ever."""
    left_behind(root, tmp_path / "run", "while averaging", while_averaging())
    assert (tmp_path / "run" / "attempt-1" / "trained.json").exists()
    saved = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")
    change_a_bit(saved[which])
    run(root, tmp_path / "run")
    assert f"{saved[which].name} is damaged" in capsys.readouterr().err
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_one_changed_bit_while_the_same_process_trains_on(root, tmp_path, monkeypatch):
    """In a checkpoint that nobody reads before the end: it goes on before it at once."""
    before, damaged = TranslationModule.on_before_optimizer_step, []
    folder = tmp_path / "run" / "attempt-1" / "checkpoints"

    def damaging(self, optimizer):
        before(self, optimizer)
        if self.global_step + 1 == 11 and not damaged:
            damaged.append(self)
            change_a_bit(checkpoint_file.saved_checkpoints(folder)[-1])

    monkeypatch.setattr(TranslationModule, "on_before_optimizer_step", damaging)
    run(root, tmp_path / "run")
    assert len(damaged) == 1
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_damage_that_comes_again_stops_the_run(root, tmp_path, monkeypatch):
    """As of a disk that goes bad: training on would never end."""
    monkeypatch.setattr(fitting, "go_back_before_damaged", lambda folder: True)
    with pytest.raises(
        Interrupted, match=r"a checkpoint in .* is damaged or gone; the same command continues from an earlier one"
    ):
        run(root, tmp_path / "run")


def test_a_damaged_checkpoint_that_is_not_written_again_is_not_averaged(root, tmp_path):
    """As where time decides when to save: the steps that come are others."""
    killed(root, tmp_path / "run", {}, at_update(11))
    saved = checkpoint_file.saved_checkpoints(tmp_path / "run" / "attempt-1" / "checkpoints")
    last = saved[-1].rename(saved[-1].with_name("step-00000008.ckpt"))
    os.truncate(last, last.stat().st_size - 1000)
    assert run(root, tmp_path / "run").status == "done"
    averaged = checkpoint_file.read_checkpoint(tmp_path / "run" / "attempt-1" / "averaged.ckpt")
    assert averaged["repro"]["averaged"] == ["step-00000006.ckpt", "step-00000009.ckpt", "step-00000012.ckpt"]


WRONG_BYTES = [b"", b"[]", b"5", b"\xff\xfe", b'{"updates": "x"}', b"[" * 100_000]
DAMAGES = list(product(WRONG_BYTES, ["trained.json", "metrics.csv"]))


@pytest.mark.parametrize(("raw", "name"), others_slow(DAMAGES, [8], map(str, range(len(DAMAGES)))))
def test_what_an_earlier_part_wrote_and_is_damaged_is_one_sentence(root, tmp_path, name, raw):
    killed(root, tmp_path / "run", {}, before_the_record() if name == "trained.json" else at_update(8))
    place = tmp_path / "run" / "attempt-1" / name
    place.write_bytes(raw)
    try:
        run(root, tmp_path / "run")
    except BadInput as error:
        assert f"{place} is damaged" in str(error)  # noqa: PT017
        place.unlink()
        run(root, tmp_path / "run")
    else:
        assert name == "metrics.csv"  # what has no whole line yet is begun anew
