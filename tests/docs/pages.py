"""README and docs as data: blocks of code, links, headings and sentences."""

import itertools
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
FOR_USERS = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "LOG.md"]
"""Whose sentences and links are tested as well."""
PROGRAMS = ("repro", "ablate", "report")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A block of code: its language ("" for an indented one) and its text."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Fenced blocks, and indented ones as shell commands."""
    text = page.read_text()
    fenced = [Block(language, body) for language, body in FENCE.findall(text)]
    rest = FENCE.sub("", text)
    indented = [Block("", re.sub(r"^ {4}", "", found, flags=re.MULTILINE)) for found in INDENTED.findall(rest)]
    return fenced + indented


def commands(page: Path) -> list[list[str]]:
    """What a reader would type for this project's programs, in blocks and within sentences."""
    lines = []
    for block in blocks(page):
        if block.language in ("", "console"):
            lines += block.text.replace("\\\n", " ").splitlines()
    lines += [text for text in INLINE.findall(FENCE.sub("", page.read_text())) if "..." not in text]
    found = []
    for line in lines:
        try:
            words = shlex.split(line.removeprefix("$ "), comments=True)
        except ValueError:
            continue  # text, not a command
        words = list(itertools.takewhile(lambda word: word not in ("<", ">", "|"), words))
        if len(words) > 1 and words[0] in PROGRAMS:
            found.append(words)
    return found


def project_path(page: Path) -> str:
    """Its path within the project, which tells pages of the same file name apart."""
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    return LINK.findall(FENCE.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """Those of its headings, as repositories make them: lower case, blanks as hyphens, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sentences(page: Path) -> list[str]:
    """Sentences of paragraphs, bullets and quotes; code, tables and headings are none.

    A sentence ends at `.`, `!` or `?` before a blank, and at the end of its paragraph or bullet. Code in a line counts
    as one word, a link as its text.
    """
    text = INDENTED.sub("\n", FENCE.sub("", page.read_text()))
    text = re.sub(r"<[^>\n]+>", "", text)
    text = LINK.sub(lambda link: re.sub(r"^!?\[|\]\(.*$", "", link.group()), text)
    text = INLINE.sub("code", text)
    lines = [line for line in text.splitlines() if not re.match(r"\s*(#|\||!\[)", line)]
    paragraphs = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", "\n".join(lines))
    found = []
    for paragraph in paragraphs:
        flat = re.sub(r"^\s*(?:[-*]|\d+\.) ", "", " ".join(paragraph.split()))
        found += [part for part in re.split(r"(?<=[.!?])[\"')*]* ", flat) if re.search(r"[A-Za-z]{2}", part)]
    return found


def words_in(sentence: str) -> int:
    return len(re.findall(r"\S*\w\S*", sentence))
