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

from tests.integration.daemon import free_port

_TIMEOUT = 20.0


@dataclass(frozen=True)
class Registry:
    """Where it listens: `127.0.0.1:PORT`."""

    address: str

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository, as the registry itself tells them."""
        with urllib.request.urlopen(f"http://{self.address}/v2/{repository}/tags/list") as answer:
            return list(json.load(answer)["tags"])


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
