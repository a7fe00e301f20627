"""A reproduction harness for "Attention Is All You Need" (Vaswani et al. 2017).

    import repro

    model = repro.load()                                  # or a run's folder, or a checkpoint
    model.translate("Why must my black cat get up?")
    model.inspect("Why must my black cat get up?")        # Q, K, V and all else as arrays, and as a page
    record = repro.train("model/mini", "data/builtin", "trainer/builtin", set={"h": 1}, out="runs/one-head")

The names in `__all__` are public (docs/python.md), and are imported when they are first asked for: `import repro` alone
takes no time. Everything else may change.

The parts of the package, from the lowest up; each imports only from those before it: `statistics` (no torch), `models`
(tensors in, tensors out), `trees` (of sentences), `data`, `weights` (checkpoints on disk), `decoding`, `scoring`,
`inspection` (of one sentence), `training`, `ledger` (of runs), `comparison` (of runs), `console` (what commands share),
`verification` (of records), the command line in `cli`, and `interface`, which has the functions above.
"""

from typing import TYPE_CHECKING

from repro.lazy_attributes import lazy_attributes

__version__ = "0.2.0.dev0"

if TYPE_CHECKING:
    from repro.errors import BadInput, Interrupted
    from repro.inspection.inspection import Inspection
    from repro.interface.model import Model, load
    from repro.interface.records import read_curve, read_record
    from repro.interface.scoring import score
    from repro.interface.training import LightningObjects, lightning, train
    from repro.ledger.records.record import Record
    from repro.scoring.metric import Metric
    from repro.tidy_table import Table
else:  # to a type checker, what is not listed is not there
    __getattr__ = lazy_attributes(
        __name__,
        {
            "BadInput": "repro.errors",
            "Inspection": "repro.inspection.inspection",
            "Interrupted": "repro.errors",
            "LightningObjects": "repro.interface.training",
            "Metric": "repro.scoring.metric",
            "Model": "repro.interface.model",
            "Record": "repro.ledger.records.record",
            "Table": "repro.tidy_table",
            "lightning": "repro.interface.training",
            "load": "repro.interface.model",
            "read_curve": "repro.interface.records",
            "read_record": "repro.interface.records",
            "score": "repro.interface.scoring",
            "train": "repro.interface.training",
        },
    )

__all__ = [
    "BadInput",
    "Inspection",
    "Interrupted",
    "LightningObjects",
    "Metric",
    "Model",
    "Record",
    "Table",
    "__version__",
    "lightning",
    "load",
    "read_curve",
    "read_record",
    "score",
    "train",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
