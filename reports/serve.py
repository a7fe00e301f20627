"""`report serve`: shows the report, and makes it anew when records come."""

import contextlib
import errno
import hashlib
import ipaddress
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from reports.build import NONE, PAGE, WRITERS, build
from reports.claims.own_claims import OwnFiles
from reports.page import live_page
from reports.record_places import ORIGIN, REPLACED
from reports.verdicts.attachments import CHECKS, INSPECTION
from repro import files
from repro.cell_directory import DAMAGED, RECORD
from repro.errors import BadInput
from repro.streams import note

SECONDS = 0.25
"""Between two looks at the records, at least."""
PAUSE, LONGEST = 10, 5.0
"""Between two looks, as many times as long as a look takes, and seconds at most: one at 10,000 records takes 0.8 s."""
REQUEST_SECONDS = 10.0
"""For a request to come in whole; one that dribbles would hold its thread for good."""
ANSWER_SECONDS = 60.0
"""For a reader to take its answer."""
CONNECTIONS = 100
"""At a time; those beyond wait, and are refused if none ends."""
WATCHED = {RECORD, DAMAGED, INSPECTION, CHECKS, ORIGIN, REPLACED}
"""What the report reads. Learning curves are whole when their record comes, and a report's own files are none of it."""
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}
Seen = Mapping[str, tuple[int, int]]


def seen_in(directories: Sequence[Path], own: OwnFiles = NONE) -> Seen:
    """Every file that the report may read: its path, with when it was written and its size.

    Raises:
        OSError: a directory cannot be read.
    """
    read = [str(path) for path in own.files()]
    for root in (*directories, *own.others):
        for folder, _, names in files.walk(root):
            read += [os.path.join(folder, name) for name in names if name in WATCHED]
    seen = {}
    for path in read:
        with contextlib.suppress(OSError):  # gone since it was listed
            stat = os.stat(path)
            seen[path] = stat.st_mtime_ns, stat.st_size
    return seen


class Live:
    """A report that is made anew when its records change.

    Args:
        directories: of runs.
        out: where the report's files go.
        language: of its texts.
        own: claims and grids beside the installed ones, which are watched as the records are.
    """

    def __init__(self, directories: Sequence[Path], out: Path, language: str, own: OwnFiles = NONE) -> None:
        self.directories, self.out, self.language, self.own = directories, out, language, own
        self.seconds_of_a_look = 0.0
        self._seen: Seen | str | None = None  # or why nothing could be

    def refresh(self) -> bool:
        """Make the report if its records have changed; whether it was made.

        A failure is said on stderr, and the former report stays.

        Raises:
            BadInput: as `build`, and there is no former report to show.
            OSError: a place cannot be used, and there is no former report to show.
        """
        began = time.monotonic()
        try:
            seen: Seen | str = seen_in(self.directories, self.own)
        except OSError as error:
            if not self.page():
                raise
            seen = self._unusable(error)
        self.seconds_of_a_look = time.monotonic() - began
        if seen == self._seen:
            return False
        self._seen = seen  # a failure is tried again when something changes, not every second
        if isinstance(seen, str):
            note(f"report: {seen}; the previous page is kept")
            return False
        try:
            report = build(self.directories, self.out, self.language, self.own)
        except (BadInput, OSError) as error:
            if not self.page():
                raise
            said = self._unusable(error) if isinstance(error, OSError) else str(error)
            note(f"report: {said}; the previous page is kept")
            return False
        except Exception:
            kept = "the previous one is kept" if self.page() else "there is no previous one"
            note(f"report: the page cannot be made; {kept}\n{traceback.format_exc().rstrip()}")
            return False
        print(f"report: made from {len(report.records.counted)} records", flush=True)
        return True

    def _unusable(self, error: OSError) -> str:
        return f"{error.filename or self.out} cannot be used ({error.strerror or error})"

    def page(self) -> bytes:
        """The page on disk; empty where there is none."""
        try:
            return (self.out / PAGE).read_bytes()
        except OSError:
            return b""

    def version(self) -> str:
        """Of the page on disk; empty where there is none."""
        return version_of(self.page())


def version_of(page: bytes) -> str:
    """Of a page; empty where there is none."""
    return hashlib.sha256(page).hexdigest()[:16] if page else ""


def serve(directories: Sequence[Path], out: Path, language: str, host: str, port: int, own: OwnFiles = NONE) -> None:
    """Show the report until interrupted.

    Raises:
        BadInput: a directory that is not there, an address that cannot be had, or what keeps the first page from being
            made.
        OSError: the report cannot be written, and there is no former one.
        KeyboardInterrupt: the reader has stopped it; nothing is left running.
    """
    for root in directories:
        if not root.is_dir():
            raise BadInput(f"{root} is not a folder; give one that runs were written to")
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; choose another --out")
    live = Live(directories, out, language, own)
    with server_of(live, host, port) as server:
        live.refresh()
        print(f"report: http://{_shown(host)}:{server.server_address[1]}/  (Ctrl-C ends it)", flush=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        pause = threading.Event()
        try:
            seconds = SECONDS
            while not pause.wait(seconds):
                live.refresh()
                seconds = min(LONGEST, max(SECONDS, PAUSE * live.seconds_of_a_look))
        finally:
            server.shutdown()


class _Server(ThreadingHTTPServer):
    """Serves so many connections at a time."""

    def __init__(self, *arguments: Any) -> None:
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin to serve a connection, as soon as there is room."""
        if self._slots.acquire(timeout=REQUEST_SECONDS):
            try:
                super().process_request(request, client_address)
            except BaseException:  # there is no thread that would release it
                self._slots.release()
                raise
            return
        with contextlib.suppress(OSError):
            request.sendall(b"HTTP/1.0 503 Service Unavailable\r\nConnection: close\r\n\r\n")
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader who goes away, or takes too long, is no matter for the terminal."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def is_meant(header: str | None, host: str) -> bool:
    """Whether a Host header is of this server: an address, localhost, or the name that it was told to listen at.

    Any other name is that of a foreign page, which lets its name point here in order to read the report.
    """
    if header is None:  # of HTTP/1.0, which no browser sends
        return True
    try:
        name = urlsplit(f"//{header}").hostname
    except ValueError:
        return False
    if name in ("localhost", host.lower()):
        return True
    try:
        ipaddress.ip_address(name or "")
    except ValueError:
        return False
    return True


def server_of(live: Live, host: str, port: int) -> ThreadingHTTPServer:
    """A server of the report's files and of `/version`, at which the page looks.

    Raises:
        BadInput: the address cannot be had.
    """

    class Handler(BaseHTTPRequestHandler):
        """Answers with the report's own files, and nothing else of the disk."""

        timeout = REQUEST_SECONDS

        def handle(self) -> None:
            # The timeout holds for each read alone: this ends the reading, however little comes at a time.
            self._limit = threading.Timer(REQUEST_SECONDS, self._stop_reading)
            self._limit.daemon = True
            self._limit.start()
            try:
                super().handle()
            finally:
                self._limit.cancel()

        def _stop_reading(self) -> None:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RD)

        def do_GET(self) -> None:
            self._limit.cancel()
            self.connection.settimeout(ANSWER_SECONDS)
            if not is_meant(self.headers.get("Host"), host):
                self._answer(HTTPStatus.MISDIRECTED_REQUEST, TYPES[".md"], "use localhost or an address\n")
                return
            path = self.path.partition("?")[0].removeprefix("/") or PAGE
            if path == "version":
                self._answer(HTTPStatus.OK, TYPES[".md"], live.version())
            elif path not in WRITERS:
                self._answer(HTTPStatus.NOT_FOUND, TYPES[".md"], f"there is no {path} here\n")
            elif path == PAGE:
                self._page()
            else:
                self._file(path)

        def _page(self) -> None:
            page = live.page()  # read once: it may be replaced at any time, and its version must be its own
            # Where the first page is still to come, another one looks for it too.
            text = page.decode() or "<!doctype html><title>…</title>"
            self._answer(HTTPStatus.OK, TYPES[".html"], live_page(text, version_of(page)))

        def _file(self, name: str) -> None:
            try:
                self._answer(HTTPStatus.OK, TYPES[Path(name).suffix], (live.out / name).read_text(encoding="utf-8"))
            except OSError:
                self._answer(HTTPStatus.NOT_FOUND, TYPES[".md"], f"{name} does not exist yet\n")

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ):
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # the reader has gone, or does not read
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """The terminal is for what happens to the report."""

    try:
        return _Server((host, port), Handler)
    except (OSError, OverflowError, TypeError, UnicodeError) as error:  # of names that cannot be one
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "is taken" if taken else f"cannot be used ({getattr(error, 'strerror', None) or error})"
        raise BadInput(f"port {port} of {host} {why}; choose another --port or --host") from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
