"""`moby.filesync.v1.FileSync/DiffCopy`: sends the parts of the build context that the daemon does not have.

We announce every path with a STAT packet and end with an empty STAT packet. Meanwhile the daemon asks for
contents by REQ, whose id is the index of the announcement, and sends FIN when it has everything.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_plus

import grpc

from adapters.buildkit import contents
from adapters.buildkit.calls import Call, CallFailed, Handler, leaf, prefix
from adapters.buildkit.followpaths import follow, without_nested
from adapters.buildkit.mapping import data_packet, stat_packet
from adapters.buildkit.patterns import BadPattern
from adapters.buildkit.proto.fsutil_pb2 import Packet
from adapters.buildkit.walker import Entry, Walker

METHOD = "/moby.filesync.v1.FileSync/DiffCopy"

_ANNOUNCED_AT_ONCE = 512
_WAITING = 1 << 16  # requests the daemon may have open


def handler(folders: Mapping[str, Path]) -> Handler:
    """Serve these folders by their names. The handler raises FileChanged, which is to end the build."""

    async def diff_copy(call: Call) -> None:
        name = "".join(_values(call, "dir-name")[:1])
        folder = folders.get(name)
        if folder is None:
            raise CallFailed(grpc.StatusCode.NOT_FOUND, f"no folder {name!r} is shared")
        try:
            await _Sender(call, os.fsencode(folder)).run()
        except ExceptionGroup as group:
            raise leaf(group) from group

    return diff_copy


class _Sender:
    """A transfer of a folder."""

    def __init__(self, call: Call, root: bytes) -> None:
        self._call = call
        self._root = root
        self._files: dict[int, Entry] = {}
        self._wanted: asyncio.Queue[int] = asyncio.Queue(_WAITING)

    async def run(self) -> None:
        """Send until the daemon has everything; raises CallFailed, or a group of CallFailed or FileChanged."""
        walker = await asyncio.to_thread(self._walker)
        async with asyncio.TaskGroup() as tasks:
            announcing = tasks.create_task(self._announce(walker), name="announce files")
            sending = tasks.create_task(self._send_contents(), name="send files")
            await self._obey()
            announcing.cancel()
            sending.cancel()
        await self._call.send(Packet(type=Packet.PACKET_FIN).SerializeToString())

    def _walker(self) -> Walker:
        include = _values(self._call, "include-patterns")
        paths = _values(self._call, "followpaths")
        if paths and (found := follow(self._root, paths)) is not None:
            include = without_nested([*include, *found]) or []
        try:
            return Walker(self._root, include, _values(self._call, "exclude-patterns"))
        except BadPattern as error:
            raise CallFailed(grpc.StatusCode.INVALID_ARGUMENT, str(error)) from error

    async def _announce(self, walker: Walker) -> None:
        entries = enumerate(walker.walk())
        while batch := await asyncio.to_thread(_announcements, entries):
            self._files.update((number, entry) for number, entry, _ in batch if entry.has_content)
            await self._call.send(*(packet for _, _, packet in batch))
        await self._call.send(Packet(type=Packet.PACKET_STAT).SerializeToString())

    async def _obey(self) -> None:
        """Read the daemon's requests, up to its FIN."""
        while (message := await self._call.receive()) is not None:
            packet = Packet.FromString(message)
            if packet.type == Packet.PACKET_FIN:
                return
            if packet.type == Packet.PACKET_ERR:
                raise CallFailed(grpc.StatusCode.ABORTED, packet.data.decode(errors="replace"))
            if packet.type == Packet.PACKET_REQ:
                await self._wanted.put(packet.ID)
        raise CallFailed(grpc.StatusCode.CANCELLED, "the receiver ended the transfer")

    async def _send_contents(self) -> None:
        while True:
            numbers = [await self._wanted.get()]
            while not self._wanted.empty():
                numbers.append(self._wanted.get_nowait())
            packets = self._packets(numbers)
            while parts := await asyncio.to_thread(_gathered, packets):
                await self._call.send_framed(parts)

    def _packets(self, numbers: list[int]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the packets that answer requests, each as its head and its data."""
        for number in numbers:
            entry = self._files.pop(number, None)
            if entry is None:
                raise CallFailed(grpc.StatusCode.INVALID_ARGUMENT, f"invalid file id {number}")
            for data in itertools.chain(contents.read(self._root, entry), (b"",)):
                header = data_packet(number, len(data))
                yield prefix(len(header) + len(data)) + header, data


def _announcements(entries: Iterator[tuple[int, Entry]]) -> list[tuple[int, Entry, bytes]]:
    batch = itertools.islice(entries, _ANNOUNCED_AT_ONCE)
    return [(number, entry, stat_packet(entry)) for number, entry in batch]


def _gathered(packets: Iterator[tuple[bytes, bytes]]) -> list[bytes]:
    """Gather packets up to a chunk's bytes, so that many small files need a single hop to a thread."""
    parts: list[bytes] = []
    size = 0
    for header, data in packets:
        parts += (header, data)
        size += len(header) + len(data)
        if size >= contents.CHUNK:
            break
    return parts


def _values(call: Call, key: str) -> list[str]:
    """Return a header's values, which are percent-encoded where `<key>-encoded` says so."""
    values = list(call.metadata.get(key, ()))
    if call.metadata.get(f"{key}-encoded", ("",))[0] != "1":
        return values
    return [unquote_plus(value, errors="surrogateescape") for value in values]
