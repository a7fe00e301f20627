"""Grids of one's own in `ablate status` and `ablate show`: found by their records, whatever their files are called."""

from ablations.cli import main
from ablations.show.own_grids import own_grids
from tests.reports.records import metric, planted, write


def written(root):
    for seed in (1, 2):
        for row, value in (("base", 10.0), ("wide", 20.0)):
            metrics = {"aside": 1.0, "m": metric(value + seed, quality=True)}
            write(root, planted("mine", row, seed, metrics, scale="builtin"))
    write(root, planted("mine", "lost", 1, {}, status="failed"))
    write(root, planted("other", "a", 1, {"m": 1.0}, scale="elsewhere"))
    write(root, planted("essentials", "base", 1, {"m": 1.0}))
    return root


def test_status_lists_them_beside_the_shipped_ones(tmp_path, capsys):
    assert main(["status", "--out", str(written(tmp_path / "runs"))]) == 0
    lines = {tuple(line.split()[:4]) for line in capsys.readouterr().out.split("\n")}
    assert ("builtin", "mine", "5", "4") in lines
    assert ("elsewhere", "other", "1", "1") in lines
    assert any(line[:2] == ("builtin", "essentials") for line in lines)


def test_a_shipped_grid_at_a_scale_of_ones_own_is_listed_once(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "runs", planted("essentials", "base", 1, {"m": 1.0}, scale="letters"))
    (tmp_path / "letters.yaml").write_text("title: t\nlike: builtin\ndata: data/help\n")
    for options, cells in (([], "1"), (["--scale", "letters.yaml"], None)):
        assert main(["status", *options]) == 0
        lines = [line.split() for line in capsys.readouterr().out.split("\n")]
        (line,) = (line for line in lines if line[:2] == ["letters", "essentials"])
        assert cells in (None, line[2])  # its file alone says how many there are to be


def test_status_of_named_grids_is_of_these_alone(tmp_path, capsys):
    main(["status", "essentials", "--scale", "builtin", "--out", str(written(tmp_path / "runs"))])
    assert "mine" not in capsys.readouterr().out


def test_show_by_name_gives_the_means_of_its_rows(tmp_path, capsys):
    assert main(["show", "mine", "--out", str(written(tmp_path / "runs"))]) == 0
    said = capsys.readouterr().out
    assert "mine at the scale builtin, a grid of your own" in said
    rows = {line.split()[0]: line.split()[1:] for line in said.split("\n") if line.strip()}
    assert rows["row"][:2] == ["runs", "m"]  # quality first
    assert rows["wide"][:2] == ["2/2", "21.5"]
    assert rows["lost"] == ["0/1", "-", "-"]


def test_a_damaged_record_hides_no_other(tmp_path):
    root = written(tmp_path / "runs")
    next(root.glob("builtin/mine/base-seed1*/attempt-1/record.json")).write_text("{")
    (mine,) = own_grids([root], name="mine")
    assert (mine.cells, mine.done) == (5, 3)


def test_published_ones_are_seen_too_and_none_twice(tmp_path, capsys):
    root = written(tmp_path / "runs")
    (mine,) = own_grids([root, root], "builtin", "mine")
    assert mine.cells == 5
    assert main(["status", "--out", str(tmp_path / "empty"), "--from", str(root)]) == 0
    assert "mine" in capsys.readouterr().out
