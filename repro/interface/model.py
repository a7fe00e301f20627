"""A trained model, which translates, shows its intermediates and gives access to its parts."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, overload

import numpy as np

from repro.cell_directory import RECORD
from repro.cli.weights import weights_file
from repro.data.vocabulary import Vocabulary
from repro.decoding.failures import failures_said
from repro.decoding.length_penalty import LengthPenalty
from repro.decoding.translate import Translator
from repro.errors import BadInput
from repro.inspection.inspection import Inspection
from repro.inspection.sentence import inspect_network
from repro.interface.lines import checked_lines
from repro.ledger.records.record import Record, read_record
from repro.paths import expanded
from repro.weights.checkpoint_file import read_checkpoint
from repro.weights.network import load_network
from repro.weights.shipped import shipped_model


def load(what: str | Path | None = None) -> "Model":
    """A trained model, in evaluation mode on the CPU.

    Args:
        what: the folder of a run, a checkpoint that one wrote, or the name of a model that comes with the package
            (`builtin`, which None means, or `help`).

    Raises:
        BadInput: nothing is there, or it is damaged or no model of this project.
    """
    path = shipped_model().weights if what is None else weights_file(expanded(str(what)))
    network, vocabulary = load_network(path)
    return Model(network, vocabulary, path)


class Model:
    """A trained network with its vocabulary.

    Attributes:
        network: the `torch.nn.Module`; `network.to("cuda")` moves it, and translations are made where it is.
        vocabulary: `encode` makes ids of lines, `decode` lines of ids, and `pieces` has the piece of every id.
        path: the checkpoint.
    """

    def __init__(self, network: Any, vocabulary: Vocabulary, path: Path) -> None:
        self.network, self.vocabulary, self.path = network, vocabulary, path

    def __repr__(self) -> str:
        parameters = sum(parameter.numel() for parameter in self.network.parameters())
        return f"Model({type(self.network).__name__}, {parameters:,} parameters, {str(self.path)!r})"

    @property
    def config(self) -> Mapping[str, Any]:
        """The whole configuration that it was trained with."""
        config: Mapping[str, Any] = read_checkpoint(self.path, mmap=True)["repro"]["config"]
        return config

    @property
    def record(self) -> Record | None:
        """The record of the run beside the checkpoint; None where there is none.

        Raises:
            BadInput: it cannot be read.
        """
        return read_record(self.path.parent) if (self.path.parent / RECORD).is_file() else None

    @property
    def weights(self) -> dict[str, "np.ndarray[Any, Any]"]:
        """Every weight as an array, by its name in the network, such as "encoder.0.self_attention.W_Q.weight".

        A product's weight has the shape (out, in): what the paper writes as x W is x @ weight.T here.
        """
        return {name: value.float().cpu().numpy() for name, value in self.network.state_dict().items()}

    @overload
    def translate(  # type: ignore[overload-overlap]
        self,
        lines: str,
        *,
        beam: int = ...,
        alpha: float = ...,
        penalty: LengthPenalty = ...,
        max_extra: int = ...,
    ) -> str: ...

    @overload
    def translate(
        self,
        lines: Iterable[str],
        *,
        beam: int = ...,
        alpha: float = ...,
        penalty: LengthPenalty = ...,
        max_extra: int = ...,
    ) -> list[str]: ...

    def translate(
        self,
        lines: str | Iterable[str],
        *,
        beam: int = 4,
        alpha: float = 0.6,
        penalty: LengthPenalty = "gnmt",
        max_extra: int = 50,
    ) -> str | list[str]:
        """Translate one line, or several, as `repro translate` does (section 6.1).

        Args:
            lines: a line, or lines; a line feed at the end of one is left out, and blank lines stay blank. Tokens
                beyond 1,000 are dropped, and stderr says so, as with `repro translate`.
            beam: size of the beam.
            alpha: of the length penalty.
            penalty: what divides log probabilities: "gnmt", "length" or "none".
            max_extra: tokens that a translation may have beyond its source.

        Returns:
            The translation, or a list with one a line.

        Raises:
            BadInput: a line that is no text or holds a line feed, more tokens than learned positions, a word that a
                vocabulary of words does not have, an option out of range, weights that give no numbers, or too little
                memory.
        """
        given = checked_lines([lines] if isinstance(lines, str) else lines)
        translator = Translator(
            self.network,
            self.vocabulary,
            beam=beam,
            alpha=alpha,
            penalty=penalty,
            max_extra=max_extra,
            max_source=MAX_SOURCE,
        )
        with failures_said(f"checkpoint {self.path}", "give shorter lines, or a smaller beam or max_extra"):
            translated = list(translator.translate(given))
        return translated[0] if isinstance(lines, str) else translated

    def inspect(self, sentence: str) -> Inspection:
        """Translate a sentence and keep every intermediate; a notebook shows the result as a page.

        Raises:
            BadInput: another model than a Transformer, or a sentence that is no text, empty or too long.
        """
        if not isinstance(sentence, str):
            raise BadInput(f"the sentence is {sentence!r:.60}, which is not text; give a line of text")
        return inspect_network(self.network, self.vocabulary, sentence, str(self.path))


MAX_SOURCE = 1_000
"""Tokens of a line, as of `repro translate`; one line of millions would never end."""
