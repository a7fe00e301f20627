"""One sentence on its way through a Transformer: every intermediate, as data, as a page, in a notebook.

    from repro.inspection import inspect_sentence
    inspect_sentence("the dog sees a cat")

Computing imports torch, and is imported on demand; reading and showing what was computed need none.
"""

from typing import TYPE_CHECKING, Any

from repro.inspection.content import FILE, read, write
from repro.inspection.inspection import Inspection
from repro.inspection.page import fragment, page, script, styles

if TYPE_CHECKING:
    from repro.inspection.sentence import inspect_network, inspect_sentence

__all__ = ["FILE", "Inspection", "fragment", "inspect_network", "inspect_sentence", "page", "read", "script", "styles"]
__all__ += ["write"]


def __getattr__(name: str) -> Any:
    if name in ("inspect_network", "inspect_sentence"):
        from repro.inspection import sentence

        return getattr(sentence, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
