"""The command `report`: builds the report from records, shows, checks and publishes them, says what is stale."""

import argparse
import contextlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repro.console.command import exit_status, program_parser, run_command
from repro.console.empty_directories import no_empty_directories
from repro.console.numbers import natural
from repro.paths import expanded
from repro.streams import in_one_line, note, say
from repro.table import FORMATS
from repro.texts import LANGUAGES, texts_of

if TYPE_CHECKING:
    from reports.claims.own_claims import OwnFiles
    from reports.verdicts.report import Report

EPILOG = """
after `repro suite --scale demo`:
  report build runs --out report
  report serve runs --out report
  report status runs --out report
  report check runs
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 if it found something wrong, 2 for bad input, 130 if stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return exit_status("report", lambda: run_command(*_parser(), given))


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and those of all commands by their names."""
    parser, commands = program_parser(
        "report", "Shows what the papers claim, what was measured, and whether the claims hold.", EPILOG
    )

    building = commands.add_parser("build", help="write the report on directories of runs")
    _add_what(building)
    building.set_defaults(run=_build)

    serving = commands.add_parser("serve", help="show the report in a browser, and rebuild it when records arrive")
    _add_what(serving)
    serving.add_argument("--port", type=natural, default=8000, help="port to listen on; 0 takes any free one (8000)")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1, this machine only)")
    serving.set_defaults(run=_serve)

    publishing = commands.add_parser("publish", help="log the report to Weights & Biases, if you are online")
    _add_what(publishing)
    publishing.add_argument("--project", default="attention-repro", help="the W&B project (attention-repro)")
    publishing.set_defaults(run=_publish)

    status = commands.add_parser(
        "status", help="list records made by other code, and say whether the report is out of date"
    )
    status.add_argument(
        "runs", nargs="+", type=expanded, metavar="RUNS", help="the directories that the report was built from"
    )
    status.add_argument("--out", type=expanded, default=Path("report"), help="folder of the report (report)")
    _add_own(status)
    _add_others(status)
    status.set_defaults(run=_status)

    placing = commands.add_parser(
        "compare", help="compare your number or run with published runs of the same configuration"
    )
    _add_comparison(placing)
    placing.set_defaults(run=_compare)

    checking = commands.add_parser(
        "check", help="find faults and warnings in a folder of records, or in a file of claims"
    )
    checking.add_argument(
        "paths",
        nargs="+",
        type=expanded,
        metavar="PATH",
        help="a folder of records, or a YAML file of claims or of published figures",
    )
    checking.add_argument("--json", type=expanded, metavar="FILE", help="also write the findings to this file, as JSON")
    _add_grids(checking)
    checking.set_defaults(run=_check, claims=[])

    comparing = commands.add_parser("diff", help="compare two directories of runs, verdict by verdict")
    comparing.add_argument("before", type=expanded, metavar="A")
    comparing.add_argument("after", type=expanded, metavar="B")
    _add_own(comparing)
    comparing.set_defaults(run=_diff)
    return parser, commands.choices


def _add_what(parser: argparse.ArgumentParser) -> None:
    """Of which runs, where to, and in which language."""
    parser.add_argument(
        "runs", nargs="+", type=expanded, metavar="RUNS", help="directory of runs, or of published records"
    )
    parser.add_argument("--out", type=expanded, default=Path("report"), help="folder for the report (report)")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the report (en)")
    _add_own(parser)
    _add_others(parser)


def _add_own(parser: argparse.ArgumentParser) -> None:
    """Claims, grids and scales beside the installed ones."""
    parser.add_argument(
        "--claims",
        type=expanded,
        action="append",
        default=[],
        metavar="FILE",
        help="claims of your own, in addition (may be given several times)",
    )
    _add_grids(parser)


def _add_grids(parser: argparse.ArgumentParser) -> None:
    """Grids and scales beside the installed ones."""
    parser.add_argument(
        "--grids",
        type=expanded,
        action="append",
        default=[],
        metavar="PATH",
        help="grids of your own: a file, or a folder of them (may be given several times)",
    )
    parser.add_argument(
        "--scales",
        type=expanded,
        action="append",
        default=[],
        metavar="FILE",
        help="a scale of your own, where your grids ran (may be given several times)",
    )


def _add_comparison(parser: argparse.ArgumentParser) -> None:
    """What is compared, and with which published runs."""
    parser.add_argument(
        "what",
        nargs="+",
        metavar="NUMBER|FILE|RUNS",
        help='a number; a record.json; a JSON file such as {"test.bleu": 27.3}; or a folder of runs',
    )
    parser.add_argument(
        "--grid", help="compare with published runs of this grid (for a record: with those of its configuration)"
    )
    parser.add_argument("--scale", help="compare with runs at this scale")
    parser.add_argument("--row", help="compare with runs of this row")
    parser.add_argument(
        "--metric", help="the metric of the number, or which metric of a record to compare (those of the grid)"
    )
    parser.add_argument(
        "--all", action="store_true", help="compare every metric of a record, not only those that the grid shows"
    )
    parser.add_argument(
        "--from",
        dest="published",
        type=expanded,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of published runs (reports/published of a checkout); may be given several times",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="format of the output (text)")
    parser.add_argument("--json", type=expanded, metavar="FILE", help="also write everything to this file, as JSON")


def _add_others(parser: argparse.ArgumentParser) -> None:
    """Records of others, which are shown and decide nothing."""
    parser.add_argument(
        "--others",
        type=expanded,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of others' records with its origin.yaml, shown separately (may be given several times)",
    )


def _own(parsed: argparse.Namespace) -> "OwnFiles":
    from reports.claims.own_claims import OwnFiles

    others = tuple(getattr(parsed, "others", ()))
    return OwnFiles(tuple(parsed.claims), tuple(parsed.grids), others, tuple(parsed.scales))


def _build(parsed: argparse.Namespace) -> int:
    from reports.build import WRITERS, build
    from reports.formatting import measured_text, standing_text
    from reports.verdicts.without_verdict import without_verdict
    from repro.table import table

    with no_empty_directories(parsed.out):
        report = build(parsed.runs, parsed.out, parsed.lang, _own(parsed))
    print(f"{standing_text(report.stands_of(report.shipped), 'en')}\n")
    print(table([[str(count), word] for word, count in _by_verdict(report).items()]))
    if report.own:
        rows = [
            [judged.claim.id, judged.verdict.verdict, measured_text(judged.verdict.measured)] for judged in report.own
        ]
        print(f"\n{table([['your claim', 'verdict', 'measured'], *rows])}")
    for others in report.others:
        note(others.summary())
    for damaged in report.records.damaged:
        note(f"left out: {damaged.reason}")
    if not report.records.counted:
        for each in without_verdict(report.records):
            note(f"report: {each.said(texts_of('reports', 'en'))}")
        below = ", ".join(map(str, parsed.runs))
        contents = "no other record" if report.records.foreign else "no record"
        note(f"report: there is {contents} below {below}, so nothing is decided; `repro suite` makes some")
    print("\n" + "\n".join(str(parsed.out / name) for name in WRITERS))
    return 0


def _by_verdict(report: "Report") -> dict[str, int]:
    """How many shipped claims have each verdict; those that nothing is to decide stand apart from those not run."""
    shown = texts_of("reports", "en")["standing.shown"]
    stands = report.stands_of(report.shipped)
    words = [
        shown if stand.standing == "shown" else judged.verdict.verdict
        for judged, stand in zip(report.shipped, stands, strict=True)
    ]
    return {word: words.count(word) for word in [*report.count(), shown]}


def _serve(parsed: argparse.Namespace) -> int:
    from reports.serve import serve

    try:
        serve(parsed.runs, parsed.out, parsed.lang, parsed.host, parsed.port, _own(parsed))
    except KeyboardInterrupt:
        note("\nreport: stopped")
    return 0


def _publish(parsed: argparse.Namespace) -> int:
    from reports.publish import publish

    say(publish(parsed.runs, parsed.out, parsed.lang, parsed.project, _own(parsed)))
    return 0


def _status(parsed: argparse.Namespace) -> int:
    from reports.status import status_of

    lines, stale = status_of(parsed.runs, parsed.out, _own(parsed))
    say("\n".join(lines))
    if stale:
        given = [(name, path) for name in ("claims", "grids", "scales", "others") for path in getattr(parsed, name)]
        own = [word for name, path in given for word in (f"--{name}", str(path))]
        language = _language_of(parsed.out)
        own += ["--lang", language] if language != LANGUAGES[0] else []
        again = shlex.join(["report", "build", *map(str, parsed.runs), "--out", str(parsed.out), *own])
        print(f"\nto bring the report up to date: {again}")
    return 1 if stale else 0


def _language_of(out: Path) -> str:
    """The language of the page in a folder, as its first lines say; the usual one where there is no such page."""
    from reports.build import PAGE
    from repro import regular_file

    page = b""  # of what is not there, or is no file
    with contextlib.suppress(OSError, regular_file.NotRegular):
        page = regular_file.read_bytes(out / PAGE)
    return next((it for it in LANGUAGES if f'<html lang="{it}">'.encode() in page[:200]), LANGUAGES[0])


def _compare(parsed: argparse.Namespace) -> int:
    from reports.comparison.command import compare

    text, status = compare(parsed)
    say(text)
    return status


def _check(parsed: argparse.Namespace) -> int:
    from reports.check import run_check

    lines, faulty = run_check(parsed.paths, _own(parsed), parsed.json)
    say("\n".join(map(in_one_line, lines)))
    return 1 if faulty else 0


def _diff(parsed: argparse.Namespace) -> int:
    from reports.verdicts.difference import differences, differences_table

    with _own(parsed).known() as claims:
        say(differences_table(differences(parsed.before, parsed.after, claims)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
