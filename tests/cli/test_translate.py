"""`repro translate`: as many lines as went in, in their order, from files and pipes."""

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

AGAIN = "its compressed data ends early; copy it again"
FAST = ("--threads", "1", "--device", "cpu", "--max-extra", "3", "--beam", "2")


def translated(repro, monkeypatch: pytest.MonkeyPatch, checkpoint: Path, data: bytes, *options: object):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
    return repro("translate", "--checkpoint", checkpoint, *FAST, *options)


def test_blank_lines_and_order_are_kept(repro, monkeypatch, checkpoint, sentences) -> None:
    alone = [translated(repro, monkeypatch, checkpoint, f"{line}\n".encode()).out for line in sentences[:3]]
    mixed = [sentences[0], "", sentences[1], "   ", sentences[2]]
    said = translated(repro, monkeypatch, checkpoint, "".join(f"{line}\n" for line in mixed).encode())
    assert said.status == 0
    assert said.out == "".join([alone[0], "\n", alone[1], "\n", alone[2]])


def test_file_gz_and_stdin_give_the_same(repro, monkeypatch, checkpoint, sentences, tmp_path: Path) -> None:
    data = "".join(f"{line}\n" for line in sentences).encode()
    (tmp_path / "plain").write_bytes(data)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(data))
    piped = translated(repro, monkeypatch, checkpoint, data)
    assert piped.status == 0
    assert piped.out.count("\n") == len(sentences)
    for name in ("plain", "packed.gz"):
        assert repro("translate", tmp_path / name, "--checkpoint", checkpoint, *FAST).out == piped.out
    packed = (tmp_path / "packed.gz").read_bytes()
    assert translated(repro, monkeypatch, checkpoint, packed).out == piped.out
    cut = translated(repro, monkeypatch, checkpoint, packed[:-9])
    assert (cut.status, cut.err) == (2, f"repro: standard input is truncated after line 0: {AGAIN}\n")


def test_the_first_line_with_text_decides_which_model_is_taken(repro, monkeypatch, checkpoint, sentences) -> None:
    asked: list[str] = []
    monkeypatch.setattr("repro.cli.translate.shipped_weights", lambda line: asked.append(line) or checkpoint)
    data = f"\n  \n{sentences[0]}\n{sentences[1]}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data.encode()))))
    said = repro("translate", *FAST)
    assert (said.status, said.out.count("\n")) == (0, 4), said.err
    assert said.out.startswith("\n\n")
    assert asked == [sentences[0]]


def test_windows_line_ends_and_a_missing_last_one_change_nothing(repro, monkeypatch, checkpoint, sentences) -> None:
    plain = translated(repro, monkeypatch, checkpoint, "\n".join([*sentences[:3], ""]).encode())
    windows = translated(repro, monkeypatch, checkpoint, b"\xef\xbb\xbf" + "\r\n".join(sentences[:3]).encode())
    assert windows.out == plain.out
    assert "\r" not in windows.out


def test_nothing_in_nothing_out(repro, monkeypatch, checkpoint) -> None:
    said = translated(repro, monkeypatch, checkpoint, b"")
    assert (said.status, said.out, said.err) == (0, "", "")


def test_n_best_has_number_score_and_text(repro, monkeypatch, checkpoint, sentences) -> None:
    data = f"{sentences[0]}\n\n{sentences[1]}\n".encode()
    said = translated(repro, monkeypatch, checkpoint, data, "--n-best", 2)
    rows = [line.split("\t") for line in said.out.rstrip("\n").split("\n")]
    assert [row[0] for row in rows] == ["1", "1", "2", "3", "3"]
    assert all(len(row) == 3 for row in rows)
    assert float(rows[0][1]) >= float(rows[1][1])
    assert rows[2][1:] == ["0.000000", ""]
    best = translated(repro, monkeypatch, checkpoint, data).out
    assert best == f"{rows[0][2]}\n\n{rows[3][2]}\n"


def test_a_reader_that_leaves_is_no_error(checkpoint, sentences, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("".join(f"{line}\n" for line in sentences * 10))
    reading, writing = os.pipe()
    os.close(reading)  # as `| head -0` does at once
    command = [sys.executable, "-m", "repro", "translate", str(text), "--checkpoint", str(checkpoint), *FAST]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.stderr == ""


@pytest.mark.parametrize("options", [(), ("--n-best", "2")])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("planted"), "memory ran out while checkpoint {} was used; give fewer --batch-tokens"),
        (FloatingPointError("planted"), "checkpoint {} gives no numbers, because its training diverged; use another"),
    ],
)
def test_what_ends_a_translation_is_one_sentence(
    repro, monkeypatch, checkpoint, sentences, error: Exception, said: str, options: tuple[str, ...]
) -> None:
    def failing(*arguments: object, **more: object) -> None:
        raise error

    monkeypatch.setattr("repro.decoding.translate.beam_search", failing)
    ended = translated(repro, monkeypatch, checkpoint, f"{sentences[0]}\n".encode(), *options)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith(f"repro: {said.format(checkpoint)}")


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_precisions(repro, monkeypatch, checkpoint, sentences, precision: str) -> None:
    data = "".join(f"{line}\n" for line in sentences).encode()
    said = translated(repro, monkeypatch, checkpoint, data, "--precision", precision)
    assert said.status == 0
    assert said.out.count("\n") == len(sentences)


def test_penalties_change_scores(repro, monkeypatch, checkpoint, sentences) -> None:
    data = f"{sentences[0]}\n".encode()
    scores = {}
    for penalty in ("gnmt", "length", "none"):
        said = translated(repro, monkeypatch, checkpoint, data, "--n-best", 2, "--penalty", penalty)
        scores[penalty] = float(said.out.split("\t")[1])
    assert scores["none"] < scores["gnmt"] < scores["length"] < 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")
def test_a_stream_comes_out_in_order_window_by_window_in_constant_memory(
    repro, checkpoint, sentences, tmp_path
) -> None:
    """The first window is translated before the rest is there, and the last takes no more memory than the first."""
    (tmp_path / "text").write_text("".join(f"{line}\n" for line in sentences))
    alone = repro("translate", tmp_path / "text", "--checkpoint", checkpoint, *FAST).out.split("\n")
    order = [(7 * i + i // 20) % len(sentences) for i in range(6000)]  # 3 windows
    command = [sys.executable, "-m", "repro", "translate", "--checkpoint", str(checkpoint), *FAST]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        peaks = []
        for first in range(0, len(order), 2000):
            window = order[first : first + 2000]
            process.stdin.write("".join(f"{sentences[i]}\n" for i in window))
            process.stdin.flush()
            assert [process.stdout.readline().rstrip("\n") for _ in window] == [alone[i] for i in window]
            status = Path(f"/proc/{process.pid}/status").read_text()
            peaks.append(int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        process.stdin.close()
    assert process.returncode == 0
    assert peaks[-1] < peaks[0] + 32  # MiB


def test_a_long_line_costs_a_warning_and_a_bound_and_never_the_lines_behind_it(
    repro, monkeypatch, checkpoint, sentences, tmp_path: Path
) -> None:
    first, last = sorted(sentences, key=len)[:2]
    bound = max(len(line.split()) for line in (first, last))
    long = " ".join([first] * 4000)
    alone = [translated(repro, monkeypatch, checkpoint, f"{line}\n".encode()).out for line in (first, last)]
    data = f"{first}\n{long}\n{last}\n".encode()
    said = translated(repro, monkeypatch, checkpoint, data, "--max-source", bound)
    assert said.status == 0
    before, cut, after = said.out.split("\n")[:3]
    assert [before + "\n", after + "\n"] == alone
    assert len(cut.split()) <= bound + 3  # with --max-extra 3
    (warning,) = (line for line in said.err.split("\n") if "only its first" in line)
    assert warning.startswith("line 2 has ")
    assert warning.endswith(f" tokens; only its first {bound} are translated")
    (tmp_path / "text").write_bytes(data)
    assert (
        repro("translate", tmp_path / "text", "--checkpoint", checkpoint, *FAST, "--max-source", bound).out == said.out
    )


def test_by_default_lines_are_bounded(repro, monkeypatch, checkpoint, sentences) -> None:
    data = (" ".join([sentences[0]] * 3000) + f"\n{sentences[1]}\n").encode()
    said = translated(repro, monkeypatch, checkpoint, data)
    assert said.status == 0
    assert said.out.count("\n") == 2
    assert "only its first 1,000 are translated" in said.err


def test_jobs_give_what_one_process_gives(repro, monkeypatch, checkpoint, sentences) -> None:
    data = "".join(f"{line}\n" for line in sentences * 30)[:20_000].encode()
    assert data.count(b"\n") >= 100
    monkeypatch.setattr("repro.decoding.translate.LINES_A_JOB", 1)
    one, two = (
        translated(repro, monkeypatch, checkpoint, data, "--batch-tokens", 100, *jobs) for jobs in ((), ("--jobs", 2))
    )
    assert (two.status, two.out) == (0, one.out)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--jobs", 2, "--threads", 2), "--jobs 2 and --threads 2 exclude each other"),
        (("--jobs", 2, "--device", "cuda"), "--jobs 2 and --device cuda exclude each other"),
        (("--jobs", 2, "--device", "cudax"), "--device cudax is unknown"),
        (("--jobs", -1), "--jobs"),
        (("--jobs", "many"), "--jobs"),
    ],
)
def test_jobs_that_cannot_be_are_refused_in_a_sentence(repro, checkpoint, options, said) -> None:
    refused = repro("translate", "--checkpoint", checkpoint, *options)
    assert refused.status == 2
    assert said in refused.err
    assert "Traceback" not in refused.err
