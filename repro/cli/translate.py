"""`repro translate`: lines in, translations out, in order and number, blank ones included."""

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any, cast

from repro.cli.weights import shipped_weights, weights_file
from repro.console.numbers import between, positive
from repro.data.text import lines, stream_lines
from repro.errors import BadInput
from repro.paths import expanded
from repro.streams import hand_on

WIDEST_BY_JOBS = 512
"""The largest d_model that several processes decode where `--jobs` is not given: base gains a tenth on 2 cores."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", nargs="?", type=expanded, help="text to translate, plain or compressed (stdin)")
    parser.add_argument(
        "--checkpoint", type=expanded, help="weights, or a run's folder (those that come with the package)"
    )
    parser.add_argument("--beam", type=between(1, 1_000), default=4, metavar="N", help="beam size (4)")
    parser.add_argument("--alpha", type=float, default=0.6, metavar="X", help="exponent of the length penalty (0.6)")
    parser.add_argument(
        "--penalty",
        choices=["gnmt", "length", "none"],
        default="gnmt",
        help="divides log probabilities by ((5 + length) / 6)^alpha, length^alpha as other engines do, or 1 (gnmt)",
    )
    parser.add_argument(
        "--max-extra",
        type=between(0, 100_000),
        default=50,
        metavar="N",
        help="most tokens beyond the length of the source (50)",
    )
    parser.add_argument(
        "--max-source",
        type=positive,
        default=1000,
        metavar="N",
        help="source tokens per line; the rest of a longer line is left out, with a warning (1000)",
    )
    parser.add_argument(
        "--n-best",
        type=positive,
        default=1,
        metavar="N",
        help="translations per line, best first, each as line number, score and text, separated by tabs (1: text only)",
    )
    parser.add_argument(
        "--batch-tokens", type=positive, default=2000, metavar="N", help="source tokens per batch (2000)"
    )
    parser.add_argument(
        "--precision",
        choices=["fp32", "bf16", "int8"],
        default="fp32",
        help="number format of the weights; fewer bits are faster for wide models if the processor supports it (fp32)",
    )
    parser.add_argument(
        "--jobs",
        type=between(0, 1_024),
        default=0,
        metavar="N",
        help="single-threaded processes that decode in parallel (0: one per core if a small model has many lines to "
        "translate on a CPU, else 1)",
    )
    parser.add_argument("--threads", type=between(0, 1_024), default=0, metavar="N", help="CPU threads (0: all cores)")
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:N or auto (auto)")


def run(arguments: argparse.Namespace) -> int:
    """Translate a file or stdin to stdout.

    Raises:
        BadInput: options that contradict each other, a missing or foreign checkpoint, text that is not UTF-8, weights
            that give no numbers, too little memory.
    """
    _check(arguments)
    source = lines(arguments.file, cut=True) if arguments.file is not None else _standard_input()
    beginning = list(_to_first_text(source))  # a missing file is told before the model is loaded
    if not beginning:
        return 0
    if arguments.checkpoint is None:
        arguments.checkpoint = shipped_weights(beginning[-1])
    translator = _translator(arguments)

    from repro.decoding.failures import failures_said

    with failures_said(f"checkpoint {arguments.checkpoint}", "give fewer --batch-tokens, or a smaller --beam"):
        _print(translator, chain(beginning, source), arguments.n_best)
    return 0


def _print(translator: Any, text: Iterator[str], n_best: int) -> None:
    if n_best > 1:
        for number, best in enumerate(translator.translate_n_best(text, n_best), start=1):
            for one in best:
                hand_on(f"{number}\t{one.score:.6f}\t{one.text}")
        return
    for line in translator.translate(text):
        hand_on(line)


def _check(arguments: argparse.Namespace) -> None:
    """Check whatever can be checked before anything is read or imported."""
    if arguments.n_best > arguments.beam:
        raise BadInput(
            f"--n-best {arguments.n_best} is more than --beam {arguments.beam}; raise the beam to {arguments.n_best}"
        )
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,4})?", arguments.device):
        raise BadInput(f"--device {arguments.device} is unknown; give cpu, cuda, cuda:N or auto")
    if arguments.jobs > 1 and (arguments.threads > 1 or arguments.device.startswith("cuda")):
        other = f"--threads {arguments.threads}" if arguments.threads > 1 else f"--device {arguments.device}"
        raise BadInput(
            f"--jobs {arguments.jobs} and {other} exclude each other, because a job has one CPU thread; leave one out"
        )
    if arguments.checkpoint is not None:
        arguments.checkpoint = weights_file(arguments.checkpoint)


def _to_first_text(source: Iterator[str]) -> Iterator[str]:
    """Lines to the first that is not blank, and no further."""
    for line in source:
        yield line
        if line.strip():
            return


def _standard_input() -> Iterator[str]:
    """The lines of stdin, read as `repro.data.text.lines` reads a file; none if it is empty."""
    return stream_lines(cast(io.BufferedReader, sys.stdin.buffer), "standard input", cut=True)


def _translator(arguments: argparse.Namespace) -> Any:
    import torch

    from repro.decoding.precision import in_precision
    from repro.decoding.translate import Translator
    from repro.training.process import configure_matmul, configure_process
    from repro.weights.network import load_network

    gpus = torch.cuda.device_count()
    device = arguments.device
    if device == "auto":
        device = "cuda" if gpus else "cpu"
    elif device.startswith("cuda") and int(device.partition(":")[2] or 0) >= gpus:
        raise BadInput(f"--device {device} is not there: torch sees {gpus} GPUs; use --device cpu")
    configure_process(arguments.threads)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a process that has computed with more cannot be forked
    network, vocabulary = load_network(arguments.checkpoint)
    d_model = network.output_weight().shape[1]
    configure_matmul(d_model)
    jobs = _jobs(arguments, device, d_model, threads)
    if jobs == 1:
        torch.set_num_threads(threads)
    return Translator(
        in_precision(network, arguments.precision, device),
        vocabulary,
        beam=arguments.beam,
        alpha=arguments.alpha,
        max_extra=arguments.max_extra,
        penalty=arguments.penalty,
        batch_tokens=arguments.batch_tokens,
        max_source=arguments.max_source,
        device=device,
        jobs=jobs,
        threads=threads,
    )


def _jobs(arguments: argparse.Namespace, device: str, d_model: int, threads: int) -> int:
    """How many processes decode beside each other.

    Args:
        arguments: the command's.
        device: where to decode.
        d_model: of the network.
        threads: that one process would have.

    Raises:
        BadInput: several were asked for, and the device is a GPU.
    """
    if device != "cpu" and arguments.jobs > 1:
        raise BadInput(f"--jobs {arguments.jobs} is for CPUs, but the device is {device}; add --device cpu")
    if device != "cpu" or not hasattr(os, "fork"):
        return 1
    if arguments.jobs:
        return int(arguments.jobs)
    # On macOS some libraries end a process that is forked beside them, so that only `--jobs` forks there.
    alone = sys.platform != "linux" or arguments.threads or d_model > WIDEST_BY_JOBS
    return 1 if alone else threads
