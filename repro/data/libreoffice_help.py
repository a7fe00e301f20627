"""LibreOffice's help as parallel text: about 27,000 real pairs wherever apt works, free to use (MPL-2.0).

Debian's packages libreoffice-help-en-us, -de and -fr hold the same HTML pages in each language, and every
paragraph keeps its element id in translation, so paragraphs are aligned by page and id. The packages are
downloaded, checked, and read as archives in memory; nothing is installed and nothing of them is unpacked to
disk.

Where text differs by system or application, one variant is kept: the one that a reader on Linux would see.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from repro.data.cleaning import Cleaning, CleaningCounts, clean
from repro.data.text import Tsv, check_file
from repro.errors import BadInput
from repro.files import built_atomically, remove_leftovers, sha256, write_json, write_text
from repro.json_file import read_json
from repro.locks import directory_lock
from repro.progress import Progress
from repro.streams import note

PACKAGES = {"en": "libreoffice-help-en-us", "de": "libreoffice-help-de", "fr": "libreoffice-help-fr"}

CLEANING = Cleaning(min_words=3, max_words=120, max_ratio=3.0, drop_identical=True, drop_duplicates=True)
HELD_OUT_PAIRS = 1000
"""Pairs of dev, and of test."""

LARGEST_HELD_OUT_GROUP = 10
"""Larger groups, mostly boiler-plate in many variants, stay in train: dev and test should be varied."""

RECIPE = 1
"""Raise it when extraction, cleaning or splitting change: corpora of older recipes are then built anew."""

HTML_SPACE = re.compile(r"[ \t\n\r\f]+")  # HTML collapses these alone; the no-break spaces of French stay
PAGE = re.compile(r"(?:\./)?usr/share/libreoffice/help/[^/]+/text/(.+\.html)")


@dataclass(frozen=True)
class HelpSplit:
    """One split of the help texts as built into a folder: a `Part` whose identity names the packages."""

    folder: Path
    split: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield (English, other language) paragraphs."""
        return Tsv(self.folder / f"{self.split}.tsv").pairs()

    def identity(self) -> dict[str, Any]:
        """The file's identity, with the recipe and packages (version, size, checksum) it was made from."""
        manifest = _manifest(self.folder) or {}
        return {
            **Tsv(self.folder / f"{self.split}.tsv").identity(),
            "packages": manifest.get("packages"),
            "recipe": manifest.get("recipe"),
        }


def help_splits(language: str, cache: Path) -> dict[str, HelpSplit]:
    """The splits train, dev and test of English to `language` ("de" or "fr"), built on first use.

    Args:
        cache: downloads go to `libreoffice_help/packages` in it, the corpus to `libreoffice_help/en_de` or
            `en_fr`. Packages (`.deb`) put there by hand are used without asking apt.

    Raises:
        BadInput: no apt or no network, a download that is not what apt announced, or packages with other
            pages.
    """
    home = cache / "libreoffice_help"
    folder = home / f"en_{language}"
    with directory_lock(home / ".lock", waiting=lambda owner: note(f"waiting for {owner}")):
        if (_manifest(folder) or {}).get("recipe") != RECIPE:
            debs = {code: find_or_download(PACKAGES[code], home / "packages") for code in ("en", language)}
            pages = {code: read_pages(deb) for code, deb in debs.items()}
            counts = CleaningCounts()
            pairs = list(clean(aligned(pages["en"], pages[language]), CLEANING, counts))
            if len(pairs) < 4 * HELD_OUT_PAIRS:
                raise BadInput(
                    f"{debs[language].name} and {debs['en'].name} share only {len(pairs):,} paragraphs; use "
                    "packages of the same version, LibreOffice 7 or later"
                )
            splits = split_by_groups(pairs, HELD_OUT_PAIRS)
            manifest = {
                "recipe": RECIPE,
                "packages": {deb.name: {"bytes": deb.stat().st_size, "sha256": sha256(deb)} for deb in debs.values()},
                "cleaning": asdict(CLEANING),
                "counts": asdict(counts),
                "pairs": {split: len(members) for split, members in splits.items()},
            }
            shutil.rmtree(folder, ignore_errors=True)
            remove_leftovers(folder)
            with built_atomically(folder) as temporary:
                for split, members in splits.items():
                    write_text(temporary / f"{split}.tsv", "".join(f"{a}\t{b}\n" for a, b in members))
                write_json(temporary / "manifest.json", manifest)
    return {split: HelpSplit(folder, split) for split in ("train", "dev", "test")}


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = read_json(folder / "manifest.json")
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


# --- The packages ---


def find_or_download(package: str, folder: Path) -> Path:
    """The package's `.deb` in `folder`; if not there, downloaded and checked against apt's size and SHA-256.

    Raises:
        BadInput: says what to install, run, or put where.
    """
    by_hand = f"download {package} from packages.debian.org and put the .deb into {folder}"
    if present := sorted(folder.glob(f"{package}_*.deb")):
        return _newest(present)
    if not (shutil.which("apt-get") and shutil.which("apt-cache")):
        raise BadInput(f"the help corpus is made from a Debian package, but apt-get is not installed; {by_hand}")
    shown = _run(["apt-cache", "show", "--no-all-versions", package])
    entry = dict(re.findall(r"^(Version|Size|SHA256): (\S+)$", shown.stdout, re.MULTILINE))
    if shown.returncode != 0 or entry.keys() != {"Version", "Size", "SHA256"}:
        raise BadInput(f"apt does not know the package {package}; run `apt-get update` as root first, or {by_hand}")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder) as temporary,
        Progress(f"downloading {package}", 1, "package") as bar,
    ):
        download = _run(["apt-get", "download", f"{package}={entry['Version']}"], cwd=temporary)
        files = sorted(Path(temporary).glob("*.deb"))
        if download.returncode != 0 or len(files) != 1:
            reason = (download.stderr.strip() or "no file came").split("\n")[-1]
            raise BadInput(f"`apt-get download {package}` failed ({reason}); check the network, or {by_hand}")
        check_file(files[0], int(entry["Size"]), entry["SHA256"])
        bar.advance()
        final = folder / files[0].name
        os.replace(files[0], final)
    return final


def _newest(debs: Sequence[Path]) -> Path:
    """The file of the highest version, which stands between the underscores of its name.

    Raises:
        BadInput: there are several files and no dpkg, which knows the order of versions.
    """
    newest, *others = debs
    if others and not shutil.which("dpkg"):
        names = ", ".join(deb.name for deb in debs)
        raise BadInput(f"{newest.parent} has several versions of one package ({names}); remove all but one")
    for deb in others:
        versions = [unquote(file.name.split("_")[1].removesuffix(".deb")) for file in (deb, newest)]
        if _run(["dpkg", "--compare-versions", versions[0], "gt", versions[1]]).returncode == 0:
            newest = deb
    return newest


def _run(command: Sequence[str], cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        raise BadInput(f"`{' '.join(command)}` did not end within 10 minutes; check the network") from None


# --- The pages ---


def read_pages(deb: Path) -> dict[str, dict[str, list[str]]]:
    """Page name -> element id -> its texts (an id may occur more than once in a page), from a help package.

    Raises:
        BadInput: dpkg-deb is missing, or cannot read the file.
    """
    if not shutil.which("dpkg-deb"):
        raise BadInput(f"reading {deb.name} needs dpkg-deb, which is not installed; install the package dpkg")
    pages: dict[str, dict[str, list[str]]] = {}
    # The archive is read as a stream and no member is written, so no name in it can reach outside a folder.
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as unpacking:
        try:
            with (
                tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive,
                Progress(deb.name, unit="pages") as bar,
            ):
                for member in archive:
                    name = PAGE.fullmatch(member.name)
                    content = archive.extractfile(member) if name and member.isreg() else None
                    if name and content:
                        pages[name[1]] = paragraphs(content.read().decode(errors="replace"))
                        bar.advance()
            unpacking.communicate()
        except (tarfile.TarError, EOFError):
            unpacking.kill()
            unpacking.wait()
        if unpacking.wait() != 0:
            raise BadInput(f"dpkg-deb cannot read {deb}; delete it, so that it is downloaded again")
    return pages


def paragraphs(page: str) -> dict[str, list[str]]:
    """Element id -> texts of the paragraphs and headings of a page, without markup, spaces collapsed."""
    reader = _ParagraphReader()
    reader.feed(page)
    reader.close()
    return reader.texts


@dataclass
class _Element:
    """An open element within a paragraph.

    Attributes:
        text: pieces of its own text; None if its text belongs to the element around it.
        cases: of a switch, the text of each case closed so far, by name.
        case: of a case, its name.
    """

    tag: str
    text: list[str] | None = None
    cases: dict[str, str] | None = None
    case: str = ""


class _ParagraphReader(HTMLParser):
    """Collects the text of each `<p>` and `<h1>`..`<h6>` that has an id.

    `<span class="switchinline">` holds one `<span>` for each system or application, all of which stand in
    the file one after the other; of these only one is text: see `_choose`.
    """

    BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
    VOID = frozenset({"br", "img", "input", "wbr", "hr", "meta", "link", "col", "area", "source"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: dict[str, list[str]] = defaultdict(list)
        self._id: str | None = None
        self._open: list[_Element] = []  # the paragraph itself comes first

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in self.BLOCKS:
            self._finish()
            if values.get("id"):
                self._id = values["id"]
                self._open = [_Element(tag, text=[])]
        elif self._id is None:
            return
        elif tag in self.VOID:
            if tag == "br":
                self.handle_data(" ")
        elif values.get("class") == "switchinline":
            self._open.append(_Element(tag, text=[], cases={}))
        elif self._open[-1].cases is not None:
            self._open.append(_Element(tag, text=[], case=values.get("class") or "default"))
        else:
            self._open.append(_Element(tag))

    def handle_endtag(self, tag: str) -> None:
        if self._id is None or tag in self.VOID:
            return
        if tag in self.BLOCKS:
            self._finish()
        elif any(element.tag == tag for element in self._open[1:]):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._id is not None:
            self._innermost_text().append(data)

    def close(self) -> None:
        super().close()
        self._finish()

    def _innermost_text(self) -> list[str]:
        return next(element.text for element in reversed(self._open) if element.text is not None)

    def _close(self) -> str:
        """Close the innermost element and hand its text to the one around it; returns its tag."""
        element = self._open.pop()
        if element.cases is not None:
            self._innermost_text().append(_choose(element.cases))
        elif element.text is not None:
            switch = self._open[-1].cases
            assert switch is not None
            switch[element.case] = "".join(element.text)
        return element.tag

    def _finish(self) -> None:
        """End the paragraph, if one is open; elements left open in it are closed."""
        if self._id is None:
            return
        while len(self._open) > 1:
            self._close()
        self.texts[self._id].append(HTML_SPACE.sub(" ", "".join(self._innermost_text())).strip(" "))
        self._id, self._open = None, []


def _choose(cases: Mapping[str, str]) -> str:
    """The case that a reader on Linux sees: that of Unix, else the default, else the first."""
    for name in ("UNIX", "default"):
        if name in cases:
            return cases[name]
    return next(iter(cases.values()), "")


def aligned(
    source: Mapping[str, Mapping[str, Sequence[str]]], target: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of the same page and element id in two languages, by page, in page order.

    An id that occurs a different number of times in the two pages is left out: which is which is unknown.
    """
    for page in sorted(source.keys() & target.keys()):
        for element, texts in source[page].items():
            others = target[page].get(element, ())
            if len(others) == len(texts):
                yield from zip(texts, others, strict=True)


# --- The splits ---


def split_by_groups(pairs: Sequence[tuple[str, str]], held_out: int) -> dict[str, list[tuple[str, str]]]:
    """Split so that no line of dev or test, case and punctuation ignored, is also in train on its side.

    Pairs that share a line on either side are one group, as are pairs connected through others; a group
    goes whole into one split. Groups are drawn in the order of a hash of their text, so that the same pairs
    give the same splits on every machine, and another version of the packages moves few pairs between
    splits.

    Args:
        held_out: pairs of dev, and of test.
    """
    group = list(range(len(pairs)))

    def root(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    first: dict[tuple[int, str], int] = {}
    for i, pair in enumerate(pairs):
        for side, line in enumerate(pair):
            group[root(i)] = root(first.setdefault((side, _bare(line)), i))
    members: dict[int, list[int]] = defaultdict(list)
    for i in range(len(pairs)):
        members[root(i)].append(i)

    def order(indices: list[int]) -> bytes:
        return min(hashlib.sha256("\t".join(pairs[i]).encode()).digest() for i in indices)

    chosen: dict[str, set[int]] = {"dev": set(), "test": set()}
    for indices in sorted(members.values(), key=order):
        if len(indices) <= LARGEST_HELD_OUT_GROUP:
            for taken in chosen.values():
                if len(taken) + len(indices) <= held_out:
                    taken.update(indices)
                    break
    held = chosen["dev"] | chosen["test"]
    return {
        "train": [pair for i, pair in enumerate(pairs) if i not in held],
        "dev": [pairs[i] for i in sorted(chosen["dev"])],
        "test": [pairs[i] for i in sorted(chosen["test"])],
    }


def _bare(line: str) -> str:
    """A line without case, punctuation and spacing."""
    return " ".join(re.findall(r"[^\W_]+", line.casefold()))
