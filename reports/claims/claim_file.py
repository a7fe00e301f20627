"""Reads `claims/*.yaml`. Whatever could make a claim drift from its paper, the grids or the records is refused.

paper: {key: vaswani2017, title: ..., venue: ..., arxiv: '1706.03762', citation: who wrote it}
source: with which text the claims were compared
waits: {parsing: why there is no such grid yet}
claims:
  - id: section3.5-no-positions            # the paper's key is put before it
    place: Section 3.5
    section: "3.5"
    says: Without positions the model cannot use the order of the words.
    published: {text: 27.3 BLEU, value: 27.3, unit: BLEU, definition: bleu_compound, corpus: wmt14, lines: 3003}
    test: {rule: worse, grid: essentials, row: no-positions}       # see questions.py
    decides_at: [builtin]                  # where the verdict is about the paper
    shown_at: []                           # elsewhere it is shown; wherever the grid has the row, if left out
    family: Section 3.5                    # the place, if left out
  - id: table4-wsj
    ...
    waits_for: parsing                     # or why_not: a sentence; then there is no test
    standing: unavailable                  # what it would need: runnable, large, unavailable, or shown, never judged
    command: what would run it
  - table: vaswani2017-table3              # a claim for every row that has a value in the column
    column: bleu
    id: table3-{row}-bleu
    base: base                             # the claim is about the difference from that row
    same: 0.1                              # differences of at most this size say "the same"
    says: {better: "...", worse: "...", same: "..."}     # or one text; {row}, {label}, {value}, {columns}
    skip: [big]                            # all rows but these; or only: [C1], these alone
    by_row: {C1: {test: {metric: test.nll}}}   # what is a row's own; rows that it does not name have no test
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, get_args

from reports import catalogue
from reports import claims as folder
from reports.claims.claim import Claim, Paper, Published, Standing
from reports.claims.metrics import UNITS
from reports.claims.questions import TestReader
from reports.claims.table_claims import KEYS as TABLE_KEYS
from reports.claims.table_claims import entries_of_table
from repro.errors import BadInput, hint
from repro.presets import read_yaml

NAME = re.compile(r"[A-Za-z0-9_.-]+")
FILE_KEYS = {"paper", "source", "waits", "claims"}
PAPER_KEYS = {"key", "title", "venue", "arxiv", "citation"}
CLAIM_KEYS = {
    "id",
    "place",
    "section",
    "says",
    "published",
    "test",
    "decides_at",
    "shown_at",
    "family",
    "why_not",
    "waits_for",
    "command",
    "note",
    "direction_source",
    "standing",
}
PUBLISHED_KEYS = {"text", "value", "base", "unit", "definition", "corpus", "lines", "also", "checked"}
KINDS: Mapping[str, tuple[type, str]] = {
    "decides_at": (list, "a list of scales"),
    "shown_at": (list, "a list of scales"),
    "published": (dict, "keys and values"),
    "test": (dict, "keys and values"),
    "family": (str, "text"),
    "why_not": (str, "text"),
    "waits_for": (str, "text"),
    "command": (str, "text"),
    "note": (str, "text"),
    "direction_source": (str, "text"),
}
"""Key of a claim -> what it holds."""


def claim_files() -> list[Path]:
    """The shipped files, in order of their names."""
    return sorted(path for root in folder.__path__ for path in Path(root).glob("*.yaml"))


@cache
def shipped_claims() -> tuple[Claim, ...]:
    """All claims of the shipped files, the earliest paper first, and last what is on no arXiv."""
    return tuple(sorted(read_claims(claim_files()), key=lambda claim: (not claim.paper.arxiv, claim.paper.arxiv)))


def read_claims(files: Sequence[Path], beside: Sequence[Claim] = ()) -> list[Claim]:
    """All claims of these files, in their order.

    Args:
        files: of claims.
        beside: the shipped claims, if these are of one's own: no paper's key and no id may be among theirs.

    Raises:
        BadInput: one sentence that names file, claim and key.
    """
    claims: list[Claim] = []
    keys = {claim.paper.key: "the shipped claims" for claim in beside}
    ids = {claim.id: "the shipped claims" for claim in beside}
    for path in files:
        file = _ClaimFile(path, shipped=not beside)
        if file.paper.key in keys:
            raise BadInput(
                f"{path}: paper.key {file.paper.key} is already in {keys[file.paper.key]}; give this paper another, "
                f"such as {file.paper.key}-own"
            )
        keys[file.paper.key] = str(path)
        for claim in file.claims():
            if claim.id in ids:
                raise BadInput(f"{path}: claim {claim.id} is already in {ids[claim.id]}; name it differently")
            ids[claim.id] = str(path)
            claims.append(claim)
    return claims


class _ClaimFile:
    """A file's content, its keys known.

    Attributes:
        path: of the file.
        paper: that its claims are of.
        waits: grid that is not there yet -> why.
    """

    def __init__(self, path: Path, shipped: bool) -> None:
        self.path, self.content = path, read_yaml(path)
        self._require_known("the file", self.content, FILE_KEYS)
        for key in ("paper", "source", "claims"):
            if not self.content.get(key):
                raise BadInput(f"{path}: {key} is missing; a claim needs its paper and the text it was compared with")
        if not isinstance(self.content["source"], str):
            raise BadInput(f"{path}: source must be text that says what the claims were compared with")
        self.waits: Mapping[str, str] = self.content.get("waits", {})
        if not isinstance(self.waits, dict) or not all(isinstance(why, str) for why in self.waits.values()):
            raise BadInput(f"{path}: waits must map each grid that does not exist yet to the reason, as text")
        self.paper = self._paper(shipped)

    def _paper(self, shipped: bool) -> Paper:
        content = self.content["paper"]
        self._require_known("paper", content, PAPER_KEYS)
        for key, value in content.items():
            if not isinstance(value, str):
                raise BadInput(f"{self.path}: paper.{key} is {value!r}; put it in quotes, as text")
        for key in ("key", "title"):
            if not content.get(key, "").strip():
                raise BadInput(f"{self.path}: paper.{key} is missing; give it as text")
        if not NAME.fullmatch(content["key"]):
            raise BadInput(f"{self.path}: paper.key is {content['key']!r}; it may have only letters, digits and _ . -")
        return Paper(
            **{key: content.get(key, "") for key in PAPER_KEYS}, source=self.content["source"], shipped=shipped
        )

    def _require_known(self, part: str, content: Any, known: set[str]) -> None:
        if not isinstance(content, dict):
            raise BadInput(f"{self.path}: {part} must hold keys and values")
        for key in content:
            if key not in known:
                raise BadInput(f"{self.path}: {part}: key {key!r} is unknown; {hint(str(key), known)}")

    def claims(self) -> Iterator[Claim]:
        """The claims, in their order."""
        if not isinstance(self.content["claims"], list):
            raise BadInput(f"{self.path}: claims must be a list")
        for number, entry in enumerate(self.content["claims"], 1):
            part = f"claim {entry['id']}" if isinstance(entry, dict) and "id" in entry else f"claim number {number}"
            of_table = isinstance(entry, dict) and "table" in entry
            self._require_known(part, entry, CLAIM_KEYS | TABLE_KEYS if of_table else CLAIM_KEYS)
            for claim_entry in entries_of_table(f"{self.path}: {part}", entry) if of_table else [entry]:
                yield _ClaimReader(self, claim_entry).claim()


class _ClaimReader:
    """Reads one claim's keys and values."""

    def __init__(self, file: _ClaimFile, entry: Mapping[str, Any]) -> None:
        self.file, self.entry = file, entry
        self.place = f"{file.path}: claim {entry.get('id')}"

    def refuse(self, problem: str) -> NoReturn:
        raise BadInput(f"{self.place}: {problem}")

    def claim(self) -> Claim:
        entry = self.entry
        for key in ("id", "place", "section", "says"):
            if not isinstance(entry.get(key), str) or not entry[key].strip():
                self.refuse(f"{key} is missing; give it as text")
        if not NAME.fullmatch(entry["id"]):
            self.refuse("id may have only letters, digits and _ . -, because it is part of the page's links")
        for key, (kind, meant) in KINDS.items():
            if key in entry and not isinstance(entry[key], kind):
                self.refuse(f"{key} is {entry[key]!r}; it must be {meant}")
        for key in ("decides_at", "shown_at"):
            if not all(isinstance(scale, str) for scale in entry.get(key, ())):
                self.refuse(f"{key} is {entry[key]!r}; it must be a list of scales")
        published = self._published()
        why_not, waits_for = self._why_not()
        decides_at = catalogue.with_shorter(tuple(entry.get("decides_at", ())))
        shown_at = catalogue.with_shorter(tuple(entry["shown_at"])) if "shown_at" in entry else None
        test = None
        if "test" in entry:
            self._refuse_what_is_from_memory(published)
            test = TestReader(self.place, entry["test"], published, decides_at, shown_at).test()
        elif decides_at or shown_at:
            self.refuse("decides_at and shown_at are of no use without a test; leave them out")
        return Claim(
            id=f"{self.file.paper.key}-{entry['id']}",
            paper=self.file.paper,
            place=entry["place"],
            section=entry["section"],
            says=" ".join(entry["says"].split()),
            published=published,
            test=test,
            decides_at=decides_at,
            family=f"{self.file.paper.key}: {entry.get('family', entry['place'])}",
            why_not=why_not,
            waits_for=waits_for,
            command=entry.get("command"),
            note=" ".join(entry["note"].split()) if "note" in entry else None,
            standing=self._standing(),
        )

    def _why_not(self) -> tuple[str | None, str | None]:
        reasons = [key for key in ("test", "why_not", "waits_for") if self.entry.get(key)]
        if not reasons:
            self.refuse("has neither a test nor a reason for having none; give test, waits_for or why_not")
        if len(reasons) > 1:
            self.refuse(f"gives both {reasons[0]} and {reasons[1]}; leave one out")
        waits_for = self.entry.get("waits_for")
        if waits_for is None:
            return self.entry.get("why_not"), None
        if waits_for in catalogue.grids():
            self.refuse(f"waits_for: the grid {waits_for} exists; give the test that it makes possible")
        if waits_for not in self.file.waits:
            self.refuse(f"waits_for: {waits_for!r} is not explained; {hint(str(waits_for), self.file.waits)}")
        return self.file.waits[waits_for], str(waits_for)

    def _standing(self) -> Standing | None:
        """What the claim would need. A test says that by its scales, so only a claim without one may state it."""
        given = self.entry.get("standing")
        if given is None:
            return None
        stated: dict[str, Standing] = {standing: standing for standing in get_args(Standing) if standing != "decided"}
        if not isinstance(given, str) or given not in stated:
            self.refuse(f"standing is {given!r}; it must be one of {', '.join(stated)}")
        if "test" in self.entry:
            self.refuse("standing is of no use with a test, whose scales say what it needs; leave it out")
        return stated[given]

    def _published(self) -> Published | None:
        content = self.entry.get("published")
        if content is None:
            return None
        for key in content:
            if key not in PUBLISHED_KEYS:
                self.refuse(f"published: key {key!r} is unknown; {hint(str(key), PUBLISHED_KEYS)}")
        if not isinstance(content.get("text"), str):
            self.refuse("published.text is missing; write it as the paper prints it")
        for key in ("unit", "definition", "corpus"):
            if content.get(key) is not None and not isinstance(content[key], str):
                self.refuse(f"published.{key} is {content[key]!r}; it must be text")
        if not isinstance(content.get("also", []), list):
            self.refuse(f"published.also is {content['also']!r}; it must be a list of numbers")
        if not isinstance(content.get("checked", True), bool):
            self.refuse(f"published.checked is {content['checked']!r}; it must be true or false")
        numbers = {"value": content.get("value"), "base": content.get("base")}
        numbers |= {f"also[{place}]": value for place, value in enumerate(content.get("also", ()))}
        unit = content.get("unit", "")
        known = {key: number for key, number in numbers.items() if number is not None}
        if known and unit not in UNITS:
            self.refuse(f"published.unit is {unit!r}; {hint(str(unit), UNITS)}")
        for key, number in known.items():
            low, high = UNITS[unit]
            if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
                self.refuse(f"published.{key} is {number!r}; it must be a number")
            if not low <= number <= high:
                self.refuse(f"published.{key} is {number:g} {unit}, which must be between {low:g} and {high:g}")
        return Published(**{**content, "also": tuple(content.get("also", ()))})

    def _refuse_what_is_from_memory(self, published: Published | None) -> None:
        """A figure that nobody compared with the paper decides nothing; a direction may have another source."""
        if published is None or published.checked:
            return
        test = self.entry["test"]
        limits = [test.get(side) for side in ("above", "below") if side in test]
        directed = test.get("rule") in ("better", "worse")
        directed |= test.get("rule") == "limit" and all(isinstance(limit, str) for limit in limits)
        if not directed or not self.entry.get("direction_source"):
            self.refuse("published.checked is false, so it decides nothing; test a direction, with direction_source")
