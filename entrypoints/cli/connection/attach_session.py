"""A process with its streams on this terminal, as `run`, `start -a`, `attach` and `exec` have it."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Annotated, Any

from cyclopts import Parameter

from domain.errors import K3cError, RuntimeFailed
from domain.names import SHORT_ID
from domain.streams import DEFAULT_DETACH_KEYS, STDERR, STDIN, STDOUT, DetachScanner, parse_detach_keys
from entrypoints.api.callers import handed_over
from entrypoints.api.k3c.v1 import container_pb2, stream_pb2
from entrypoints.cli.connection.pumps import OutputPump, OutputWriter, feed, write_all
from entrypoints.cli.connection.unary import Call, Client
from entrypoints.cli.connection.wakeups import woken_by
from entrypoints.cli.messages import INTERRUPTED, sentence
from entrypoints.cli.ui import terminal
from entrypoints.cli.ui.output import print_notice

_PROXIED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_INTERRUPTS_TO_DETACH = 3
_SIGNAL_EXIT_BASE = 128

DetachKeys = Annotated[str, Parameter(help="Key sequence for detaching")]
SigProxy = Annotated[bool, Parameter(help="Forward signals to the process, unless it has a TTY")]


@dataclass(frozen=True)
class AttachOptions:
    """Whether the process gets this command's input, which keys detach from it, and whether it gets signals."""

    stdin: bool = False
    detach_keys: str = DEFAULT_DETACH_KEYS
    sig_proxy: bool = True

    def scanner(self) -> DetachScanner:
        """Make the scanner that finds the detach keys in the input. Raises InvalidArgument."""
        return DetachScanner(parse_detach_keys(self.detach_keys or DEFAULT_DETACH_KEYS))


class AttachSession:
    """An Open call of StreamService, in a loop that waits for the daemon, signals and the threads that move streams.

    `on_created` is called with the id of the container that was created, `on_started` when the process runs.
    """

    def __init__(
        self,
        client: Client,
        options: AttachOptions,
        on_started: Callable[[stream_pb2.StreamStarted], None] = lambda _: None,
        on_created: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._options = options
        self._scanner = options.scanner()
        self._on_started = on_started
        self._on_created = on_created
        self._raw = terminal.RawMode()
        self._id = ""
        self._started = self._tty = False
        self._interrupts = 0
        # How the call ended: the exit code of the process, or an error; and whether what it wrote is still awaited.
        self._outcome: int | K3cError | None = None
        self._broken: OSError | None = None
        self._pumps: list[OutputPump] = []
        self._open_pumps = 0
        self._taking: SimpleQueue[bool] | None = None

    def run(self, first: stream_pb2.OpenRequest) -> int:
        """Return the exit code of the process, or the exit code of detaching from it.

        Raises domain errors, BrokenPipeError and OSError (of this command's outputs).
        """
        self._is_exec = first.WhichOneof("request") == "exec"
        with woken_by((*_PROXIED, signal.SIGWINCH)) as self._wakeups:
            self._outputs = {STDOUT: sys.stdout.fileno(), STDERR: sys.stderr.fileno()}
            self._writer = OutputWriter(self._when_written)
            self._controls = Controls(self._client, _size_of(first))
            opening: Any = self._client.streams.Open  # whose type does not know that it can be begun
            self._call: Call = opening.future(first)
            try:
                while not self._is_over():
                    self._wait()
            finally:
                self._raw.restore()
        if isinstance(self._outcome, K3cError):
            raise self._outcome
        return self._outcome or 0

    def _is_over(self) -> bool:
        """Take what has come, do what it wants done, and see whether that was all."""
        if self._broken is not None:
            raise self._broken
        if self._outcome is None:
            try:
                with self._client.reaching():
                    self._client.connection.take()
                for event in self._call.here():
                    self._on_event(event)
                if self._call.is_over and self._outcome is None:
                    self._end(0)
            except K3cError as error:
                self._end(error)
        if self._taking is not None and self._call.is_sent:
            self._taking.put(not self._call.is_over)
            self._taking = None
        self._controls.advance()
        left = 0 if isinstance(self._outcome, K3cError) else self._open_pumps
        return self._outcome is not None and not left and self._writer.is_idle

    def _wait(self) -> None:
        """Wait for something to happen: for the daemon only while there is room for what it sends."""
        connection = self._client.connection
        connection.flush()
        poll = select.poll()
        poll.register(self._wakeups, select.POLLIN)
        if self._outcome is None and not self._writer.is_full:
            poll.register(connection, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll()}
        if connection.fileno() in ready:
            try:
                with self._client.reaching():
                    connection.receive()
            except K3cError as error:
                self._end(error)
        for number in self._wakeups.take():
            self._on_signal(number)

    def _end(self, outcome: int | K3cError) -> None:
        self._outcome = outcome
        for pump in self._pumps:
            pump.process_ended()

    def _leave(self, code: int) -> None:
        """End here and now; the process goes on, if it runs."""
        self._outcome, self._open_pumps = code, 0

    def _on_event(self, event: stream_pb2.OpenResponse) -> None:
        match event.WhichOneof("event"):
            case "created":
                self._id = event.created.id
                self._on_created(self._id)
            case "started":
                self._on_start(event.started)
            case "stdout":
                self._writer.add(self._outputs[STDOUT], event.stdout)
            case "stderr":
                self._writer.add(self._outputs[STDERR], event.stderr)
            case "exited":
                self._end(int(event.exited.code))

    def _on_start(self, started: stream_pb2.StreamStarted) -> None:
        self._started = True
        self._id = self._id or started.id
        self._tty = started.tty
        self._controls.session = started.session
        self._on_started(started)
        pipes = self._pipes(started)
        for stream in pipes.keys() & self._outputs.keys():
            self._open_pumps += 1
            self._pumps.append(OutputPump(pipes[stream], self._outputs[stream], self._when_pumped))
        if self._options.stdin:
            if self._tty:
                self._raw.set()
            self._begin_input(pipes.get(STDIN))
        if self._tty:
            self._controls.resize()  # it may have been resized since the size was sent

    def _pipes(self, started: stream_pb2.StreamStarted) -> dict[str, int]:
        """The pipes that the daemon hands over. Raises RuntimeFailed where it is gone before it has."""
        try:
            return handed_over(self._client.giver, started.pipes) if started.pipes else {}
        except OSError as error:
            raise RuntimeFailed("daemon", "connection-lost") from error

    def _begin_input(self, pipe: int | None) -> None:
        terminal.note_reading()
        source = sys.stdin.fileno()
        if pipe is None:
            terminal.read(source, self._give)
        elif self._tty:
            terminal.read(source, lambda data: self._give_to(pipe, data))
        else:
            feed(source, pipe, lambda _: self._wakeups.soon(self._send_end))

    # ---- in the thread that reads the input -------------------------------------------------------

    def _give(self, data: bytes) -> bool:
        """Have the loop send input, b"" for its end; whether more is wanted."""
        typed, detached = self._scanner.feed(data) if self._tty else (data, False)
        if typed or not data:
            taken: SimpleQueue[bool] = SimpleQueue()
            self._wakeups.soon(lambda: self._send(typed, taken))
            if not taken.get():
                return False
        if detached:
            self._wakeups.soon(self._detach)
        return not detached

    def _give_to(self, pipe: int, data: bytes) -> bool:
        """Write what is typed at a terminal into the pipe, which b"" closes; whether more is wanted."""
        typed, detached = self._scanner.feed(data)
        try:
            write_all(pipe, typed)
        except OSError:  # the process reads no more
            return False
        if not data:
            os.close(pipe)
            self._wakeups.soon(self._send_end)
        if detached:
            self._wakeups.soon(self._detach)
        return not detached

    # ---- in the loop ------------------------------------------------------------------------------

    def _send(self, data: bytes, taken: SimpleQueue[bool]) -> None:
        if data:
            self._call.send(stream_pb2.OpenRequest(stdin=data))
            self._taking = taken
        else:
            self._send_end()
            taken.put(self._call.is_over)

    def _send_end(self) -> None:
        self._call.send(stream_pb2.OpenRequest(end=stream_pb2.EndOfInput()))

    def _detach(self) -> None:
        self._raw.restore()
        print_notice(f"\nk3c: detached; {self._process_name()} is still running")
        self._leave(0)

    def _when_written(self, failure: OSError | None) -> None:
        self._wakeups.soon(lambda: self._fail(failure))

    def _when_pumped(self, failure: OSError | None) -> None:
        def ended() -> None:
            self._open_pumps -= 1
            self._fail(failure)

        self._wakeups.soon(ended)

    def _fail(self, failure: OSError | None) -> None:
        self._broken = self._broken or failure

    def _on_signal(self, number: signal.Signals) -> None:
        if number == signal.SIGWINCH:
            if self._tty:
                self._controls.resize()
            return
        self._interrupts += number in {signal.SIGINT, signal.SIGTERM}
        if not self._started:
            self._leave(INTERRUPTED)
        elif isinstance(self._outcome, int):  # what it wrote is not wanted any more
            self._leave(self._outcome)
        elif self._tty or not self._options.sig_proxy:
            if number in _ENDING:
                self._leave(_SIGNAL_EXIT_BASE + number)
        elif self._interrupts >= _INTERRUPTS_TO_DETACH:
            print_notice(
                f"k3c: received {self._interrupts} interrupts, detaching; {self._process_name()} is still running"
            )
            self._leave(INTERRUPTED)
        else:
            self._controls.signal(
                number, self._id if not self._is_exec else "", lambda error: self._not_reached(number, error)
            )

    def _not_reached(self, number: signal.Signals, error: K3cError) -> None:
        if self._interrupts:
            print_notice(f"k3c: {number.name} did not reach {self._process_name()}: {sentence(error)}")

    def _process_name(self) -> str:
        return "the command" if self._is_exec else f"container {self._id[:SHORT_ID]}"


class Controls:
    """Sizes and signals on their way, past input that is not read.

    Each is a call of its own, so one waits for the other. `session` is what Control knows the process by.
    """

    def __init__(self, client: Client, size: stream_pb2.TerminalSize | None) -> None:
        self.session = ""
        self._client = client
        self._size = size
        self._waiting: deque[tuple[Callable[[], Any], Callable[[K3cError], None]]] = deque()
        self._call: Call | None = None

    def resize(self) -> None:
        """Send the size that the terminal has when it is its turn, if it is new."""
        self._waiting.append((self._sized, lambda _: None))  # one that fails: the process has ended
        self.advance()

    def signal(self, number: signal.Signals, container: str, on_failure: Callable[[K3cError], None]) -> None:
        """Send a signal to a container, or to the process of the session where it is ""."""

        def begin() -> Any:
            if container:
                kill = container_pb2.KillContainerRequest(container=container, signal=number)
                return self._client.containers.Kill.future(kill)
            control = stream_pb2.ControlRequest(session=self.session, signal=number)
            return self._client.streams.Control.future(control)

        self._waiting.append((begin, on_failure))
        self.advance()

    def advance(self) -> None:
        """Begin the next one when the one before is answered."""
        while self._waiting:
            begin, on_failure = self._waiting[0]
            if self._call is None:
                self._call = begin()
            if self._call is not None:
                if not self._call.is_over:
                    return
                try:
                    deque(self._call.here(), maxlen=0)
                except K3cError as error:
                    on_failure(error)
            self._call = None
            self._waiting.popleft()

    def _sized(self) -> Any:
        size = terminal.size()
        if size is None or size == self._size:
            return None
        self._size = size
        return self._client.streams.Control.future(stream_pb2.ControlRequest(session=self.session, size=size))


def _size_of(first: stream_pb2.OpenRequest) -> stream_pb2.TerminalSize | None:
    """The size of the terminal that the first request of a call tells."""
    asked = getattr(first, first.WhichOneof("request") or "run")
    return asked.size if asked.HasField("size") else None
