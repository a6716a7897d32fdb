"""What containers write arrives whole, and logs keep it."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.integration.daemon import K3c, until


def test_attached_output_is_whole_every_time(k3c: K3c) -> None:
    expected = "".join(f"{number}\n" for number in range(1, 20001))
    for _ in range(5):
        assert k3c("run", "--rm", "busybox", "seq", "1", "20000").stdout == expected


def test_a_last_line_without_its_end_arrives(k3c: K3c) -> None:
    assert k3c("run", "--rm", "busybox", "printf", "no newline").stdout == "no newline"


def test_exit_codes(k3c: K3c) -> None:
    assert k3c("run", "--rm", "busybox", "sh", "-c", "exit 42").returncode == 42
    assert k3c("run", "--rm", "busybox", "/no/such/program").returncode == 127
    assert k3c("run", "--rm", "busybox", "no-such-program").returncode == 127
    assert k3c("run", "--rm", "busybox", "/etc/passwd").returncode == 126
    assert k3c.ok("ps", "-aq") == ""


def test_logs_follow_until_the_end(k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "talker",
        "busybox",
        "sh",
        "-c",
        "for i in 1 2 3 4 5; do echo $i; sleep 0.2; done",
    )
    assert k3c.ok("logs", "-f", "talker") == "1\n2\n3\n4\n5"


def test_logs_tail_timestamps_and_streams(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "lines", "busybox", "sh", "-c", "seq 1 100; sleep 0.2; echo bad >&2")
    until(lambda: "Exited (0)" in k3c.ok("ps", "-a"))
    done = k3c("logs", "--tail", "3", "lines")
    assert (done.stdout + done.stderr).splitlines() == ["99", "100", "bad"]
    stamped = k3c.ok("logs", "-t", "--tail", "2", "lines").splitlines()[-1]
    assert stamped.endswith("Z 100")
    assert k3c.ok("logs", "--since", "1h", "lines").splitlines()[0] == "1"
    assert k3c.ok("logs", "--until", "1h", "lines") == ""


def test_signals_are_the_containers(k3c: K3c) -> None:
    running = k3c.start(
        "run",
        "--rm",
        "busybox",
        "sh",
        "-c",
        "trap 'echo caught; exit 5' INT; echo up; while :; do sleep 0.1; done",
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"up\n"
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=20)
    assert (running.returncode, output) == (5, b"caught\n")


def test_a_killed_cli_leaves_the_container_running(k3c: K3c) -> None:
    running = k3c.start("run", "--name", "lives", "busybox", "sh", "-c", "echo up; sleep 100")
    assert running.stdout is not None
    assert running.stdout.readline() == b"up\n"
    running.kill()
    running.communicate()
    assert "Up" in k3c.ok("ps")


def test_an_interrupt_before_the_start_leaves_nothing(k3c: K3c) -> None:
    for delay in (0.15, 0.2, 0.25, 0.3):
        running = k3c.start("run", "--name", "early", "busybox", "sleep", "100")
        time.sleep(delay)  # the moment does not matter, whatever it meets
        running.send_signal(signal.SIGINT)
        until(lambda running=running: running.poll() is not None or runs(k3c, "early"))  # type: ignore[misc]
        running.kill()
        running.communicate()
        if runs(k3c, "early"):  # it had started: the interrupt was the container's
            k3c.ok("rm", "-f", "early")
        until(lambda: "early" not in k3c.names())
    assert k3c.crictl("pods", "-o", "json")["items"] == []


def runs(k3c: K3c, name: str) -> bool:
    """Whether a container is up."""
    return k3c.ok("ps", "-q", "--filter", f"name=^{name}$") != ""


def nameless(k3c: K3c) -> set[str]:
    """The ids of images that are shown without a name."""
    rows = [line.split() for line in k3c.ok("images").splitlines()]
    return {row[2] for row in rows if row[:2] == ["<none>", "<none>"]}


def test_an_image_without_a_name(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox\nENV NAMELESS=yes\n")
    before = nameless(k3c)
    k3c.ok("build", "--progress", "quiet", str(tmp_path))
    (image_id,) = nameless(k3c) - before
    assert k3c.ok("run", "--rm", image_id, "sh", "-c", "echo $NAMELESS") == "yes"
    k3c.ok("rmi", image_id)
    assert nameless(k3c) == before


def test_a_name_that_goes_to_another_image(k3c: K3c, tmp_path: Path) -> None:
    before = nameless(k3c)
    for version in ("1", "2"):
        (tmp_path / "Dockerfile").write_text(f"FROM busybox\nENV VERSION={version}\n")
        k3c.ok("build", "-t", "moving", str(tmp_path))
    (image_id,) = nameless(k3c) - before
    assert k3c.ok("run", "--rm", image_id, "sh", "-c", "echo $VERSION") == "1"
    k3c.ok("rmi", image_id, "moving")
    assert nameless(k3c) == before


def test_what_pods_are_made_from_is_not_shown(k3c: K3c) -> None:
    assert "pause" not in k3c.ok("images", "-a")
