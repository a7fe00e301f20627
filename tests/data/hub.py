"""A Hugging Face hub on this machine: what its client asks of the real one, for one data set in Parquet files."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from repro.data.wmt14 import DATASET, REVISION

FEATURES = {"translation": {"languages": ["de", "en"], "_type": "Translation"}}
"""What the hub's converter writes into each file's schema about its only column."""


def write_shards(folder: Path, split: str, pairs: Sequence[tuple[str, str]], shards: int) -> None:
    """Pairs of English and German as `de-en/<split>-0000i-of-0000n.parquet`, in row groups as the hub's files have."""
    import pyarrow
    from pyarrow import parquet

    column = pyarrow.struct([("de", pyarrow.string()), ("en", pyarrow.string())])
    metadata = {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    schema = pyarrow.schema([("translation", column)], metadata=metadata)
    size = -(-len(pairs) // shards)
    (folder / "de-en").mkdir(parents=True, exist_ok=True)
    for i in range(shards):
        rows = [{"translation": {"de": target, "en": source}} for source, target in pairs[i * size : (i + 1) * size]]
        path = folder / "de-en" / f"{split}-{i:05}-of-{shards:05}.parquet"
        parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), path, row_group_size=1_000)


@contextmanager
def serving(folder: Path, store: Path | None = None) -> Iterator[tuple[str, list[str]]]:
    """Serve the files below a folder as those of WMT 2014; yields the hub's address and what it is asked.

    Args:
        folder: what the hub announces, with sizes and checksums.
        store: where their bytes come from; by default the same folder.
    """
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        """Answers as the hub does: the list of files, and each one from another address than it is asked at."""

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            asked.append(f"{self.command} {path}")
            resolved = re.fullmatch(f"/datasets/{DATASET}/resolve/{REVISION}/(.+)", path)
            if path == f"/api/datasets/{DATASET}/revision/{REVISION}":
                self._send(200, {"Content-Type": "application/json"}, json.dumps(_info(folder)).encode(), with_body)
            elif resolved and (folder / resolved[1]).is_file():
                content = (folder / resolved[1]).read_bytes()
                headers = {
                    "Location": f"http://localhost:{self.server.server_address[1]}/store/{resolved[1]}",  # another host
                    "X-Repo-Commit": REVISION,
                    "X-Linked-Size": str(len(content)),
                    "X-Linked-ETag": f'"{hashlib.sha256(content).hexdigest()}"',
                }
                self._send(302, headers, b"", with_body)
            elif path.startswith("/store/"):
                content = ((store or folder) / path.removeprefix("/store/")).read_bytes()
                self._send(200, {}, content, with_body)
            else:
                self._send(404, {}, b"", with_body)

        def _send(self, status: int, headers: dict[str, str], body: bytes, with_body: bool) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _info(folder: Path) -> dict[str, Any]:
    siblings = []
    for path in sorted((path for path in folder.rglob("*") if path.is_file()), reverse=True):
        content = path.read_bytes()
        sibling: dict[str, Any] = {"rfilename": path.relative_to(folder).as_posix(), "size": len(content)}
        if path.suffix == ".parquet":
            sibling["lfs"] = {
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "pointerSize": 130,
            }
        siblings.append({"blobId": hashlib.sha1(content).hexdigest(), **sibling})
    return {"_id": "0", "id": DATASET, "sha": REVISION, "private": False, "tags": [], "siblings": siblings}
