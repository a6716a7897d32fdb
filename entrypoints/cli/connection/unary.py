"""Calls over blocking frames: no asyncio and no grpc, whose loading takes longer than such a call.

For calls with one request, and for the streams of processes (`connection.attach_session`); `connection.client` is
for other streams of requests.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from google.protobuf.message_factory import GetMessageClass

from domain.errors import K3cError
from entrypoints.api.callers import user_agent
from entrypoints.cli.connection.http2 import (
    CANCEL,
    REFUSED_STREAM,
    Connection,
    ConnectionLost,
    Headers,
    Stream,
)
from entrypoints.cli.connection.reach import call_error, socket_path, ticket, unreachable
from entrypoints.cli.context import current
from entrypoints.cli.messages import FAILED
from entrypoints.cli.ui.output import fail, guard, print_result
from entrypoints.cli.usage import UsageError

if TYPE_CHECKING:  # these load grpc; what is used of them here is what is made from the same descriptors
    from entrypoints.api.k3c.v1.container_pb2_grpc import ContainerServiceStub
    from entrypoints.api.k3c.v1.event_pb2_grpc import EventServiceStub
    from entrypoints.api.k3c.v1.image_pb2_grpc import ImageServiceStub
    from entrypoints.api.k3c.v1.stream_pb2_grpc import StreamServiceStub
    from entrypoints.api.k3c.v1.system_pb2_grpc import SystemServiceStub
    from entrypoints.api.k3c.v1.volume_pb2_grpc import VolumeServiceStub

_HEAD = 5  # bytes before a message: whether it is compressed, and its length
_CANCELLED, _UNKNOWN, _INTERNAL, _UNAVAILABLE = 1, 2, 13, 14  # google.rpc.Code
_CODES_OF_RESETS = {REFUSED_STREAM: _UNAVAILABLE, CANCEL: _CANCELLED}


class Client:
    """The daemon's services, each with the methods that grpc's stub of it has.

    `client.images.List(request)` waits for the answer, `client.images.List.future(request)` begins a call
    whose `result()` waits, and a method with a stream of answers gives an iterator of them. All of them raise
    domain errors. What `future` begins goes out when something is waited for. A call of a method that takes a
    stream of requests goes on with `send`. `giver` is the connection that gave this process its ticket.
    """

    def __init__(self, connection: Connection, path: Path, agent: str, giver: socket.socket) -> None:
        self.connection = connection
        self.giver = giver
        self._path = path
        self._agent = agent.encode()

    @cached_property
    def containers(self) -> ContainerServiceStub:
        from entrypoints.api.k3c.v1 import container_pb2

        return cast("ContainerServiceStub", self._service(container_pb2))

    @cached_property
    def events(self) -> EventServiceStub:
        from entrypoints.api.k3c.v1 import event_pb2

        return cast("EventServiceStub", self._service(event_pb2))

    @cached_property
    def images(self) -> ImageServiceStub:
        from entrypoints.api.k3c.v1 import image_pb2

        return cast("ImageServiceStub", self._service(image_pb2))

    @cached_property
    def streams(self) -> StreamServiceStub:
        from entrypoints.api.k3c.v1 import stream_pb2

        return cast("StreamServiceStub", self._service(stream_pb2))

    @cached_property
    def volumes(self) -> VolumeServiceStub:
        from entrypoints.api.k3c.v1 import volume_pb2

        return cast("VolumeServiceStub", self._service(volume_pb2))

    @cached_property
    def system(self) -> SystemServiceStub:
        from entrypoints.api.k3c.v1 import system_pb2

        return cast("SystemServiceStub", self._service(system_pb2))

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Raise the error that the daemon cannot be reached where the block loses the connection."""
        try:
            yield
        except ConnectionLost as error:
            raise unreachable(self._path) from error

    def begin(self, method: Any, request: Any) -> Call:
        """Begin a call of a method, which is given by its descriptor."""
        headers: Headers = [
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":path", f"/{method.containing_service.full_name}/{method.name}".encode()),
            (b":authority", b"localhost"),
            (b"te", b"trailers"),
            (b"content-type", b"application/grpc"),
            (b"user-agent", self._agent),
        ]
        stream = self.connection.request(headers, _framed(request), more=method.client_streaming)
        return Call(self.connection, stream, GetMessageClass(method.output_type), self._path)

    def _service(self, module: ModuleType) -> Any:
        (service,) = module.DESCRIPTOR.services_by_name.values()
        return SimpleNamespace(**{method.name: _Method(self, method) for method in service.methods})


class _Method:
    """A method of a service, as grpc's stubs have it."""

    def __init__(self, client: Client, method: Any) -> None:
        self._client = client
        self._method = method

    def __call__(self, request: Any) -> Any:
        call_ = self.future(request)
        return iter(call_) if self._method.server_streaming else call_.result()

    def future(self, request: Any) -> Call:
        return self._client.begin(self._method, request)


def _framed(request: Any) -> bytes:
    message: bytes = request.SerializeToString()
    return len(message).to_bytes(_HEAD) + message  # the first byte is 0: not compressed


class Call:
    """A call under way."""

    def __init__(self, connection: Connection, stream: Stream, answer: type[Any], path: Path) -> None:
        self._connection = connection
        self._stream = stream
        self._answer = answer
        self._path = path

    @property
    def is_sent(self) -> bool:
        """Whether the other side has taken all that was sent."""
        return not self._stream.unsent

    @property
    def is_over(self) -> bool:
        """Whether the other side has ended the call."""
        return self._stream.ended

    def send(self, request: Any) -> None:
        """Send a further request, once all before is sent."""
        self._connection.send(self._stream, _framed(request))

    def here(self) -> Iterator[Any]:
        """Yield the answers that have come, and raise the error that the call has ended with."""
        while (answer := self._taken()) is not None:
            yield answer
        if self._stream.ended:
            self._check()

    def result(self) -> Any:
        """Wait for the only answer. Raises domain errors."""
        answers = list(self)
        if len(answers) != 1:
            raise call_error(_INTERNAL, f"{len(answers)} answers", None, self._path)
        return answers[0]

    def __iter__(self) -> Iterator[Any]:
        """Yield the answers as they come. Raises domain errors."""
        try:
            while self._connection.wait(self._stream, self._size()):
                if (answer := self._taken()) is not None:
                    yield answer
        except ConnectionLost as error:
            raise unreachable(self._path) from error
        self._check()

    def _size(self) -> int:
        """The size of the answer that comes next, as far as it is known."""
        data = self._stream.data
        return _HEAD + (int.from_bytes(data[1:_HEAD]) if len(data) >= _HEAD else 0)

    def _taken(self) -> Any:
        """Take the next answer, None as long as it is not whole."""
        data, size = self._stream.data, self._size()
        if len(data) < size:
            return None
        answer = self._answer.FromString(bytes(data[_HEAD:size]))
        del data[:size]
        return answer

    def _check(self) -> None:
        """Raise the error that the call ended with, if it did."""
        headers = dict(self._stream.headers)
        status = headers.get(b"grpc-status", b"")
        if status == b"0" and not self._stream.data:
            return
        if status and status != b"0":
            message, details = headers.get(b"grpc-message", b""), headers.get(b"grpc-status-details-bin")
            raise call_error(int(status), _percent_decoded(message), details and _binary(details), self._path)
        if self._stream.reset is not None:
            code = _CODES_OF_RESETS.get(self._stream.reset, _INTERNAL)
            raise call_error(code, f"broken off with code {self._stream.reset}", None, self._path)
        http = headers.get(b":status", b"").decode()
        raise call_error(_UNKNOWN, f"an answer without its end, HTTP status {http}", None, self._path)


def _percent_decoded(text: bytes) -> str:
    from urllib.parse import unquote

    return unquote(text.decode(errors="replace"), errors="replace")


def _binary(text: bytes) -> bytes:
    from base64 import b64decode

    return b64decode(text + b"=" * (-len(text) % 4))


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """Connect to the daemon for the time of the block; calls without an end are cancelled at its end.

    Raises InvalidArgument for an address that is no unix socket, and what keeps the daemon from being reached.
    """
    path = socket_path(address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        try:
            peer.connect(str(path))
        except OSError as error:
            raise unreachable(path) from error
        connection = Connection(peer)
        try:
            connection.flush()  # the daemon can answer the greeting while it makes the ticket
            with ticket(path) as (shown, giver):
                yield Client(connection, path, user_agent(shown), giver)
        finally:
            connection.close()


def call(command: Callable[[Client], int], code: Callable[[K3cError], int] = lambda _: FAILED) -> int:
    """Connect to the daemon, run a command and return its exit code; an error becomes a line on stderr."""

    def connected() -> int:
        with connect(current.get().address) as client:
            return command(client)

    return guard(connected, code)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Have what ends a command end the block as Ctrl-C does, by KeyboardInterrupt: its calls are cancelled then."""
    import signal

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def until_interrupted() -> Iterator[None]:
    """End the block, and that is all, when what ends a command comes: it is how one leaves what has no end."""
    with suppress(KeyboardInterrupt), ended_by_signals():
        yield


def _name(argument: str, call_: Call) -> str:
    call_.result()
    return argument


def for_each(
    arguments: tuple[str, ...],
    begin: Callable[[Client, str], Any],
    finish: Callable[[str, Any], str] = _name,
    forgiven: tuple[type[K3cError], ...] = (),
) -> int:
    """Begin a call for every argument, then print what each comes to, in order, and every failure.

    `finish` waits for the call of an argument and makes a line of its answer; by default, of the argument. The
    exit code says whether any failed, but for what is forgiven. Raises UsageError without arguments.
    """
    if not arguments:
        raise UsageError("no-argument")

    def working(client: Client) -> int:
        calls = [(argument, begin(client, argument)) for argument in arguments]
        failures = [_failure(argument, call_, finish) for argument, call_ in calls]
        return FAILED if any(failure and not isinstance(failure, forgiven) for failure in failures) else 0

    return call(working)


def _failure(argument: str, call_: Any, finish: Callable[[str, Any], str]) -> K3cError | None:
    """Print what the call of an argument comes to; the error if it failed."""
    try:
        print_result(finish(argument, call_))
    except K3cError as error:
        fail(error)
        return error
    return None
