"""Batches decoded in processes beside each other: in order, with the results of one process, and none left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from repro.data.vocabulary import learn_words
from repro.decoding.processes import DecodingProcesses
from repro.decoding.translate import Translator
from repro.errors import BadInput
from tests.decoding.oracles import PlantedModel, copy_rule
from tests.decoding.test_translate import VOCABULARY, V, random_lines


def test_results_come_in_the_order_of_the_batches():
    def decode(batch: int) -> tuple[int, int]:
        time.sleep(0.05 if batch % 3 == 0 else 0)  # later ones are done first
        return batch, os.getpid()

    with DecodingProcesses(decode, 2) as processes:
        results = list(processes.decoded(range(12)))
    assert [batch for batch, _ in results] == list(range(12))
    assert len({pid for _, pid in results}) == 2
    assert os.getpid() not in {pid for _, pid in results}


def test_each_has_one_thread():
    with DecodingProcesses(lambda _: torch.get_num_threads(), 2) as processes:
        assert set(processes.decoded(range(4))) == {1}


def test_an_error_of_a_process_is_raised_here():
    def decode(batch: int) -> None:
        raise BadInput(f"batch {batch} is wrong")

    with DecodingProcesses(decode, 2) as processes, pytest.raises(BadInput, match="batch 0 is wrong"):
        list(processes.decoded(range(3)))


def test_a_killed_process_is_said_in_a_sentence():
    def decode(batch: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with DecodingProcesses(decode, 2) as processes, pytest.raises(BadInput, match="was killed") as caught:
        list(processes.decoded(range(3)))
    assert "\n" not in str(caught.value)


def translator(**options):
    return Translator(PlantedModel(V, copy_rule(V)), VOCABULARY, **options)


@pytest.mark.parametrize("window", [2_000, 130])
def test_translations_are_those_of_one_process(window):
    lines = random_lines(300)
    options = {"batch_tokens": 60, "window": window}
    alone = list(translator(**options).translate_n_best(lines, 2))
    assert list(translator(**options, jobs=2).translate_n_best(lines, 2)) == alone


def test_few_lines_are_decoded_without_further_processes(monkeypatch):
    monkeypatch.setattr("repro.decoding.translate.DecodingProcesses", None)
    threads = torch.get_num_threads()
    try:
        assert list(translator(jobs=2).translate(["eins zwei"])) == ["eins zwei"]
    finally:
        torch.set_num_threads(threads)


def test_whoever_stops_reading_leaves_no_process():
    lines = random_lines(300)
    translations = translator(batch_tokens=60, window=110, jobs=2).translate(lines)
    next(translations)
    children = os.path.join("/proc", str(os.getpid()), "task", str(os.getpid()), "children")
    with open(children) as file:
        before = set(file.read().split())
    translations.close()
    with open(children) as file:
        assert len(before - set(file.read().split())) >= 2


SLEEPER = """
import os, time
from repro.decoding.processes import DecodingProcesses
def decode(batch):
    print(os.getpid(), flush=True)
    time.sleep(0.2)
with DecodingProcesses(decode, 2) as processes:
    list(processes.decoded(range(1000)))
"""


def test_processes_end_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True)
    pids = set()
    while len(pids) < 2:
        pids.add(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        assert time.monotonic() < deadline, "a process outlives its parent"
        time.sleep(0.05)


def test_words_of_all_lines_come_back():
    """A vocabulary that each process inherits, with lines of many lengths and the longest first."""
    words = [f"w{i}" for i in range(50)]
    vocabulary = learn_words(words, 50)
    model = PlantedModel(len(vocabulary), copy_rule(len(vocabulary)))
    lines = [" ".join(words[: 1 + i % 40]) for i in range(200)]
    assert list(Translator(model, vocabulary, jobs=2, batch_tokens=200).translate(lines)) == lines
