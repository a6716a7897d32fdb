"""A real h2 client, connected to an Http2Server in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    PingAckReceived,
    ResponseReceived,
    StreamEnded,
    TrailersReceived,
)
from h2.settings import SettingCodes

from adapters.buildkit.http2 import Http2Server, Serve


class Client:
    """Sends requests, collects answers. With `hold`, it gives no window back."""

    def __init__(self, window: int) -> None:
        self.h2 = H2Connection(H2Configuration(client_side=True))
        self.h2.initiate_connection()
        self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.server: Http2Server
        self.hold = False
        self.bodies: dict[int, bytearray] = {}
        self.trailers: dict[int, dict[str, str]] = {}
        self.frames: list[int] = []
        self.pings: list[bytes] = []
        self.changed = asyncio.Event()
        self.written = asyncio.Event()

    def call(self, path: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> int:
        number = self.h2.get_next_available_stream_id()
        pseudo = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost")]
        self.bodies[number] = bytearray()
        self.h2.send_headers(number, [*pseudo, *headers])
        if body:
            self.h2.send_data(number, body)
        self.flush()
        return number

    def send(self, number: int, body: bytes, *, end: bool = False) -> None:
        self.h2.send_data(number, body, end_stream=end)
        self.flush()

    def flush(self) -> None:
        self.server.receive(self.h2.data_to_send())

    async def take(self, data: bytes) -> None:
        """The server's writes."""
        for event in self.h2.receive_data(data):
            if isinstance(event, DataReceived):
                self.bodies[event.stream_id] += event.data
                self.frames.append(len(event.data))
                if not self.hold:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, TrailersReceived | ResponseReceived):
                self.trailers[event.stream_id] = {
                    bytes(key).decode(): bytes(value).decode() for key, value in event.headers
                }
            elif isinstance(event, PingAckReceived):
                self.pings.append(event.ping_data)
            elif isinstance(event, StreamEnded):
                self.changed.set()
        self.written.set()
        await asyncio.sleep(0)
        if out := self.h2.data_to_send():
            self.server.receive(out)

    async def until(self, number: int) -> dict[str, str]:
        async with asyncio.timeout(5):
            while "grpc-status" not in self.trailers.get(number, {}):
                self.changed.clear()
                await self.changed.wait()
        return self.trailers[number]


@asynccontextmanager
async def connected(serve: Serve, window: int = 65535) -> AsyncIterator[Client]:
    client = Client(window)
    async with asyncio.TaskGroup() as tasks:
        client.server = Http2Server(serve, tasks)
        transmitting = tasks.create_task(client.server.transmit(client.take))
        client.flush()
        for _ in range(10):  # until the settings are acknowledged
            await asyncio.sleep(0)
        yield client
        client.server.stop()
        transmitting.cancel()
