"""Grids: what to vary and what to measure.

    import ablations

    ablations.list_grids()
    heads = ablations.load_grid("heads", scale="demo", seeds=2)    # or a YAML file
    heads.plan()                                                   # its cells, and what is done
    heads.run(jobs=2)
    heads.results()                                                # rows against the base

The names in `__all__` are public (docs/python.md), and are imported when they are first asked for.
"""

from typing import TYPE_CHECKING

from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from ablations.ablation import Ablation, list_grids, load_grid
else:
    __getattr__ = lazy_attributes(
        __name__, dict.fromkeys(("Ablation", "list_grids", "load_grid"), "ablations.ablation")
    )

__all__ = ["Ablation", "list_grids", "load_grid"]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
