"""`report serve`: what it answers, when it makes the report anew, how it ends."""

import contextlib
import errno
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from reports import serve
from reports.build import WRITERS
from reports.claims.own_claims import OwnFiles
from reports.cli import main
from reports.serve import Live, is_meant, seen_in, server_of
from repro.cell_directory import RECORD
from repro.errors import BadInput
from tests.browser import browser, complaints, needs_browser, open_address
from tests.reports.golden_report import golden_records
from tests.reports.records import planted, write
from tests.reports.verdicts.others import others_in


@pytest.fixture
def live(tmp_path):
    for record in golden_records()[:6]:
        write(tmp_path / "runs", record)
    return Live([tmp_path / "runs"], tmp_path / "out", "en")


@pytest.fixture
def address(live):
    with server_of(live, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def got(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_it_is_made_when_something_changes_and_only_then(live, capsys):
    assert live.refresh()
    first = live.version()
    assert not live.refresh()
    directory = write(live.directories[0], planted("g", "row", 1, {}))
    assert live.refresh()
    assert live.version() != first
    assert not live.refresh()
    text = (directory / RECORD).read_text()
    (directory / RECORD).write_text(text.replace('"seed": 1', '"seed": 22'))
    assert live.refresh()
    (directory / RECORD).unlink()
    assert live.refresh()
    assert live.version() == first
    assert "made from 7 records" in capsys.readouterr().out


def test_half_written_files_and_what_no_report_reads_are_not_looked_at(tmp_path):
    """A curve that grows while a cell trains, and the report itself, which may lie among its runs."""
    (tmp_path / "metrics.csv").write_text("step\n1\n")
    (tmp_path / "claims.json").write_text("[]")
    (tmp_path / ".record.json.x.tmp").write_text("{")
    (tmp_path / "weights.ckpt").write_text("x")
    assert seen_in([tmp_path]) == {}


def test_records_of_others_are_watched_as_ones_own_are(tmp_path):
    folder = others_in(tmp_path / "theirs")
    seen = seen_in([], OwnFiles(others=(folder,)))
    assert str(folder / "origin.yaml") in seen
    assert len(seen) == 21


def test_a_failure_is_said_and_the_former_page_stays(live, capsys):
    assert live.refresh()
    before = live.version()
    directory = write(live.directories[0], planted("g", "row", 1, {"m": 1.0}))
    text = (directory / RECORD).read_text()
    (directory / RECORD).write_text(re.sub(r'"definition": "[^"]*",', "", text))
    assert not live.refresh()
    said = capsys.readouterr().err
    assert "has no definition" in said
    assert said.count("\n") == 1
    assert live.version() == before
    (directory / RECORD).write_text(text)
    assert live.refresh()


def test_a_failure_that_nobody_expected_does_not_end_it(live, capsys, monkeypatch):
    monkeypatch.setattr("reports.serve.build", lambda *arguments: 1 / 0)
    assert not live.refresh()
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "the page cannot be made; there is no previous one" in said


def test_a_place_that_cannot_be_written_is_one_sentence(live, capsys, monkeypatch):
    def refuse(*arguments):
        raise OSError(errno.EROFS, "Read-only file system", "out/claims.json")

    monkeypatch.setattr("reports.serve.build", refuse)
    with pytest.raises(OSError, match="Read-only"):  # there is nothing to show: the command ends with it
        live.refresh()
    monkeypatch.undo()
    assert Live(live.directories, live.out, "en").refresh()
    monkeypatch.setattr("reports.serve.build", refuse)
    write(live.directories[0], planted("g", "row", 1, {}))
    capsys.readouterr()
    assert not live.refresh()
    said = capsys.readouterr().err
    assert said == "report: out/claims.json cannot be used (Read-only file system); the previous page is kept\n"


def test_a_folder_that_becomes_unreadable_is_said_once_and_the_former_page_stays(live, capsys, monkeypatch):
    def unreadable(root):
        raise PermissionError(errno.EACCES, "Permission denied", str(root))

    monkeypatch.setattr("reports.serve.files.walk", unreadable)
    with pytest.raises(PermissionError):  # there is nothing to show: the command ends with it
        live.refresh()
    monkeypatch.undo()
    assert live.refresh()
    before = live.version()
    for _ in range(2):  # it may become unreadable again, which is worth another word
        capsys.readouterr()
        monkeypatch.setattr("reports.serve.files.walk", unreadable)
        assert not live.refresh()
        assert not live.refresh()
        said = capsys.readouterr().err
        assert said == f"report: {live.directories[0]} cannot be used (Permission denied); the previous page is kept\n"
        assert live.version() == before
        monkeypatch.undo()
        assert live.refresh()


def test_bad_input_before_the_first_page_ends_it_as_it_ends_a_build(live, tmp_path, capsys):
    claims = tmp_path / "typo.yaml"
    claims.write_text("claim: []\n")
    with pytest.raises(BadInput, match=r"typo\.yaml"):
        Live(live.directories, live.out, "en", OwnFiles(claims=(claims,))).refresh()
    served = ["serve", str(live.directories[0]), "--out", str(live.out), "--port", "0", "--claims", str(claims)]
    assert main(served) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "previous" in said) == (1, False)
    assert main(["build", *served[1:4], "--claims", str(claims)]) == 2
    assert capsys.readouterr().err == said
    assert not (live.out / "index.html").exists()


def test_a_page_has_the_version_of_its_own_text(live, address, monkeypatch):
    """It may be replaced while it is sent: the reader's version must then differ from that of the new one."""
    live.refresh()
    path, read = live.out / "index.html", live.page
    before = live.version()

    def replaced():
        page = read()
        path.write_bytes(b"<!doctype html><title>new</title>")
        return page

    monkeypatch.setattr(live, "page", replaced)
    assert f'data-version="{before}"' in got(address)
    assert got(f"{address}version") != before


def test_it_answers_with_the_report_and_nothing_else(live, address, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/secret.txt").write_text("mine")
    live.refresh()
    page = got(address)
    assert "connect-src" in page
    assert f'data-version="{live.version()}"' in page
    assert "connect-src" not in (live.out / "index.html").read_text()
    assert got(f"{address}version") == live.version()
    for name in WRITERS:
        if name != "index.html":
            assert got(address + name) == (live.out / name).read_text()
    for path in ("secret.txt", "../runs", "..%2fsecret.txt", "//etc/passwd"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            got(address + path)


def test_before_the_first_page_there_is_one_that_waits_for_it(live, address):
    assert "fetch(" in got(address)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        got(f"{address}claims.json")


STATE = (
    "return [document.querySelectorAll('#claims details[open]').length,"
    " document.querySelector('input[type=search]').value, Math.round(scrollY)]"
)


@needs_browser
def test_the_page_in_the_browser_reloads_itself(live, address):
    live.refresh()
    with browser() as driver:
        open_address(driver, address)
        assert complaints(driver) == []
        driver.execute_script("window.former = true")
        # What a reader has opened, typed and scrolled to outlasts the reload.
        driver.execute_script("document.querySelectorAll('#claims details').forEach((fold) => (fold.open = true))")
        driver.execute_script(
            "const field = document.querySelector('input[type=search]'); field.value = 'loss';"
            "field.dispatchEvent(new Event('input', { bubbles: true })); scrollTo({ top: 200, behavior: 'instant' })"
        )
        before = driver.execute_script(STATE)
        write(live.directories[0], planted("g", "row", 1, {}))
        live.refresh()
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(driver, 10).until(lambda it: not it.execute_script("return window.former"))
        WebDriverWait(driver, 10).until(
            lambda it: "from 7 records" in it.execute_script("return document.querySelector('.made-from').textContent")
        )
        assert driver.execute_script(STATE) == before
        assert before[0] > 0
        assert before[1:] == ["loss", 200]


def test_ctrl_c_ends_it(live, tmp_path):
    command = [sys.executable, "-m", "reports.cli", "serve", str(live.directories[0]), "--out", str(tmp_path / "out")]
    process = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline(), process.stdout.readline()]
        url = re.search(r"http://127\.0\.0\.1:\d+/", "".join(said))
        assert url is not None, said
        assert "At a glance" in got(url[0])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert errors.strip() == "report: stopped"


def test_bad_input_is_one_sentence(live, tmp_path, capsys):
    runs = str(live.directories[0])
    (tmp_path / "file").write_text("mine")
    with server_of(live, "127.0.0.1", 0) as server:
        port = str(server.server_address[1])
        for arguments, message in (
            (["nowhere"], "nowhere is not a folder"),
            ([runs, "--out", str(tmp_path / "file")], "is a file"),
            ([runs, "--out", str(tmp_path / "out"), "--port", port], f"port {port} of 127.0.0.1 is taken"),
            ([runs, "--out", str(tmp_path / "out"), "--port", "99999"], "port 99999"),
            ([runs, "--out", str(tmp_path / "out"), "--host", "256.1.1.1"], "256.1.1.1"),
        ):
            assert main(["serve", *arguments]) == 2
            said = capsys.readouterr().err
            assert message in said
            assert said.count("\n") == 1
    assert not os.path.exists(tmp_path / "out")


# ---- who may ask, how long, and how many at a time


@pytest.mark.parametrize(
    ("header", "host", "meant"),
    [
        ("localhost:8000", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("127.0.0.1:8000", "127.0.0.1", True),
        ("192.168.1.7", "0.0.0.0", True),
        ("[::1]:8000", "::1", True),
        ("gpu7:8000", "gpu7", True),
        ("GPU7", "gpu7", True),
        (None, "127.0.0.1", True),
        ("evil.example.com", "127.0.0.1", False),
        ("localhost.evil.example.com:8000", "127.0.0.1", False),
        ("127.0.0.1.evil.example.com", "127.0.0.1", False),
        ("gpu7", "gpu8", False),
        ("", "127.0.0.1", False),
        ("[::1", "127.0.0.1", False),
        ("localhost@evil.example.com", "127.0.0.1", False),
    ],
)
def test_a_host_header_of_another_name_is_not_answered(header, host, meant):
    assert is_meant(header, host) == meant


def answer_to(address, request, seconds=10.0):
    """All that comes back for these bytes until the other side closes."""
    port = int(address.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_foreign_page_reads_nothing(live, address):
    live.refresh()
    for path in ("/", "/claims.json", "/version", "/nothing"):
        said = answer_to(address, f"GET {path} HTTP/1.1\r\nHost: evil.example.com\r\n\r\n".encode())
        assert b" 421 " in said.split(b"\r\n")[0]
        assert b"claims" not in said
        own = answer_to(address, f"GET {path} HTTP/1.1\r\nHost: localhost:1\r\n\r\n".encode())
        assert b" 421 " not in own.split(b"\r\n")[0]


def test_half_a_request_is_ended_however_it_dribbles(monkeypatch, live):
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.5)
    with server_of(live, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        began = time.monotonic()
        with socket.create_connection(server.server_address, timeout=10) as silent:
            with socket.create_connection(server.server_address, timeout=10) as dribbling:
                with contextlib.suppress(OSError):
                    while time.monotonic() - began < 5:
                        dribbling.sendall(b"x")
                        time.sleep(0.1)
                assert time.monotonic() - began < 5
            assert silent.recv(100) == b""
        server.shutdown()


def test_a_thread_that_cannot_be_started_holds_no_place(monkeypatch, live, capsys):
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 1.0)
    monkeypatch.setattr(serve, "CONNECTIONS", 2)
    live.refresh()
    start, failures = threading.Thread.start, []

    def fails_at_first(thread):
        if thread._target == server.process_request_thread and len(failures) < 3:
            failures.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    with server_of(live, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setattr(threading.Thread, "start", fails_at_first)
        address = f"http://127.0.0.1:{server.server_address[1]}/version"
        for _ in range(3):
            with pytest.raises((OSError, http.client.HTTPException)):
                got(address)
        assert got(address) == live.version()
        server.shutdown()
    assert len(failures) == 3


def test_connections_are_bounded_and_those_beyond_wait(monkeypatch, live):
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 1.0)
    monkeypatch.setattr(serve, "CONNECTIONS", 3)
    live.refresh()
    with server_of(live, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        before = threading.active_count()
        held = [socket.create_connection(server.server_address, timeout=10) for _ in range(12)]
        time.sleep(0.3)
        assert threading.active_count() - before <= 2 * 3  # a thread and its clock each
        for connection in held:
            connection.close()
        assert got(f"http://127.0.0.1:{server.server_address[1]}/version") == live.version()
        server.shutdown()
