"""`repro score HYP REF`: every definition of BLEU, chrF and exact match of two text files."""

import argparse
import json

from repro.console.numbers import natural
from repro.paths import expanded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("hypotheses", metavar="HYP", type=expanded, help="translations, one a line; may be compressed")
    parser.add_argument("references", metavar="REF", type=expanded, help="right translations, line by line")
    parser.add_argument(
        "--language",
        default="de",
        metavar="CODE",
        help="target language, for Moses tokenisation (default: %(default)s)",
    )
    parser.add_argument(
        "--pretokenised",
        action="store_true",
        help="both files hold tokens; score them without tokenising again",
    )
    parser.add_argument(
        "--resamples",
        type=natural,
        default=1000,
        metavar="N",
        help="bootstrap resamples for the intervals, 0 for none (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=natural, default=0, metavar="N", help="seed of the bootstrap (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON (metric name -> record) instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Score the files, print the scores on stdout, and return the exit status.

    Raises:
        BadInput: see `score.score_files`.
    """
    from repro.scoring.report import metrics_table
    from repro.scoring.score import score_files

    metrics = score_files(
        arguments.hypotheses,
        arguments.references,
        arguments.language,
        pretokenised=arguments.pretokenised,
        resamples=arguments.resamples,
        seed=arguments.seed,
    )
    if arguments.json:
        records = {metric.name: metric.as_record() for metric in metrics}
        print(json.dumps(records, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(metrics_table(metrics))
    return 0
