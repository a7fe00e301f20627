"""The translations of runs against each other, sentence by sentence, where all have translated the same text.

    <attempt>/hypotheses.<split>.txt       as a run leaves them, or
    <attempt>/hypotheses.<split>.txt.gz    as they are published

The references are in the prepared store that the runs' configurations name, or in a file that is given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repro.comparison.recorded_run import RecordedRun
from repro.data.store import MANIFEST, Store
from repro.data.text import lines
from repro.errors import BadInput
from repro.ledger.comparing.comparability import text_of_split
from repro.ledger.records.metric_values import value_of
from repro.paths import expanded
from repro.scoring.significance import SEED, PairedScore, Test, paired_scores

METRICS = ("bleu", "bleu_tokenised_lc", "chrf", "exact_match")
"""Those that are tested: few, since p is not corrected for their number. The second is for text that is tokenised."""

ROUNDING = 0.01
"""Points by which a score may differ from the record's, whose sacreBLEU may have been another version."""


@dataclass(frozen=True)
class Translations:
    """The paired test of one split.

    Attributes:
        split: which, such as "test".
        scores: of each run, in order: metric name -> score; the first run is the baseline.
        why: why there was no test; None if there was one.
    """

    split: str
    scores: Sequence[Mapping[str, PairedScore]]
    why: str | None = None


def hypotheses_file(directory: Path, split: str) -> Path | None:
    """Where an attempt's translations of a split lie; None if it has none."""
    places = (directory / f"hypotheses.{split}.txt{end}" for end in ("", ".gz"))
    return next((path for path in places if path.is_file()), None)


def translated_splits(directory: Path) -> list[str]:
    """The splits whose translations at the end of training lie in an attempt's folder, in order of their names."""
    names = [path.name.removesuffix(".gz").split(".") for path in directory.glob("hypotheses.*.txt*")]
    splits = {parts[1] for parts in names if len(parts) == 3 and parts[2] == "txt"}
    return sorted(split for split in splits if hypotheses_file(directory, split) is not None)


def compared_translations(
    runs: Sequence[RecordedRun],
    references: Path | None = None,
    test: Test = "bootstrap",
    trials: int | None = None,
    seed: int = SEED,
) -> list[Translations]:
    """A paired test for each split that all runs have translated.

    Args:
        runs: the first is the baseline.
        references: the right lines of the split `test`; None: those of the prepared store.
        test, trials, seed: as for `paired_scores`.

    Raises:
        BadInput: a file cannot be read, or the given references do not fit.
    """
    shared = set.intersection(*(set(translated_splits(run.directory)) for run in runs))
    if references is not None and "test" not in shared:
        raise BadInput(
            f"--references {references} is of no use, because not all runs have hypotheses.test.txt; leave it out"
        )
    return [
        _compared(runs, split, references if split == "test" else None, test, trials, seed) for split in sorted(shared)
    ]


def _compared(
    runs: Sequence[RecordedRun], split: str, given: Path | None, test: Test, trials: int | None, seed: int
) -> Translations:
    if len({repr(_text(run, split)) for run in runs}) > 1:
        return Translations(split, (), "the runs have translated different texts")
    language, pretokenised = _language(runs[0]), _pretokenised(runs[0])
    right = list(lines(given)) if given is not None else _references(runs, split)
    if right is None:
        store = runs[0].record.data.get("store")
        return Translations(
            split,
            (),
            f"its references are in the prepared text {store}, which is not here; give them with --references FILE",
        )
    systems = []
    for run in runs:
        path = hypotheses_file(run.directory, split)
        assert path is not None
        systems.append(list(lines(path)))
        if len(systems[-1]) != len(right):
            where = given or "the prepared text"
            return _refused(given, split, f"{path} has {len(systems[-1]):,} lines, but {where} has {len(right):,}")
    scores = paired_scores(
        systems, right, language, pretokenised=pretokenised, test=test, trials=trials, seed=seed, metrics=METRICS
    )
    for run, of_run in zip(runs, scores, strict=True):
        for name, score in of_run.items():
            recorded = value_of(run.record, f"{split}.{name}")
            mine = score.metric.value
            if recorded is not None and mine is not None and abs(recorded - mine) > ROUNDING:
                said = f"{name} of run {run.letter} would be {mine:.2f}, but its record says {recorded:.2f}"
                return _refused(given, split, f"{said}: these are other references or translations")
    return Translations(split, scores)


def _refused(given: Path | None, split: str, why: str) -> Translations:
    if given is not None:
        raise BadInput(f"--references {given} does not fit: {why}; give the right lines of {split}")
    return Translations(split, (), why)


def _text(run: RecordedRun, split: str) -> tuple[object, ...]:
    return text_of_split(run.record, split), run.record.data.get("languages"), _pretokenised(run)


def _language(run: RecordedRun) -> str:
    languages = run.record.data.get("languages")
    return str(languages[1]) if isinstance(languages, list) and len(languages) == 2 else "de"


def _pretokenised(run: RecordedRun) -> bool:
    decoding = run.record.config.get("decoding")
    return isinstance(decoding, Mapping) and decoding.get("pretokenised") is True


def _references(runs: Sequence[RecordedRun], split: str) -> list[str] | None:
    """The right lines of a split from the first store that is found; None if none is."""
    for run in runs:
        for place in _stores(run):
            if (place / MANIFEST).is_file():
                return Store.open(place).lines(split)[1]
    return None


def _stores(run: RecordedRun) -> Iterator[Path]:
    """Where a run's prepared store may lie: below its root from here, or from a folder above the run."""
    data, name = run.record.config.get("data"), run.record.data.get("store")
    root = data.get("root") if isinstance(data, Mapping) else None
    if isinstance(root, str) and isinstance(name, str) and Path(name).name == name:
        for above in (Path(), *run.directory.absolute().parents):
            yield above / expanded(root) / name
