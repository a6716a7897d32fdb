"""Ways of being attached: without signals, without input, and leaving by keys of one's own."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.console import console
from tests.integration.daemon import K3c, until

# Says what it gets; it ends by SIGUSR2 alone.
_EARS = (
    "trap 'echo INT' INT; trap 'echo TERM' TERM; trap 'exit 9' USR2; echo up; while :; do sleep 0.02; done"
)


@contextmanager
def started(k3c: K3c, *arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
    """A command line that goes on, until the block ends."""
    with subprocess.Popen(
        [k3c.program, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=k3c.env
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline()


def hears(k3c: K3c, name: str, client: subprocess.Popen[bytes]) -> None:
    """Wait until a client that attaches is attached: it shows what is said, a few times maybe."""
    assert client.stdout is not None
    output = client.stdout.fileno()

    def has_heard() -> bool:
        k3c.ok("exec", name, "sh", "-c", "echo said > /proc/1/fd/1")
        return bool(select.select([output], [], [], 0.2)[0])

    until(has_heard)
    assert read_line(client) == b"said\n"


def next_line(client: subprocess.Popen[bytes]) -> bytes:
    """The next line that `hears` has not said."""
    while (line := read_line(client)) == b"said\n":
        pass
    return line


def running(k3c: K3c, name: str) -> bool:
    return k3c.ok("inspect", "-f", "{{.State.Running}}", name) == "true"


def signals_end_the_client_alone(k3c: K3c, *arguments: str) -> None:
    """With --sig-proxy=false: its end is the signal's, and the container `ears` hears nothing."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with started(k3c, *arguments) as client:
            if arguments[0] == "attach":
                hears(k3c, "ears", client)
            else:
                assert read_line(client) == b"up\n"
            client.send_signal(number)
            output, errors = client.communicate(timeout=20)
            assert (output.replace(b"said\n", b""), errors) == (b"", b"")
            assert client.returncode == 128 + number
        assert running(k3c, "ears")
        if arguments[0] != "attach":
            k3c.ok("kill", "-s", "USR2", "ears")
            assert k3c.ok("wait", "ears") == "9"
            assert "INT" not in k3c.ok("logs", "ears")
            assert "TERM" not in k3c.ok("logs", "ears")
        if arguments[0] == "run":
            k3c.ok("rm", "ears")


def test_run_without_signals(k3c: K3c) -> None:
    signals_end_the_client_alone(
        k3c, "run", "--sig-proxy=false", "--name", "ears", "busybox", "sh", "-c", _EARS
    )


def test_start_without_signals(k3c: K3c) -> None:
    k3c.ok("create", "--name", "ears", "busybox", "sh", "-c", _EARS)
    signals_end_the_client_alone(k3c, "start", "-a", "--sig-proxy=false", "ears")


def test_attach_with_and_without_signals(k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "ears", "busybox", "sh", "-c", _EARS)
    until(lambda: k3c.ok("logs", "ears") == "up")
    for _ in range(2):
        with started(k3c, "attach", "--no-stdin", "ears") as client:
            hears(k3c, "ears", client)
            client.send_signal(signal.SIGTERM)
            assert next_line(client) == b"TERM\n"
    assert k3c.ok("logs", "ears").splitlines().count("TERM") == 2
    signals_end_the_client_alone(k3c, "attach", "--no-stdin", "--sig-proxy=false", "ears")
    assert k3c.ok("logs", "ears").splitlines().count("TERM") == 2
    assert "INT" not in k3c.ok("logs", "ears")


def test_attach_without_input_sends_none_and_ends_none(k3c: K3c) -> None:
    """The process's input stays open, for who attaches with input later."""
    script = 'echo up; while read -r line; do echo "got $line"; done; echo end'
    k3c.ok("run", "-d", "-i", "--name", "reads", "busybox", "sh", "-c", script)
    until(lambda: k3c.ok("logs", "reads") == "up")
    reading, writing = os.pipe()
    try:
        with started(k3c, "attach", "--no-stdin", "reads", stdin=reading) as silent:
            os.write(writing, b"silent\n")
            os.close(writing)
            hears(k3c, "reads", silent)
            with started(k3c, "attach", "reads", stdin=subprocess.PIPE) as speaking:
                assert speaking.stdin is not None
                speaking.stdin.write(b"spoken\n")
                speaking.stdin.flush()
                assert next_line(speaking) == b"got spoken\n"
                assert next_line(silent) == b"got spoken\n"
            assert os.read(reading, 10) == b"silent\n"  # nobody took it
            assert running(k3c, "reads")
            k3c.ok("kill", "reads")
            silent.communicate(timeout=20)
            assert silent.returncode == 137
    finally:
        os.close(reading)
    assert set(k3c.ok("logs", "reads").splitlines()) == {"up", "said", "got spoken"}


def test_attach_without_input_to_a_terminal(k3c: K3c) -> None:
    """What is typed is not the process's; ctrl-c ends the client, and the container goes on."""
    k3c.ok("run", "-d", "-i", "-t", "--name", "shell", "busybox", "sh")
    with console(k3c, "attach", "--no-stdin", "shell") as screen:
        screen.expect(b"# ")  # the shell draws itself for whoever attaches
        screen.type(b"exit 5\r")
        k3c.ok("exec", "shell", "sh", "-c", "echo again > /proc/1/fd/1")
        screen.expect(b"again")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
    assert running(k3c, "shell")


@pytest.mark.parametrize(
    ("keys", "typed"),
    [("ctrl-x", b"\x18"), ("a,b", b"ab"), ("ctrl-@,q", b"\x00q"), ("ctrl-p,ctrl-q", b"\x10\x11")],
)
def test_start_with_keys_of_ones_own(k3c: K3c, keys: str, typed: bytes) -> None:
    k3c.ok("create", "-i", "-t", "--name", "shell", "busybox", "sh")
    with console(k3c, "start", "-a", "-i", "--detach-keys", keys, "shell") as screen:
        screen.expect(b"# ")
        if keys != "ctrl-p,ctrl-q":
            screen.type(b"\x10\x11")  # docker's keys are not its own now, and reach the shell
        screen.type(b"echo from-$((1+1))\r")
        screen.expect(b"from-2")
        screen.type(typed)
        screen.expect(b"detached; container ")
        screen.expect(b"is still running")
        assert screen.end() == 0
    assert running(k3c, "shell")
    assert "from-2" in k3c.ok("logs", "shell")


def test_keys_that_are_begun_and_not_ended_reach_the_process(k3c: K3c) -> None:
    k3c.ok("create", "-i", "-t", "--name", "shell", "busybox", "sh")
    with console(k3c, "start", "-ai", "--detach-keys", "x,y", "shell") as screen:
        screen.expect(b"# ")
        screen.type(b"echo x-x$((1+1))\r")
        screen.expect(b"x-x2")
        screen.type(b"exit 4\r")
        assert screen.end() == 4


def test_keys_that_are_none(k3c: K3c) -> None:
    k3c.ok("create", "-i", "-t", "--name", "shell", "busybox", "sh")
    for keys in ("ctrl-", "ctrl-1", "ab", "a,"):
        said = k3c.fails("start", "-ai", "--detach-keys", keys, "shell")
        assert said.startswith(f"k3c: invalid detach keys '{keys}'"), keys
    assert k3c.ok("inspect", "-f", "{{.State.Status}}", "shell") == "created"
