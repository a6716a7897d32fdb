"""How long a warm process lives: killed, hanging, many calls at once, another program, idle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.cli.warm.server import READY
from tests.integration.daemon import K3c, until
from tests.integration.installation import (
    Installation,
    children,
    impostor,
    installed,
    listens,
    peer_pid,
    waiting_child,
)

NOBODY = 65534


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path / "k3c") as made:
        yield made


class TestKilledServers:
    def test_before_it_took_the_call(self, installation: Installation) -> None:
        server = installation.warm_up()
        os.kill(server, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{server}").exists())  # its lock is free only then, after its memory
        installation.version()
        assert installation.cold() == 2
        until(lambda: len(installation.servers()) == 1)

    def test_one_that_does_not_answer(self, installation: Installation) -> None:
        server = installation.warm_up()
        os.kill(server, signal.SIGSTOP)
        installation.version()
        assert installation.cold() == 2
        os.kill(server, signal.SIGCONT)

    def test_one_that_took_the_call_and_died(self, installation: Installation, k3c: K3c) -> None:
        """It may have begun to run it: it is not run again."""
        installation.warm_up()
        (path,) = set(installation.sockets())
        installation.end()
        with impostor(path) as taken:
            done = subprocess.run(
                [installation.program, "run", "-d", "--name", "never", "busybox", "true"],
                env=k3c.env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stdout) == (137, "")
            assert done.stderr == "k3c: the process that ran this command was killed\n"
            assert len(taken) == 1
        assert installation.cold() == 1
        assert k3c.names() == []

    def test_ctrl_c_while_a_server_hangs(self, installation: Installation) -> None:
        """One that has said that it is ready, and then does nothing."""
        installation.warm_up()
        (path,) = set(installation.sockets())
        installation.end()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(str(path))
            listening.listen()
            waiting = subprocess.Popen([installation.program, "-v"])
            connection, _ = listening.accept()
            connection.send(READY)
            until(lambda: bool(connection.recv(16, socket.MSG_PEEK)))
            waiting.send_signal(signal.SIGINT)
            assert waiting.wait(15) == -signal.SIGINT
            connection.close()


_WAITING = (
    9  # descriptors: 0 to 2, the lock, the selector, the pipe that tells of children, the socket, the child's
)


def test_ctrl_c_while_python_starts(installation: Installation) -> None:
    """It waits until it can be taken; before, Python would call it a fatal error."""
    for microseconds in range(0, 60_000, 4_000):
        starting = subprocess.Popen(
            [installation.program, "help"],
            env={**os.environ, "K3C_NO_WARM": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        time.sleep(microseconds / 1e6)  # whatever it meets
        starting.send_signal(signal.SIGINT)
        _, said = starting.communicate(timeout=20)
        assert (starting.returncode, said) in {(130, b""), (0, b""), (-signal.SIGINT, b"")}


def test_two_hundred_at_once(installation: Installation, k3c: K3c) -> None:
    server = installation.warm_up()
    until(lambda: _descriptors(server) == _WAITING)
    calls = [
        subprocess.Popen(
            [installation.program, "ps", "-q"], env=k3c.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(200)
    ]
    ends = {(call.communicate(), call.returncode) for call in calls}
    assert ends == {((b"", b""), 0)}
    until(lambda: _descriptors(server) == _WAITING)
    until(lambda: len(children(server)) == 1)
    assert waiting_child(server) in children(server)
    assert installation.servers() == [server]


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


class TestTheChildForkedAhead:
    def test_it_runs_the_next_call(self, installation: Installation, k3c: K3c) -> None:
        server = installation.warm_up()
        child = waiting_child(server)
        made = subprocess.run(
            [installation.program, "create", "busybox"],
            env=k3c.env,
            check=True,
            capture_output=True,
            text=True,
        )
        told = k3c.ok("events", "--since", "1h", "--until", "0s", "-f", f"container={made.stdout.strip()}")
        assert f" by uid {os.getuid()}, pid {child}" in told
        assert waiting_child(server) != child

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_one_that_was_killed_is_not_missed(
        self, installation: Installation, number: signal.Signals
    ) -> None:
        server = installation.warm_up()
        child = waiting_child(server)
        os.kill(child, number)
        until(lambda: child not in children(server))  # its end of the channel is closed only then
        installation.version()
        assert (installation.cold(), installation.servers()) == (1, [server])

    def test_it_ends_with_its_server(self, installation: Installation) -> None:
        server = installation.warm_up()
        child = waiting_child(server)
        os.kill(server, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{child}").exists())


class TestTheProgram:
    @pytest.fixture
    def installation(self, tmp_path: Path) -> Iterator[Installation]:
        with installed(tmp_path / "k3c", own_source=True) as made:
            yield made

    def test_an_edited_source_is_seen_by_the_next_call(self, installation: Installation) -> None:
        time.sleep(0.02)  # a file that is as new as the process may have been read before it changed
        server = installation.warm_up()
        source = installation.folder / "source" / "entrypoints" / "version.py"
        text = source.read_text()
        source.write_text(text.replace('VERSION = "', 'VERSION = "9'))
        assert installation.version().startswith("k3c version 9")

        def has_another() -> bool:
            assert installation.version().startswith("k3c version 9")
            return any(listens(path) and peer_pid(path) != server for path in installation.sockets())

        until(has_another)
        started = installation.cold()
        assert installation.version().startswith("k3c version 9")
        assert installation.cold() == started

    def test_another_launcher_has_another_server(self, installation: Installation) -> None:
        server = installation.warm_up()
        program = Path(installation.program)
        data = program.read_bytes()
        program.unlink()
        program.write_bytes(data)
        program.chmod(0o755)
        assert installation.warm_up() != server

    def test_root_serves_nothing_that_others_may_change(self, installation: Installation) -> None:
        (installation.folder / "source" / "domain" / "names.py").chmod(0o666)
        for _ in range(3):
            installation.version()
        assert installation.cold() == 3

    def test_one_that_others_may_replace_is_not_started(self, installation: Installation) -> None:
        Path(installation.program).parent.chmod(0o777)
        installation.version()
        assert (installation.cold(), installation.servers()) == (1, [])


def test_it_ends_when_idle(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "def wait(channel):\n"
        "    channel.recv(1)\n"
        "    os._exit(0)\n"
        "from entrypoints.cli.warm.server import Place, Server\n"
        "with Place(sys.argv[1], 'name', os.open(sys.argv[1] + '/name.lock', os.O_CREAT | os.O_RDWR)) as place:\n"
        "    print('serves', flush=True)\n"
        "    Server(place, lambda: True, wait, idle=0.3).serve()\n"
    )
    folder = tmp_path / "warm"
    folder.mkdir()
    command = [sys.executable, "-c", script, str(folder)]
    root = Path(__file__).resolve().parents[2]
    serving = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )
    assert serving.communicate(timeout=10)[0] == b"serves\n"
    assert serving.returncode == 0
    assert list(folder.iterdir()) == []
