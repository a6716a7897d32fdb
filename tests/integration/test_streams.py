"""Streams of containers and of commands in them: no byte is lost, in either direction."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.conftest import build_busybox
from tests.integration.console import console
from tests.integration.daemon import Daemon, K3c, until

NUMBERS = "".join(f"{number}\n" for number in range(1, 200_001))
TIMES = 10
LARGE = 64 << 20


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("flags", [(), ("-i",)])
def test_all_that_is_written_arrives(k3c: K3c, flags: tuple[str, ...]) -> None:
    for _ in range(TIMES):
        assert k3c("run", "--rm", *flags, "busybox", "seq", "1", "200000").stdout == NUMBERS


@pytest.mark.parametrize("flags", ["-t", "-it"])
def test_all_that_is_written_arrives_on_a_terminal(k3c: K3c, flags: str) -> None:
    for _ in range(TIMES // 2):
        with console(k3c, "run", "--rm", flags, "busybox", "seq", "1", "20000") as screen:
            assert screen.end() == 0
            assert screen.shown.replace(b"\r", b"") == "".join(f"{n}\n" for n in range(1, 20_001)).encode()


def test_a_slow_reader_gets_all(k3c: K3c) -> None:
    running = k3c.start("run", "--rm", "busybox", "seq", "1", "200000")
    assert running.stdout is not None
    received = b""
    while data := os.read(running.stdout.fileno(), 20_000):
        received += data
        time.sleep(0.01)
    running.communicate(timeout=30)
    assert received.decode() == NUMBERS


def test_the_log_has_the_same_and_no_marks(k3c: K3c) -> None:
    k3c.ok("run", "--name", "twice", "busybox", "sh", "-c", "printf a; echo b; echo c >&2")
    logged = k3c("logs", "twice")
    assert (logged.stdout, logged.stderr) == ("ab\n", "c\n")
    assert k3c("logs", "--tail", "5", "twice").stdout == "ab\n"


def test_a_line_without_end_comes_at_once(k3c: K3c) -> None:
    running = k3c.start("run", "--rm", "--name", "prompt", "busybox", "sh", "-c", "printf '> '; sleep 100")
    assert running.stdout is not None
    assert os.read(running.stdout.fileno(), 10) == b"> "
    k3c.ok("kill", "prompt")
    running.communicate(timeout=20)
    assert running.returncode == 137


@pytest.mark.parametrize("command", [("run", "-i", "--rm", "busybox"), ("exec", "-i", "there")])
def test_input_ends_the_command(k3c: K3c, command: tuple[str, ...]) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    assert k3c(*command, "cat", stdin=b"x").stdout == "x"
    assert k3c(*command, "cat", stdin=b"").stdout == ""
    assert k3c(*command, "true", stdin=b"x" * (1 << 20)).returncode == 0


@pytest.mark.parametrize("command", [("run", "-i", "--rm", "busybox"), ("exec", "-i", "there")])
def test_much_comes_back_identical(k3c: K3c, command: tuple[str, ...]) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    sent = os.urandom(LARGE)
    done = subprocess.run(
        [k3c.program, *command, "cat"], input=sent, capture_output=True, env=k3c.env, timeout=120, check=True
    )
    assert sha(done.stdout) == sha(sent)


def test_exit_codes(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    for verb in (("run", "--rm", "busybox"), ("run", "--rm", "--init", "busybox"), ("exec", "there")):
        assert k3c(*verb, "sh", "-c", "exit 7").returncode == 7
        assert "not found" in k3c.fails(*verb, "nosuch", code=127)
        assert "cannot be executed" in k3c.fails(*verb, "/etc/passwd", code=126)
    for verb in (("run", "--rm", "--init", "busybox"), ("exec", "there")):
        assert k3c(*verb, "sh", "-c", "kill -9 $$").returncode == 137
    assert k3c.fails("exec", "absent", "true", code=1) == "k3c: no such container: absent"
    k3c.ok("stop", "-t", "0", "there")
    assert "not running" in k3c.fails("exec", "there", "true", code=1)
    assert "not running" in k3c.fails("attach", "there", code=1)
    assert "no such container" in k3c.fails("start", "-a", "absent", code=1)
    assert "in use" in k3c.fails("create", "--name", "there", "busybox", code=1)


def test_what_fails_at_the_gate_leaves_nothing(k3c: K3c) -> None:
    k3c.fails("run", "--name", "gone", "busybox", "nosuch", code=127)
    assert k3c.ok("ps", "-aq") == ""
    assert not list((k3c.daemon.root / "gates").glob("*"))


def test_a_terminal(k3c: K3c) -> None:
    with console(k3c, "run", "--rm", "-it", "--name", "screen", "busybox", "sh") as screen:
        screen.expect(b"# ")
        screen.type(b"stty size; echo $TERM\r")
        assert b"33 101" in screen.expect(b"xterm")
        screen.resize(20, 60)
        screen.process.send_signal(signal.SIGWINCH)
        screen.type(b"while [ \"$(stty size)\" != '20 60' ]; do sleep 0.05; done; echo re''sized\r")
        screen.expect(b"resized")
        screen.type(b"exit 4\r")
        assert screen.end() == 4


def test_what_is_typed_while_the_window_changes_arrives(k3c: K3c) -> None:
    with console(k3c, "run", "--rm", "-it", "busybox", "sh", "-c", "stty -echo; echo up; cat") as screen:
        screen.expect(b"up\r\n")
        for number in range(100):
            screen.resize(20 + number % 7, 60)
            screen.process.send_signal(signal.SIGWINCH)
            screen.type(b"line %d\r" % number)
        screen.type(b"\x04")
        assert screen.end() == 0
        assert screen.shown == b"".join(b"line %d\r\n" % number for number in range(100))


def test_the_size_is_there_before_the_first_instruction(k3c: K3c) -> None:
    for _ in range(5):
        with console(k3c, "run", "--rm", "-t", "busybox", "stty", "size") as screen:
            assert screen.end() == 0
            assert screen.shown.split() == [b"33", b"101"]
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    with console(k3c, "exec", "-it", "there", "stty", "size") as screen:
        assert screen.end() == 0
        assert screen.shown.split() == [b"33", b"101"]


def test_detaching_and_attaching(k3c: K3c) -> None:
    with console(k3c, "run", "-it", "--name", "kept", "busybox", "sh") as screen:
        screen.expect(b"# ")
        screen.type(b"\x10\x11")
        assert screen.end() == 0
    assert "Up" in k3c.ok("ps")
    with (
        console(k3c, "attach", "--detach-keys", "ctrl-x", "kept") as first,
        console(k3c, "attach", "kept") as second,
    ):
        for screen in (first, second):
            screen.expect(b"# ")  # the shell draws itself for whoever attaches
        first.type(b"echo from-$((1+1))-first\r")
        first.expect(b"from-2-first")
        second.expect(b"from-2-first")
        first.type(b"\x18")
        assert first.end() == 0
        second.type(b"exit 6\r")
        assert second.end() == 6


def test_a_killed_container_gives_the_terminal_back(k3c: K3c) -> None:
    with console(k3c, "run", "-it", "--name", "kept", "busybox", "sh") as screen:
        screen.expect(b"# ")
        k3c.ok("kill", "kept")
        assert screen.end() == 137


def test_a_removed_container_gives_the_terminal_back(k3c: K3c) -> None:
    with console(k3c, "run", "-it", "--name", "kept", "busybox", "sh") as screen:
        screen.expect(b"# ")
        k3c.ok("rm", "-f", "kept")
        assert screen.end() == 137


def test_no_terminal_is_refused(k3c: K3c) -> None:
    assert "not a terminal" in k3c.fails("run", "-t", "busybox", "true", code=125)
    assert "not a terminal" in k3c.fails("run", "-it", "busybox", "true", code=125)
    assert "detach keys" in k3c.fails("run", "-i", "--detach-keys", "ctrl-", "busybox", "true", code=125)
    assert k3c.ok("ps", "-aq") == ""


def test_start_attached(k3c: K3c) -> None:
    k3c.ok("create", "-i", "--name", "again", "busybox", "sh", "-c", "cat; exit 3")
    for text in (b"one", b"two"):
        done = k3c("start", "-a", "-i", "again", stdin=text)
        assert (done.stdout, done.returncode) == (text.decode(), 3)


def test_init_passes_signals_on_and_reaps(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--init", "--name", "inited", "busybox", "sh", "-c", "(sleep 0.1 &); exec sleep 999")
    ps = ("exec", "inited", "ps", "-o", "args")
    # An orphan that has ended is reaped: it is not there, not as a zombie ([sleep]) either.
    until(lambda: {"sleep 0.1", "[sleep]"}.isdisjoint(k3c.ok(*ps).splitlines()))
    assert "sleep 999" in k3c.ok(*ps).splitlines()
    k3c.ok("kill", "-s", "TERM", "inited")
    until(lambda: "Exited (143)" in k3c.ok("ps", "-a"))
    assert "not found" in k3c.fails("run", "-d", "--init", "busybox", "nosuch", code=127)


def test_the_loss_of_the_daemon_gives_the_terminal_back(workspace: Path) -> None:
    own = Daemon.make(workspace / "lost")
    own.start()
    try:
        cli = K3c(own)
        build_busybox(cli, workspace / "lost-context")
        with console(cli, "run", "-it", "--name", "kept", "busybox", "sh") as screen:
            screen.expect(b"# ")
            own.stop(signal.SIGKILL)
            assert screen.end() == 125
        own.start()
        assert "Up" in cli.ok("ps")
        cli.ok("rm", "-f", "kept")
    finally:
        own.stop()
        own.purge()


def test_several_clients_that_start_a_container_see_all_of_it(k3c: K3c) -> None:
    script = "echo first; echo second >&2; exit 3"
    k3c.ok("create", "--name", "shared", "busybox", "sh", "-c", script)
    for _ in range(4):
        clients = [k3c.start("start", "-a", "shared") for _ in range(3)]
        ends = [(client.communicate(timeout=60), client.returncode) for client in clients]
        # Who comes when it has ended starts it once more.
        assert ends == [((b"first\n", b"second\n"), 3)] * 3


@pytest.mark.parametrize("number", range(4))
def test_who_attaches_while_it_starts_sees_nothing_of_the_gate(k3c: K3c, number: int) -> None:
    script = f"echo begun; sleep 1; echo done; exit {number}"
    starting = k3c.start("run", "--name", "new", "busybox", "sh", "-c", script)
    until(lambda: k3c("ps", "-q", "--filter", "name=new").stdout != "")
    attached = k3c.start("attach", "--no-stdin", "new")
    output, errors = attached.communicate(timeout=60)
    assert (output.removeprefix(b"begun\n"), errors, attached.returncode) == (b"done\n", b"", number)
    assert starting.communicate(timeout=60)[0] == b"begun\ndone\n"


def test_the_log_of_a_terminal_is_what_it_showed(k3c: K3c) -> None:
    k3c.ok("run", "-d", "-t", "--name", "shown", "busybox", "sh", "-c", "echo one; echo two")
    until(lambda: "Exited" in k3c.ok("ps", "-a"))
    done = subprocess.run(
        [k3c.program, "logs", "shown"], env=k3c.env, capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout == b"one\r\ntwo\r\n"


@pytest.mark.parametrize("environment", [{}, {"K3C_NO_WARM": "1"}], ids=["warm", "cold"])
def test_ends_of_input(k3c: K3c, environment: dict[str, str]) -> None:
    """Its end, an error of it, a closed one, and one that nobody reads."""
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")

    def said(script: str) -> tuple[int, str, str]:
        done = subprocess.run(
            ["bash", "-c", script, "bash", k3c.program],
            env={**k3c.env, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    assert said('echo in | "$1" exec -i there cat') == (0, "in\n", "")
    assert said('"$1" exec -i there cat <&-') == (0, "", "")
    assert said('yes | "$1" exec -i there sleep 1') == (0, "", "")
    assert said('yes | "$1" exec -i there head -n 1') == (0, "y\n", "")
    assert said('"$1" exec -i there cat < /proc/self/mem') == (0, "", "")


@pytest.mark.parametrize("environment", [{}, {"K3C_NO_WARM": "1"}], ids=["warm", "cold"])
def test_an_archive_that_cannot_be_read(k3c: K3c, environment: dict[str, str]) -> None:
    cli = replace(k3c, environment=environment)
    said = "k3c: invalid archive '/proc/self/mem': Input/output error"
    assert cli.fails("volume", "import", "torn", "/proc/self/mem") == said
    until(
        lambda: k3c.ok("volume", "ls", "-q") == ""
    )  # the call was broken off: the daemon hears of it and cleans up
