"""A registry in this process that does what a test says, also what no registry should."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.oci_archive import blobs_of

OK_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Request:
    """What came: the path without its query, and headers by lower-case names."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What is answered. `length` is what it says of its length, where that is not true."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None


@dataclass
class ScriptedRegistry:
    """Answers each request by `answer`, and remembers all."""

    answer: Callable[[Request], Reply]
    address: str = ""
    requests: list[Request] = field(default_factory=list)


@contextmanager
def scripted_registry(answer: Callable[[Request], Reply]) -> Iterator[ScriptedRegistry]:
    """A registry on loopback for the time of the block."""
    registry = ScriptedRegistry(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            """Refuse TLS in plain HTTP, as web servers do: whoever tries it first then goes on without."""
            if cast("BufferedReader", self.rfile).peek(1)[:1] == b"\x16":
                self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                self.close_connection = True
                return
            super().handle_one_request()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, parse_qs(parts.query), headers)
            registry.requests.append(request)
            reply = registry.answer(request)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)
            if length != len(reply.body):
                self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = _serve  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        registry.address = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()


def basic(username: str, password: str) -> str:
    """The header of a login."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def behind_tokens(registry: Callable[[], str], username: str, password: str, refresh: str = "") -> Any:
    """Answers of a registry that sends to its own token service; its tokens are good for everything."""

    def answer(request: Request) -> Reply:
        if request.path == "/token":
            if request.headers.get("authorization") != basic(username, password):
                return Reply(401)
            tokens = {"token": "short-lived", **({"refresh_token": refresh} if refresh else {})}
            return Reply(200, OK_JSON, json.dumps(tokens).encode())
        if request.headers.get("authorization") == "Bearer short-lived":
            return Reply(200, OK_JSON, b"{}")
        realm = f'Bearer realm="http://{registry()}/token",service="here"'
        return Reply(401, {"WWW-Authenticate": realm})

    return answer


def digest_of(blob: bytes) -> str:
    """The digest by which a blob is asked for."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def serving(archive: bytes) -> Callable[[Request], Reply]:
    """Answers of a registry that has one image, from an OCI layout, under every name and tag."""
    blobs = {path.rpartition("/")[2]: blob for path, blob in blobs_of(archive).items() if "blobs/" in path}
    entry = json.loads(blobs_of(archive)["index.json"])["manifests"][0]

    def answer(request: Request) -> Reply:
        if request.path == "/v2/":
            return Reply(200)
        what, _, name = request.path.rpartition("/")
        is_manifest = what.endswith("/manifests")
        wanted = name if name.startswith("sha256:") else entry["digest"] if is_manifest else ""
        blob = blobs.get(wanted.removeprefix("sha256:"))
        if blob is None:
            return Reply(404)
        kind = entry["mediaType"] if is_manifest else "application/octet-stream"
        headers = {"Content-Type": kind, "Docker-Content-Digest": wanted}
        span = re.fullmatch(r"bytes=(\d+)-.*", request.headers.get("range", ""))
        if span is None:
            return Reply(200, headers, blob)
        start = int(span[1])
        headers["Content-Range"] = f"bytes {start}-{len(blob) - 1}/{len(blob)}"
        return Reply(206, headers, blob[start:])

    return answer


def largest(archive: bytes) -> str:
    """The digest of the layer of an image that is mostly layer."""
    return digest_of(max(blobs_of(archive).values(), key=len))
