"""Batches decoded in processes beside each other: in order, with the results of one process, and none left behind."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from repro.data.vocabulary import learn_words
from repro.decoding.processes import DecodingProcesses
from repro.decoding.translate import Translator
from repro.errors import BadInput
from repro.progress import Progress
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


def test_what_was_there_before_is_not_searched_for_garbage():
    frozen_here, model = gc.get_freeze_count(), [[] for _ in range(10_000)]
    with DecodingProcesses(lambda _: gc.get_freeze_count(), 2) as processes:
        assert min(processes.decoded(range(4))) >= frozen_here + len(model)
    assert gc.get_freeze_count() == frozen_here


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


def test_few_lines_are_decoded_here_with_the_threads_that_it_may_have(monkeypatch):
    monkeypatch.setattr("repro.decoding.translate.DecodingProcesses", None)
    before = torch.get_num_threads()
    translations = translator(jobs=64, threads=before + 1).translate(["eins zwei"] * 99)
    assert next(translations) == "eins zwei"
    assert torch.get_num_threads() == before + 1
    assert len(list(translations)) == 98
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("lines", "jobs", "expected"), [(99, 2, 1), (100, 2, 2), (2_000, 64, 40), (1_999, 64, 39)])
def test_each_process_has_lines_enough(lines, jobs, expected, monkeypatch):
    started = []

    class Processes:
        def __init__(self, decode, jobs):
            started.append(jobs)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def decoded(self, batches):
            raise AssertionError

    monkeypatch.setattr("repro.decoding.translate.DecodingProcesses", Processes)
    with translator(jobs=jobs)._decoder(["eins"] * lines) as decoder:
        assert decoder.jobs == expected
    assert started == ([expected] if expected > 1 else [])


def test_each_process_gets_batches():
    pids = set()

    def noting(decoder_of):
        def decoded(batches):
            batches = list(batches)
            pids.add(len(batches))
            return decoder_of(batches)

        return decoded

    both = translator(jobs=2, batch_tokens=100_000)
    with both._decoder(["eins zwei"] * 100) as decoder:
        counted = type(decoder)(noting(decoder.decoded), decoder.jobs)
        found = both._window(["eins zwei"] * 100, 1, counted, first_line=1, counter=Progress("", 100))
    assert [best[0].text for best in found] == ["eins zwei"] * 100
    assert min(pids) >= 4


def test_whoever_is_interrupted_does_not_wait_for_batches():
    def decode(batch: int) -> None:
        time.sleep(60)

    def interrupted() -> None:
        with DecodingProcesses(decode, 2) as processes:
            threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
            next(processes.decoded(range(4)))

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - began < 20


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
    os.write(1, b"%d\\n" % os.getpid())  # in one piece, since both write
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
