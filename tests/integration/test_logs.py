"""Logs: several at once, over restarts, and rotated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c, until


def test_several_at_once(k3c: K3c) -> None:
    for name in ("one", "three"):
        k3c("run", "--name", name, "busybox", "sh", "-c", f"echo from {name}; printf open")
    assert k3c("logs", "one", "three").stdout.splitlines() == [
        "one   | from one",
        "one   | open",
        "three | from three",
        "three | open",
    ]
    assert "no such container: absent" in k3c("logs", "one", "absent").stderr
    assert "requires at least 1 argument" in k3c.fails("logs")
    following = k3c("logs", "-f", "one", "three").stdout.splitlines()
    assert sorted(following) == ["one   | from one", "one   | open", "three | from three", "three | open"]


def test_following_over_restarts(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "again", "busybox", "sh", "-c", "echo life; sleep 1000")
    following = k3c.start("logs", "-f", "again")
    assert following.stdout is not None
    assert following.stdout.readline() == b"life\n"
    for _ in range(2):
        k3c.ok("restart", "-t", "0", "again")
        assert following.stdout.readline() == b"life\n"
    k3c.ok("stop", "-t", "0", "again")
    assert following.communicate(timeout=20) == (b"", b"")
    assert following.returncode == 0


def test_following_over_restarts_by_policy(k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "falls",
        "--restart",
        "on-failure:1",
        "busybox",
        "sh",
        "-c",
        "echo life; exit 1",
    )
    done = k3c("logs", "-f", "falls")
    assert set(done.stdout.splitlines()) == {"life"}
    until(lambda: "Exited (1)" in k3c.ok("ps", "-a"))


def test_all_lives_are_shown(k3c: K3c) -> None:
    k3c.ok("create", "--name", "again", "busybox", "sh", "-c", "cat /proc/sys/kernel/random/uuid; echo done")
    said = []
    for _ in range(3):
        said += k3c.ok("start", "-a", "again").splitlines()
    assert k3c.ok("logs", "again").splitlines() == said
    assert k3c.ok("logs", "-f", "again").splitlines() == said
    assert k3c.ok("logs", "--tail", "3", "again").splitlines() == said[-3:]
    assert k3c.ok("logs", "--previous", "again").splitlines() == said[2:4]
    assert k3c.ok("logs", "--previous", "-f", "-n", "1", "again").splitlines() == said[3:4]


def test_every_try_of_a_policy_is_shown(k3c: K3c) -> None:
    """The life before is that of the last try but one, also while the next one is waited for."""
    script = "cat /proc/sys/kernel/random/uuid; exit 1"
    k3c.ok("run", "-d", "--name", "falls", "--restart", "on-failure:2", "busybox", "sh", "-c", script)
    said = k3c("logs", "-f", "falls").stdout.splitlines()
    assert len(set(said)) == 3
    assert k3c.ok("logs", "falls").splitlines() == said
    assert k3c.ok("logs", "--previous", "falls") == said[1]


def test_without_an_earlier_life(k3c: K3c) -> None:
    k3c.ok("create", "--name", "never", "busybox", "true")
    k3c.ok("run", "--name", "once", "busybox", "echo", "here")
    for name in ("never", "once"):
        assert k3c.fails("logs", "--previous", name).startswith(
            f"k3c: container {name} was started at most once"
        )


def test_the_limits_hold_over_all_lives(rotating: K3c) -> None:
    script = (
        "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo line $i of the life that began at $(date +%s); done"
    )
    rotating.ok("create", "--name", "lives", "busybox", "sh", "-c", script)
    said: list[str] = []
    for _ in range(12):
        said += rotating.ok("start", "-a", "lives").splitlines()
    path = Path(rotating.ok("inspect", "-f", "{{.LogPath}}", "lives"))
    *earlier, last = sorted(file.stat().st_size for file in path.parent.iterdir())
    assert 2 * 65536 < sum(earlier) <= 3 * 65536
    assert last < 65536
    kept = rotating.ok("logs", "lives").splitlines()
    assert 400 < len(kept) < len(said)
    assert kept == said[-len(kept) :]
    rotating.ok("rm", "lives")


@pytest.fixture(scope="module")
def rotating(workspace: Path) -> Iterator[K3c]:
    """A daemon with small logs."""
    own = Daemon.make(workspace / "rotating")
    own.config.write_text(
        own.config_text.replace(
            "[logs]\n", '[logs]\nmax_size = 65536\nmax_files = 3\nkeep_after_rm = "10s"\n'
        )
    )
    own.start()
    cli = K3c(own)
    build_busybox(cli, workspace / "rotating-context")
    yield cli
    own.stop()
    own.purge()


def test_rotation(rotating: K3c) -> None:
    script = (
        "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); echo line $i; [ $((i % 2000)) = 0 ] && sleep 0.5; done;"
        " sleep 1000"
    )
    rotating.ok("run", "-d", "--name", "talks", "busybox", "sh", "-c", script)
    following = rotating.start("logs", "-f", "talks")
    path = Path(rotating.ok("inspect", "-f", "{{.LogPath}}", "talks"))
    until(lambda: "line 40000" in rotating("logs", "--tail", "3", "talks").stdout, seconds=60)
    assert 1 < len(list(path.parent.iterdir())) <= 3
    kept = rotating.ok("logs", "talks").splitlines()
    numbers = [int(line.split()[1]) for line in kept]
    assert numbers == list(range(numbers[0], 40001))  # the oldest are gone, nothing is missing after
    assert numbers[0] > 1
    rotating.ok("kill", "talks")
    output, _ = following.communicate(timeout=30)
    assert output.decode() == "".join(f"line {number}\n" for number in range(1, 40001))
    rotating.ok("rm", "talks")
    assert not path.parent.exists()


def test_logs_outlive_their_container(rotating: K3c) -> None:
    rotating("run", "--rm", "--name", "gone", "busybox", "echo", "last words")
    assert rotating.ok("logs", "gone") == "last words"
    rotating("run", "--name", "gone", "busybox", "echo", "later words")
    container_id = rotating.ok("ps", "-aq")
    rotating.ok("rm", "gone")
    assert rotating.ok("logs", "gone") == "later words"
    assert rotating.ok("logs", "--tail", "1", container_id) == "later words"
    until(lambda: rotating("logs", "gone").returncode == 1, seconds=30)
    assert rotating.fails("logs", "gone") == "k3c: no such container: gone"
