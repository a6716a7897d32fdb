"""A daemon of a single connection, whose every frame a test decides."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from h2.config import H2Configuration
from h2.connection import H2Connection


class Peer:
    """The other side of a connection, whose frames the test decides."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer = peer
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.events: list[Any] = []
        self.send()

    def send(self) -> None:
        with suppress(BrokenPipeError):  # it is gone, which reading tells
            self.peer.sendall(self.h2.data_to_send())

    def until(self, kind: type[Any], count: int = 1) -> list[Any]:
        """Read until so many events of a kind have come, or the end; return them."""
        while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
            self.send()  # what is read may come only for that
            try:
                data = self.peer.recv(1 << 16)
            except ConnectionResetError:
                break
            if not data:
                break
            self.events += self.h2.receive_data(data)
        self.send()
        return found

    def answer(self, stream: int, answer: Message) -> None:
        message = answer.SerializeToString()
        self.h2.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
        self.h2.send_data(stream, len(message).to_bytes(5) + message, pad_length=9)
        self.h2.send_headers(stream, [("grpc-status", "0")], end_stream=True)
        self.send()


@contextmanager
def peer(folder: Path, behave: Callable[[Peer], None]) -> Iterator[str]:
    """The address of a daemon that behaves so to the first who connects."""
    path = folder / "k3c.sock"

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            behave(Peer(connection))

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        serving = threading.Thread(target=serve)
        serving.start()
        yield f"unix://{path}"
        serving.join(5)
        assert not serving.is_alive()
