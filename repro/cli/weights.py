"""Finds the weights that `--checkpoint` names, before torch is imported, which takes seconds."""

from pathlib import Path
from typing import Any

from repro import json_file
from repro.cell_directory import AVERAGED, CELL_FILE, attempt_name, attempts
from repro.errors import BadInput
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.record import read_record
from repro.paths import expanded
from repro.streams import note
from repro.weights.shipped import model_for, shipped_model, shipped_names

QUALITIES = "test.bleu", "dev.perplexity"
"""The metrics that say most about a model, where they were measured."""


def weights_file(path: Path) -> Path:
    """The file itself, the averaged weights of the run whose folder this is, or a model that comes with the package.

    Raises:
        BadInput: nothing is there, or a folder without a finished training.
    """
    if not path.is_dir():
        if path.is_file():
            return path
        if str(path) in shipped_names():
            return shipped_model(str(path)).weights
        raise BadInput(
            f"checkpoint {path} does not exist; give a .ckpt file that a run wrote, the run's folder, "
            f"or a model of the package: {', '.join(shipped_names())}"
        )
    record = record_that_counts(path) if attempts(path) else None
    if record is not None and record.status == "done":
        path = path / attempt_name(record.attempt)
    averaged = path / AVERAGED
    if not averaged.is_file():
        raise BadInput(
            f"checkpoint {path} is a folder without {AVERAGED}; give a .ckpt file, or the folder of a finished run"
        )
    return averaged


def name_initial_weights(configuration: Any) -> None:
    """Put the file itself where a configuration names what to start from by a run's folder.

    The name of a model of the package stays, so that it is found on any machine. So does a file that is gone, if the
    SHA-256 of its weights is stated, or the run has begun: it needs no more of it.

    Raises:
        BadInput: as `weights_file`.
    """
    given = configuration.get("initial.weights")
    if given is None:
        return
    path, initial = expanded(given), configuration.config["initial"]
    if not path.exists() and initial["sha256"] is None:
        initial["sha256"] = _started_from(configuration.get("out"), given)
    if path.exists() or (given not in shipped_names() and initial["sha256"] is None):
        initial["weights"] = str(weights_file(path))


def _started_from(out: str | None, weights: str) -> str | None:
    """The SHA-256 of the weights that the run in a folder has started from, if it names them as they are given now."""
    try:
        initial = json_file.read_json(expanded(out or "") / CELL_FILE)["config"]["initial"]
        return str(initial["sha256"]) if initial["sha256"] is not None and initial["weights"] == weights else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def known_quality(weights: Path) -> str:
    """The quality of weights by the record beside them, such as " (test.bleu 0.0 after 6 updates)"."""
    try:
        metrics = read_record(weights.parent).metrics
    except BadInput:  # none, or a damaged one: the weights can be used all the same
        return ""
    known = {name: metric for name, metric in metrics.items() if metric["value"] is not None}
    quality = next((name for name in (*QUALITIES, *known) if known.get(name, {}).get("quality")), None)
    if quality is None:
        return ""
    updates = known.get("train.updates")
    after = f" after {updates['value']:,.0f} updates" if updates else ""
    return f" ({quality} {known[quality]['value']:.4g}{after})"


def shipped_weights(sentence: str) -> Path:
    """The weights of the package that know a sentence best; says so, and which of its words they do not know.

    Raises:
        BadInput: they are not there.
    """
    model = model_for(sentence)
    note(model.described())
    unknown = model.unknown_words(sentence)
    if unknown:
        note(f"it has never seen {', '.join(unknown)}")
    return model.weights
