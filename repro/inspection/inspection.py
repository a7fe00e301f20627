"""One inspected sentence, to keep, to write as a page, or to look at in a notebook."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from repro import files
from repro.errors import BadInput
from repro.inspection.content import Content
from repro.inspection.page import page

if TYPE_CHECKING:
    from repro.inspection.intermediates import Intermediates

HEIGHT = 900
"""Of the frame in a notebook, in pixels."""


@dataclass(frozen=True, repr=False)
class Inspection:
    """Every intermediate of one sentence; a notebook shows it as the walk.

    Attributes:
        content: plain data as `content.py` describes it: rounded, and long vectors cut to their beginnings.
        arrays: the same as whole arrays; None of an inspection that was read from a file.
    """

    content: Content
    arrays: "Intermediates | None" = field(default=None, compare=False)

    @property
    def sentence(self) -> str:
        """The source sentence."""
        sentence: str = self.content["sentence"]
        return sentence

    @property
    def translation(self) -> str:
        """The model's translation."""
        translation: str = self.content["translation"]
        return translation

    @property
    def source(self) -> list[str]:
        """The n pieces that the encoder reads, the end of the sentence included."""
        return list(self.content["encoder"]["pieces"])

    @property
    def target(self) -> list[str]:
        """The m pieces that the decoder reads: the start, and what it has written so far."""
        return list(self.content["decoder"]["pieces"])

    def __repr__(self) -> str:
        return f"Inspection of {self.content['sentence']!r} -> {self.content['translation']!r}"

    def _repr_html_(self) -> str:
        """A frame with the whole page in it, so that neither its styles nor its scripts meet the notebook's."""
        return (
            f'<iframe sandbox="allow-scripts" title="{escape(self.content["sentence"])}" '
            f'srcdoc="{escape(self.page())}" style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )

    def page(self, language: str = "en") -> str:
        """A whole page that needs no other file and no network; "en" or "ko"."""
        return page(self.content, language)

    def save(self, path: Path | str, language: str = "en") -> None:
        """Write that page.

        Raises:
            BadInput: the file cannot be written.
        """
        try:
            files.write_text(Path(path), self.page(language))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise BadInput(f"{path} cannot be written ({reason}); name a file in a folder of yours") from error
