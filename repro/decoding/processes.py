"""Decodes batches in parallel processes; results come in the order of the batches.

Decoding a small model is many small operations, which gain little from more threads. Several processes of one thread
gain more: each takes the next batch as soon as it is free. The results are those of one process with one thread.
"""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import torch

from repro.errors import BadInput
from repro.parent_process import end_with_parent

Decode = Callable[[Any], Any]

_decode: Decode | None = None
"""In a process that decodes: what it does with a batch."""


class DecodingProcesses:
    """Processes that are forked with the model in their memory, at the first batch; for use as a context manager.

    torch hangs in a process that is forked after the parent has computed with several threads. So the parent must have
    computed with one thread only.

    Args:
        decode: a batch to its result; both must be of plain data.
        jobs: how many processes, of one thread each.

    Raises:
        ValueError: fewer than one process.
    """

    def __init__(self, decode: Decode, jobs: int) -> None:
        context = multiprocessing.get_context("fork")
        self._pool = ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(decode,))

    def __enter__(self) -> "DecodingProcesses":
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None:  # nobody wants the batches that are being decoded
            for process in list((self._pool._processes or {}).values()):
                process.kill()
        self._pool.shutdown(cancel_futures=True)

    def decoded(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The result of each batch, in their order.

        Raises:
            BadInput: a process was killed, as by a system that ran out of memory.
        """
        try:
            yield from self._pool.map(_decoded, batches)
        except BrokenProcessPool as error:
            raise BadInput(
                "a translating process was killed, perhaps because memory ran out; use --jobs 1 or fewer --batch-tokens"
            ) from error


def _begin(decode: Decode) -> None:
    global _decode
    gc.freeze()  # the model and the libraries stay, and need not be looked through for garbage
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first ends the others
    parent = multiprocessing.parent_process()
    assert parent is not None
    end_with_parent(parent.pid)  # or else it would wait for batches for good
    torch.set_num_threads(1)
    _decode = decode


def _decoded(batch: Any) -> Any:
    assert _decode is not None
    return _decode(batch)
