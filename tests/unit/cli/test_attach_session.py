"""What an attached session sends to the daemon, and what moves its streams."""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.errors import K3cError, NotFound
from entrypoints.api.k3c.v1.container_pb2 import KillContainerRequest
from entrypoints.api.k3c.v1.stream_pb2 import ControlRequest, TerminalSize
from entrypoints.cli.connection.attach_session import Controls
from entrypoints.cli.connection.pumps import OutputPump, OutputWriter, feed
from entrypoints.cli.connection.unary import Client
from entrypoints.cli.connection.wakeups import woken_by
from entrypoints.cli.ui import terminal

MUCH = os.urandom(1 << 16) * 64


class _Call:
    def __init__(self) -> None:
        self.is_over = False
        self.failure: K3cError | None = None

    def here(self) -> Any:
        if self.failure:
            raise self.failure
        return iter(())


class _Daemon:
    """The daemon's side of what controls a process."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.calls: list[_Call] = []
        method = SimpleNamespace(future=self._take)
        self.streams = SimpleNamespace(Control=method)
        self.containers = SimpleNamespace(Kill=method)

    def _take(self, request: Any) -> _Call:
        assert all(call.is_over for call in self.calls), "two at once, which may be taken in another order"
        self.taken.append(request)
        self.calls.append(_Call())
        return self.calls[-1]


def test_control_goes_out_in_order_and_sizes_only_when_they_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    daemon = _Daemon()
    failures: list[K3cError] = []
    controls = Controls(cast("Client", daemon), TerminalSize(rows=5, columns=2))
    controls.session = "key"
    sizes = iter([TerminalSize(rows=rows, columns=2) for rows in (5, 6, 6, 7)])
    monkeypatch.setattr(terminal, "size", lambda: next(sizes))
    controls.resize()
    controls.resize()
    controls.signal(signal.SIGTERM, "", failures.append)
    controls.signal(signal.SIGINT, "c0", failures.append)
    controls.resize()
    controls.resize()
    for done in range(1, 5):
        assert len(daemon.taken) == done
        daemon.calls[-1].is_over = True
        daemon.calls[-1].failure = NotFound("session", str(done))
        controls.advance()
    assert daemon.taken == [
        ControlRequest(session="key", size=TerminalSize(rows=6, columns=2)),
        ControlRequest(session="key", signal=signal.SIGTERM),
        KillContainerRequest(container="c0", signal=signal.SIGINT),
        ControlRequest(session="key", size=TerminalSize(rows=7, columns=2)),
    ]
    assert [str(error) for error in failures] == [str(NotFound("session", number)) for number in ("2", "3")]


def test_signals_and_threads_wake_a_loop_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    done: list[int] = []
    with woken_by((signal.SIGUSR1, signal.SIGUSR2)) as wakeups:
        os.kill(os.getpid(), signal.SIGUSR2)
        os.kill(os.getpid(), signal.SIGUSR1)
        thread = threading.Thread(target=lambda: wakeups.soon(lambda: done.append(1)))
        thread.start()
        thread.join()
        assert set(wakeups.take()) == {signal.SIGUSR1, signal.SIGUSR2}
        assert done == [1]
        assert wakeups.take() == []
    wakeups.soon(lambda: done.append(2))
    assert done == [1]
    assert signal.getsignal(signal.SIGUSR1) == before
    assert signal.set_wakeup_fd(-1) == -1


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def test_a_pump_moves_everything_into_files_of_all_kinds(tmp_path: Any) -> None:
    for flags in (os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_APPEND):
        source, into = os.pipe()
        target = os.open(tmp_path / "out", flags, 0o600)
        ended: SimpleQueue[OSError | None] = SimpleQueue()
        OutputPump(source, target, ended.put)
        os.write(into, b"one\n")
        threading.Thread(target=_write_and_close, args=(into, b"two\n")).start()
        assert ended.get(timeout=10) is None
        os.close(target)
    assert (tmp_path / "out").read_bytes() == b"one\ntwo\none\ntwo\n"


def test_a_pump_tells_of_an_output_that_nobody_reads() -> None:
    source, into = os.pipe()
    unread, target = os.pipe()
    os.close(unread)
    ended: SimpleQueue[OSError | None] = SimpleQueue()
    OutputPump(source, target, ended.put)
    os.write(into, b"lost")
    assert isinstance(ended.get(timeout=10), BrokenPipeError)
    with pytest.raises(BrokenPipeError):
        os.write(into, b"closed")
    for descriptor in (into, target):
        os.close(descriptor)


def test_a_pump_of_a_stream_that_a_child_holds_ends_after_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("entrypoints.cli.connection.pumps._LINGER", 10)
    source, into = os.pipe()
    read, target = os.pipe()
    ended: SimpleQueue[OSError | None] = SimpleQueue()
    pump = OutputPump(source, target, ended.put)
    os.write(into, b"last words")
    pump.process_ended()
    assert ended.get(timeout=10) is None
    os.close(target)
    assert _read_all(read) == b"last words"
    os.close(into)


@pytest.mark.parametrize("kind", ["pipe", "file", "folder"])
def test_input_is_moved_to_its_end(tmp_path: Any, kind: str) -> None:
    read, pipe = os.pipe()
    if kind == "pipe":
        source, into = os.pipe()
        threading.Thread(target=_write_and_close, args=(into, MUCH)).start()
    elif kind == "file":
        (tmp_path / "in").write_bytes(MUCH)
        source = os.open(tmp_path / "in", os.O_RDONLY)
    else:
        source = os.open(tmp_path, os.O_RDONLY)
    ended: SimpleQueue[OSError | None] = SimpleQueue()
    feed(source, pipe, ended.put)
    assert _read_all(read) == (b"" if kind == "folder" else MUCH)
    assert isinstance(ended.get(timeout=10), IsADirectoryError if kind == "folder" else type(None))
    os.close(source)


def _write_and_close(target: int, data: bytes) -> None:
    with os.fdopen(target, "wb") as file:
        file.write(data)


def test_a_writer_keeps_the_order_of_what_it_is_given() -> None:
    read, target = os.pipe()
    told: SimpleQueue[OSError | None] = SimpleQueue()
    writer = OutputWriter(told.put)
    assert writer.is_idle
    reading = SimpleQueue[bytes]()
    threading.Thread(target=lambda: reading.put(_read_all(read))).start()
    for number in range(1000):
        writer.add(target, b"%d\n" % number)
    while not writer.is_idle:
        assert told.get(timeout=10) is None
    os.close(target)
    assert reading.get(timeout=10) == b"".join(b"%d\n" % number for number in range(1000))


def test_a_writer_tells_of_an_output_that_nobody_reads() -> None:
    read, target = os.pipe()
    os.close(read)
    told: SimpleQueue[OSError | None] = SimpleQueue()
    OutputWriter(told.put).add(target, b"lost")
    while (failure := told.get(timeout=10)) is None:
        pass
    assert isinstance(failure, BrokenPipeError)
    os.close(target)
