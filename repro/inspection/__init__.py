"""One sentence on its way through a Transformer: every intermediate, as data, as a page, in a notebook.

    from repro.inspection import inspect_sentence
    inspect_sentence("the dog sees a cat")

Computing imports torch, and is imported on demand; reading and showing what was computed need none.
"""

from typing import TYPE_CHECKING

from repro.inspection.content import FILE, read, write
from repro.inspection.inspection import Inspection
from repro.inspection.page import fragment, page, script, styles
from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from repro.inspection.sentence import inspect_network, inspect_sentence
else:
    __getattr__ = lazy_attributes(
        __name__, dict.fromkeys(("inspect_network", "inspect_sentence"), "repro.inspection.sentence")
    )

__all__ = ["FILE", "Inspection", "fragment", "inspect_network", "inspect_sentence", "page", "read", "script", "styles"]
__all__ += ["write"]
