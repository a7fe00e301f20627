"""Settings of word vectors, as a grid or the command `ablate vectors` gives them. Needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml

from repro.dataclass_config import Count, Key, from_mapping
from repro.errors import BadInput, hint
from repro.files import sha256
from repro.paths import expanded

TEXTS = ("sst2", "imdb", "newsgroups", "ag_news")
"""Corpora of this grid whose training texts vectors can be made of."""
ROOT = "prepared"


def _text(key: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{key} is {value!r}; it must be a corpus, one of {', '.join(TEXTS)}, or a file of your own")


def _path(key: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise BadInput(f"{key} is {value!r}; it must be a folder")


def _digest(key: str, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{key} is {value!r}; it must be the SHA-256 of the text, or be left out")


@dataclass(frozen=True)
class VectorSettings:
    """Word vectors by skip-gram with negative sampling (Mikolov et al. 2013).

    Width and window are those of "Distributed Representations of Words and Phrases and their Compositionality"; epochs
    and the least count are the defaults of word2vec, the program that its authors published with it.

    Attributes:
        text: a corpus of `TEXTS`, whose training texts are read without labels; or a file, one text a line.
        width: key `e`. Numbers in a vector.
        window: words on either side that a word predicts, at most; how many is drawn anew each time.
        epochs: passes over the text.
        min_count: how often a word must occur to have a vector.
        root: the folder of all prepared data. Where vectors lie decides nothing.
        sha256: of the user's own file; a cell's identity holds it in place of the path. Reading a grid adds it.
    """

    text: Annotated[str, _text]
    width: Annotated[Count, Key("e")] = 300
    window: Count = 5
    epochs: Count = 5
    min_count: Count = 5
    root: Annotated[str, _path] = ROOT
    sha256: Annotated[str | None, _digest] = None

    def __post_init__(self) -> None:
        if self.corpus is not None and self.sha256 is not None:
            raise BadInput(f"sha256 is set, but {self.corpus} is not a file of your own; leave sha256 out")

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "VectorSettings":
        """The settings under the key `vectors` of a configuration.

        Raises:
            BadInput: a key is unknown or missing, or a value is one that its field does not accept.
        """
        try:
            return from_mapping(cls, config)
        except BadInput as error:
            raise BadInput(f"vectors.{error}") from error

    @property
    def corpus(self) -> str | None:
        """The corpus, whose name may have a hyphen as its scale's has; None: the user's own file."""
        name = self.text.replace("-", "_")
        return name if name in TEXTS else None

    @property
    def path(self) -> Path:
        """The user's own file."""
        return expanded(self.text)

    def check_text(self) -> None:
        """Check that there is such a corpus or such a file.

        Raises:
            BadInput: there is neither.
        """
        if self.corpus is None and not self.path.is_file():
            is_folder = self.path.is_dir()
            problem = (
                "is a folder; name a file in it"
                if is_folder
                else f"is not a corpus or a file; {hint(self.text, TEXTS)}"
            )
            raise BadInput(f"vectors.text names {self.text}, which {problem}")

    def as_config(self) -> dict[str, Any]:
        """All settings by their keys, those of a grid's file."""
        config: dict[str, Any] = {"text": self.corpus or self.text, "e": self.width, "window": self.window}
        config |= {"epochs": self.epochs, "min_count": self.min_count, "root": self.root}
        digest = self.sha256 or self._sha256_of_the_file()
        return config if digest is None else {**config, "sha256": digest}

    def as_written(self) -> str:
        """The entry `vectors` for a grid: the text, the width, and settings other than the defaults."""
        usual = VectorSettings(self.text).as_config()
        said = {key: value for key, value in self.as_config().items() if key in ("text", "e") or value != usual[key]}
        said.pop("sha256", None)
        return yaml.safe_dump(said, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()

    def _sha256_of_the_file(self) -> str | None:
        """None of a corpus, and of a file that is not there, which is said where it is read."""
        if self.corpus is not None or not self.path.is_file():
            return None
        return sha256_of(self.path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, worked out once as long as it stays as it is.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        status = path.stat()
        return _sha256(path.absolute(), status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}); check the file") from error


@cache
def _sha256(path: Path, modified: int, size: int) -> str:
    return sha256(path)
