"""Every link of the page leads somewhere, and the page fetches nothing."""

import re
from collections.abc import Collection
from html.parser import HTMLParser

from repro.errors import BadInput

REFERS = {"aria-labelledby", "aria-describedby", "aria-controls", "for"}
"""Attributes that name other elements of the page by their ids."""
FETCHES = {"src", "href", "xlink:href", "srcset", "data", "poster", "action", "formaction"}
"""Attributes with addresses. Only a link's may lead elsewhere: it is followed when a reader asks."""

TAG = re.compile(
    r"""<!--.*?-->|(?P<opening><(?P<name>script|style)\b(?:[^<>"']|"[^"]*"|'[^']*')*>).*?</(?P=name)\s*>"""
    r"""|</?[a-z](?:[^<>"']|"[^"]*"|'[^']*')*>|<[a-z][^>]*>""",
    re.DOTALL | re.IGNORECASE,
)
"""A comment; a script or style with its text, which holds no tags; a tag; or what goes for one, up to the next >."""
NAMING = re.compile(rf"[\s\"'/](?:id|{'|'.join(sorted(REFERS | FETCHES))})(?=[\s=/>])", re.IGNORECASE)
"""In a tag that the check must see. Of a page's tags most draw figures; to parse them all takes four times as long."""


class _Links(HTMLParser):
    """Collects ids and what refers to them or to files."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: set[str] = set()
        self.twice: list[str] = []
        self.anchors: dict[str, None] = {}
        self.files: dict[str, None] = {}
        self.fetched: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at all attributes of a tag."""
        for name, given in attrs:
            value = given or ""
            if name == "id":
                if value in self.ids:
                    self.twice.append(value)
                self.ids.add(value)
            elif name in REFERS:
                self.anchors.update(dict.fromkeys(value.split()))
            elif name in FETCHES and not (name == "data" and tag != "object"):
                self._address(tag, value)

    def _address(self, tag: str, value: str) -> None:
        if value.startswith("#"):
            self.anchors[value[1:]] = None
        elif value.startswith("data:") and tag != "a":
            pass
        elif tag != "a":
            self.fetched[value] = None
        elif not value.startswith("https://"):
            self.files[value] = None


def check_links(name: str, page: str, files: Collection[str]) -> None:
    """Refuse a page with a link that leads nowhere, an id that is there twice, or a part that is elsewhere.

    Args:
        name: of the page, for messages.
        page: HTML.
        files: the names of all files beside it.

    Raises:
        BadInput: the first of these.
    """
    links = _Links()
    for tag in TAG.finditer(page):
        if NAMING.search(tag["opening"] or tag[0]) and not tag[0].startswith("<!--"):
            links.feed(f"{tag['opening']}</{tag['name']}>" if tag["name"] else tag[0])
    links.close()
    for anchor in links.anchors:
        if anchor not in links.ids:
            raise BadInput(f"{name} has a link to #{anchor}, which is not on the page; link to an existing part")
    for file in links.files:
        if re.split(r"[?#]", file)[0] not in files:
            raise BadInput(f"{name} has a link to {file!r}, which is not a file of the report; name one that is")
    if links.twice:
        raise BadInput(f"{name} has two parts with the id {links.twice[0]}; links to it are ambiguous, so rename one")
    for address in links.fetched:
        raise BadInput(f"{name} would fetch {address!r}; the page must hold all that it shows")
