"""Chooses the grids of a suite that fit into a number of minutes on this machine."""

from collections.abc import Sequence

from repro.cli.calibration import measured_apart
from repro.cores import usable_cores
from repro.duration import duration
from repro.errors import BadInput
from repro.ledger.grids.scale import Portion, Scale


def within(scale: Scale, minutes: float, jobs: int | None = None) -> tuple[list[Portion], list[Portion], float]:
    """The portions that fit, those that do not, and how many times as long as in the suite's file they take here.

    They are taken in the file's order; one that does not fit is left out, and shorter ones behind it still count.

    Args:
        scale: whose suite.
        minutes: that there are.
        jobs: cells at a time; None: as many as there are cores.

    Raises:
        BadInput: the suite's file does not say how long its grids take, or none of them fits.
    """
    if scale.seconds_per_update is None or any(portion.core_minutes is None for portion in scale.grids):
        raise BadInput(f"{scale.path} does not say how long its grids take; leave --minutes out")
    slowness = measured_apart() / scale.seconds_per_update
    cores = usable_cores()
    factor = slowness / min(jobs or cores, cores)
    fit, left_out = fitting(scale.grids, minutes, factor)
    if left_out and not fit:
        shortest = factor * min(portion.core_minutes or 0 for portion in left_out)
        raise BadInput(
            f"no grid of {scale.name} fits into {minutes:g} minutes here; the shortest takes about "
            f"{duration(60 * shortest)}, so give more --minutes"
        )
    return fit, left_out, slowness


def fitting(portions: Sequence[Portion], minutes: float, factor: float) -> tuple[list[Portion], list[Portion]]:
    """Those that fit into so many minutes and those that do not, if each takes `factor` times its core minutes."""
    fit: list[Portion] = []
    left_out: list[Portion] = []
    for portion in portions:
        fits = factor * sum(taken.core_minutes or 0 for taken in (*fit, portion)) <= minutes
        (fit if fits else left_out).append(portion)
    return fit, left_out
