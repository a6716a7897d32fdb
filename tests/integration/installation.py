"""k3c installed in a folder of its own: with warm processes of its own, and a count of the Pythons it started."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from entrypoints.cli.warm.server import READY
from tests.integration.daemon import until

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = Path(sys.prefix) / "libexec" / "k3c" / "k3c-launcher"
_PACKAGES = ("domain", "application", "adapters", "entrypoints")
# A line of a .pth file, which Python executes when it starts; twice where lib64 is a link to lib.
_TOLD = (
    "import os, sys; log = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666); "
    "os.write(log, ascii([os.getpid(), *sys.orig_argv[1:]]).encode() + b'\\n'); os.close(log)"
)
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Installation:
    """A virtual environment whose k3c is the launcher; its packages are this one's."""

    folder: Path

    @property
    def program(self) -> str:
        """The command."""
        return str(self.folder / "bin" / "k3c")

    @property
    def _starts(self) -> list[list[str]]:
        """The pid and the arguments of every Python that was started."""
        lines = dict.fromkeys((self.folder / "starts").read_text().splitlines())
        return [[str(word) for word in ast.literal_eval(line)] for line in lines]

    def cold(self) -> int:
        """How many commands were run by a Python started for them."""
        return sum("entrypoints.cli" in start for start in self._starts)

    def servers(self) -> list[int]:
        """Pids of the warm processes that run."""
        pids = [int(start[0]) for start in self._starts if "entrypoints.cli.warm" in start]
        return [pid for pid in pids if _is_server(pid, str(self.folder))]

    def sockets(self) -> list[Path]:
        """The sockets of the warm processes that were started."""
        served = [start[4:] for start in self._starts if "entrypoints.cli.warm" in start]
        return [Path(folder, name) for folder, name in served if Path(folder, name).exists()]

    def version(self, *before: str, **environment: str) -> str:
        """What `k3c -v` says; it must end well."""
        done = subprocess.run(
            [*before, self.program, "-v"],
            capture_output=True,
            check=False,
            text=True,
            env={**os.environ, **environment},
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def warm_up(self, *before: str, env: dict[str, str] | None = None) -> int:
        """Have a warm process, also for what `before` makes of a command; its pid."""
        known = set(self.servers())
        subprocess.run([*before, self.program, "--version"], capture_output=True, check=True, env=env)
        until(lambda: bool(set(self.servers()) - known))
        (started,) = set(self.servers()) - known
        until(lambda: any(listens(path) and peer_pid(path) == started for path in self.sockets()))
        return started

    def _kill_servers(self) -> list[int]:
        """Kill those that run, also one that has only begun to; returns them."""
        running = self.servers()
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return running

    def end(self) -> None:
        """End its warm processes."""
        until(lambda: not self._kill_servers())
        for left in self.sockets():
            for path in (left, left.with_name(f"{left.name}.lock")):
                path.unlink(missing_ok=True)


def _is_server(pid: int, folder: str) -> bool:
    """Whether this is the process that was told, which may have been in another namespace."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return words[0].startswith(folder) and "entrypoints.cli.warm" in words  # a zombie has no words


def children(server: int) -> list[int]:
    """Pids of a server's children, dead ones too that it has not taken note of."""
    return [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]


def waiting_child(server: int) -> int:
    """The child that a server has forked ahead, once it waits for its call."""
    until(lambda: len(_waiting(server)) == 1)
    (child,) = _waiting(server)
    return child


def working_child(server: int) -> int:
    """The one child that runs a command."""

    def working() -> list[int]:
        return [pid for pid in children(server) if pid not in _waiting(server)]

    until(lambda: len(working()) == 1)
    (child,) = working()
    return child


def _waiting(server: int) -> list[int]:
    """Those that hold nothing but the server's own 0 to 2, and one socket."""
    of_server = {number: target for number, target in _descriptors(server).items() if number <= 2}

    def waits(pid: int) -> bool:
        held = _descriptors(pid)
        others = [held.pop(number) for number in tuple(held) if number > 2]
        return held == of_server and len(others) == 1

    return [pid for pid in children(server) if waits(pid)]


def _descriptors(pid: int) -> dict[int, str]:
    found = {}
    with suppress(FileNotFoundError, ProcessLookupError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            found[int(link.name)] = str(link.readlink())
    return found


def listens(path: Path) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        return probe.connect_ex(str(path)) == 0


@contextmanager
def installed(folder: Path, *, own_source: bool = False) -> Iterator[Installation]:
    """An installation for the time of the block; with `own_source` its source files are copies."""
    venv.create(folder, symlinks=True)
    shutil.copy2(LAUNCHER, folder / "bin" / "k3c")
    source = ROOT
    if own_source:
        source = folder / "source"
        for package in _PACKAGES:
            shutil.copytree(ROOT / package, source / package)
    log = folder / "starts"
    log.touch()
    log.chmod(0o666)  # others' Pythons tell it, too
    paths = [str(source), sysconfig.get_path("purelib"), _TOLD.format(log=str(log))]
    (folder / "lib" / _VERSION / "site-packages" / "k3c.pth").write_text("\n".join(paths))
    made = Installation(folder)
    try:
        yield made
    finally:
        made.end()


def peer_pid(path: Path) -> int:
    """The process that listens at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(str(path))
        return int(struct.unpack("=iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])


@contextmanager
def impostor(path: Path, *, mode: int = 0o700) -> Iterator[list[bytes]]:
    """A server that takes every command and runs none; what it was sent."""
    taken: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(path))
        path.chmod(mode)
        listening.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.send(READY)
                        taken.append(connection.recv(16))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield taken
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
