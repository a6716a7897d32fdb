r"""The child waits for its call and becomes the command: all that a process has of its caller is the launcher's.

With a call come the launcher's connection, the payload, the working folder, and 0 to 2, as descriptors. The payload
is text: `ARGUMENTS VARIABLES UMASK IGNORED BLOCKED\n` (two counts, a number, two sets of signals as bits), then the
arguments and the environment, each ended by a NUL byte.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import NoReturn

from entrypoints.cli.ui import terminal
from entrypoints.cli.warm.pages import make_own
from entrypoints.cli.warm.server import ENDED, MESSAGE, READING, TAKEN

_CONNECTION = 3
_DESCRIPTORS = 6
_KILLED = 128 + signal.SIGKILL
_FAILED = 1
_OF_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)  # Python itself ignores them


def become(channel: socket.socket, main: Callable[[], None]) -> NoReturn:
    """Run `main` as the command of the call that comes by the channel; its end without one ends the process.

    The process ends as a Python that was started for the command would.
    """
    code = _FAILED
    try:
        code = _run(channel, main)
    finally:
        os._exit(code)


def _run(channel: socket.socket, main: Callable[[], None]) -> int:
    os.setpgid(0, 0)  # the launcher passes on what its terminal does to its process group
    _set_signals(0)
    _close_all_but(channel.fileno())
    launcher: SimpleQueue[socket.socket] = SimpleQueue()
    threading.Thread(target=_end_with_launcher, args=(launcher,), name="launcher", daemon=True).start()
    make_own(is_late=lambda: bool(select.select([channel], [], [], 0)[0]))
    select.select([channel], [], [])
    # What the launcher passes on waits from here on until this has become the command.
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    _, descriptors, _, _ = socket.recv_fds(channel, 1, _DESCRIPTORS)
    if len(descriptors) != _DESCRIPTORS:
        return 0
    connection = _take_over(*descriptors)
    launcher.put(connection)
    code = _exit_code(main)
    _finish()
    connection.send(MESSAGE.pack(ENDED, code), socket.MSG_NOSIGNAL)
    return code


def _take_over(launcher: int, payload: int, folder: int, *streams: int) -> socket.socket:
    os.write(launcher, MESSAGE.pack(TAKEN, os.getpid()))
    with os.fdopen(payload, "rb") as file:
        file.seek(0)
        head, _, texts = file.read().partition(b"\n")
    arguments, variables, umask, ignored, blocked = map(int, head.split())
    words = texts.split(b"\0")[: arguments + variables]
    _set_signals(ignored)
    os.fchdir(folder)
    os.umask(umask)
    encodings = [(stream.encoding, stream.errors) for stream in (sys.stdin, sys.stdout)]
    _set_descriptors((*streams, launcher))
    _set_environment(words[arguments:])
    sys.argv = [os.fsdecode(word) for word in words[:arguments]]
    _open_streams(encodings)
    connection = socket.socket(fileno=_CONNECTION)
    terminal.on_reading = lambda: _tell_reading(connection)
    signal.pthread_sigmask(signal.SIG_SETMASK, set(_bits(blocked)))
    return connection


def _set_signals(ignored: int) -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if number >= signal.SIGRTMIN:
            continue
        is_ignored = bool(ignored >> number & 1) or number in _OF_PYTHON
        signal.signal(number, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    if not ignored >> signal.SIGINT & 1:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _bits(numbers: int) -> Iterator[int]:
    return (number for number in range(1, numbers.bit_length()) if numbers >> number & 1)


def _close_all_but(channel: int) -> None:
    """The server's are not its own; one that it kept would keep the place locked when the server is killed."""
    os.closerange(3, channel)
    os.closerange(channel + 1, os.sysconf("SC_OPEN_MAX"))


def _set_descriptors(kept: tuple[int, ...]) -> None:
    """0 to 2 as the launcher has them, its connection, and nothing else."""
    above = [os.dup(descriptor) for descriptor in kept]  # out of the way of each other
    for number, descriptor in enumerate(above):
        os.dup2(descriptor, number, inheritable=number < _CONNECTION)
    os.closerange(_CONNECTION + 1, os.sysconf("SC_OPEN_MAX"))


def _set_environment(variables: list[bytes]) -> None:
    os.environ.clear()
    for variable in variables:
        name, equals, value = variable.partition(b"=")
        if name and equals and name not in os.environb:  # the first counts, as where Python starts
            os.environb[name] = value
    time.tzset()


def _open_streams(encodings: list[tuple[str, str | None]]) -> None:
    """Python's streams on the new descriptors, with the encodings that it chose for the old ones."""
    (encoding, errors), (out_encoding, out_errors) = encodings
    try:
        sys.stdin = os.fdopen(0, encoding=encoding, errors=errors, closefd=False)
    except OSError:  # a folder
        sys.stdin = None  # as where it is closed
    sys.stdout = os.fdopen(1, "w", encoding=out_encoding, errors=out_errors, closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding=out_encoding, errors="backslashreplace", closefd=False)


def _exit_code(main: Callable[[], None]) -> int:
    try:
        main()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        sys.stderr.write(f"{end.code}\n")
        return _FAILED
    except BaseException as error:  # noqa: BLE001 - what Python does with one that nobody caught
        sys.excepthook(type(error), error, error.__traceback__)
        return _FAILED
    return 0


def _finish() -> None:
    """What Python does at its end, as far as somebody sees it."""
    atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does in its children
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()


def _tell_reading(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.send(MESSAGE.pack(READING, 0), socket.MSG_NOSIGNAL)


def _end_with_launcher(launcher: SimpleQueue[socket.socket]) -> None:
    """End at once when the launcher is killed, as a command ends that is killed, but with its terminal restored."""
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())  # they are for the main thread
    connection = launcher.get()
    with suppress(OSError):
        connection.recv(1)
    terminal.restore_all()
    os._exit(_KILLED)
