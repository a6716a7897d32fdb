"""The lives of containers: start, restart, stop, kill, wait, pause, rename, update."""

from __future__ import annotations

import pytest

from tests.integration.daemon import K3c, until

TRAP = "trap 'echo got {0}; exit 7' {0}; echo up; while :; do sleep 0.05; done"


def status(k3c: K3c, name: str) -> str:
    """The STATUS of a container in `ps -a`."""
    lines = k3c.ok("ps", "-a").splitlines()
    place = lines[0].index("STATUS"), lines[0].index("PORTS")
    return next(line[slice(*place)].strip() for line in lines if line.split()[-1] == name)


def says(k3c: K3c, name: str, text: str) -> None:
    """Wait until a container has written a text."""
    until(lambda: text in k3c.ok("logs", name))


def test_a_start_is_a_fresh_life(k3c: K3c) -> None:
    script = "ls /tmp/mark /data/mark 2>/dev/null; touch /tmp/mark /data/mark; sleep 1000"
    made = k3c.ok("run", "-d", "--name", "web", "-v", "kept:/data", "busybox", "sh", "-c", script)
    until(
        lambda: k3c("run", "--rm", "-v", "kept:/data", "busybox", "test", "-e", "/data/mark").returncode == 0
    )
    verbs: tuple[tuple[str, ...], ...] = (("stop", "-t", "0"), ("start",), ("restart", "-t", "0"))
    for verb in verbs:
        assert k3c.ok(*verb, "web") == "web"
        if verb != ("stop", "-t", "0"):
            says(k3c, "web", "/data/mark")
            assert "/tmp/mark" not in k3c.ok("logs", "web")
            assert k3c.ok("ps", "-q", "--no-trunc") == made
    attempts = {one["metadata"].get("attempt", 0) for one in k3c.crictl("pods", "-o", "json")["items"]}
    assert attempts == {3}
    for name in ("start", "restart"):
        assert "The root filesystem is recreated" in " ".join(k3c.ok("help", name).split())


def test_several_are_started_and_each_is_named(k3c: K3c) -> None:
    for name in ("one", "two"):
        k3c.ok("create", "--name", name, "busybox", "sleep", "1000")
    done = k3c("start", "one", "nobody", "two")
    assert (done.returncode, done.stdout) == (1, "one\ntwo\n")
    assert done.stderr == "k3c: no such container: nobody\n"
    assert k3c.ok("start", "one") == "one"
    assert status(k3c, "one").startswith("Up ")


@pytest.mark.parametrize(
    ("flags", "got"), [((), "TERM"), (("--stop-signal", "SIGUSR1"), "USR1"), (("--stop-signal", "2"), "INT")]
)
def test_stop_sends_the_stop_signal(k3c: K3c, flags: tuple[str, ...], got: str) -> None:
    k3c.ok("run", "-d", "--name", "web", *flags, "busybox", "sh", "-c", TRAP.format(got))
    says(k3c, "web", "up")
    k3c.ok("stop", "web")
    assert k3c.ok("logs", "web") == f"up\ngot {got}"
    assert status(k3c, "web").startswith("Exited (7) ")


def test_stop_kills_after_its_time(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "web", "--stop-timeout", "1", "busybox", "sleep", "1000")
    k3c.ok("stop", "web")
    assert status(k3c, "web").startswith("Exited (137) ")


def test_many_are_stopped_side_by_side(k3c: K3c) -> None:
    """Each ends only when all were asked to."""
    names = ["one", "two", "three"]
    script = (
        "trap 'touch /all/$0; until [ $(ls /all | wc -l) = 3 ]; do sleep 0.02; done; exit 0' TERM; echo up; "
    )
    for name in names:
        command = (f"{script} while :; do sleep 0.02; done", name)
        k3c.ok("run", "-d", "--name", name, "-v", "all:/all", "busybox", "sh", "-c", *command)
        says(k3c, name, "up")
    assert k3c.ok("stop", *names).split() == names
    assert {status(k3c, name).split(" ")[1] for name in names} == {"(0)"}


def test_kill_and_wait(k3c: K3c) -> None:
    for name, signal in (("one", "9"), ("two", "USR1"), ("three", "sigterm")):
        k3c.ok("run", "-d", "--name", name, "busybox", "sh", "-c", TRAP.format("USR1"))
        says(k3c, name, "up")
        waiting = k3c.start("wait", name)
        k3c.ok("kill", "-s", signal, name) if signal != "sigterm" else k3c.ok("kill", name)
        assert waiting.communicate(timeout=20)[0] == (b"7\n" if signal == "USR1" else b"137\n")
    assert k3c.ok("wait", "two", "one", "three").split() == ["7", "137", "137"]
    assert "is not running" in k3c.fails("kill", "one")
    assert k3c.fails("kill", "-s", "NOPE", "one") == "k3c: invalid signal 'NOPE': no such signal"


def test_one_that_was_only_created_is_not_waited_for(k3c: K3c) -> None:
    k3c.ok("create", "--name", "web", "busybox", "sh", "-c", "exit 5")
    assert k3c.ok("wait", "web") == "0"
    k3c.ok("start", "web")
    assert k3c.ok("wait", "web") == "5"


def test_pause(k3c: K3c) -> None:
    script = "trap 'exit 4' TERM; while :; do echo tick; sleep 0.02; done"
    k3c.ok("run", "-d", "--name", "web", "busybox", "sh", "-c", script)
    says(k3c, "web", "tick")
    assert k3c.ok("pause", "web") == "web"
    assert status(k3c, "web").endswith(" (Paused)")
    assert "web" in k3c.ok("ps")
    frozen = k3c.ok("logs", "web")
    assert "is paused" in k3c.fails("pause", "web")
    assert "is paused: unpause it instead" in k3c.fails("start", "web")
    assert "is paused" in k3c.fails("rm", "web")
    assert k3c.ok("logs", "web") == frozen
    k3c.ok("unpause", "web")
    until(lambda: len(k3c.ok("logs", "web")) > len(frozen))
    assert "is not paused" in k3c.fails("unpause", "web")
    k3c.ok("pause", "web")
    k3c.ok("stop", "web")
    assert status(k3c, "web").startswith("Exited (4) ")
    assert "is not running" in k3c.fails("pause", "web")


@pytest.mark.parametrize("verb", [("rm", "-f"), ("kill",), ("restart", "-t", "0")])
def test_a_paused_one_is_ended(k3c: K3c, verb: tuple[str, ...]) -> None:
    k3c.ok("run", "-d", "--name", "web", "busybox", "sleep", "1000")
    k3c.ok("pause", "web")
    assert k3c.ok(*verb, "web") == "web"
    if verb == ("kill",):
        assert k3c.ok("wait", "web") == "137"
    elif verb == ("rm", "-f"):
        assert k3c.names() == []
    else:
        assert not status(k3c, "web").endswith(" (Paused)")


def test_rm_force_in_any_state_and_once(k3c: K3c) -> None:
    k3c.ok("create", "--name", "created", "busybox", "true")
    k3c.ok("run", "--name", "exited", "busybox", "true")
    k3c.ok("run", "-d", "--name", "running", "busybox", "sleep", "1000")
    k3c.ok("run", "-d", "--name", "restarting", "--restart", "always", "busybox", "false")
    until(lambda: status(k3c, "restarting").startswith("Restarting"))
    for name in ("created", "exited", "running", "restarting"):
        assert k3c.ok("rm", "-f", name) == name
        again = k3c("rm", "-f", name)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", f"k3c: no such container: {name}\n")
        assert k3c.fails("rm", name) == f"k3c: no such container: {name}"
    assert k3c.crictl("pods", "-o", "json")["items"] == []


def test_rename(k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "old",
        "busybox",
        "sh",
        "-c",
        "echo first; echo x > /tmp/index.html; httpd -f -h /tmp",
    )
    k3c.ok("create", "--name", "other", "busybox", "true")
    says(k3c, "old", "first")
    k3c.ok("rename", "old", "new")
    assert sorted(k3c.names()) == ["new", "other"]
    assert k3c.ok("run", "--rm", "busybox", "wget", "-qO-", "http://new/") == "x"
    assert k3c.ok("logs", "new") == "first"
    assert k3c.fails("rename", "new", "other").startswith(
        "k3c: the name 'other' is already in use by container "
    )
    assert "container name" in k3c.fails("rename", "new", "a b")
    assert "already has that name" in k3c.fails("rename", "new", "new")
    assert k3c.fails("rename", "old", "x2") == "k3c: no such container: old"
    k3c.ok("restart", "-t", "0", "new")
    says(k3c, "new", "first")
    k3c.ok("rm", "-f", "new", "other")
    assert not list((k3c.daemon.folder / "pods").glob("*"))


def test_update_changes_limits_and_policy_at_once(k3c: K3c) -> None:
    limits = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max"
    script = f"trap '{limits}' USR1; trap 'exit 3' USR2; echo up; while :; do sleep 0.02; done"
    made = k3c.ok("run", "-d", "--name", "web", "busybox", "sh", "-c", script)
    says(k3c, "web", "up")
    done = k3c("update", "-m", "64m", "--memory-swap", "-1", "--restart", "on-failure:1", "web")
    assert (done.returncode, done.stdout) == (0, "web\n")
    assert done.stderr == "k3c: web: it goes on running and is changed at once\n"
    k3c.ok("kill", "-s", "USR1", "web")
    says(k3c, "web", str(64 << 20))
    k3c.ok("kill", "-s", "USR2", "web")
    until(lambda: status(k3c, "web").startswith("Up") and k3c.ok("logs", "-n", "1", "web") == "up")
    k3c.ok("kill", "-s", "USR1", "web")
    until(lambda: k3c.ok("logs", "-n", "1", "web") == str(64 << 20))
    assert k3c.ok("ps", "-q", "--no-trunc") == made
    k3c.ok("stop", "-t", "0", "web")
    assert k3c("update", "-m", "32m", "web").stderr == "k3c: web: the change holds from its next start\n"
    assert "use a number" in k3c.fails("update", "-m", "lots", "web")


def test_update_replaces_in_place(k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "web",
        "--stop-timeout",
        "0",
        "-e",
        "A=1",
        "-e",
        "B=1",
        "busybox",
        "sh",
        "-c",
        "echo $A$B; sleep 1000",
    )
    says(k3c, "web", "11")
    before = k3c.ok("ps", "-q")
    done = k3c("update", "-e", "A=2", "-p", "80", "web")
    assert (done.returncode, done.stdout) == (0, "web\n")
    assert "stopped and started afresh" in done.stderr
    says(k3c, "web", "21")
    assert k3c.ok("ps", "-q") == before
    assert "->80/tcp" in k3c.ok("ps")
    assert "must provide one or more flags" in k3c.fails("update", "web")


def test_an_update_that_fails_changes_nothing(k3c: K3c) -> None:
    port = k3c.ok("run", "-d", "--name", "holder", "-p", "80", "busybox", "sleep", "1000") and k3c.ok("ps")
    port = port.split("127.0.0.1:")[1].split("->")[0]
    k3c.ok(
        "run",
        "-d",
        "--name",
        "web",
        "-e",
        "A=1",
        "--stop-timeout",
        "0",
        "busybox",
        "sh",
        "-c",
        "echo $A; sleep 1000",
    )
    done = k3c("update", "-e", "A=2", "-p", f"{port}:80", "web")
    assert done.returncode == 1
    assert 'is already allocated (container "holder")' in done.stderr
    says(k3c, "web", "1")
    k3c.ok("restart", "-t", "0", "web")
    says(k3c, "web", "1")
