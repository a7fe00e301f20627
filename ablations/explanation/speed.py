"""All instances at once against one at a time, on the same instances in one run.

python -m ablations.explanation.speed
python -m ablations.explanation.speed --e 300 --m 256 --steps 500

Both ways take turns, so that a machine that slows down slows both; the ratio is the median over rounds. Times are valid
only on an idle machine. Before they are timed, their results are compared. One at a time, most of the cost is in calls;
all at once, in arithmetic. So the wider the model, the smaller the ratio, above all for leave-one-out, where both ways
encode equally many texts.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.explanation import adversary, importance, permutation, reference
from ablations.explanation.adversary import Settings
from ablations.explanation.data.dataset import Batch
from ablations.explanation.models.classifier import Classifier
from ablations.explanation.summaries import median
from repro.console.command import OneLineParser, exit_status
from repro.console.numbers import positive

MINIMUM_SPEEDUP = 10.0
"""How many times as fast all at once must be."""
TYPES = 2000
BATCH_SIZE = 32
"""Texts of like length that go together."""


Way = Callable[[Batch], Tensor]


@dataclass(frozen=True)
class Race:
    """An experiment, both ways.

    Attributes:
        name: of the experiment.
        batched, alone: seconds of each round.
        difference: the largest between their results.
    """

    name: str
    batched: tuple[float, ...]
    alone: tuple[float, ...]
    difference: float

    @property
    def ratio(self) -> float:
        """Median over rounds of how many times as fast all at once is."""
        return _median([alone / batched for batched, alone in zip(self.batched, self.alone, strict=True)])

    def line(self) -> str:
        """Of the table."""
        return (
            f"{self.name:<14} {_median(self.batched):>10.3f} {_median(self.alone):>10.3f} {self.ratio:>8.1f} "
            f"{self.difference:>12.1e}"
        )


def some_texts(instances: int, seed: int) -> list[Batch]:
    """Random texts of 6 to 48 words, 19 on average as in SST, each between two special words; by length."""
    generator = torch.Generator().manual_seed(seed)
    lengths = 8 + (torch.rand(instances, 3, generator=generator).pow(2).mean(dim=1) * 42).long()
    return [_batch(part, generator) for part in lengths.sort().values.split(BATCH_SIZE)]


def _batch(lengths: Tensor, generator: torch.Generator) -> Batch:
    of, at = lengths[:, None], torch.arange(int(lengths.max()))
    return Batch(
        tokens=torch.randint(4, TYPES, (len(lengths), len(at)), generator=generator) * (at < of),
        mask=at < of,
        attendable=(at >= 1) & (at < of - 1),
        labels=torch.zeros(len(lengths), dtype=torch.long),
        index=torch.arange(len(lengths)),
    )


def race(
    instances: int = 64,
    rounds: int = 3,
    steps: int = 50,
    e: int = 32,
    m: int = 64,
    seed: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Race]:
    """Time leave-one-out, permutation and the adversary.

    Args:
        instances: how many texts.
        rounds: how often both ways take turns.
        steps: of the adversary's search; its time grows with them alike in both ways.
        e, m: widths of the BiLSTM.
        seed: of texts and model, which is not trained: time does not depend on it.
        clock: seconds.
    """
    texts = some_texts(instances, seed)
    model = Classifier(V=TYPES, classes=2, encoder="bilstm", attention="additive", e=e, m=m, seed=seed).eval()
    settings = Settings(steps=steps)
    ways: dict[str, tuple[Way, Way]] = {
        "leave-one-out": (
            lambda batch: importance.leave_one_out(model, batch),
            lambda batch: _pad(reference.leave_one_out(model, batch)),
        ),
        "permutation": (
            lambda batch: permutation.permute(model, batch).change,
            lambda batch: reference.permute(model, batch),
        ),
        "adversary": (
            lambda batch: adversary.attack(model, batch, settings).attention,
            lambda batch: _pad(reference.attack(model, batch, settings)),
        ),
    }
    races = []
    for name, ways_of in ways.items():
        batched, alone = (_over(texts, way) for way in ways_of)
        pairs = zip(batched(), alone(), strict=True)
        difference = max(float((one - other).abs().max()) for one, other in pairs)  # and both are warm
        times = [(_seconds(batched, clock), _seconds(alone, clock)) for _ in range(rounds)]
        races.append(Race(name, tuple(t for t, _ in times), tuple(t for _, t in times), difference))
    return races


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; status 1 if all at once is not fast enough."""
    return exit_status("speed", lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    parser = OneLineParser(
        prog="python -m ablations.explanation.speed", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name, default, meaning in (
        ("instances", 64, "texts"),
        ("rounds", 3, "rounds in which both ways are timed"),
        ("steps", 50, "steps of the adversary's search; the paper has 500"),
        ("e", 32, "width of embeddings; the papers have 300"),
        ("m", 64, "width of hidden states; the papers have 256"),
        ("seed", 1, "seed of texts and model"),
    ):
        parser.add_argument(f"--{name}", type=positive, default=default, help=f"{meaning} ({default})")
    raced = race(**vars(parser.parse_args(arguments)))
    print(f"{'experiment':<14} {'at once s':>10} {'alone s':>10} {'times':>8} {'difference':>12}")
    for result in raced:
        print(result.line())
    slow = [result.name for result in raced if result.ratio < MINIMUM_SPEEDUP]
    if slow:
        print(f"under {MINIMUM_SPEEDUP:.0f} times as fast: {', '.join(slow)}")
    return 1 if slow else 0


def _over(texts: Sequence[Batch], way: Way) -> Callable[[], list[Tensor]]:
    return lambda: [way(batch) for batch in texts]


def _seconds(call: Callable[[], object], clock: Callable[[], float]) -> float:
    began = clock()
    call()
    return clock() - began


def _pad(rows: Sequence[Tensor]) -> Tensor:
    longest = max(row.shape[-1] for row in rows)
    return torch.stack([torch.nn.functional.pad(row, (0, longest - row.shape[-1])) for row in rows])


def _median(values: Sequence[float]) -> float:
    return float(median(torch.tensor(values, dtype=torch.float64), dim=0))


if __name__ == "__main__":
    raise SystemExit(main())
