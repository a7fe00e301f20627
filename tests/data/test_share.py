"""A share of the training pairs: of the right size, in order, nested, and counted."""

import math
from pathlib import Path
from typing import Any

import pytest

from repro.data.preparing import prepare
from repro.data.share import ShareCounts, shared
from tests.data.test_preparing import DEV, SMALL, TRAIN, corpus

PAIRS = [(f"source {number}", f"target {number}") for number in range(4_000)]


def kept(share: float) -> list[tuple[str, str]]:
    counts = ShareCounts()
    pairs = list(shared(iter(PAIRS), share, counts))
    assert (counts.kept, counts.not_in_share) == (len(pairs), len(PAIRS) - len(pairs))
    return pairs


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.9])
def test_a_share_has_about_its_size_keeps_the_order_and_favours_no_part(share: float) -> None:
    pairs = kept(share)
    assert pairs == sorted(pairs, key=PAIRS.index)
    # Four deviations of a binomial count, over all of the text and over each half of it.
    for part in (PAIRS, PAIRS[:2_000], PAIRS[2_000:]):
        inside = len(set(pairs) & set(part))
        assert abs(inside - share * len(part)) < 4 * math.sqrt(len(part) * share * (1 - share))


def test_smaller_shares_are_parts_of_larger_ones_and_one_is_all() -> None:
    tenth, third, whole = kept(0.1), kept(0.3), kept(1)
    assert set(tenth) < set(third) < set(whole)
    assert whole == PAIRS


def test_a_store_of_a_share_holds_its_pairs_and_a_vocabulary_of_them(tmp_path: Path) -> None:
    whole, half = (prepare(corpus(), tmp_path, SMALL, share=share) for share in (1.0, 0.5))
    expected = list(shared(iter(TRAIN), 0.5, ShareCounts()))
    train = half.split("train")
    assert [half.vocabulary.decode([train.source(i)])[0] for i in range(len(train))] == [pair[0] for pair in expected]
    assert half.manifest["splits"]["train"]["dropped"]["not_in_share"] == len(TRAIN) - len(expected)
    assert half.vocabulary.sha256 != whole.vocabulary.sha256
    assert len(half.split("dev")) == len(whole.split("dev")) == len(DEV)


def test_the_whole_has_the_name_and_the_manifest_that_it_had_before_there_were_shares(tmp_path: Path) -> None:
    named, usual = prepare(corpus(), tmp_path, SMALL, share=1.0), prepare(corpus(), tmp_path, SMALL)
    assert named.path == usual.path
    manifest: dict[str, Any] = usual.manifest
    assert "share" not in manifest
    assert "not_in_share" not in manifest["splits"]["train"]["dropped"]
    assert prepare(corpus(), tmp_path, SMALL, share=0.5).path != usual.path
