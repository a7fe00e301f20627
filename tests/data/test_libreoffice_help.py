"""LibreOffice's help: pages to paragraphs, packages to pages, pairs to splits, and what apt can do wrong."""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from repro.data import libreoffice_help
from repro.data.corpora import find_corpus
from repro.data.libreoffice_help import (
    aligned,
    find_or_download,
    help_splits,
    paragraphs,
    read_pages,
    split_by_groups,
)
from repro.data.text import Tsv
from repro.errors import BadInput

needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is not here")

PAGE = """<!DOCTYPE html><html><head><title>Not text</title><script>var p = "<p id='s'>";</script>
</head><body>
<p>No id, no text.</p>
<h1 id="hd_1" dir="auto">Bold &amp; <em>it&auml;lic</em></h1>
<p id="par_2">First
   line<br>second <span class="menuitem">Insert - <a href="x.html">Table</a></span>.</p>
<p id="par_3">Press <span id="s1" class="switchinline"><span class="MAC"><b>Command</b></span>\
<span hidden="true" id="default1"><span class="k">Ctrl</span></span></span> + F.</p>
<p id="par_4">See <span class="switchinline"><span class="WRITER">Text</span>\
<span class="CALC">Sheet</span></span> and <span class="switchinline"><span>that</span>\
<span class="UNIX">this</span></span>.</p>
<p id="par_5">Left <b>open <p id="par_6">Quote&nbsp;: «&nbsp;x&nbsp;»</p>
<p id="par_2">The id again</p><p id="par_7"><img src="a.svg" alt="An icon"></p>
</body></html>"""


def test_paragraphs_are_text_without_markup_by_id() -> None:
    assert paragraphs(PAGE) == {
        "hd_1": ["Bold & itälic"],
        "par_2": ["First line second Insert - Table.", "The id again"],
        "par_3": ["Press Ctrl + F."],
        "par_4": ["See Text and this."],
        "par_5": ["Left open"],
        "par_6": ["Quote\xa0: «\xa0x\xa0»"],
        "par_7": [""],
    }


def test_alignment_is_by_page_and_id_never_by_order() -> None:
    english = {
        "b.html": {"2": ["two"], "1": ["one"], "3": ["only English"]},
        "a.html": {"1": ["other page"]},
        "c.html": {},
    }
    german = {
        "b.html": {"1": ["eins"], "2": ["zwei"], "4": ["nur Deutsch"]},
        "a.html": {"1": ["andere Seite"]},
        "d.html": {"1": ["fremd"]},
    }
    assert list(aligned(english, german)) == [
        ("other page", "andere Seite"),
        ("two", "zwei"),
        ("one", "eins"),
    ]
    repeated = {"a.html": {"1": ["x", "y"], "2": ["x", "y"]}}
    other = {"a.html": {"1": ["X", "Y"], "2": ["X"]}}
    assert list(aligned(repeated, other)) == [("x", "X"), ("y", "Y")]


def bare(line: str) -> str:
    return re.sub(r"[\W_]", "", line.lower())


def random_pairs(seed: int) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    marks = ["", ".", "!", " ?"]
    return list(
        {
            (
                f"{rng.choice(['Line', 'line'])} {rng.randint(0, 900)}{rng.choice(marks)}",
                f"Zeile {rng.randint(0, 900)}",
            )
            for _ in range(600)
        }
    )


@pytest.mark.parametrize("seed", range(5))
def test_splits_share_no_line_on_either_side(seed: int) -> None:
    pairs = sorted(random_pairs(seed))
    splits = split_by_groups(pairs, 40)
    assert sorted(splits["train"] + splits["dev"] + splits["test"]) == pairs
    assert len(splits["dev"]) == len(splits["test"]) == 40
    for side in (0, 1):
        lines = {name: {bare(pair[side]) for pair in members} for name, members in splits.items()}
        assert not lines["train"] & lines["dev"]
        assert not lines["train"] & lines["test"]
        assert not lines["dev"] & lines["test"]


def test_a_split_does_not_depend_on_the_order_of_pairs() -> None:
    pairs = random_pairs(7)
    shuffled = random.Random(8).sample(pairs, len(pairs))
    one, other = split_by_groups(pairs, 30), split_by_groups(shuffled, 30)
    assert {name: set(members) for name, members in one.items()} == {
        name: set(members) for name, members in other.items()
    }
    assert one["train"] == [pair for pair in pairs if pair in set(one["train"])]


def test_a_large_group_stays_in_train() -> None:
    boilerplate = [("Example", f"Beispiel {i}") for i in range(11)]
    pairs = boilerplate + [(f"line {i}", f"Zeile {i}") for i in range(40)]
    splits = split_by_groups(pairs, 20)
    assert splits["train"] == boilerplate


def package(folder: Path, language: str, pages: dict[str, str], name: str = "") -> Path:
    """A real Debian package with help pages."""
    tree = folder / f"tree_{language}"
    for page, content in pages.items():
        path = tree / f"usr/share/libreoffice/help/{language}/text/{page}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    other = tree / f"usr/share/libreoffice/help/{language}/noscript.html"
    other.write_text('<p id="par_1">Not a page</p>')
    name = name or libreoffice_help.PACKAGES[language.split("-")[0]]
    control = tree / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        f"Package: {name}\nVersion: 4:7.4\nArchitecture: all\nMaintainer: A <a@b.org>\nDescription: help\n"
    )
    deb = folder / f"{name}_4%3a7.4_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, deb], check=True, capture_output=True)
    return deb


def page(texts: list[str]) -> str:
    return "".join(f'<p id="par_{i}">{text}</p>' for i, text in enumerate(texts))


ENGLISH = [f"This is the paragraph number {i} of it." for i in range(60)]
GERMAN = [f"Das ist der Absatz Nummer {i} davon." for i in range(60)]


@needs_dpkg
def test_pages_are_read_from_the_archive(tmp_path: Path) -> None:
    deb = package(tmp_path, "de", {"sub/a.html": page(["eins", "zwei"]), "b.html": page(["drei"])})
    before = sorted(tmp_path.rglob("*"))
    assert read_pages(deb) == {
        "sub/a.html": {"par_0": ["eins"], "par_1": ["zwei"]},
        "b.html": {"par_0": ["drei"]},
    }
    assert sorted(tmp_path.rglob("*")) == before


@needs_dpkg
@pytest.mark.parametrize("cut", [0, 60, 400])
def test_broken_package_is_bad_input(tmp_path: Path, cut: int) -> None:
    deb = package(tmp_path, "de", {"a.html": page(["eins"] * 50)})
    deb.write_bytes(deb.read_bytes()[:cut])
    with pytest.raises(BadInput, match=r"dpkg-deb cannot read .*delete it"):
        read_pages(deb)


@needs_dpkg
def test_corpus_from_packages_put_there_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice_help, "HELD_OUT_PAIRS", 10)
    packages = tmp_path / "libreoffice_help/packages"
    packages.mkdir(parents=True)
    noise = ["too short", "same on both sides", ENGLISH[0]]
    package(packages, "en-US", {"a.html": page(ENGLISH + noise)})
    deb = package(packages, "de", {"a.html": page([*GERMAN, "zu kurz", "same on both sides", GERMAN[0]])})
    corpus = find_corpus("help", folder=tmp_path, cache=tmp_path)
    assert {split: len(list(corpus.pairs(split))) for split in corpus.splits} == {
        "train": 40,
        "dev": 10,
        "test": 10,
    }
    everything = {pair for split in corpus.splits for pair in corpus.pairs(split)}
    assert everything == set(zip(ENGLISH, GERMAN, strict=True))
    identity = corpus.splits["dev"][0].identity()
    assert identity["packages"][deb.name]["sha256"] == hashlib.sha256(deb.read_bytes()).hexdigest()
    manifest = json.loads((tmp_path / "libreoffice_help/en_de/manifest.json").read_text())
    assert manifest["counts"] | {"kept": 60, "too_short": 1, "identical": 1, "duplicate": 1} == manifest["counts"]

    monkeypatch.setattr(libreoffice_help, "read_pages", None)  # a second call must not read the packages again
    assert help_splits("de", tmp_path)["train"].identity() == corpus.splits["train"][0].identity()
    monkeypatch.setattr(libreoffice_help, "RECIPE", 2)
    with pytest.raises(TypeError):
        help_splits("de", tmp_path)


@needs_dpkg
def test_packages_that_do_not_match_are_bad_input(tmp_path: Path) -> None:
    packages = tmp_path / "libreoffice_help/packages"
    packages.mkdir(parents=True)
    package(packages, "en-US", {"a.html": page(ENGLISH)})
    package(packages, "de", {"a.html": page(GERMAN)})
    with pytest.raises(BadInput, match="share only 60 paragraphs"):
        help_splits("de", tmp_path)
    assert not (tmp_path / "libreoffice_help/en_de").exists()


CONTENT = b"a package"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stand-ins for apt-cache and apt-get: what the first prints, and a shell line for the second."""

    def install(shown: str, download: str) -> None:
        programs = tmp_path / "programs"
        programs.mkdir()
        for name, body in (("apt-cache", f"cat <<'END'\n{shown}\nEND"), ("apt-get", download)):
            (programs / name).write_text(f"#!/bin/sh\n{body}\n")
            (programs / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    return install


def entry(size: int = len(CONTENT), digest: str = DIGEST) -> str:
    return f"Package: p\nVersion: 1:2-3\nSize: {size}\nMD5sum: 0\nSHA256: {digest}\nDescription: d"


def test_download_takes_the_announced_version(tmp_path: Path, apt) -> None:
    apt(entry(), 'test "$*" = "download p=1:2-3" && printf "a package" > p_1%3a2-3_all.deb')
    folder = tmp_path / "packages"
    deb = find_or_download("p", folder)
    assert deb == folder / "p_1%3a2-3_all.deb"
    assert deb.read_bytes() == CONTENT
    assert list(folder.iterdir()) == [deb]
    (tmp_path / "programs/apt-get").write_text("#!/bin/sh\nexit 1\n")
    assert find_or_download("p", folder) == deb


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg is not here")
@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["7.4.7-1", "24.2.7-1"], "24.2.7-1"),
        (["1%3a7.4.7-1+deb12u5", "4%3a7.4.7-1+deb12u5", "4%3a7.4.7-1+deb12u10"], "4%3a7.4.7-1+deb12u10"),
        (["2.0~rc1", "2.0"], "2.0"),
        (["2.0", "2.0~rc1"], "2.0"),
    ],
)
def test_of_several_packages_the_highest_version_is_taken(tmp_path: Path, versions: list[str], newest: str) -> None:
    for version in versions:
        (tmp_path / f"p_{version}_all.deb").touch()
    assert find_or_download("p", tmp_path).name == f"p_{newest}_all.deb"


def test_several_packages_without_dpkg_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "p_7.4.7_all.deb").touch()
    assert find_or_download("p", tmp_path) == tmp_path / "p_7.4.7_all.deb"
    (tmp_path / "p_24.2.7_all.deb").touch()
    with pytest.raises(BadInput, match=r"several .* \(p_24\.2\.7_all\.deb, p_7\.4\.7_all\.deb\); remove all but one"):
        find_or_download("p", tmp_path)


@pytest.mark.parametrize(
    ("shown", "download", "message"),
    [
        ("", "exit 0", "apt does not know the package p; run `apt-get update`"),
        (
            entry(),
            'echo "W: x" >&2; echo "E: no network" >&2; exit 100',
            r"failed \(E: no network\); check the network",
        ),
        (entry(), "exit 0", r"failed \(no file came\)"),
        (entry(size=8), "printf 'a package' > p.deb", "9 bytes instead of 8"),
        (entry(digest="0" * 64), "printf 'a package' > p.deb", "SHA-256"),
    ],
)
def test_download_that_fails_leaves_nothing(tmp_path: Path, apt, shown: str, download: str, message: str) -> None:
    apt(shown, download)
    folder = tmp_path / "packages"
    with pytest.raises(BadInput, match=message):
        find_or_download("p", folder)
    assert not folder.exists() or not list(folder.iterdir())


def test_without_apt_the_message_says_what_to_put_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match=r"apt-get is not installed; download libreoffice-help-en-us from .*packages"):
        help_splits("fr", tmp_path)
    (tmp_path / "a.deb").write_bytes(b"")
    with pytest.raises(BadInput, match="needs dpkg-deb"):
        read_pages(tmp_path / "a.deb")


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.data
@pytest.mark.parametrize(("language", "train"), [("de", 26_284), ("fr", 25_804)])
def test_debian_packages_give_the_published_corpus(
    data_folder: Path, tmp_path: Path, language: str, train: int
) -> None:
    """Against a corpus that others made of LibreOffice 7.4's packages, keeping the texts for every system."""
    if not shutil.which("apt-get"):
        pytest.skip("apt-get is not installed")
    try:
        splits = help_splits(language, tmp_path)
    except BadInput as error:
        pytest.skip(f"the packages could not be had: {error}")
    ours = {pair for split in splits.values() for pair in split.pairs()}
    folder = data_folder / f"lo_help_en_{language}"
    theirs = [pair for split in ("train", "dev") for pair in Tsv(folder / f"{split}.tsv.gz").pairs()]
    assert len(list(splits["dev"].pairs())) == len(list(splits["test"].pairs())) == 1000
    assert abs(len(list(splits["train"].pairs())) / train - 1) < 0.02
    english = {pair[0] for pair in ours}
    assert sum(source in english for source, _ in theirs) / len(theirs) > 0.95
