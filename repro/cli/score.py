"""`repro score HYP... REF`: all scores of one translation, or of several with paired tests against the first."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from repro.console.formats import add_format, say_parts
from repro.console.numbers import between, natural
from repro.errors import BadInput
from repro.paths import expanded
from repro.streams import note, say_json

if TYPE_CHECKING:  # SciPy and NumPy take their time, and parsing needs none of it
    from repro.scoring.significance import Test

RESAMPLES = 1000
LANGUAGE = "de"
"""The target of most corpora here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "hypotheses",
        metavar="HYP",
        nargs="+",
        type=expanded,
        help="translations, one per line; may be compressed. The first of several files is the baseline",
    )
    parser.add_argument("references", metavar="REF", type=expanded, help="reference translations, line by line")
    parser.add_argument(
        "--language",
        metavar="CODE",
        help=f"target language, whose tokens some definitions of BLEU count (default: {LANGUAGE})",
    )
    parser.add_argument(
        "--pretokenised",
        action="store_true",
        help="all files hold tokens; score them without tokenising again",
    )
    parser.add_argument(
        "--trees",
        action="store_true",
        help="the lines are constituency trees, as the Penn Treebank writes them or linearised; score their brackets",
    )
    parser.add_argument(
        "--resamples",
        type=between(0, 1_000_000),
        metavar="N",
        help=f"bootstrap resamples for the intervals, 0 for none (default: {RESAMPLES}); "
        "for a paired bootstrap, use --trials",
    )
    parser.add_argument(
        "--seed", type=natural, metavar="N", help="random seed (default: 0; for several files 12345, as in sacreBLEU)"
    )
    paired = parser.add_argument_group("with several HYP")
    paired.add_argument(
        "--test",
        choices=["bootstrap", "randomisation"],
        help="sacreBLEU's paired bootstrap resampling, or its paired approximate randomisation (default: bootstrap)",
    )
    paired.add_argument(
        "--trials",
        type=between(1, 1_000_000),
        metavar="N",
        help="resamples (default: 1000), or random swaps (default: 10000)",
    )
    output = parser.add_mutually_exclusive_group()
    add_format(output)
    output.add_argument(
        "--json",
        action="store_true",
        help="print JSON instead of tables: metric name -> record; for several files, the test and a list of them",
    )


def run(arguments: argparse.Namespace) -> int:
    """Score the files, print the scores on stdout, and return the exit status.

    Raises:
        BadInput: see `score.score_files` and `significance.paired_scores`; or an option of the other way to score.
    """
    if arguments.trees and arguments.pretokenised:
        raise BadInput("--pretokenised is for translations and --trees for trees; leave one out")
    if arguments.trees and len(arguments.hypotheses) > 1:
        raise BadInput("--trees scores one file against the right trees; score each file separately")
    if len(arguments.hypotheses) > 1:
        return _run_paired(arguments)
    for option in ("test", "trials"):
        if getattr(arguments, option) is not None:
            raise BadInput(f"--{option} compares several files of translations; give a second one, or leave it out")
    from repro.scoring.report import metrics_parts

    (hypotheses,) = arguments.hypotheses
    resamples = RESAMPLES if arguments.resamples is None else arguments.resamples
    if arguments.trees:
        from repro.scoring.tree_scores import score_trees

        metrics = score_trees(hypotheses, arguments.references, resamples=resamples, seed=arguments.seed or 0)
    else:
        from repro.scoring.score import score_files

        metrics = score_files(
            hypotheses,
            arguments.references,
            arguments.language or LANGUAGE,
            pretokenised=arguments.pretokenised,
            resamples=resamples,
            seed=arguments.seed or 0,
        )
        _say_language(arguments)
    if arguments.json:
        _print_json({metric.name: metric.as_record() for metric in metrics})
    else:
        say_parts(metrics_parts(metrics), arguments.format)
    return 0


def _run_paired(arguments: argparse.Namespace) -> int:
    test: Test = arguments.test or "bootstrap"
    if test == "bootstrap" and arguments.resamples is not None:
        raise BadInput("--resamples is for one file, or for --test randomisation; for a paired bootstrap, use --trials")
    from repro.scoring.report import TESTS, paired_parts
    from repro.scoring.score import read_pair
    from repro.scoring.significance import SEED, TRIALS, paired_scores

    pairs = [read_pair(path, arguments.references) for path in arguments.hypotheses]
    trials = arguments.trials or TRIALS[test]
    resamples = RESAMPLES if arguments.resamples is None else arguments.resamples
    seed = SEED if arguments.seed is None else arguments.seed
    scores = paired_scores(
        [hypotheses for hypotheses, _ in pairs],
        pairs[0][1],
        arguments.language or LANGUAGE,
        pretokenised=arguments.pretokenised,
        test=test,
        trials=trials,
        resamples=resamples,
        seed=seed,
    )
    _say_language(arguments)
    names = [str(path) for path in arguments.hypotheses]
    if arguments.json:
        systems = [
            {"hypotheses": name, "metrics": {metric: score.as_record() for metric, score in of_system.items()}}
            for name, of_system in zip(names, scores, strict=True)
        ]
        _print_json({"test": test, "trials": trials, "seed": seed, "baseline": names[0], "systems": systems})
    else:
        say_parts(paired_parts(names, scores, TESTS[test].format(trials=trials, seed=seed)), arguments.format)
    return 0


def _say_language(arguments: argparse.Namespace) -> None:
    """Say which language the text was taken for, where nobody has said which it is and it counts."""
    if arguments.language is None and not arguments.pretokenised:
        note(f"scored as text in {LANGUAGE}; for another language, give --language")


def _print_json(content: Any) -> None:
    say_json(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
