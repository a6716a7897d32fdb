"""A real registry on loopback, for tests: Debian's docker-registry."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.daemon import free_port
from tests.oci_archive import blobs_of

_TIMEOUT = 20.0


@dataclass(frozen=True)
class Registry:
    """Where it listens: `127.0.0.1:PORT`."""

    address: str

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository, as the registry itself tells them."""
        with urllib.request.urlopen(f"http://{self.address}/v2/{repository}/tags/list") as answer:
            return list(json.load(answer)["tags"])

    def put(self, repository: str, tag: str, archive: bytes) -> None:
        """Store an image with all its platforms, as no client pushes it that has a single one of them."""
        files = blobs_of(archive)
        blobs = {path.removeprefix("blobs/").replace("/", ":"): blob for path, blob in files.items()}
        for digest in (digest for digest in blobs if digest.startswith("sha256:")):
            with self._send("POST", f"{repository}/blobs/uploads/", b"") as begun:
                place = begun.headers["Location"].partition("/v2/")[2]
            self._send("PUT", f"{place}&digest={digest}", blobs[digest]).close()
        index = json.loads(files["index.json"])
        for entry in index["manifests"]:
            manifest = blobs[entry["digest"]]
            self._send(
                "PUT", f"{repository}/manifests/{entry['digest']}", manifest, entry["mediaType"]
            ).close()
        self._send("PUT", f"{repository}/manifests/{tag}", files["index.json"], index["mediaType"]).close()

    def _send(self, method: str, path: str, data: bytes, kind: str = "application/octet-stream") -> Any:
        request = urllib.request.Request(
            f"http://{self.address}/v2/{path}", data, {"Content-Type": kind}, method=method
        )
        return urllib.request.urlopen(request)


@contextmanager
def running_registry(folder: Path, *, user: str = "", password: str = "") -> Iterator[Registry]:
    """A registry for the time of the block; with a user it lets nobody else in."""
    folder.mkdir(parents=True)
    address = f"127.0.0.1:{free_port()}"
    config = folder / "config.yml"
    config.write_text(_config(folder, address, locked=bool(user)))
    if user:
        entry = subprocess.run(["htpasswd", "-Bbn", user, password], capture_output=True, check=True).stdout
        (folder / "htpasswd").write_bytes(entry)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
    try:
        _wait_for(address, process)
        yield Registry(address)
    finally:
        process.terminate()
        process.wait(10)


def _config(folder: Path, address: str, *, locked: bool) -> str:
    lock = f"auth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n" if locked else ""
    return (
        "version: 0.1\nlog:\n  level: warn\nstorage:\n  delete:\n    enabled: true\n"
        f"  filesystem:\n    rootdirectory: {folder}/data\nhttp:\n  addr: {address}\n{lock}"
    )


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + _TIMEOUT
    while True:
        try:
            with socket.create_connection((host, int(port)), 1):
                return
        except OSError:
            assert process.poll() is None, "the registry ended"
            assert time.monotonic() < deadline, "the registry does not listen"
            time.sleep(0.05)
