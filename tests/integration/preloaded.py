"""The CLI, forked from a process that has loaded it: the same program, without Python's start, a quarter second each.

How `k3c` starts, terminals, and signals are tested on the command itself; `K3C_TEST_EXEC=1` has all calls be those.

    this process ── payload, descriptors 0-2, reply ──> server ── fork ──> main()
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
_DESCRIPTORS = 5  # of a request: payload, stdin, stdout, stderr, reply


def run(
    program: str, arguments: tuple[str, ...], *, stdin: bytes, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """As `subprocess.run` with captured output. Raises TimeoutExpired, the process ended."""
    if os.environ.get("K3C_TEST_EXEC"):
        return subprocess.run(
            [program, *arguments], input=stdin, capture_output=True, env=env, timeout=timeout, check=False
        )
    pipes = [os.pipe() for _ in range(4)]
    (stdin_out, stdin_in), (out, out_in), (err, err_in), (reply, reply_in) = pipes
    payload = os.memfd_create("k3c-call")
    os.write(payload, json.dumps([[program, *arguments], dict(env), str(Path.cwd())]).encode())
    given = [payload, stdin_out, out_in, err_in, reply_in]
    socket.send_fds(_server(), [b"."], given)
    for descriptor in given:
        os.close(descriptor)
    with ThreadPoolExecutor(3) as pool:
        pool.submit(_write, stdin_in, stdin)
        outputs = [pool.submit(_read, descriptor) for descriptor in (out, err)]
        try:
            code = _end(reply, [program, *arguments], timeout)
        finally:
            os.close(reply)
    return subprocess.CompletedProcess([program, *arguments], code, *(output.result() for output in outputs))


def _write(descriptor: int, data: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb", buffering=0) as file:  # it may read less
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb") as file:
        return file.read()


def _end(reply: int, command: list[str], timeout: float) -> int:
    """The exit code, -n for signal n."""
    pid = int.from_bytes(os.read(reply, 8))
    assert pid, "the process that forks commands has died"
    if not select.select([reply], [], [], timeout)[0]:
        os.kill(pid, signal.SIGKILL)
        raise subprocess.TimeoutExpired(command, timeout)
    return os.waitstatus_to_exitcode(int.from_bytes(os.read(reply, 8)))


@cache
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.integration.preloaded", str(theirs.fileno())]
    running = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
    theirs.close()

    def end() -> None:
        ours.close()
        running.wait()

    atexit.register(end)
    return ours


class Server:
    """Forks a command for each request, and tells its pid and its end."""

    def __init__(self, requests: socket.socket, main: Any) -> None:
        self._requests = requests
        self._main = main
        self._replies: dict[int, int] = {}
        self._news, wakeup = os.pipe()
        os.set_blocking(self._news, False)
        os.set_blocking(wakeup, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup)

    def serve(self) -> None:
        """Until the other side is gone."""
        while True:
            ready = select.select([self._requests.fileno(), self._news], [], [])[0]
            if self._news in ready:
                os.read(self._news, 4096)
                self._reap()
            if self._requests.fileno() in ready:
                data, descriptors, _, _ = socket.recv_fds(self._requests, 1, _DESCRIPTORS)
                if not data:
                    return
                self._fork(descriptors)

    def _fork(self, descriptors: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            self._requests.close()
            become(descriptors, self._main)
        *others, reply = descriptors
        for descriptor in others:
            os.close(descriptor)
        os.write(reply, pid.to_bytes(8))
        self._replies[pid] = reply

    def _reap(self) -> None:
        while self._replies:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            reply = self._replies.pop(pid)
            with suppress(BrokenPipeError):  # who asked has given it up
                os.write(reply, status.to_bytes(8))
            os.close(reply)


def become(descriptors: list[int], main: Any) -> NoReturn:
    """Be the command: with its descriptors, environment, folder and arguments, and Python's usual signals."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with os.fdopen(descriptors[0], "rb") as payload:
            payload.seek(0)
            arguments, environment, folder = json.load(payload)
        for number in range(3):
            os.dup2(descriptors[number + 1], number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.argv = arguments
        sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace")  # noqa: SIM115
        code = _exit_code(main)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _exit_code(main: Any) -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 - what Python does with one that nobody caught
        traceback.print_exc()
        return 1
    return 0


def serve(descriptor: int) -> None:
    """Load all that the CLI may need, and serve."""
    app = import_module("entrypoints.cli.app")
    for _, verb in import_module("entrypoints.cli.verbs").verbs():
        verb.function()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Server(socket.socket(fileno=descriptor), app.main).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
