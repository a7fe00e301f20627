"""A section of the page: what a figure, a walk or a table hands over to be shown."""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Section:
    """One section, whole: the page adds its heading and its place in the contents.

    Attributes:
        id: its anchor, unique on the page, such as "table3".
        title: its heading, plain text.
        html: its body, already escaped; inline SVG, no address outside the page, no `id` that does not begin with
            the section's own.
        note: what to see in it, in a sentence or two, plain text; shown under the heading.
        first: whether it stands at the top of the page, unfolded, before what is shipped.
    """

    id: str
    title: str
    html: Markup
    note: str = ""
    first: bool = False
