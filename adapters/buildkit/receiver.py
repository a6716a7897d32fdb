"""Receives a folder: the other side of `filesync`, where the daemon announces paths and we ask for contents."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

import grpc
from google.protobuf.message import DecodeError

from adapters.buildkit.calls import Call, CallFailed
from adapters.buildkit.proto.fsutil_pb2 import Packet, Stat

_OPEN = 64  # files whose content is on its way at a time


class Target(Protocol):
    """Where the files go. All methods block, and raise what is to end the build."""

    def announce(self, stat: Stat) -> bool:
        """Make what was announced; return whether its content is wanted."""
        ...

    def write(self, path: bytes, data: bytes) -> None:
        """Add to the content of a file."""
        ...

    def complete(self, path: bytes) -> None:
        """Note that the content of a file is complete."""
        ...

    def finish(self) -> None:
        """Note that all files are complete."""
        ...


async def receive(call: Call, target: Target) -> None:
    """Receive until the daemon has sent everything; raises CallFailed for what is against the protocol."""
    receiver = _Receiver(target)
    while messages := await call.receive_all():
        wanted, ended = await asyncio.to_thread(receiver.take, messages)
        await call.send(*wanted)
        if ended:
            return
    raise CallFailed(grpc.StatusCode.ABORTED, "the transfer of an output ended early")


class _Receiver:
    """The state of a transfer; `take` runs in a thread."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._announced = 0
        self._all_announced = False
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._open: dict[int, bytes] = {}
        self._finished = False

    def take(self, messages: list[bytes]) -> tuple[list[bytes], bool]:
        """Take packets; return the packets to answer with, and whether the transfer has ended."""
        answers: list[bytes] = []
        for message in messages:
            packet = _packet(message)
            if packet.type == Packet.PACKET_FIN and self._finished:
                return answers, True
            self._packet(packet)
            answers += self._requests()
            if self._all_announced and not self._open and not self._finished:
                self._finished = True
                self._target.finish()
                answers.append(Packet(type=Packet.PACKET_FIN).SerializeToString())
        return answers, False

    def _packet(self, packet: Packet) -> None:
        if packet.type == Packet.PACKET_ERR:
            raise CallFailed(grpc.StatusCode.ABORTED, packet.data.decode(errors="replace"))
        if packet.type == Packet.PACKET_STAT and not self._all_announced:
            self._announce(packet)
        elif packet.type == Packet.PACKET_DATA and packet.ID in self._open:
            self._data(packet.ID, packet.data)
        else:
            kind = Packet.PacketType.Name(packet.type) if packet.type in Packet.PacketType.values() else "?"
            raise CallFailed(grpc.StatusCode.INVALID_ARGUMENT, f"unexpected {kind} of file {packet.ID}")

    def _announce(self, packet: Packet) -> None:
        if not packet.HasField("stat"):
            self._all_announced = True
            return
        if self._target.announce(packet.stat):
            self._waiting.append((self._announced, packet.stat.path))
        self._announced += 1

    def _data(self, number: int, data: bytes) -> None:
        if data:
            self._target.write(self._open[number], data)
        else:
            self._target.complete(self._open.pop(number))

    def _requests(self) -> list[bytes]:
        requests: list[bytes] = []
        while self._waiting and len(self._open) < _OPEN:
            number, path = self._waiting.popleft()
            self._open[number] = path
            requests.append(Packet(type=Packet.PACKET_REQ, ID=number).SerializeToString())
        return requests


def _packet(message: bytes) -> Packet:
    try:
        return Packet.FromString(message)
    except DecodeError as error:
        raise CallFailed(grpc.StatusCode.INVALID_ARGUMENT, "a packet that cannot be read") from error
