"""A daemon on a disk that is full."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c


@pytest.fixture
def disk(workspace: Path) -> Iterator[Path]:
    """A small file system of its own."""
    place = workspace / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)
    place.rmdir()


@pytest.fixture
def k3c(disk: Path, workspace: Path) -> Iterator[K3c]:
    """The CLI on a daemon whose root is there; its state is elsewhere, as /run is."""
    daemon = Daemon.make(workspace / "f")
    daemon.config.write_text(daemon.config_text.replace(f'root = "{daemon.root}"', f'root = "{disk}/root"'))
    daemon.start()
    cli = K3c(daemon)
    build_busybox(cli, disk / "context")
    yield cli
    cli.remove_everything(but=set())
    daemon.stop()
    daemon.purge()
    shutil.rmtree(daemon.folder)


def fill(file: Path) -> None:
    """Take all the room that there is."""
    with file.open("wb", buffering=0) as filling:
        for size in (1 << 20, 1 << 12):
            try:
                while filling.write(bytes(size)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def test_what_is_there_can_be_seen_stopped_and_removed_on_a_full_disk(k3c: K3c, disk: Path) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "old",
        "-v",
        "data:/data",
        "busybox",
        "sh",
        "-c",
        "echo kept > /data/f; sleep 900",
    )
    k3c.ok("run", "-d", "--name", "more", "busybox", "sleep", "900")
    fill(disk / "filling")
    assert k3c.ok("exec", "old", "cat", "/data/f") == "kept"
    assert sorted(k3c.names()) == ["more", "old"]
    k3c.ok("stop", "-t", "0", "old", "more")
    k3c.ok("rm", "old")
    # What that gave back is taken, too: nothing new can be made, and nothing of it is left.
    fill(disk / "filling2")
    done = k3c("build", "-q", "-t", "new", "--no-cache", str(disk / "context"))
    assert (done.returncode, "no space left" in done.stderr.lower()) == (1, True)
    assert "new" not in k3c.ok("images")
    (disk / "filling").unlink()
    (disk / "filling2").unlink()
    assert k3c.ok("run", "--rm", "-v", "data:/data", "busybox", "cat", "/data/f") == "kept"
    assert k3c.names() == ["more"]
    told = k3c.ok(
        "events", "--since", "5m", "--until", "0s", "--format", "{{.Name}} {{.Action}}"
    ).splitlines()
    assert "old destroy" in told


def test_a_daemon_starts_on_a_full_disk(k3c: K3c, disk: Path) -> None:
    k3c.ok("run", "--name", "old", "busybox", "true")
    k3c.daemon.stop()
    fill(disk / "filling")
    k3c.daemon.start()
    assert k3c.names() == ["old"]
    k3c.ok("rm", "old")


def test_a_daemon_that_cannot_write_says_so_in_a_line(k3c: K3c, disk: Path) -> None:
    k3c.daemon.stop()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    done = subprocess.run(k3c.daemon.command(), capture_output=True, text=True, timeout=60, check=False)
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("k3c: ")
    assert line.endswith("Read-only file system")
    k3c.daemon.start()
    assert k3c.ok("run", "--rm", "busybox", "echo", "again") == "again"
