"""`repro compare RUN RUN`: configurations, metrics, learning curves and translations of runs side by side."""

import argparse
from pathlib import Path

from repro import files
from repro.console.formats import add_format, say_parts
from repro.console.numbers import between, positive
from repro.console.places import check_file
from repro.errors import BadInput
from repro.paths import expanded

PICTURES = (".svg", ".png")
PAGES = (".html",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "runs",
        metavar="RUN",
        nargs="+",
        type=expanded,
        help="a run's folder, a folder that holds exactly one, or a record.json; the first is compared with the others",
    )
    parser.add_argument(
        "--out",
        type=expanded,
        metavar="FILE",
        help="also write everything as a page (.html), or only the learning curves (.svg, .png)",
    )
    parser.add_argument(
        "--references",
        type=expanded,
        metavar="FILE",
        help="reference translations of the test set, if its prepared text is not here",
    )
    parser.add_argument(
        "--test",
        choices=["bootstrap", "randomisation"],
        default="bootstrap",
        help="paired test of the sentences, as for score (%(default)s)",
    )
    parser.add_argument(
        "--trials",
        type=between(1, 1_000_000),
        metavar="N",
        help="draws of the test (bootstrap 1000, randomisation 10000)",
    )
    parser.add_argument("--seed", type=positive, default=12345, metavar="N", help="seed of the test (%(default)s)")
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison, and write the page or picture.

    Raises:
        BadInput: see `recorded_runs` and `compared_translations`; or a place that is none for a page or picture.
    """
    from repro.comparison.curves import have_curves, picture
    from repro.comparison.overview import overview
    from repro.comparison.page import page
    from repro.comparison.recorded_run import recorded_runs
    from repro.comparison.translations import compared_translations

    out: Path | None = arguments.out
    if out is not None:
        _check_place(out)
    runs = recorded_runs(arguments.runs)
    if out is not None and out.suffix in PICTURES and not have_curves(runs):
        raise BadInput(
            f"--out {out} would be empty: none of these runs has a learning curve (metrics.csv); leave it out"
        )
    test, trials, seed = arguments.test, arguments.trials, arguments.seed
    translations = compared_translations(runs, arguments.references, test, trials, seed)
    parts = overview(runs, translations, test, trials, seed)
    if out is not None:
        content = (
            picture(runs, out.suffix[1:])
            if out.suffix in PICTURES
            else page(runs, parts).encode(errors="backslashreplace")
        )
        with files.written_atomically(out) as temporary:
            temporary.write_bytes(content)
    say_parts(parts, arguments.format)
    return 0


def _check_place(out: Path) -> None:
    if out.suffix not in (*PAGES, *PICTURES):
        raise BadInput(f"--out {out} is neither a page nor a picture; end its name in {', '.join((*PAGES, *PICTURES))}")
    check_file(out, "--out")
