"""Accepts launchers, gives each call to a child, and tells how the child ended.

One thread, nothing but the standard library: a fork of it is a whole process. A child is forked ahead, so that a call
finds one whose pages are its own already.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import NoReturn

from entrypoints.cli.warm.peer import may_call, rights

READY = b"k3c 1 ready"
TAKEN, READING, ENDED, DIED = 1, 2, 3, 4
MESSAGE = struct.Struct("=ii")  # a kind of the above, and its value
_DESCRIPTORS = 5
_WAITING_LAUNCHERS = 1024
_LOOK = 10.0  # seconds between looks at the loaded files while nobody calls
_QUIET = 0.1  # seconds without an event after which a child is forked ahead
IDLE = 900.0  # seconds without a call after which the process ends


@dataclass(frozen=True)
class Child:
    """A forked process that waits at the other end of `channel` for the one call that it is to run."""

    pid: int
    channel: socket.socket

    def give(self, connection: socket.socket, descriptors: list[int]) -> bool:
        """Give it a launcher's connection and what the launcher gave; False if it has ended."""
        with self.channel:
            try:
                socket.send_fds(self.channel, [b"\0"], [connection.fileno(), *descriptors])
            except OSError:
                return False
        return True


class Place:
    """The socket at FOLDER/NAME, and the lock that makes this process the only one to serve there.

    Gone with the block, or before that with `leave`.
    """

    def __init__(self, folder: str, name: str, lock: int) -> None:
        self._folder, self._name, self._lock = folder, name, lock
        self._left = False
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def __enter__(self) -> Place:
        os.chdir(self._folder)  # a socket's path is short
        with suppress(FileNotFoundError):
            os.unlink(self._name)  # noqa: PTH108 - of one that was killed
        self.socket.bind(self._name)
        self.socket.listen(_WAITING_LAUNCHERS)
        self.socket.settimeout(0)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Give the place to whoever starts next. Idempotent."""
        if self._left:
            return
        self._left = True
        self.socket.close()
        for name in (self._name, f"{self._name}.lock"):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self._folder, name))  # noqa: PTH108, PTH118
        os.close(self._lock)
        os.chdir("/")


class Server:
    """Serves launchers; `fresh` tells whether the program is still the installed one.

    `become` is the child, which is given its channel.
    """

    def __init__(
        self,
        place: Place,
        fresh: Callable[[], bool],
        become: Callable[[socket.socket], NoReturn],
        idle: float = IDLE,
    ) -> None:
        self._place, self._fresh, self._become, self._idle = place, fresh, become, idle
        self._rights = rights("self")
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, socket.socket | None] = {}  # with the launchers' connections
        self._ahead: Child | None = None
        self._is_one_wanted = True  # ahead; not again when it has ended before its call
        self._last_call = time.monotonic()
        self._serving = True
        self._news, wakeup = os.pipe()
        os.set_blocking(self._news, False)
        os.set_blocking(wakeup, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup)
        self._selector.register(self._news, selectors.EVENT_READ, self._on_ended_children)
        self._selector.register(place.socket, selectors.EVENT_READ, self._on_launcher)

    def serve(self) -> None:
        """Serve until idle or stale, and then until the last child has ended."""
        while self._serving or self._children:
            wants_child = self._serving and self._is_one_wanted
            events = self._selector.select(_QUIET if wants_child else min(_LOOK, self._idle))
            for key, _ in events:
                key.data()
            if events or not self._serving:
                continue
            if self._is_over():
                self._leave()
            elif wants_child:
                self._fork_ahead()

    def _is_over(self) -> bool:
        is_idle = not any(self._children.values()) and time.monotonic() - self._last_call > self._idle
        return is_idle or not self._fresh()

    def _leave(self) -> None:
        self._serving = False
        self._selector.unregister(self._place.socket)
        self._place.leave()
        if self._ahead is not None:
            self._ahead.channel.close()
            self._ahead = None

    def _fork_ahead(self) -> None:
        self._is_one_wanted = False
        with suppress(OSError):  # no room for another process: the next call may find some
            self._ahead = self._fork()

    def _fork(self) -> Child:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                raise
            if pid == 0:
                ours.close()  # the server's end is the last
                self._become(theirs)
        self._children[pid] = None
        return Child(pid, ours)

    def _on_launcher(self) -> None:
        try:
            connection, _ = self._place.socket.accept()
        except OSError:
            return  # it has gone again
        if not self._fresh():
            self._leave()
            connection.close()  # it starts a fresh one, and its command itself
            return
        if not may_call(connection, self._rights):
            connection.close()
            return
        self._last_call = time.monotonic()
        with suppress(OSError):
            connection.send(READY)
        self._selector.register(connection, selectors.EVENT_READ, partial(self._on_request, connection))

    def _on_request(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        descriptors = _received(connection)
        if len(descriptors) != _DESCRIPTORS:
            connection.close()
            _close_all(descriptors)
            return
        pid = self._give(connection, descriptors)
        _close_all(descriptors)
        if pid is None:
            connection.close()
            return
        self._is_one_wanted = True
        self._children[pid] = connection
        self._selector.register(
            connection, selectors.EVENT_READ, partial(self._on_launcher_end, connection, pid)
        )

    def _give(self, connection: socket.socket, descriptors: list[int]) -> int | None:
        """Give a call to the child that was forked ahead, or to a new one; its pid, None where there can be none."""
        child, self._ahead = self._ahead, None
        if child is not None and child.give(connection, descriptors):
            return child.pid
        try:
            child = self._fork()
        except OSError:
            return None
        return child.pid if child.give(connection, descriptors) else None

    def _on_ended_children(self) -> None:
        os.read(self._news, 4096)
        for pid, connection in tuple(self._children.items()):
            ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                continue
            if connection is None:
                self._forget(pid)
                continue
            exited = ended.si_code == os.CLD_EXITED
            _tell(connection, DIED, ended.si_status << 8 if exited else ended.si_status)
            if connection.fileno() not in self._selector.get_map():
                self._forget(pid)
        if self._serving and self._is_one_wanted:
            self._fork_ahead()

    def _on_launcher_end(self, connection: socket.socket, pid: int) -> None:
        """The launcher has ended: until now it may have sent signals to the child's pid, so that was kept."""
        self._selector.unregister(connection)
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            self._forget(pid)

    def _forget(self, pid: int) -> None:
        os.waitpid(pid, 0)
        if connection := self._children.pop(pid):
            connection.close()
        if self._ahead is not None and self._ahead.pid == pid:
            self._ahead.channel.close()
            self._ahead = None


def _received(connection: socket.socket) -> list[int]:
    """The descriptors of a request; [] without one."""
    try:
        _, descriptors, _, _ = socket.recv_fds(connection, 16, _DESCRIPTORS)
    except OSError:
        return []
    return descriptors


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _tell(connection: socket.socket, kind: int, value: int) -> None:
    with suppress(OSError):  # the launcher has ended
        connection.send(MESSAGE.pack(kind, value), socket.MSG_NOSIGNAL)
