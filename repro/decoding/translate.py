"""Lines of text in, their translations out, in the same order and number."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import NamedTuple

import torch
from torch import nn

from repro.data.vocabulary import EOS, PAD, Vocabulary
from repro.decoding.beam import beam_search
from repro.decoding.hypothesis import Hypothesis, most_positions
from repro.decoding.length_penalty import LengthPenalty, check_alpha
from repro.decoding.processes import DecodingProcesses
from repro.errors import BadInput
from repro.models.evaluating import evaluating
from repro.models.seq2seq import Seq2Seq
from repro.progress import Progress
from repro.streams import note

LINES_A_JOB = 50
"""A process is not worth its start for fewer."""
BATCHES_A_JOB = 2
"""At least, of each window: processes that end sooner take what others would have had."""


@dataclass(frozen=True)
class Translation:
    """One translation of one line.

    Attributes:
        text: one line.
        score: log probability over length penalty; 0 for a blank line, which is given back blank.
    """

    text: str
    score: float


class Batch(NamedTuple):
    """Sentences of similar length.

    Attributes:
        sources: the ids of each, with the end symbol.
        n_best: hypotheses that are wanted of each.
    """

    sources: list[list[int]]
    n_best: int


@dataclass(frozen=True)
class Decoder:
    """What decodes batches.

    Attributes:
        decoded: batches to the hypotheses of their sentences, in order.
        jobs: how many processes do.
    """

    decoded: Callable[[Iterable[Batch]], Iterator[list[list[Hypothesis]]]]
    jobs: int = 1


class Translator:
    """Translates lines by beam search.

    Lines are read in windows, sorted by length within each, and decoded in batches of similar length: so
    endless input is translated in constant memory, and little of a batch is padding.

    Args:
        model: any model over `vocabulary`; while a window is translated it is in evaluation mode.
        vocabulary: turns source lines into ids and ids into target lines.
        beam, alpha, max_extra, penalty: see `beam_search`.
        batch_tokens: source tokens in a batch, padding included; memory grows with it and with `beam`.
        max_source: source tokens of a line; longer lines are truncated, and stderr says so. None: all tokens are
            translated, and a line with more tokens than the model has learned positions is refused.
        window: lines read before the first of them is written.
        device: where to decode; the model is moved there. None: where the model is.
        jobs: at most so many processes of one thread each decode batches beside each other, on a CPU: as many as have
            `LINES_A_JOB` lines each. Their batches may be smaller, so that each gets some. This process must have
            computed with one thread only (see `DecodingProcesses`).
        threads: of this process where it decodes alone though there may be several; None: as many as it has.
    """

    def __init__(
        self,
        model: Seq2Seq,
        vocabulary: Vocabulary,
        *,
        beam: int = 4,
        alpha: float = 0.6,
        max_extra: int = 50,
        penalty: LengthPenalty = "gnmt",
        batch_tokens: int = 2_000,
        max_source: int | None = None,
        window: int = 2_000,
        device: torch.device | str | None = None,
        jobs: int = 1,
        threads: int | None = None,
    ) -> None:
        least = {"beam": 1, "batch_tokens": 1, "window": 1, "max_extra": 0, "jobs": 1}
        for name, value in {
            "beam": beam,
            "batch_tokens": batch_tokens,
            "window": window,
            "max_extra": max_extra,
            "jobs": jobs,
        }.items():
            if type(value) is not int:
                raise BadInput(f"{name} is {value!r}; it must be a whole number")
            if value < least[name]:
                raise BadInput(f"{name} is {value}; it must be at least {least[name]}")
        check_alpha(alpha)
        self.model, self.vocabulary = model, vocabulary
        self.beam, self.alpha, self.max_extra, self.penalty = beam, alpha, max_extra, penalty
        self.batch_tokens, self.max_source, self.window = batch_tokens, max_source, window
        self.jobs, self.threads = jobs, threads
        if device is not None and isinstance(model, nn.Module):
            model.to(device)
        self.device = torch.device(device) if device is not None else model.output_weight().device

    def translate(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the best translation of each line; as `translate_n_best` otherwise."""
        for best in self.translate_n_best(lines, 1):
            yield best[0].text

    def translate_n_best(self, lines: Iterable[str], n: int) -> Iterator[list[Translation]]:
        """Yield up to n translations of each line, best first. A blank line has one, which is empty.

        Args:
            lines: source lines without line ends, as many as you like.
            n: at most `beam`.

        Raises:
            BadInput: a line has more tokens than the model has learned positions; or as the vocabulary.
        """
        remaining, done = iter(lines), 0
        total = len(lines) if isinstance(lines, Sized) else None
        window = list(islice(remaining, self.window))
        with self._decoder(window) as decoder, Progress("translating", total, "lines") as counter:
            while window:
                yield from self._window(window, n, decoder, first_line=done + 1, counter=counter)
                done += len(window)
                window = list(islice(remaining, self.window))

    @contextmanager
    def _decoder(self, first: Sequence[str]) -> Iterator[Decoder]:
        """What decodes batches: this process, or several if the first window has lines enough for them."""
        jobs = min(self.jobs, len(first) // LINES_A_JOB)
        if jobs > 1:
            with DecodingProcesses(self._decode, jobs) as processes:
                yield Decoder(processes.decoded, jobs)
            return
        before = torch.get_num_threads()
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        try:
            yield Decoder(partial(map, self._decode))
        finally:
            torch.set_num_threads(before)

    def _window(
        self, lines: Sequence[str], n: int, decoder: Decoder, first_line: int, counter: Progress
    ) -> list[list[Translation]]:
        translations = [[Translation("", 0.0)] for _ in lines]
        places = [i for i, line in enumerate(lines) if line.strip()]
        counter.advance(len(lines) - len(places))
        encoded = self.vocabulary.encode([lines[i] for i in places])
        if self.max_source is not None:
            encoded = self._cut(encoded, self.max_source, [first_line + i for i in places])
        sources = [[*ids, EOS] for ids in encoded]
        self._check_lengths(sources, [first_line + i for i in places])
        most_tokens = self.batch_tokens
        if decoder.jobs > 1:
            most_tokens = min(most_tokens, sum(map(len, sources)) // (BATCHES_A_JOB * decoder.jobs))
        batches = list(self._batches(sources, most_tokens))
        results = decoder.decoded(Batch([sources[b] for b in batch], n) for batch in batches)
        for batch, result in zip(batches, results, strict=True):
            for b, hypotheses in zip(batch, result, strict=True):
                texts = self.vocabulary.decode([hypothesis.tokens for hypothesis in hypotheses])
                translations[places[b]] = [
                    Translation(_as_read_back(text), hypothesis.score)
                    for text, hypothesis in zip(texts, hypotheses, strict=True)
                ]
            counter.advance(len(batch))
        return translations

    def _decode(self, batch: Batch) -> list[list[Hypothesis]]:
        rows = [torch.tensor(ids, device=self.device) for ids in batch.sources]
        src = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)
        with evaluating(self.model), torch.inference_mode():
            return beam_search(
                self.model,
                src,
                beam=self.beam,
                alpha=self.alpha,
                max_extra=self.max_extra,
                n_best=batch.n_best,
                penalty=self.penalty,
            )

    def _batches(self, sources: Sequence[Sequence[int]], most_tokens: int) -> Iterator[list[int]]:
        """Indices into `sources`, longest first, so that too little memory shows at once."""
        batch: list[int] = []
        for i in sorted(range(len(sources)), key=lambda i: -len(sources[i])):
            longest = len(sources[batch[0]]) if batch else 0
            if batch and (len(batch) + 1) * longest > most_tokens:
                yield batch
                batch = []
            batch.append(i)
        if batch:
            yield batch

    def _cut(self, encoded: Sequence[list[int]], most: int, numbers: Sequence[int]) -> list[list[int]]:
        """The first `most` tokens of each sentence; a note says which sentences had more.

        Learned positions may set a lower bound than `most`.

        Args:
            encoded: the tokens of each sentence, without its end symbol.
            most: how many of them are translated.
            numbers: the number of each sentence's line, for the note.
        """
        learned = most_positions(self.model)
        bound = most if learned is None else min(most, learned - 1)
        for ids, number in zip(encoded, numbers, strict=True):
            if len(ids) > bound:
                note(f"line {number} has {len(ids):,} tokens; only its first {bound:,} are translated")
        return [ids[:bound] for ids in encoded]

    def _check_lengths(self, sources: Sequence[Sequence[int]], numbers: Sequence[int]) -> None:
        longest = most_positions(self.model)
        for source, number in zip(sources, numbers, strict=True):
            if longest is not None and len(source) > longest:
                raise BadInput(
                    f"line {number} has {len(source):,} tokens, end symbol included, but the model has "
                    f"learned only {longest:,} positions; split the line, or train with sinusoidal positions"
                )


def _as_read_back(text: str) -> str:
    """A text as one line, without what `repro.data.text.lines` drops: it is scored both in memory and from a file.

    A model may spell any character in bytes: a line end would shift all later lines.
    """
    return text.replace("\n", " ").rstrip("\r").lstrip("\ufeff")
