"""Health checks, of flags and of images."""

from __future__ import annotations

from pathlib import Path

from tests.integration.daemon import K3c, until
from tests.integration.test_lifecycle import status

SLEEP = ("busybox", "sleep", "1000")
QUICK = ("--health-interval", "100ms", "--health-retries", "2")
CHECK = ("--health-cmd", "test -e /tmp/well", *QUICK, "--health-start-period", "1m")


def test_state_in_ps(k3c: K3c) -> None:
    script = "trap 'touch /tmp/well' USR1; trap 'rm /tmp/well' USR2; echo up; while :; do sleep 0.02; done"
    k3c.ok("run", "-d", "--name", "web", *CHECK, "busybox", "sh", "-c", script)
    assert status(k3c, "web").endswith("(health: starting)")
    until(lambda: k3c.ok("logs", "web") == "up")
    k3c.ok("kill", "-s", "USR1", "web")
    until(lambda: status(k3c, "web").endswith(" (healthy)"))
    k3c.ok("kill", "-s", "USR2", "web")
    until(lambda: status(k3c, "web").endswith(" (unhealthy)"))
    k3c.ok("pause", "web")
    assert status(k3c, "web").endswith(" (Paused)")
    k3c.ok("unpause", "web")
    k3c.ok("kill", "-s", "USR1", "web")
    until(lambda: status(k3c, "web").endswith(" (healthy)"))
    k3c.ok("stop", "-t", "0", "web")
    assert status(k3c, "web").startswith("Exited (137)")
    assert "health" not in status(k3c, "web")


def test_an_images_check(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(
        'FROM busybox\nHEALTHCHECK --interval=100ms CMD ["true"]\nCMD sleep 1000\n'
    )
    k3c.ok("build", "-t", "well", str(tmp_path))
    k3c.ok("run", "-d", "--name", "own", "--wait", "well")
    assert status(k3c, "own").endswith(" (healthy)")
    k3c.ok("run", "-d", "--name", "none", "--no-healthcheck", "well")
    k3c.ok("run", "-d", "--name", "over", "--health-cmd", "false", "--health-retries", "1", "well")
    until(lambda: status(k3c, "over").endswith(" (unhealthy)"))
    assert "health" not in status(k3c, "none")


def test_wait_returns_when_it_is_healthy(k3c: K3c) -> None:
    script = "sleep 0.5; touch /tmp/well; sleep 1000"
    done = k3c("run", "-d", "--wait", "--name", "web", *CHECK, "busybox", "sh", "-c", script)
    assert done.returncode == 0
    assert status(k3c, "web").endswith(" (healthy)")
    assert k3c.ok("run", "-d", "--wait", *SLEEP)
    assert "--wait requires --detach" in k3c.fails("run", "--wait", *SLEEP, code=125)


def test_wait_fails_with_what_the_last_probe_said(k3c: K3c) -> None:
    done = k3c(
        "run",
        "-d",
        "--wait",
        "--name",
        "web",
        "--health-cmd",
        "echo out; echo no database >&2; exit 1",
        *QUICK,
        *SLEEP,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "k3c: container web is unhealthy: 2 probes failed; output of the last probe:\nout\nno database\n"
    )
    assert done.stdout.strip()[:12] == k3c.ok("ps", "-q")


def test_wait_fails_when_it_ends(k3c: K3c) -> None:
    done = k3c("run", "-d", "--wait", "--health-cmd", "echo not yet; false", "--health-interval", "10s",
               "busybox", "sh", "-c", "sleep 0.5; exit 3")  # fmt: skip
    assert done.returncode == 1
    first = done.stderr.splitlines()[0]
    assert " exited with 3 before it was healthy" in first
    assert first.endswith("; output of the last probe:")
    assert done.stderr.splitlines()[1:] == ["not yet"]


def test_a_probe_that_takes_too_long_or_cannot_be_run(k3c: K3c) -> None:
    slow = k3c("run", "-d", "--wait", "--health-cmd", "sleep 1000", "--health-timeout", "200ms",
               "--health-retries", "1", "--health-interval", "100ms", *SLEEP)  # fmt: skip
    assert slow.returncode == 1
    assert "Health check exceeded timeout (200ms)" in slow.stderr
    absent = k3c("run", "-d", "--wait", "--health-cmd", "nonsense", "--health-retries", "1", "--health-interval",
                 "100ms", *SLEEP)  # fmt: skip
    assert "nonsense" in absent.stderr
    bad = k3c.fails("run", "--health-interval", "often", *SLEEP, code=125)
    assert bad.startswith("k3c: invalid health interval 'often': ")
    assert "conflicts with the other --health flags" in k3c.fails(
        "run", "--no-healthcheck", "--health-cmd", "x", *SLEEP, code=125
    )


def test_a_daemon_that_comes_back_probes_on(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "web", "--wait", "--health-cmd", "true", *QUICK, *SLEEP)
    k3c.daemon.stop()
    k3c.daemon.start()
    until(lambda: status(k3c, "web").endswith(" (healthy)"))
