"""The papers' data sets in their counts, files of one's own, and what is wrong with some."""

import gzip
import lzma
from collections import Counter
from pathlib import Path

import pytest

from ablations.explanation.data import corpora
from ablations.explanation.data.corpora import from_files, load
from repro.errors import BadInput

GOOD = ["0\ta dull film , with no plot", "1\tall 3 of us liked it !", "0\tnot good", "1\tgood"]


def files(folder: Path, train=GOOD, dev=GOOD, test=GOOD) -> dict:
    for name, rows in (("train", train), ("dev", dev), ("test", test)):
        (folder / f"{name}.tsv").write_text("".join(f"{row}\n" for row in rows))
    return {name: str(folder / f"{name}.tsv") for name in ("train", "dev", "test")}


def test_own_files(tmp_path: Path) -> None:
    data = from_files(files(tmp_path))
    first = data.splits["test"][0]
    assert first.words == ("<s>", "a", "dull", "film", ",", "with", "no", "plot", "</s>")
    assert (first.label, first.sentences, first.clauses, first.evidence) == (0, ((1, 8),), ((1, 4), (5, 8)), None)
    assert "3" in data.vocabulary
    assert data.classes == ("0", "1")


def test_own_files_without_dev_lose_a_tenth_of_train(tmp_path: Path) -> None:
    given = files(tmp_path, train=[f"{n % 2}\tword{n}" for n in range(100)])
    del given["dev"]
    data = from_files(given, seed=3)
    assert {split: len(data.splits[split]) for split in data.splits} == {"train": 90, "dev": 10, "test": 4}
    assert not {each.words for each in data.splits["train"]} & {each.words for each in data.splits["dev"]}
    assert from_files(given, seed=3).splits == data.splits


def test_a_review_of_ten_thousand_words_is_left_out_and_counted(tmp_path: Path) -> None:
    data = from_files(files(tmp_path, train=[*GOOD, "1\t" + "long " * 10_000]))
    assert len(data.splits["train"]) == 4
    assert data.facts["left_out"]["train"] == {"shorter": 0, "longer": 1}
    only = from_files(files(tmp_path, train=[*GOOD, "1\t" + "long " * 10_000]), max_words=10_000)
    assert max(map(len, only.splits["train"])) == 10_002


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ([*GOOD, "1\t "], "train.tsv, line 5: the text is empty"),
        ([*GOOD, "good\tfilm"], "line 5: the label 'good' is not a whole number"),
        ([*GOOD, "-1\tfilm"], "line 5: the label '-1' is not a whole number"),
        ([*GOOD, "film"], "line 5: has no tab"),
        (["0\tfilm", "0\tplot"], "no instance of class 1 in train"),
        (["0\t" + "long " * 500, "1\t" + "long " * 500], "no text of train has 1 to 400 words"),
        ([], "train.tsv is empty"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, train: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        from_files(files(tmp_path, train=train))


def test_files_described_wrongly(tmp_path: Path) -> None:
    given = files(tmp_path)
    with pytest.raises(BadInput, match="files lacks test"):
        from_files({"train": given["train"]})
    with pytest.raises(BadInput, match="files has 'valid'"):
        from_files({**given, "valid": given["dev"]})
    with pytest.raises(BadInput, match=r"only the class 0; it needs at least two"):
        from_files(files(tmp_path, *[["0\tfilm"]] * 3))


def test_unknown_and_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=r"no data set 'sst'; there are sst2, imdb"):
        load("sst")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    with pytest.raises(BadInput, match=r"sst2 has no train.tsv; put it there, plain or compressed"):
        load("sst2")
    monkeypatch.delenv("REPRO_DATA")
    with pytest.raises(BadInput, match="set REPRO_DATA"):
        load("imdb")


STORY = """1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Mary went to the hallway.
5 Where is Mary? \thallway\t4
"""


def test_babi_has_questions_and_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "babi").mkdir()
    for split in ("train", "test"):
        path = tmp_path / "babi" / f"qa1_single-supporting-fact_{split}.txt.gz"
        path.write_bytes(gzip.compress((STORY * 8).encode()))
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    data = load("babi1")
    first, second = data.splits["test"][:2]
    assert first.query == ("where", "is", "mary")
    assert (data.classes[first.label], first.evidence) == ("bathroom", (1, 2, 3, 4, 5))
    assert data.classes[second.label] == "hallway"
    assert " ".join(second.words[at] for at in second.evidence or ()) == "mary went to the hallway"
    assert data.batch("test", [0, 1]).query is not None


def babi(folder: Path, train: str, test: str) -> None:
    (folder / "babi").mkdir()
    for split, stories in (("train", train), ("test", test)):
        (folder / "babi" / f"qa1_single-supporting-fact_{split}.txt").write_text(stories)


def test_a_full_stop_stands_between_facts_and_in_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    babi(tmp_path, STORY * 8, STORY)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    first, second = load("babi1").splits["test"]
    assert " ".join(first.words) == "<s> mary moved to the bathroom . john went to the hallway </s>"
    assert first.sentences == first.clauses == ((1, 6), (7, 12))
    assert [second.words[stop] for _, stop in second.sentences] == [".", ".", "</s>"]


def test_any_word_of_training_stories_and_questions_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    babi(tmp_path, STORY * 8, STORY)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    words = ". bathroom hallway is john mary moved the to went where"
    assert load("babi1").classes == tuple(words.split())
    (tmp_path / "babi" / "qa1_single-supporting-fact_test.txt").write_text(STORY.replace("\thallway", "\tcellar"))
    with pytest.raises(
        BadInput, match=r"fact_test\.txt: the answer 'cellar' is not a word of the training stories; give"
    ):
        load("babi1")


def test_dev_is_cut_by_question_and_not_by_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the 20 stories some have one question in dev and the other in train."""
    stories = "".join(STORY.replace("John", f"John{number}") for number in range(20))
    babi(tmp_path, stories, STORY.replace("John", "John0"))
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    data = load("babi1")
    assert {split: len(data.splits[split]) for split in ("train", "dev")} == {"train": 34, "dev": 6}
    in_dev, in_train = ({each.words[7] for each in data.splits[split]} for split in ("dev", "train"))
    assert in_dev & in_train


def test_news_and_reviews_read_their_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    rows = "".join(
        f'"{n % 4 + 1}","Title","Text {n}, with a ""quote""\\and more{" so" * (n % 3)}"\n' for n in range(320)
    )
    (tmp_path / "ag_news" / "test.csv").write_text(rows)
    news = load("ag_news")
    assert sum(news.facts["kept"].values()) < 160
    assert news.splits["test"][0].words[1:5] == ("text", "qqq", ",", "with")
    imdb(tmp_path, [f"A film, seen {n} times.<br />Then again and again!" for n in range(60)])
    reviews = load("imdb")
    assert {split: len(reviews.splits[split]) for split in reviews.splits} == {"train": 48, "dev": 12, "test": 12}
    assert len(reviews.splits["dev"][0].sentences) == 2
    assert reviews.splits["dev"][0].words[1:4] == ("a", "film", "seen")


def imdb(folder: Path, texts: list[str]) -> None:
    (folder / "imdb").mkdir()
    body = "".join(f"{number % 2}\t7\t{text}\n" for number, text in enumerate(texts))
    for split in ("train", "test"):
        (folder / "imdb" / f"{split}.tsv.xz").write_bytes(lzma.compress(body.encode()))


def test_imdb_is_filtered_before_it_is_cut_and_marks_are_no_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 100 reviews 50 are too long; a fifth of the others is test. A line break counts, and a comma does not."""
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    fits, too_long = "good , " * 398 + "<br />", "good , " * 398 + "<br /><br />"
    imdb(tmp_path, [text for pair in range(50) for text in ((fits,) * 2, (too_long,) * 2)[pair % 2]])
    data = load("imdb")
    assert {split: len(data.splits[split]) for split in data.splits} == {"train": 40, "dev": 10, "test": 10}
    assert data.facts["longer_before_the_cut"] == {"train": 50, "test": 50}
    assert {len(each) - 2 for each in data.splits["test"]} == {398}


def test_newsgroups_are_cut_anew_with_the_classes_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three quarters are of class 1, and so they are in each split; the two files are one set."""
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "newsgroups").mkdir()
    for split, start, stop in (("train", 0, 60), ("test", 60, 100)):
        rows = "".join(
            f"{int(n % 4 > 0)}\tone two three four five six {'abcdefghij'[n // 10]}\n" for n in range(start, stop)
        )
        (tmp_path / "newsgroups" / f"baseball_hockey.{split}.tsv").write_text(rows)
    data = load("newsgroups")
    counts = {split: Counter(each.label for each in data.splits[split]) for split in data.splits}
    assert counts == {"train": {0: 16, 1: 48}, "dev": {0: 4, 1: 12}, "test": {0: 5, 1: 15}}
    from_both = {each.words[7] for each in data.splits["test"]}
    assert from_both & set("abcdef")
    assert from_both & set("ghij")


def test_ag_news_leaves_out_the_shortest_and_the_longest_of_each_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    rows = "".join(f"{1 + n % 2 * 2},Title,{'word ' * (n % 8 + 2)}\n" for n in range(400))
    (tmp_path / "ag_news" / "test.csv").write_text(rows)
    data = load("ag_news")
    read = {split: data.facts["kept"][split] + sum(data.facts["left_out"][split].values()) for split in data.splits}
    assert read == {"train": 255, "dev": 45, "test": 100}
    for split in data.splits:
        assert {len(each) - 2 for each in data.splits[split]} == set(range(3, 9))


def test_a_word_counts_once_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    imdb(tmp_path, [f"{'often ' * 30 if n == 1 else ''}one two three four five six seven" for n in range(60)])
    vocabulary = load("imdb").vocabulary
    assert "seven" in vocabulary
    assert "often" not in vocabulary


@pytest.mark.parametrize(
    ("name", "folder", "file", "row", "message"),
    [
        (
            "sst2",
            "sst2",
            "train.tsv",
            "2\tfilm",
            "the label 2 is not a known class; the classes are 0 for negative, 1 for positive",
        ),
        (
            "imdb",
            "imdb",
            "train.tsv",
            "3\t9\tfilm",
            "the label 3 is not a known class; the classes are 0 for negative, 1 for",
        ),
        (
            "newsgroups",
            "newsgroups",
            "baseball_hockey.train.tsv",
            "2\tpuck",
            "the label 2 is not a known class; the classes are 0",
        ),
    ],
)
def test_a_label_of_no_class_is_refused(
    name: str, folder: str, file: str, row: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / folder).mkdir()
    for each in {file, file.replace("train", "dev"), file.replace("train", "test")}:
        (tmp_path / folder / each).write_text(row + "\n")
    with pytest.raises(BadInput, match=rf"{file}, line 1: {message}"):
        load(name)


def test_a_news_file_with_two_columns_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    (tmp_path / "ag_news" / "test.csv").write_text("1,Title,Text\n3,Title,Text\n3,Text\n")
    with pytest.raises(BadInput, match=r"test\.csv, line 3: has too few columns; a line is a class, a title and a"):
        load("ag_news")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (['1,"Title","Text', *["3,Title,Text"] * 20_000], r"line 2: is not quoted as CSV is \(field larger than"),
        (['1,"Title","Text', "3,Title,Text"], r"line 2: is not quoted as CSV is \(unexpected end of data\)"),
        (['1,"Title","Text', '3,Title,Text"'], "line 2: a quote is not closed in this line"),
        (['1,"Title","Text" and more'], "line 2: is not quoted as CSV is"),
    ],
    ids=["never closed", "at the end", "closed in the next line", "closed too early"],
)
def test_a_news_file_whose_quotes_are_wrong_is_refused(
    rows: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "ag_news").mkdir()
    (tmp_path / "ag_news" / "test.csv").write_text("\n".join(["1,Title,Text", *rows, ""]))
    with pytest.raises(BadInput, match=rf"test\.csv, {message}.*correct its quotes"):
        load("ag_news")


@pytest.mark.parametrize("question", ["Where is Mary?\thallway", "Where is Mary?\thallway\t4\t1", "Where?\thall\t3"])
def test_a_babi_question_without_its_parts_is_refused(
    question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one is said to be supported by a question."""
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    (tmp_path / "babi").mkdir()
    for split, story in (("train", STORY), ("test", STORY + STORY[: STORY.rindex("5")] + f"5 {question}\n")):
        (tmp_path / "babi" / f"qa1_single-supporting-fact_{split}.txt").write_text(story)
    with pytest.raises(BadInput, match=r"fact_test\.txt, line 10: is not a question; one is followed by a tab"):
        load("babi1")


@pytest.mark.parametrize("number", ["²", "one", "-1", ""])
def test_a_babi_line_without_a_number_is_refused(number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    babi(tmp_path, STORY + f"{number} Mary went home.\n", STORY)
    with pytest.raises(BadInput, match=r"fact_train\.txt, line \d+: does not start with a number"):
        load("babi1")


@pytest.mark.data
def test_sst_has_the_paper_s_counts(data_folder: Path) -> None:
    data = load("sst2")
    counts = {split: Counter(each.label for each in data.splits[split]) for split in data.splits}
    assert counts == {"train": {0: 3034, 1: 3321}, "dev": {0: 397, 1: 424}, "test": {0: 863, 1: 862}}
    # The paper's 13,826 with its four special ones; the text at hand has lost accents, and with them six types.
    assert len(data.vocabulary) == 13_820


@pytest.mark.data
@pytest.mark.parametrize(("name", "types"), [("babi1", 24), ("babi2", 38)])
def test_babi_has_the_vocabulary_of_the_paper_s_code(data_folder: Path, name: str, types: int) -> None:
    data = load(name)
    assert len(data.vocabulary) == types
    assert len(data.classes) == types - 4
    assert {split: len(data.splits[split]) for split in data.splits} == {"train": 8500, "dev": 1500, "test": 1000}


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in corpora.CORPORA if name != "imdb"])
def test_every_set_at_hand_can_be_read(data_folder: Path, name: str) -> None:
    data = load(name)
    for split in data.splits:
        for each in data.splits[split][:50]:
            assert len(each) > 2
            assert all(1 <= start < stop <= len(each) - 1 for start, stop in (*each.sentences, *each.clauses))
