"""`repro verify RECORD`: runs a record's cell with the record's code and versions, and compares the numbers."""

import argparse
from pathlib import Path
from typing import Any

from repro import files
from repro.console.formats import add_format, say_parts
from repro.console.numbers import positive
from repro.console.places import check_file
from repro.errors import BadInput
from repro.paths import expanded
from repro.streams import note, say

UPDATES = 200
"""The updates that --quick compares by default."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "record", metavar="RECORD", help="a record.json, a cell's directory, a cell's id or the beginning of an id"
    )
    parser.add_argument("--out", type=expanded, default=Path("runs"), help="directory with all runs (%(default)s)")
    parser.add_argument(
        "--from",
        dest="published",
        type=expanded,
        action="append",
        metavar="DIR",
        help="a folder of published records (those of the checkout); may be given several times",
    )
    parser.add_argument(
        "--quick", action="store_true", help="compare only the first updates, by the learning curve next to the record"
    )
    parser.add_argument("--updates", type=positive, metavar="N", help=f"how many updates --quick compares ({UPDATES})")
    parser.add_argument(
        "--python", metavar="PYTHON", help="a Python of the record's version (this one, or one in PATH)"
    )
    parser.add_argument(
        "--repository",
        metavar="WHERE",
        help="a checkout, or a repository's address, with the record's commit (this one)",
    )
    parser.add_argument(
        "--wheels", type=expanded, metavar="DIR", help="a folder of wheels, used instead of any package index"
    )
    parser.add_argument("--into", type=expanded, metavar="DIR", help="an empty directory to work in, which is kept")
    parser.add_argument("--keep", action="store_true", help="keep the directory in which the cell ran")
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="continue without the record's uncommitted changes, or with another build of a package",
    )
    parser.add_argument(
        "--cache", type=expanded, metavar="DIR", help="the folder of environments and wheels (~/.cache/attention-repro)"
    )
    parser.add_argument(
        "--json", type=expanded, metavar="FILE", help="also write the verdict and every number to this file"
    )
    add_format(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify one record; the status is 0 if its numbers agree, 1 if one is off, 2 if nothing can be said.

    Raises:
        BadInput: it cannot be verified.
        Interrupted: stopped by a signal.
    """
    if arguments.json is not None:
        check_file(arguments.json, "--json")
    if arguments.updates is not None and not arguments.quick:
        raise BadInput("--updates sets how many updates --quick compares; add --quick")
    content: dict[str, Any] = {"record": arguments.record}
    try:
        status = _verify(arguments, content)
    except BadInput as error:
        _write(arguments.json, {**content, "status": 2, "verdict": f"not verified: {error}"})
        raise
    _write(arguments.json, content)
    return status


def _verify(arguments: argparse.Namespace, content: dict[str, Any]) -> int:
    from repro.data.corpora import default_cache
    from repro.ledger.grids.paper_column import record_folders
    from repro.ledger.records.originals import original_named
    from repro.verification.verify import Wishes, verify

    folders = arguments.published if arguments.published else record_folders()
    original = original_named(arguments.record, arguments.out, folders)
    record = original.record
    content |= {"path": str(original.path), "commit": record.commit, "other_seeds": len(original.others)}
    content |= {key: getattr(record, key) for key in ("cell", "grid", "row", "scale", "seed")}
    wishes = Wishes(
        cache=arguments.cache or default_cache(),
        python=arguments.python,
        repository=arguments.repository,
        wheels=arguments.wheels,
        into=arguments.into,
        updates=(arguments.updates or UPDATES) if arguments.quick else None,
        anyway=arguments.anyway,
        keep=arguments.keep,
    )
    note(f"record: {original.path}")
    judgement = verify(original, wishes)
    if judgement.parts:
        say_parts(judgement.parts, arguments.format)
        say("")
    say(judgement.verdict)
    content |= {"status": judgement.status, "verdict": judgement.verdict, **judgement.content}
    return judgement.status


def _write(path: Path | None, content: dict[str, Any]) -> None:
    if path is not None:
        files.write_json(path, content)
