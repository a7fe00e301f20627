"""Turns a finished run into a model that comes with the package: `python -m repro.cli.shipping RUN`."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from repro import files
from repro.cell_directory import AVERAGED, RECORD, attempt_name
from repro.console.command import OneLineParser, exit_status
from repro.errors import BadInput
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record
from repro.paths import expanded
from repro.weights import shipped

TEXTS = {
    "builtin": "generated sentences, English to German",
    "help": "the help of LibreOffice, English to German",
}
"""Corpora whose text may be handed on -> in words."""

LONGEST_EXAMPLE = 9
"""Words of a sentence that is offered for trying: longer ones make large pictures."""
EXAMPLES = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `repro/weights/shipped_models/CORPUS/`; the exit status is that of every command."""
    return exit_status("shipping", lambda: _ship(list(sys.argv[1:] if arguments is None else arguments)))


def _ship(arguments: Sequence[str]) -> int:
    parser = OneLineParser(prog="python -m repro.cli.shipping", description=__doc__)
    parser.add_argument("run", type=expanded, help=f"the folder of a finished run on {' or '.join(TEXTS)}")
    parser.add_argument("--to", type=expanded, help="a new folder, or that of a model to replace (the package's)")
    parser.add_argument(
        "--try",
        action="append",
        dest="sentences",
        metavar="SENTENCE",
        help="a sentence to suggest to users; may be given several times (some that it translates exactly)",
    )
    parsed = parser.parse_args(arguments)
    record = record_that_counts(parsed.run)
    corpus = record.config.get("data", {}).get("corpus") if record is not None and record.status == "done" else None
    if record is None or corpus not in TEXTS:
        raise BadInput(f"{parsed.run} holds no finished run on {' or '.join(TEXTS)}; give the folder of one")
    to: Path = (parsed.to or shipped.FOLDER / str(corpus)).resolve()
    if to.exists() and not (to / shipped.ABOUT).is_file():
        raise BadInput(
            f"--to {to} is there and holds no model ({shipped.ABOUT}); name a new folder, or that of a model"
        )
    attempt = parsed.run / attempt_name(record.attempt)
    about = _about(record, attempt, parsed.sentences)
    with files.built_atomically(to) as folder:
        shutil.copyfile(attempt / AVERAGED, folder / shipped.WEIGHTS)
        shutil.copyfile(attempt / RECORD, folder / RECORD)
        files.write_text(folder / shipped.ABOUT, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
        shutil.rmtree(to, ignore_errors=True)  # the model before, at the last moment
    print(to)
    return 0


def _about(record: Record, attempt: Path, sentences: Sequence[str] | None) -> dict[str, object]:
    """The description of the model for `shipped.ShippedModel`."""
    from repro.data.selection import configured_corpus

    data = record.config["data"]
    corpus = configured_corpus(data)
    words = {word.strip(shipped.PUNCTUATION).lower() for source, _ in corpus.pairs("train") for word in source.split()}
    test = list(corpus.pairs("test"))[: record.config.get("decoding", {}).get("lines")]  # those that were decoded
    return {
        "text": TEXTS[data["corpus"]],
        "quality": _quality(record, len(test)),
        "sentences": sentences or _translated_exactly(test, attempt / "hypotheses.test.txt"),
        "words": sorted(words - {""}),
    }


def _quality(record: Record, tested_on: int) -> str:
    generated = record.config["data"]["corpus"] == "builtin"  # where a sentence has one right translation
    metric = "test.exact_match" if generated else "test.bleu"
    value = value_of(record, metric)
    if value is None:
        raise BadInput(f"the run has no {metric}; train with decoding.splits [test]")
    if generated:
        return f"It translates {value:g}% of {tested_on:,} new ones exactly."
    return f"It reaches {value:.1f} BLEU on {tested_on:,} new sentences."


def _translated_exactly(test: Sequence[tuple[str, str]], hypotheses: Path) -> list[str]:
    """Some short sentences of the test set."""
    translations = hypotheses.read_text(encoding="utf-8").split("\n")
    right = [source for (source, target), given in zip(test, translations, strict=False) if target == given]
    return [source for source in right if len(source.split()) <= LONGEST_EXAMPLE][:EXAMPLES]


if __name__ == "__main__":
    raise SystemExit(main())
