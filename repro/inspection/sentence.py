"""From a sentence and a trained model to its inspection."""

from pathlib import Path
from typing import Any

import torch

from repro import files
from repro.cell_directory import AVERAGED
from repro.data.vocabulary import BOS, EOS, Vocabulary, WordVocabulary
from repro.decoding.beam import beam_search
from repro.decoding.hypothesis import most_positions
from repro.errors import BadInput
from repro.inspection.content import content_of
from repro.inspection.inspection import Inspection
from repro.inspection.intermediates import intermediates
from repro.models import Transformer
from repro.models.evaluating import evaluating
from repro.models.feed_forward import FeedForward
from repro.models.positions import LearnedPositions, NoPositions
from repro.models.residual import Residual
from repro.weights.checkpoint_file import check_complete, read_checkpoint, vocabulary_of
from repro.weights.network import load_network
from repro.weights.shipped import model_for

LONGEST = 48
"""Most tokens of a sentence, its end included: every head's weights grow with the square. Of a translation that is
longer, the beginning is shown."""

RUNS = Path("runs")
TRANSFORMER = "repro.models.Transformer"


def inspect_sentence(sentence: str, checkpoint: Path | str | None = None, runs: Path | str = RUNS) -> Inspection:
    """Translate a sentence and keep every intermediate; the result shows itself in a notebook.

    Args:
        sentence: one line of text in the model's source language.
        checkpoint: weights that a run wrote; None: the newest below `runs`, or else those that come with the package.
        runs: a folder of runs.

    Raises:
        BadInput: no such checkpoint, or one of another model than a Transformer; as `inspect_network`.
    """
    check_sentence(sentence)
    path = (newest_checkpoint(Path(runs)) or model_for(sentence).weights) if checkpoint is None else Path(checkpoint)
    network, vocabulary = load_network(path)
    return inspect_network(network, vocabulary, sentence, str(path))


def newest_checkpoint(runs: Path) -> Path | None:
    """The averaged weights that were written last, of a Transformer whose vocabulary takes any text; None: no such."""
    paths = (Path(folder, AVERAGED) for folder, _, names in files.walk(runs) if AVERAGED in names)
    written = ((time, path) for path in paths if (time := _written_at(path)) is not None)
    for _, path in sorted(written, key=lambda entry: (-entry[0], entry[1])):
        try:
            content = read_checkpoint(path, mmap=True)
            check_complete(path, content)
            is_transformer = content["repro"]["config"]["model"]["network"]["class_path"] == TRANSFORMER
            if is_transformer and not isinstance(vocabulary_of(content), WordVocabulary):
                return path
        except (BadInput, KeyError, TypeError):  # of an earlier version, or cut short: not one to choose unasked
            continue
    return None


def _written_at(path: Path) -> float | None:
    """When a file was written last; None where there is none, as behind a dangling link."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def check_sentence(sentence: str) -> None:
    """Refuse anything but a sentence, before anything is loaded.

    Raises:
        BadInput: empty, several lines, or no valid text.
    """
    if not sentence.strip():
        raise BadInput("the sentence is empty; give one in quotes")
    if "\n" in sentence.strip():
        raise BadInput("the sentence has several lines; give one line")
    try:
        sentence.encode()
    except UnicodeEncodeError as error:
        raise BadInput("the sentence is not valid UTF-8; give it as UTF-8") from error


def inspect_network(
    network: Any, vocabulary: Vocabulary, sentence: str, checkpoint: str = "", *, beam: int = 4, alpha: float = 0.6
) -> Inspection:
    """As `inspect_sentence`, for a network in memory.

    Args:
        network: a Transformer; it is looked at without dropout, and keeps its mode.
        vocabulary: its own.
        sentence: one line.
        checkpoint: where the network is from, for people.
        beam, alpha: of the search for the translation (section 6.1).

    Raises:
        BadInput: another model than a Transformer, a sentence that is empty or has too many tokens, a word that the
            vocabulary does not have, weights that give no numbers.
    """
    if not isinstance(network, Transformer):
        raise BadInput(
            f"{checkpoint or 'this network'} holds a {type(network).__name__}, which has no heads, Q, K and V to show; "
            "give a checkpoint of a Transformer"
        )
    check_sentence(sentence)
    sentence = sentence.strip()
    (ids,) = vocabulary.encode([sentence])
    source = [*ids, EOS]
    model: Any = network  # its `step` takes a state of its own kind, which `Seq2Seq` cannot say
    limit = min(LONGEST, most_positions(model) or LONGEST)
    if len(source) > limit:
        raise BadInput(f"the sentence has {len(source)} tokens, including the end symbol; shorten it to {limit}")
    device = network.output_weight().device
    with evaluating(network):
        try:
            ((best, *_),) = beam_search(model, torch.tensor([source], device=device), beam=beam, alpha=alpha)
        except FloatingPointError as error:
            raise BadInput(f"{checkpoint or 'this network'} gives no numbers, because its training diverged") from error
        read, written = [BOS, *best.tokens], [*best.tokens, EOS]
        computed = intermediates(network, source, read[:LONGEST])
    (translation,) = vocabulary.decode([best.tokens])
    content = content_of(
        computed,
        sentence=sentence,
        translation=translation.replace("\n", " "),
        source=[vocabulary.pieces[i] for i in source],
        target=[vocabulary.pieces[i] for i in read[:LONGEST]],
        written=written[:LONGEST],
        tokens=len(written),
        pieces=vocabulary.pieces,
        model=_about(network, checkpoint),
    )
    return Inspection(content, computed)


def _about(network: Transformer, checkpoint: str) -> dict[str, Any]:
    inner = next(part for part in network.modules() if isinstance(part, FeedForward)).W_1
    residual = next(part for part in network.modules() if isinstance(part, Residual))
    kinds: dict[type, str] = {LearnedPositions: "learned", NoPositions: "none"}
    return {
        "N": len(network.decoder),
        "d_model": inner.in_features,
        "d_ff": inner.out_features,
        "h": network.h,
        "d_k": network.d_k,
        "d_v": network.d_v,
        "V": network.V,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "norm": "pre" if residual.pre else "post",
        "positions": kinds.get(type(network.positions), "sinusoidal"),
        "causal": network.causal,
        "checkpoint": checkpoint,
    }
