"""Sending an archive to containerd, which imports it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import grpc

from adapters.containerd.images.transfer_streams import open_stream
from adapters.containerd.images.transfers import transfer
from adapters.containerd.proto.transfer_types_pb2 import ImageImportStream, ImageStore


async def send_archive(channel: grpc.aio.Channel, archive: AsyncIterator[bytes], store: ImageStore) -> None:
    """Import an archive into the store. Raises gRPC's errors, and whatever `archive` raises."""
    async with open_stream(channel, "import") as stream:
        sending = asyncio.create_task(stream.send_bytes(archive), name="archive")
        importing = asyncio.create_task(_import(channel, stream.id, store), name="image import")
        try:
            await asyncio.wait({sending, importing}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            await importing
        finally:
            for task in (sending, importing):
                task.cancel()
            await asyncio.wait({sending, importing})


async def _import(channel: grpc.aio.Channel, stream_id: str, store: ImageStore) -> None:
    async with aclosing(transfer(channel, ImageImportStream(stream=stream_id), store)) as steps:
        async for _ in steps:
            pass
