"""A stand-in for W&B's server: it answers the library as the real one does, and keeps what it was sent.

The shapes of the answers are those that the library's own queries ask for (GraphQL at /graphql), and those of its file
stream at /files/<entity>/<project>/<run>/file_stream: see `wandb/core` in the library's repository. It knows one user,
no teams, and refuses nothing but a wrong key, if it is told to.
"""

import base64
import gzip
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USER = "someone"
KEY = "0123456789abcdef" * 2 + "01234567"
"""Forty characters, as W&B's keys have."""


class Received:
    """What the server was sent.

    Attributes:
        address: of the server.
        runs: id -> the last values of each variable with which the run was begun or changed.
        stream: id -> file of its stream -> lines, in order.
        files: name -> content of each file that was put.
        artifacts: the variables with which each artifact was begun.
        operations: GraphQL operations, in order.
        refusing: whether it takes no key any more.
    """

    def __init__(self) -> None:
        self.address = ""
        self.runs: dict[str, dict[str, Any]] = {}
        self.stream: dict[str, dict[str, dict[int, str]]] = {}
        self.files: dict[str, bytes] = {}
        self.artifacts: list[str] = []
        self.operations: list[str] = []
        self.refusing = False

    def history(self, run: str) -> list[dict[str, Any]]:
        """The rows that a run logged, in order."""
        lines = self.stream.get(run, {}).get("wandb-history.jsonl", {})
        return [json.loads(lines[place]) for place in sorted(lines)]

    def summary(self, run: str) -> dict[str, Any]:
        """The last summary of a run."""
        lines = self.stream.get(run, {}).get("wandb-summary.json", {})
        return dict(json.loads(lines[max(lines)])) if lines else {}

    def answer(self, query: str, operation: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of a GraphQL answer; fields that were asked for and are not known here are null."""
        self.operations.append(operation or fields_of(query)[0])
        if operation == "Viewer" or "viewer {" in query:
            viewer = {"id": "V", "username": USER, "entity": USER, "email": "", "flags": "{}", "teams": {"edges": []}}
            return {"viewer": viewer}
        if operation == "UpsertBucket":
            return self._upsert(variables)
        if operation == "RunResumeStatus":
            bucket = self._bucket(str(variables["name"])) if variables["name"] in self.runs else None
            return {"model": {"id": "P", "name": variables.get("project"), "entity": ENTITY, "bucket": bucket}}
        if operation == "CreateRunFiles":
            files = [{"name": name, "uploadUrl": f"{self.address}/put/{name}"} for name in variables["files"]]
            return {"createRunFiles": {"runID": "R", "uploadHeaders": [], "files": files}}
        if operation == "CreateArtifact":
            self.artifacts.append(json.dumps(variables))
            sequence = {"id": "S", "latestArtifact": None}
            made = {"id": f"A{len(self.artifacts)}", "state": "COMMITTED", "artifactSequence": sequence}
            return {"createArtifact": {"artifact": made}}
        return dict.fromkeys(fields_of(query))

    def _upsert(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        name = str(variables.get("name"))
        self.runs.setdefault(name, {}).update({key: it for key, it in variables.items() if it is not None})
        return {"upsertBucket": {"bucket": self._bucket(name), "inserted": True}}

    def _bucket(self, name: str) -> dict[str, Any]:
        """A run as the server tells of it."""
        known, stream = self.runs[name], self.stream.get(name, {})
        tails = {}
        for key, file in (("history", "wandb-history.jsonl"), ("events", "wandb-events.jsonl"), ("log", "output.log")):
            lines = stream.get(file, {})
            tails[f"{key}LineCount"] = len(lines)
            tails[f"{key}Tail"] = json.dumps([lines[place] for place in sorted(lines)[-1:]])
        return {
            "id": base64.b64encode(name.encode()).decode(),
            "name": name,
            "displayName": known.get("displayName"),
            "description": "",
            "config": known.get("config", "{}"),
            "summaryMetrics": json.dumps(self.summary(name)),
            "sweepName": None,
            "tags": [],
            "notes": None,
            "wandbConfig": "{}",
            "project": {"id": "P", "name": known.get("project"), "entity": ENTITY},
            **tails,
        }

    def take(self, run: str, content: Mapping[str, Any]) -> None:
        """One message of a file stream."""
        for name, part in (content.get("files") or {}).items():
            lines = self.stream.setdefault(run, {}).setdefault(name, {})
            lines |= dict(enumerate(part["content"], part["offset"]))


ENTITY = {"id": "E", "name": USER}


def fields_of(query: str) -> list[str]:
    """The outermost fields of a GraphQL query."""
    outside = re.sub(r"\([^()]*\)", "", query)
    depth, fields = 0, []
    for part in re.findall(r"[{}]|[\w.]+", outside):
        depth += {"{": 1, "}": -1}.get(part, 0)
        if depth == 1 and part not in "{}":
            fields.append(part)
    return fields


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            path = self.path.strip("/").split("/")
            if path[0] == "graphql" and (received.refusing or not self._knows_key()):
                self._say({"errors": [{"message": "user is not logged in"}]}, 401)
            elif path[0] == "graphql":
                asked = json.loads(body)
                variables = asked.get("variables") or {}
                self._say({"data": received.answer(asked["query"], asked.get("operationName") or "", variables)})
            elif path[-1] == "file_stream":
                received.take(path[-2], json.loads(body))
                self._say({})
            else:  # how the library fares, which it tells whoever it talks to
                self._say({})

        def do_PUT(self) -> None:
            received.files[self.path.removeprefix("/put/")] = self._body()
            self._say({})

        def do_GET(self) -> None:
            self._say({})

        def _knows_key(self) -> bool:
            scheme, _, given = (self.headers.get("Authorization") or "").partition(" ")
            return scheme == "Basic" and base64.b64decode(given).decode(errors="replace") == f"api:{KEY}"

        def _body(self) -> bytes:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw

        def _say(self, content: Mapping[str, Any], status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Tests say themselves what went wrong."""

    return Handler


@contextmanager
def wandb_server() -> Iterator[Received]:
    """A server at a free port of this machine, and what it receives."""
    received = Received()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(received)) as server:
        received.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
