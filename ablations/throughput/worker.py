"""The process of one peer: `python -m ablations.throughput.worker`, told what to do line by line in JSON.

    {"do": "start", "name": ..., "size": ..., "files": ..., ...}    builds the model from the files of the workload
    {"do": "turn"}                                                   works through all batches once
    {"do": "rate"}                                                   operations a second of one large matrix product

Each line of input is answered by one line of output. It runs in whichever environment has the peer's library.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ablations.throughput import workload
from repro.ledger.running.machine import peak_memory_bytes


class Work:
    """One peer at one task."""

    def __init__(self, order: dict[str, Any]) -> None:
        import torch

        from ablations.throughput.peers import model_of

        os.environ["REPRO_THREADS"] = str(order["threads"])
        torch.set_num_threads(order["threads"])
        if order["settings"] == "project":
            from repro.training.process import configure_matmul, configure_process

            configure_process(order["threads"])
            configure_matmul(workload.SIZES[order["size"]].d_model)
        torch.manual_seed(order["seed"])
        self.order, self.torch = order, torch
        files = Path(order["files"])
        size = workload.SIZES[order["size"]]
        pairs = workload.read(files / "batches.npz")
        training = order["task"] == "training"
        before = peak_memory_bytes()
        self.model = model_of(order["name"])(
            size,
            workload.read_weights(files / "weights.npz"),
            order["precision"],
            0.1 if training else 0.0,
            order["device"],
        )
        if training and order["settings"] == "project":
            _fuse(self.model)
        self.model.largest_batch = max(max(batch.source_tokens, batch.target_tokens) for batch in pairs)
        self.loss = self.model.loss(pairs[0]) if training else None
        self.batches = [(self.model.prepare(batch), batch.src.shape[1] + order["extra_tokens"]) for batch in pairs]
        self.imported = before

    def turn(self) -> dict[str, Any]:
        """Seconds for each batch, and what a search finds."""
        seconds, translations = [], []
        for batch, steps in self.batches:
            began = self._now()
            if self.order["task"] == "training":
                self.model.train(batch)
            else:
                translations.append(self.model.decode(batch, self.order["beam"], steps))
            seconds.append(self._now() - began)
        return {
            "seconds": seconds,
            "translations": translations,
            "peak": peak_memory_bytes(),
            "device_peak": self._device_peak(),
        }

    def rate(self) -> dict[str, Any]:
        """Operations a second of large matrix products in the task's precision: what the machine could do.

        By the faster of the libraries that this project picks from by width, whichever the model at hand uses.
        """
        torch = self.torch
        from repro.training.process import MIN_ONEDNN_WIDTH, configure_matmul

        dtype = torch.float32 if self.order["precision"] == "fp32" else torch.bfloat16
        width = 8192 if self.order["device"] == "cuda" else 2048
        a, b = (torch.randn(width, width, device=self.order["device"], dtype=dtype) for _ in range(2))
        seconds = []
        own = torch.get_float32_matmul_precision()
        for d_model in (1, MIN_ONEDNN_WIDTH):
            configure_matmul(d_model)
            for _ in range(3):
                began = self._now()
                torch.mm(a, b)
                seconds.append(self._now() - began)
        torch.set_float32_matmul_precision(own)
        return {"rate": 2 * width**3 / min(seconds)}

    def _now(self) -> float:
        if self.order["device"] == "cuda":
            self.torch.cuda.synchronize()
        return time.perf_counter()

    def _device_peak(self) -> int | None:
        return int(self.torch.cuda.max_memory_allocated()) if self.order["device"] == "cuda" else None


def _fuse(model: Any) -> None:
    """Give a peer Adam's fused form, which this project uses, before its first step; most make the plain one."""
    for group in model.optimiser.param_groups:
        group["fused"], group["foreach"] = True, False


def main() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w")  # a library may print
    os.dup2(2, 1)
    work: Work | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "start":
            work = Work(order)
            answer = {"loss": work.loss, "imported": work.imported}
        else:
            assert work is not None
            answer = work.turn() if order["do"] == "turn" else work.rate()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
