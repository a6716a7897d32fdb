"""What a terminal does to a command that the warm process runs, which is in another session than the terminal."""

from __future__ import annotations

import os
import signal
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.console import Console, on_terminal
from tests.integration.daemon import K3c, until
from tests.integration.installation import Installation, installed, working_child

PROMPT = b"ready> "


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("terminal") / "k3c") as made:
        made.warm_up()
        yield made


@pytest.fixture(autouse=True)
def _warm(installation: Installation) -> Iterator[None]:
    """Each test's commands are run warm, all of them."""
    if not installation.servers():
        installation.warm_up()
    started = installation.cold()
    yield
    assert installation.cold() == started


@contextmanager
def console(installation: Installation, k3c: K3c, *arguments: str) -> Iterator[Console]:
    with on_terminal([installation.program, *arguments], k3c.env, rows=33, columns=101) as screen:
        yield screen


@contextmanager
def shell(installation: Installation, k3c: K3c) -> Iterator[Console]:
    """A shell with job control, in which `k3c` is the command."""
    path = f"{Path(installation.program).parent}:{k3c.env['PATH']}"
    env = {**k3c.env, "PATH": path, "PS1": PROMPT.decode(), "HISTFILE": "/dev/null"}
    command = ["setsid", "--ctty", "bash", "--norc", "--noprofile", "--noediting", "-i"]
    with on_terminal(command, env, rows=33, columns=101) as screen:
        screen.expect(PROMPT)
        screen.type(b"stty -echo\n")
        screen.expect(PROMPT)
        yield screen


def bring_to_foreground(screen: Console, command: bytes) -> None:
    """Have the shell go on with its job; it shows the command before it gives it the terminal."""
    of_shell = os.tcgetpgrp(screen._master)
    screen.type(b"fg\n")
    screen.expect(command)
    until(lambda: os.tcgetpgrp(screen._master) != of_shell)


def test_ctrl_c_ends_it(installation: Installation, k3c: K3c) -> None:
    k3c.ok("run", "-d", "--name", "talks", "busybox", "sh", "-c", "echo here; sleep 1000")
    with shell(installation, k3c) as screen:
        screen.type(b"k3c logs -f talks\n")
        screen.expect(b"here")
        screen.type(b"\x03")
        screen.expect(PROMPT)
        screen.type(b"echo code $?\n")
        assert screen.expect(PROMPT).strip() == b"code 130"


def test_ctrl_z_stops_it_and_fg_goes_on(installation: Installation, k3c: K3c) -> None:
    k3c.ok(
        "run",
        "-d",
        "--name",
        "counts",
        "busybox",
        "sh",
        "-c",
        "for i in $(seq 1000); do echo $i; sleep 0.1; done",
    )
    with shell(installation, k3c) as screen:
        screen.type(b"k3c logs -f counts\n")
        screen.expect(b"\n2\r")
        child = working_child(installation.servers()[-1])
        screen.type(b"\x1a")
        screen.expect(b"Stopped")
        screen.expect(PROMPT)
        assert _state(child) == "T"
        screen.type(b"echo still here\n")
        assert screen.expect(PROMPT).strip() == b"still here"
        bring_to_foreground(screen, b"k3c logs -f counts")
        screen.expect(b"\n9\r")
        screen.type(b"\x1a")
        screen.expect(PROMPT)
        screen.type(b"bg\n")
        screen.expect(PROMPT)
        screen.expect(b"\n2")  # it writes from the background
        bring_to_foreground(screen, b"k3c logs -f counts")
        screen.type(b"\x03")
        screen.expect(PROMPT)


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_one_that_reads_the_terminal_from_the_background_is_stopped(
    installation: Installation, k3c: K3c
) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    with shell(installation, k3c) as screen:
        screen.type(b"k3c exec -i there sh -c 'echo begun; cat'\n")
        screen.expect(b"begun")
        screen.type(b"first\n")
        screen.expect(b"first")
        screen.type(b"\x1a")
        screen.expect(PROMPT)
        screen.type(b"bg\n")
        screen.expect(PROMPT)
        screen.type(b"jobs -p\n")
        launcher = int(screen.expect(PROMPT).split()[0])
        until(lambda: _state(launcher) == "T")  # again, by what it reads
        screen.type(b"echo the shell reads this\n")
        screen.expect(b"the shell reads this")
        bring_to_foreground(screen, b"cat'")
        screen.type(b"second\n")
        screen.expect(b"second")
        screen.type(b"\x04")
        screen.expect(PROMPT)


def test_a_window_that_changes(installation: Installation, k3c: K3c) -> None:
    with shell(installation, k3c) as screen:
        screen.type(b"k3c run --rm -it busybox sh\n")
        assert b"33 101" in _asked(screen)
        screen.resize(44, 120)
        until(lambda: b"44 120" in _asked(screen))
        screen.type(b"exit 5\n")
        screen.expect(PROMPT)
        screen.type(b"echo code $?\n")
        assert screen.expect(PROMPT).strip() == b"code 5"


def _asked(screen: Console) -> bytes:
    screen.type(b"stty size; echo do''ne\n")
    return screen.expect(b"done")


@pytest.mark.parametrize("victim", ["child", "launcher"])
def test_raw_mode_is_taken_back_when_either_side_is_killed(
    installation: Installation, k3c: K3c, victim: str
) -> None:
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    with console(
        installation, k3c, "exec", "-it", "there", "sh", "-c", "echo in''side; sleep 1000"
    ) as screen:
        screen.expect(b"inside")
        until(lambda: termios.tcgetattr(screen._slave) != screen.before)
        child = working_child(installation.servers()[-1])
        os.kill(child if victim == "child" else screen.process.pid, signal.SIGKILL)
        until(lambda: termios.tcgetattr(screen._slave) == screen.before)
        assert screen.end() == -signal.SIGKILL
    until(lambda: not Path(f"/proc/{child}").exists() or _state(child) == "Z")


def test_a_killed_server_is_not_noticed_by_what_it_runs(installation: Installation, k3c: K3c) -> None:
    server = installation.servers()[-1]
    with console(installation, k3c, "run", "--rm", "-it", "--name", "once", "busybox", "sh") as screen:
        screen.type(b"echo in''side\n")
        screen.expect(b"inside")
        os.kill(server, signal.SIGKILL)
        screen.type(b"echo goes o''n\n")
        screen.expect(b"goes on")
        assert k3c.names() == ["once"]
        screen.type(b"exit 7\n")
        assert screen.end() == 7
    assert k3c.names() == []


def test_a_server_and_a_child_that_are_killed(installation: Installation, k3c: K3c) -> None:
    """The launcher cannot know how far the command came: it does not run it again."""
    k3c.ok("run", "-d", "--name", "there", "busybox", "sleep", "1000")
    server = installation.servers()[-1]
    with console(
        installation, k3c, "exec", "-it", "there", "sh", "-c", "echo in''side; sleep 1000"
    ) as screen:
        screen.expect(b"inside")
        child = working_child(server)
        os.kill(server, signal.SIGSTOP)
        os.kill(child, signal.SIGKILL)
        os.kill(server, signal.SIGKILL)
        assert screen.end() == 128 + signal.SIGKILL
        assert b"k3c: the process that ran this command was killed" in screen.shown


def test_ctrl_c_reaches_the_programs_that_it_runs(
    installation: Installation, k3c: K3c, tmp_path: Path
) -> None:
    """A credential helper is in the foreground of the terminal, as it would be if Python were started."""
    helper = tmp_path / "docker-credential-slow"
    helper.write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/begun.new\nmv {tmp_path}/begun.new {tmp_path}/begun\nexec sleep 1000\n"
    )
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "slow"}')
    env = {**k3c.env, "DOCKER_CONFIG": str(tmp_path), "PATH": f"{tmp_path}:{k3c.env['PATH']}"}
    command = ["setsid", "--ctty", "--wait", installation.program, "pull", "127.0.0.1:1/x"]
    with on_terminal(command, env, rows=33, columns=101) as screen:
        until((tmp_path / "begun").exists)
        screen.type(b"\x03")
        helper_pid = int((tmp_path / "begun").read_text())
        until(lambda: not Path(f"/proc/{helper_pid}").exists())
        assert screen.end() in {130, 128 + signal.SIGINT, 1}
