"""One inspected sentence, to keep, to write as a page, or to look at in a notebook."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from repro import files
from repro.inspection.content import Content
from repro.inspection.page import page

HEIGHT = 900
"""Of the frame in a notebook, in pixels."""


@dataclass(frozen=True, repr=False)
class Inspection:
    """Every intermediate of one sentence; a notebook shows it as the walk.

    Attributes:
        content: plain data as `content.py` describes it.
    """

    content: Content

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
        """Write that page."""
        files.write_text(Path(path), self.page(language))
