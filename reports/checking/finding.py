"""What a check finds: a fault, or a warning."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["fault", "warning"]

LONGEST_VALUE = 80
"""The most characters of a value that a sentence repeats."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a file, or may be.

    Attributes:
        file: the file, with its folder as the user named it.
        key: the place in the file, with dots between the parts; empty if the finding is about the whole file.
        problem: the rest of the sentence, after the key or the file.
        level: a fault means that the file cannot be relied on; a warning, that a reader should know something.
    """

    file: str
    key: str
    problem: str
    level: Level = "fault"

    def __str__(self) -> str:
        return f"{self.file}: {self.key} {self.problem}" if self.key else f"{self.file} {self.problem}"


def fault(file: str, key: str, problem: str) -> Finding:
    """A fault."""
    return Finding(file, _writable(key), _writable(problem))


def warning(file: str, key: str, problem: str) -> Finding:
    """A warning."""
    return Finding(file, _writable(key), _writable(problem), "warning")


def _writable(text: str) -> str:
    """Text with half a character, which no file and no page can hold, shown as `\\ud800`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def faults_of(findings: Iterable[Finding]) -> list[Finding]:
    """The faults alone."""
    return [finding for finding in findings if finding.level == "fault"]


def shown(value: Any) -> str:
    """A value as a sentence repeats it."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
