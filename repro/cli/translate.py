"""`repro translate`: lines in, translations out, in order and number, blank ones included."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from repro.data.text import lines
from repro.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    from pathlib import Path

    parser.add_argument("file", nargs="?", type=Path, help="text to translate, plain, gz or xz (stdin)")
    parser.add_argument("--checkpoint", required=True, type=Path, help="weights that a run wrote")
    parser.add_argument("--beam", type=int, default=4, help="beam size (4)")
    parser.add_argument("--alpha", type=float, default=0.6, help="of the length penalty (0.6)")
    parser.add_argument("--max-extra", type=int, default=50, help="output tokens beyond the source's (50)")
    parser.add_argument("--n-best", type=int, default=1, help="translations a line, as number, score and text")
    parser.add_argument("--batch-tokens", type=int, default=2000, help="source tokens a batch (2000)")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (all cores)")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto (auto)")


def run(arguments: argparse.Namespace) -> int:
    """Translate a file or stdin to stdout."""
    source = lines(arguments.file) if arguments.file is not None else _standard_input()
    first = next(source, None)  # a missing file is told before the model is loaded
    if first is None:
        return 0
    translator = _translator(arguments)
    output = sys.stdout
    if arguments.n_best > 1:
        for number, best in enumerate(translator.translate_n_best(_again(first, source), arguments.n_best)):
            for one in best:
                print(f"{number + 1}\t{one.score:.6f}\t{one.text}", file=output, flush=True)
        return 0
    for line in translator.translate(_again(first, source)):
        print(line, file=output, flush=True)
    return 0


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _standard_input() -> Iterator[str]:
    with ExitStack():
        for number, raw in enumerate(sys.stdin.buffer, start=1):
            try:
                yield raw.removesuffix(b"\n").decode("utf-8")
            except UnicodeDecodeError as error:
                raise BadInput(f"standard input is not UTF-8 in line {number}; convert it first") from error


def _translator(arguments: argparse.Namespace) -> Any:
    import torch

    from repro.decoding.translate import Translator
    from repro.training.network import load_network
    from repro.training.process import settle_process

    if arguments.n_best > arguments.beam:
        raise BadInput(f"--n-best {arguments.n_best} is more than --beam {arguments.beam}; raise the beam")
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    elif device.startswith("cuda") and not torch.cuda.is_available():
        raise BadInput(f"--device {device} was asked for, but torch sees no GPU; use --device cpu")
    settle_process(arguments.threads)
    network, vocabulary = load_network(arguments.checkpoint)
    return Translator(
        network,
        vocabulary,
        beam=arguments.beam,
        alpha=arguments.alpha,
        max_extra=arguments.max_extra,
        batch_tokens=arguments.batch_tokens,
        device=device,
    )
