"""Makes a finished run the model that comes with the package: `python -m repro.cli.shipping RUN`."""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from repro import files
from repro.cell_directory import RECORD, attempt_name
from repro.cli.weights import AVERAGED
from repro.console.command import OneLineParser, exit_status
from repro.errors import BadInput
from repro.ledger.attempts import record_that_counts
from repro.ledger.record import Record
from repro.paths import expanded
from repro.weights import shipped

LONGEST_EXAMPLE = 9
"""Words of a sentence that is offered for trying: longer ones make large pictures."""
EXAMPLES = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `repro/weights/shipped_model/`; the exit status is that of every command."""
    return exit_status("shipping", lambda: _ship(list(sys.argv[1:] if arguments is None else arguments)))


def _ship(arguments: Sequence[str]) -> int:
    parser = OneLineParser(prog="python -m repro.cli.shipping", description=__doc__)
    parser.add_argument("run", type=expanded, help="the folder of a finished run on the built-in text")
    parser.add_argument("--to", type=expanded, default=shipped.FOLDER, help="where it goes (into the package)")
    parsed = parser.parse_args(arguments)
    record = record_that_counts(parsed.run)
    if record is None or record.status != "done" or record.config.get("data", {}).get("corpus") != "builtin":
        raise BadInput(f"{parsed.run} holds no finished run on the built-in text; give the folder of one")
    attempt = parsed.run / attempt_name(record.attempt)
    about = _about(record, attempt)
    with files.built_atomically(parsed.to.with_name(f"{parsed.to.name}.new")) as folder:
        shutil.copyfile(attempt / AVERAGED, folder / shipped.WEIGHTS)
        shutil.copyfile(attempt / RECORD, folder / RECORD)
        files.write_text(folder / shipped.ABOUT, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    shutil.rmtree(parsed.to, ignore_errors=True)
    parsed.to.with_name(f"{parsed.to.name}.new").rename(parsed.to)
    print(parsed.to)
    return 0


def _about(record: Record, attempt: Path) -> dict[str, object]:
    """What `shipped.ShippedModel` says of the model."""
    from repro.data.builtin import BuiltinSettings, builtin_corpus

    settings = record.config["data"]["builtin"]
    corpus = builtin_corpus(BuiltinSettings(**{**settings, "phenomena": tuple(settings["phenomena"])}))
    words = {word.strip(shipped.PUNCTUATION).lower() for source, _ in corpus.pairs("train") for word in source.split()}
    test = list(corpus.pairs("test"))
    translations = (attempt / "hypotheses.test.txt").read_text(encoding="utf-8").split("\n")
    right = [source for (source, target), given in zip(test, translations, strict=False) if target == given]
    short = [source for source in right if len(source.split()) <= LONGEST_EXAMPLE]
    return {
        "exact_match": record.metrics["test.exact_match"]["value"],
        "tested_on": len(test),
        "sentences": short[:EXAMPLES],
        "words": sorted(words - {""}),
    }


if __name__ == "__main__":
    raise SystemExit(main())
