"""Commands in containers, by `exec`: their streams, ends, signals and flags."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from tests.integration.conftest import build_busybox
from tests.integration.daemon import Daemon, K3c, until


def test_a_reader_that_rests_gets_what_a_command_left_behind(k3c: K3c) -> None:
    """The runtime waits two seconds for whoever reads the output of a command that has ended."""
    k3c.ok("run", "-d", "--name", "web", "busybox", "sleep", "1000")
    much = (
        (1 << 20) + (1 << 16) + 30_000
    )  # what the pipes on the way take, and something that is left in the last
    reader = k3c.start("exec", "web", "sh", "-c", f"head -c {much} /dev/zero; echo end")
    until(lambda: "exec_die" in k3c.ok("events", "--since", "0", "--until", "0s"))
    time.sleep(3)
    output, _ = reader.communicate(timeout=60)
    assert len(output) == much + len("end\n")
    assert reader.returncode == 0


def test_exec_flags(k3c: K3c, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("FILE=f\n")
    k3c.ok("run", "-d", "--name", "there", "-e", "OWN=o", "busybox", "sleep", "1000")
    script = "id -u; id -g; pwd; echo $OWN $GIVEN $FILE"
    flags = ("-u", "app", "-w", "/tmp", "-e", "GIVEN=g", "--env-file", str(tmp_path / "env"))
    assert k3c.ok("exec", *flags, "there", "sh", "-c", script).splitlines() == [
        "1000",
        "1000",
        "/tmp",
        "o g f",
    ]
    capabilities = ("sh", "-c", "grep CapEff /proc/self/status")
    plain = k3c.ok("exec", "there", *capabilities)
    assert plain != k3c.ok("exec", "--privileged", "there", *capabilities)
    assert k3c.ok("exec", "-d", "there", "sh", "-c", "echo d > /tmp/detached; sleep 1000") == ""
    until(lambda: k3c("exec", "there", "cat", "/tmp/detached").stdout == "d\n")
    assert "no such user" in k3c.fails("exec", "-u", "nobody", "there", "true", code=1)
    said = k3c.fails("exec", "-w", "/none", "there", "true", code=127)
    assert said == "k3c: no such folder in the container: /none"


def test_a_child_that_keeps_the_streams_does_not_keep_exec(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    assert k3c.ok("exec", "there", "sh", "-c", "sleep 500 & echo begun") == "begun"


def test_exec_ends_with_its_container(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    running = k3c.start("exec", "there", "sh", "-c", "echo up; sleep 1000")
    assert running.stdout is not None
    assert running.stdout.readline() == b"up\n"
    k3c.ok("kill", "there")
    running.communicate(timeout=20)
    assert running.returncode == 137


def test_signals_reach_the_command_of_an_exec(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    script = "trap 'echo caught; exit 5' TERM; echo up; while :; do sleep 0.1; done"
    running = k3c.start("exec", "there", "sh", "-c", script)
    assert running.stdout is not None
    assert running.stdout.readline() == b"up\n"
    running.send_signal(signal.SIGTERM)
    assert running.communicate(timeout=20)[0] == b"caught\n"
    assert running.returncode == 5


def test_a_signal_does_not_wait_for_input_that_nobody_reads(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as yes:
        running = subprocess.Popen(
            [k3c.program, "exec", "-i", "there", "sh", "-c", "echo up; exec sleep 1000"],
            stdin=yes.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=k3c.env,
        )
        assert running.stdout is not None
        assert running.stdout.readline() == b"up\n"
        until(lambda: is_stuck(yes.pid))
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=20) == (b"", b"")
        assert running.returncode == 130
        yes.kill()


def is_stuck(pid: int) -> bool:
    """Whether a process writes nothing for a while."""
    counters = Path(f"/proc/{pid}/io")
    before = counters.read_text()
    time.sleep(0.3)
    return counters.read_text() == before


def test_exec_through_cri_alone(workspace: Path, k3c: K3c) -> None:
    own = Daemon.make(workspace / "cri", config='[containers]\nbeyond_cri = "none"\n')
    own.start()
    try:
        cli = K3c(own)
        build_busybox(cli, workspace / "cri-context")
        cli.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
        assert cli("exec", "-i", "there", "cat", stdin=b"x" * 100_000).stdout == "x" * 100_000
        assert cli("exec", "there", "sh", "-c", "exit 7").returncode == 7
        assert "not found" in cli.fails("exec", "there", "nosuch", code=127)
        assert "does not support" in cli.fails("exec", "-u", "app", "there", "true", code=1)
    finally:
        own.stop()
        own.purge()


def test_a_command_whose_output_is_closed_runs(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    script = '"$1" exec there sh -c "echo lost; echo told >&2; exit 3" >&-'
    done = subprocess.run(
        ["bash", "-c", script, "bash", k3c.program], capture_output=True, text=True, env=k3c.env, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "told\n")
