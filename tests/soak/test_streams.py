"""What the integration tests look at a few times, many times and with a gigabyte."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.integration.console import console
from tests.integration.daemon import K3c

pytest_plugins = ("tests.integration.conftest",)
pytestmark = pytest.mark.timeout(3600)

TIMES = 100
NUMBERS = "".join(f"{number}\n" for number in range(1, 200_001)).encode()
GIGABYTE = 1 << 30


@pytest.mark.parametrize("flags", [(), ("-i",)])
def test_every_byte_every_time(k3c: K3c, flags: tuple[str, ...]) -> None:
    for turn in range(TIMES):
        command = [k3c.program, "run", "--rm", *flags, "busybox", "seq", "1", "200000"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=k3c.env, check=True)
        assert done.stdout == NUMBERS, f"turn {turn}"


@pytest.mark.parametrize("flags", ["-t", "-it"])
def test_every_byte_every_time_on_a_terminal(k3c: K3c, flags: str) -> None:
    for turn in range(TIMES):
        with console(k3c, "run", "--rm", flags, "busybox", "seq", "1", "200000") as screen:
            assert screen.end() == 0
            assert screen.shown.replace(b"\r", b"") == NUMBERS, f"turn {turn}"


def test_a_gigabyte_there_and_back(k3c: K3c, tmp_path: Path) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "10000")
    sent, received = tmp_path / "sent", tmp_path / "received"
    with sent.open("wb") as random:
        subprocess.run(["head", "-c", str(GIGABYTE), "/dev/urandom"], stdout=random, check=True)
    with sent.open("rb") as source, received.open("wb") as target:
        command = [k3c.program, "exec", "-i", "there", "cat"]
        subprocess.run(command, stdin=source, stdout=target, env=k3c.env, check=True)
    digests = []
    for path in (sent, received):
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    assert digests[0] == digests[1]
