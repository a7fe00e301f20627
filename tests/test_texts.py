"""Texts in all languages: the same keys, the same placeholders, and nothing empty."""

import re
from pathlib import Path

import pytest

import repro
from repro.errors import BadInput
from repro.texts import LANGUAGES, texts_of

TOP = Path(repro.__file__).parents[1]
PACKAGES = sorted(
    ".".join(path.relative_to(TOP).parts[:-2])
    for package in ("repro", "ablations", "reports")
    for path in (TOP / package).rglob("texts/en.yaml")
)
TRANSLATIONS = [(package, language) for package in PACKAGES for language in LANGUAGES if language != "en"]


def placeholders(text: str) -> set[str]:
    """With their formats: a number must be written alike in all languages."""
    return set(re.findall(r"{.*?}", text))


def test_every_part_that_shows_texts_is_looked_at() -> None:
    assert {"reports", "reports.page", "reports.figures", "repro.inspection"} <= set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_a_file_for_every_language_and_no_other(package: str) -> None:
    folder = TOP.joinpath(*package.split("."), "texts")
    assert {path.name for path in folder.iterdir()} == {f"{language}.yaml" for language in LANGUAGES}


@pytest.mark.parametrize(("package", "language"), TRANSLATIONS)
def test_all_languages_have_the_same_keys_in_the_same_order(package: str, language: str) -> None:
    assert list(texts_of(package, language)) == list(texts_of(package, "en"))


@pytest.mark.parametrize(("package", "language"), TRANSLATIONS)
def test_all_languages_have_the_same_placeholders(package: str, language: str) -> None:
    english = texts_of(package, "en")
    differing = {
        key: (text, english[key])
        for key, text in texts_of(package, language).items()
        if placeholders(text) != placeholders(english[key])
    }
    assert differing == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_is_one_line_of_text(package: str, language: str) -> None:
    """YAML would take `yes` for a truth and 1.0 for a number."""
    for key, text in texts_of(package, language).items():
        assert isinstance(text, str), key
        assert text == text.strip() != "", key
        assert "\n" not in text, key


def test_a_language_that_is_not_there_is_refused_with_its_file() -> None:
    with pytest.raises(BadInput, match=r"fr\.yaml cannot be read"):
        texts_of("repro.inspection", "fr")
