"""Built-in reviews: labels and evidence against another derivation, spans, and that the same settings give the same."""

import re
from collections import Counter

import pytest

from ablations.explanation.data.dataset import SPLITS, Dataset
from ablations.explanation.data.labelling import label_review
from ablations.explanation.data.lexicon import ELSEWHERE, FILM, NEGATIVE, POSITIVE
from ablations.explanation.data.reviews import CLEAR_SCORE, ReviewSettings, generate, instance
from repro.errors import BadInput


@pytest.fixture(scope="module")
def reviews() -> Dataset:
    return generate(ReviewSettings(train=400, dev=60, test=60))


def derived(text: str) -> int:
    """The score by text alone: cut off what is cancelled, then add up what regular expressions find."""
    text = text.rsplit("then i changed my mind .", 1)[-1]
    total = 0
    for sentence in re.split(r" \. ?", text):
        sentence = sentence.rsplit("but ", 1)[-1]
        for clause in re.split(r" , | (?=although |though )", sentence):
            if re.match(r"(although|though) ", clause) or not re.search(rf"\b({'|'.join(FILM)})\b", clause):
                continue
            found = re.search(
                rf"(?:\b(very|truly|really|utterly|slightly|somewhat|fairly) )?\b({'|'.join(POSITIVE + NEGATIVE)})\b",
                clause,
            )
            if found:
                degree = 2 if not found[1] else 1 if found[1] in ("slightly", "somewhat", "fairly") else 3
                turned = re.search(r"\b(not|never|hardly|nobody)\b", clause[: found.start()])
                total += degree * (1 if found[2] in POSITIVE else -1) * (-1 if turned else 1)
    return total


def test_labels_follow_by_the_stated_rule_derived_another_way(reviews: Dataset) -> None:
    for split in SPLITS:
        for each in reviews.splits[split]:
            score = derived(" ".join(each.words[1:-1]))
            assert abs(score) >= CLEAR_SCORE
            assert each.label == (score > 0), each.words


@pytest.mark.parametrize(
    ("text", "score", "evidence"),
    [
        ("the plot was dull .", -2, "dull"),
        ("the plot was not very dull .", 3, "not very dull"),
        ("nobody would call the popcorn dull . the cast was slightly weak .", -1, "slightly weak"),
        ("the plot was superb but the cast was weak .", -2, "weak"),
        ("the cast was weak , although the plot was superb .", -2, "weak"),
        ("although the plot was superb , the cast was weak .", -2, "weak"),
        ("the plot was superb . then i changed my mind . the cast was weak .", -2, "weak"),
        ("the plot was superb . the cast was very weak . the hero seemed great .", 1, "superb great"),
        ("my sister came along .", 0, ""),
    ],
)
def test_rule_on_planted_cases(text: str, score: int, evidence: str) -> None:
    found = label_review(text.split())
    assert found.score == score == derived(text)
    assert " ".join(text.split()[at] for at in found.evidence) == evidence


def test_order_matters(reviews: Dataset) -> None:
    dull, superb, recanted = "the plot was dull . ", "the cast was superb . ", "then i changed my mind . "
    assert label_review((dull + recanted + superb).split()).label == 1
    assert label_review((superb + recanted + dull).split()).label == 0
    turned = 0
    for each in reviews.splits["train"]:
        words = [word for start, stop in reversed(each.sentences) for word in each.words[start:stop]]
        turned += instance(words).label != each.label
    assert turned > 5


def test_spans_cover_what_they_should(reviews: Dataset) -> None:
    for each in reviews.splits["dev"]:
        assert (each.words[0], each.words[-1]) == ("<s>", "</s>")
        inside = [at for start, stop in each.sentences for at in range(start, stop)]
        assert inside == list(range(1, len(each) - 1))
        assert all(each.words[stop - 1] == "." for _, stop in each.sentences)
        inside = [at for start, stop in each.clauses for at in range(start, stop)]
        assert inside == [at for at in range(1, len(each) - 1) if each.words[at] not in (",", ".")]
        for start, stop in each.clauses:
            assert not {"but", "although", "though"} & set(each.words[start + 1 : stop])
        assert each.evidence
        assert set(each.evidence) <= set(inside)


def test_balanced_distinct_and_of_all_kinds(reviews: Dataset) -> None:
    every = [each for split in SPLITS for each in reviews.splits[split]]
    assert len({each.words for each in every}) == len(every)
    assert Counter(each.label for each in every) == {0: 260, 1: 260}
    kinds = Counter(kind for each in every for kind in each.phenomena)
    assert min(kinds[k] for k in ("negation", "intensity", "contrast", "concession", "distraction", "recantation")) > 20
    assert max(len(each) for each in every) < 64
    assert any(word in ELSEWHERE for word in every[0].words + every[1].words + every[2].words + every[3].words)


def test_same_settings_same_reviews() -> None:
    small = ReviewSettings(train=20, dev=4, test=4)
    assert generate(small).splits == generate(small).splits
    assert generate(small).splits != generate(ReviewSettings(seed=2, train=20, dev=4, test=4)).splits


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (ReviewSettings(test=1), "test is 1; it must be at least 2 reviews"),
        (ReviewSettings(contrast=0.9, filling=0.5), "shares of sentences add up to 1.68"),
    ],
)
def test_settings_that_cannot_be(settings: ReviewSettings, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        generate(settings)
