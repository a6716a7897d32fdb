"""When the warm process runs a command, and when it must not: whose it is, and what it inherits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.cli.warm.server import READY
from tests.integration.daemon import UNPRIVILEGED, K3c, until
from tests.integration.installation import LAUNCHER, Installation, impostor, installed, listens
from tests.integration.test_warm_terminal import PROMPT, shell

NOBODY = 65534


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path / "k3c") as made:
        yield made


class TestWhoMay:
    def test_the_next_call_is_warm(self, installation: Installation) -> None:
        first = installation.version()
        until(lambda: bool(installation.sockets()))
        assert installation.version() == first
        assert (installation.cold(), len(installation.servers())) == (1, 1)

    def test_it_can_be_forgone(self, installation: Installation) -> None:
        installation.version(K3C_NO_WARM="1")
        assert (installation.cold(), installation.servers()) == (1, [])

    def test_the_daemon_is_not_run_by_it(self, installation: Installation, tmp_path: Path) -> None:
        installation.warm_up()
        for command in (["daemon", "--bogus"], ["-H", "unix:///x", "daemon", "--bogus"]):
            started = installation.cold()
            subprocess.run([installation.program, *command], capture_output=True, check=False)
            assert installation.cold() == started + 1
        assert len(installation.servers()) == 1

    def test_in_the_background_of_its_terminal(self, installation: Installation, k3c: K3c) -> None:
        """It could not be kept from reading what is typed for the foreground."""
        installation.warm_up()
        started = installation.cold()
        with shell(installation, k3c) as screen:
            screen.type(b"k3c -v & wait\n")
            screen.expect(b"k3c version")
            screen.expect(PROMPT)
        assert installation.cold() == started + 1

    @pytest.mark.parametrize("bit", [0o4000, 0o2000])
    def test_more_rights_than_the_caller_are_refused(self, installation: Installation, bit: int) -> None:
        folder = Path(installation.folder.parent, "set")
        folder.mkdir()
        program = shutil.copy2(installation.program, folder / "k3c")
        Path(program).chmod(0o755 | bit)
        done = subprocess.run([*UNPRIVILEGED, program, "-v"], capture_output=True, text=True, check=False)
        assert done.returncode == 126
        assert done.stderr == "k3c: refused: it must not be installed setuid or setgid\n"

    def test_capabilities_of_the_file(self) -> None:
        """The kernel marks such a process, which then trusts no environment and no socket."""
        folder = Path(tempfile.mkdtemp(dir="/tmp"))
        folder.chmod(0o755)
        log = folder / "log"
        log.touch()
        log.chmod(0o666)
        program = shutil.copy2(LAUNCHER, folder / "k3c")
        python = folder / "python3"
        python.write_text(f'#!/bin/sh\necho "$*" >> {log}\n')
        python.chmod(0o755)
        for mark, starts in (("-r", 2), ("cap_net_raw+ep", 1)):
            log.write_text("")
            subprocess.run(["setcap", mark, program], check=mark == "cap_net_raw+ep")
            subprocess.run([*UNPRIVILEGED[:6], program, "-v"], check=True)
            until(lambda starts=starts: len(log.read_text().splitlines()) == starts)  # type: ignore[misc]
        shutil.rmtree(folder)


class TestWhereItIs:
    """Root's folder is one that nobody else could make; what others made is not entered."""

    def test_roots_folder_is_its_own(self, installation: Installation, tmp_path: Path) -> None:
        installation.warm_up()
        (folder,) = {path.parent for path in installation.sockets()}
        found = folder.lstat()
        assert (found.st_uid, found.st_mode & 0o7777) == (0, 0o700)
        (path,) = set(installation.sockets())
        assert path.lstat().st_mode & 0o077 == 0

    def test_another_users_folder_kept_by_sudo(self, installation: Installation, tmp_path: Path) -> None:
        theirs = tmp_path / "theirs"
        theirs.mkdir(0o700)
        os.chown(theirs, NOBODY, NOBODY)
        installation.warm_up(env={**os.environ, "XDG_RUNTIME_DIR": str(theirs)})
        assert list(theirs.iterdir()) == []

    @pytest.mark.parametrize("trick", ["link", "everybody's", "another's"])
    def test_a_folder_that_is_not_the_users_own(
        self, installation: Installation, tmp_path: Path, trick: str
    ) -> None:
        runtime, other = tmp_path / "runtime", tmp_path / "other"
        for folder in (runtime, other):
            folder.mkdir(0o700)
            os.chown(folder, NOBODY, NOBODY)
        warm = runtime / "k3c"
        if trick == "link":
            warm.symlink_to(other)
        else:
            warm.mkdir()
            os.chown(warm, NOBODY if trick == "everybody's" else 1, NOBODY)
            warm.chmod(0o777 if trick == "everybody's" else 0o700)
        installation.warm_up(*UNPRIVILEGED, env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)})
        assert list(warm.iterdir()) == []
        (used,) = {path.parent for path in installation.sockets()}
        assert used not in {warm, other}

    def test_a_runtime_folder_that_is_open_to_others(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        runtime = tmp_path / "runtime"
        runtime.mkdir()
        os.chown(runtime, NOBODY, NOBODY)
        runtime.chmod(0o777)
        installation.warm_up(*UNPRIVILEGED, env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)})
        assert list(runtime.iterdir()) == []

    def test_a_users_own_folder(self, installation: Installation, tmp_path: Path) -> None:
        runtime = tmp_path / "runtime"
        runtime.mkdir(0o700)
        os.chown(runtime, NOBODY, NOBODY)
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
        installation.warm_up(*UNPRIVILEGED, env=environment)
        (used,) = {path.parent for path in installation.sockets()}
        assert used == runtime / "k3c"
        installation.version(*UNPRIVILEGED, XDG_RUNTIME_DIR=str(runtime))
        assert installation.cold() == 1

    def test_another_users_socket(self, installation: Installation) -> None:
        """Root owns the folder, and somebody else's process listens in it."""
        installation.warm_up()
        (path,) = set(installation.sockets())
        installation.end()
        script = (
            "import os, socket, sys, time\n"
            "listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
            "listening.bind(sys.argv[1]); os.setgid(65534); os.setuid(65534); listening.listen()\n"
            "print('listens', flush=True)\n"
            "connection, _ = listening.accept()\n"
            f"try: connection.send({READY!r}); print(connection.recv(16), flush=True)\n"
            "except OSError: print(b'')\n"
        )
        theirs = subprocess.Popen(
            [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert theirs.stdout is not None
        assert theirs.stdout.readline() == "listens\n"
        installation.version()
        assert theirs.communicate(timeout=10)[0] == "b''\n"  # it got nothing
        assert installation.cold() == 2

    def test_a_socket_that_is_a_link(self, installation: Installation, tmp_path: Path) -> None:
        installation.warm_up()
        (path,) = set(installation.sockets())
        installation.end()
        with impostor(tmp_path / "impostor") as taken:
            path.symlink_to(tmp_path / "impostor")
            installation.version()
            assert taken == []
        assert installation.cold() == 2


class TestWhatIsInherited:
    """A child has what its server has, so a command that has something else gets another server."""

    @pytest.mark.parametrize(
        "change",
        [
            ("setpriv", "--groups", "0,4242"),
            ("setpriv", "--bounding-set", "-sys_ptrace"),
            ("setpriv", "--no-new-privs"),
            ("prlimit", "--nofile=300"),
            ("nice", "-n", "5"),
            ("taskset", "-c", "0"),
            ("unshare", "--mount"),
            ("unshare", "--net"),
            ("unshare", "--uts"),
            ("unshare", "--pid", "--fork", "--mount-proc"),
            ("env", "LC_ALL=C"),
            ("env", "GRPC_VERBOSITY=debug"),
        ],
        ids=" ".join,
    )
    def test_what_differs_has_a_server_of_its_own(
        self, installation: Installation, change: tuple[str, ...]
    ) -> None:
        installation.warm_up()
        installation.version(*change)
        assert installation.cold() == 2
        installation.version()
        assert installation.cold() == 2

    def test_a_server_takes_nobody_with_other_rights(self, installation: Installation) -> None:
        """Who finds the socket by itself is asked for the same."""
        installation.warm_up()
        (path,) = set(installation.sockets())
        script = (
            "import socket, sys\n"
            "connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
            "connection.connect(sys.argv[1]); print(connection.recv(16))\n"
        )
        for before, answer in (
            ([], READY),
            (["setpriv", "--groups", "0,4242"], b""),
            (["setpriv", "--no-new-privs"], b""),
            (["unshare", "--net"], b""),
            (["setpriv", "--regid", "4242", "--keep-groups"], b""),
        ):
            command = [*before, sys.executable, "-c", script, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert done.stdout == f"{answer!r}\n", before

    def test_another_root(self, installation: Installation, tmp_path: Path) -> None:
        """The same folders by another mount are another root: what is mounted in them may differ."""
        root = tmp_path / "root"
        root.mkdir()
        script = (
            'mount --rbind / "$1" && "$2" -v; read ready; "$2" -v; "$2" -v; '
            'chroot "$1" "$2" -v; chroot "$1" "$2" -v'
        )
        command = ["unshare", "--mount", "sh", "-c", script, "sh", str(root), installation.program]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as calls:
            until(lambda: any(listens(path) for path in installation.sockets()))
            answers, _ = calls.communicate("ready\n")
        assert calls.returncode == 0
        assert len(answers.splitlines()) == 5
        assert 2 <= installation.cold() <= 3

    def test_no_proc(self, installation: Installation, tmp_path: Path) -> None:
        script = 'mount --bind / "$1" && mount -t tmpfs none "$1/proc" && chroot "$1" "$2" -v'
        root = tmp_path / "root"
        root.mkdir()
        command = ["unshare", "--mount", "sh", "-c", script, "sh", str(root), installation.program]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.startswith("k3c version")
