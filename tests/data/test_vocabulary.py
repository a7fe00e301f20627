"""The vocabulary: lossless on every string, deterministic, and honest about sizes it cannot have."""

import gzip
import lzma
import pickle
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from repro.data.vocabulary import (
    BOS,
    EOS,
    LONGEST_LEARNT,
    PAD,
    SIZE,
    SPECIAL_PIECES,
    UNK,
    Reservoir,
    SentencePieceVocabulary,
    Vocabulary,
    learn_bpe,
    learn_words,
)
from repro.errors import BadInput

TEXT = [
    f"the {a} {b} sees a {c} in the garden, and der {a} {b} sieht ein {c} im Garten"
    for a in ("old", "young", "green", "kleine", "große")
    for b in ("dog", "cat", "farmer", "Hund", "Bäcker")
    for c in ("house", "tree", "Vogel", "Straßenbahn", "möglichst")
]

HARD = [
    "",
    " ",
    "   ",
    " leading",
    "trailing ",
    "two  spaces",
    "\ttab\tand\rreturn",
    "line\u2028separator\x85\x0b\x0c",
    "\x00\x01\x1f\x7f",
    "emoji 🎉 👨\u200d👩\u200d👧 \ufeff\u00a0\u3000",
    "\u2581",
    " \u2581\u2581 x\u2581",
    "\U000f2581",
    "\U000f25811\U000f25810\u25811\u25810",
    "<s> </s> <pad> <unk> <0x41>",
    "\u2047 \u2585",
    "e\u0301 é ﬁ Ａ",
    "中文 кириллица \U0010ffff",
]


@pytest.fixture(scope="module")
def bpe() -> SentencePieceVocabulary:
    return learn_bpe(TEXT, 400)


def test_hard_strings_come_back(bpe: SentencePieceVocabulary) -> None:
    assert bpe.decode(bpe.encode(HARD)) == HARD


def test_random_strings_come_back(bpe: SentencePieceVocabulary) -> None:
    choose = random.Random(1)
    alphabet = "aeg der  \t\r\u2028\u2581\U000f258101<>x🎉\u0301\u2585\x00ß中"
    lines = ["".join(choose.choices(alphabet, k=choose.randrange(12))) for _ in range(5000)]
    lines += [
        "".join(chr(c) for c in choose.choices(range(0x110000), k=20) if not 0xD800 <= c < 0xE000) for _ in range(2000)
    ]
    ids = bpe.encode(lines)
    assert bpe.decode(ids) == lines
    assert not any(i < len(SPECIAL_PIECES) for line in ids for i in line), "text is never a special piece"


def test_text_with_the_space_sign_can_be_learnt_from() -> None:
    lines = [f"\u2581{word} \x00 \u2585" for line in TEXT for word in line.split()]
    vocabulary = learn_bpe(lines + TEXT, 350)
    assert vocabulary.decode(vocabulary.encode(lines)) == lines


def test_special_ids(bpe: SentencePieceVocabulary) -> None:
    assert (PAD, BOS, EOS, UNK) == (0, 1, 2, 3)
    words = learn_words(["b a"], 64)
    for vocabulary in (bpe, words):
        assert tuple(vocabulary.pieces[:4]) == SPECIAL_PIECES
        ids = vocabulary.encode(["a b"])[0]
        assert vocabulary.decode([[BOS, *ids, EOS, PAD, PAD]]) == ["a b"]


def test_size_is_exact_and_learning_deterministic(bpe: SentencePieceVocabulary) -> None:
    assert len(bpe) == len(bpe.pieces) == 400
    again = learn_bpe(iter(TEXT), 400)
    assert again.model == bpe.model
    assert again.sha256 == bpe.sha256
    assert learn_bpe(TEXT, 399).sha256 != bpe.sha256


def test_threads_change_nothing(bpe: SentencePieceVocabulary) -> None:
    assert bpe.encode(TEXT, threads=3) == bpe.encode(TEXT) == [bpe.encode([line])[0] for line in TEXT]


@pytest.mark.parametrize("kind", ["bpe", "words"])
def test_one_text_is_no_list_of_lines(bpe: SentencePieceVocabulary, kind: str) -> None:
    vocabulary = bpe if kind == "bpe" else learn_words(TEXT, 100_000)
    with pytest.raises(BadInput, match="lines is one text; give a list with one line per entry"):
        vocabulary.encode("The dog")


def test_a_size_above_the_largest_names_both() -> None:
    with pytest.raises(BadInput, match=rf"100,000 pieces .* lower {re.escape(SIZE)}; the largest possible is") as error:
        learn_bpe(TEXT, 100_000)
    largest = int(str(error.value).rsplit(" ", 1)[1].rstrip(".").replace(",", ""))
    assert len(learn_bpe(TEXT, largest)) == largest
    with pytest.raises(BadInput):
        learn_bpe(TEXT, largest + 1)


def test_a_size_below_the_smallest_and_no_text() -> None:
    with pytest.raises(BadInput, match=rf"262 pieces .* raise {re.escape(SIZE)}; the smallest possible is \d+"):
        learn_bpe(TEXT, 262)
    with pytest.raises(BadInput, match="no text"):
        learn_bpe([], 300)
    with pytest.raises(BadInput, match="no text"):
        learn_words([" "], 64)


def test_learning_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    learn_bpe(TEXT, 300)
    with pytest.raises(BadInput):
        learn_bpe([*TEXT, "nul \x00"], 100_000)
    assert capfd.readouterr() == ("", "")


def test_what_is_said_of_lines_of_which_nothing_is_learnt(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"cat{number} sits on the mat" for number in range(50)]
    longest = "ü" * (LONGEST_LEARNT // 2)
    without = learn_bpe(lines, 300)
    assert learn_bpe([*lines, f"{longest}!"], 300).model == without.model
    assert capsys.readouterr().err == ("the vocabulary is learnt without lines of more than 4,192 bytes; there are 1\n")
    assert learn_bpe([*lines, longest], 300).model != without.model
    assert capsys.readouterr().err == ""
    with pytest.raises(BadInput, match=r"is 2 lines of more than 4,192 bytes, which SentencePiece skips; split them"):
        learn_bpe([f"{longest}!"] * 2, 300)


def test_words() -> None:
    vocabulary = learn_words(["b c a", "a d"], 4)
    assert vocabulary.pieces[4:] == ["a", "b", "c", "d"]
    assert vocabulary.encode(["d a a", ""]) == [[7, 4, 4], []]
    assert vocabulary.decode([[7, 4, 4], []]) == ["d a a", ""]
    with pytest.raises(BadInput, match="'e'"):
        vocabulary.encode(["a e"])
    with pytest.raises(BadInput, match=rf"4 word types, more than the 3 .* raise {re.escape(SIZE)}, or"):
        learn_words(["b c a", "a d"], 3)


def test_save_load_pickle(tmp_path: Path, bpe: SentencePieceVocabulary) -> None:
    for name, vocabulary in {"bpe": bpe, "words": learn_words(["ö a"], 64)}.items():
        vocabulary.save(tmp_path / name)
        for copy in (Vocabulary.load(tmp_path / name), pickle.loads(pickle.dumps(vocabulary))):
            assert type(copy) is type(vocabulary)
            assert copy.sha256 == vocabulary.sha256
            assert copy.encode(["a ö"]) == vocabulary.encode(["a ö"])


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"{}", b'{"words": 3}', b"{", b"\n\x0e\n\x05"])
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "foreign.model").write_bytes(content)
    with pytest.raises(BadInput, match=r"foreign\.model"):
        Vocabulary.load(tmp_path / "foreign.model")


def test_a_model_with_lossy_settings_is_refused(tmp_path: Path) -> None:
    from sentencepiece import SentencePieceTrainer

    SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT), model_prefix=str(tmp_path / "lossy"), vocab_size=50, minloglevel=3
    )
    with pytest.raises(BadInput, match=r"lossy\.model"):
        Vocabulary.load(tmp_path / "lossy.model")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.model"):
        Vocabulary.load(tmp_path / "none.model")


def test_reservoir_is_uniform() -> None:
    counts: Counter[int] = Counter()
    for seed in range(4000):
        sample: Reservoir[int] = Reservoir(3, seed)
        for item in range(10):
            sample.offer(item)
        assert len(set(sample.items)) == 3
        counts.update(sample.items)
    # Each of 10 items is in 3 of 10 samples: 1,200, with a standard deviation of 29.
    assert set(counts) == set(range(10))
    assert all(1200 - 5 * 29 < count < 1200 + 5 * 29 for count in counts.values())


def test_reservoir_keeps_a_short_stream() -> None:
    sample: Reservoir[str] = Reservoir(5, 1)
    for item in "abc":
        sample.offer(item)
    assert sample.items == ["a", "b", "c"]
    assert sorted(sample.drain()) == ["a", "b", "c"]
    assert sample.items == []


def _lines(path: Path) -> list[str]:
    unpack = gzip.decompress if path.suffix == ".gz" else lzma.decompress
    return unpack(path.read_bytes()).decode().removesuffix("\n").split("\n")


@pytest.mark.data
@pytest.mark.slow
def test_all_real_text_comes_back(data_folder: Path) -> None:
    paths = sorted(path for path in data_folder.rglob("*") if path.suffix in (".gz", ".xz"))
    assert paths
    vocabulary = learn_bpe(_lines(paths[0])[:2000], 2000)
    for path in paths:
        lines = _lines(path)
        assert vocabulary.decode(vocabulary.encode(lines, threads=2)) == lines, path


def test_symbols_are_one_piece_each_and_part_of_no_other() -> None:
    lines = [f"cat{number} sits (on) the mat" for number in range(50)]
    symbols = ["(S", ")S", "XX"]
    vocabulary = learn_bpe(lines, 320, symbols)
    (ids,) = vocabulary.encode(["(S XX XX )S"])
    assert [vocabulary.pieces[i] for i in ids] == ["▁(S", "▁XX", "▁XX", "▁)S"]
    for text in ("(S XX )S", "cat7 sits", "a (S within", "né"):
        assert vocabulary.decode(vocabulary.encode([text])) == [text]
    again = Vocabulary.from_bytes(vocabulary.model)
    assert again.pieces == vocabulary.pieces
