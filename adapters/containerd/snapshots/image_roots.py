"""The file systems of images, mounted read-only while they are read."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto import snapshots_pb2 as pb
from adapters.containerd.proto.content_pb2 import ReadContentRequest
from adapters.containerd.proto.content_pb2_grpc import ContentStub
from adapters.containerd.proto.snapshots_pb2_grpc import SnapshotsStub
from adapters.containerd.snapshots.mounting import mounted
from application.support.compensation import compensating

_KEPT = {"containerd.io/gc.root": "k3c"}  # no lease holds it: it is ours until it is removed


class ContainerdImageRoots:
    """application.ports.images.ImageRoots: a view of the image's top snapshot, mounted in `folder`."""

    def __init__(self, channel: grpc.aio.Channel, snapshotter: str, folder: str) -> None:
        self._content = ContentStub(channel)
        self._snapshots = SnapshotsStub(channel)
        self._snapshotter = snapshotter
        self._folder = Path(folder)

    @asynccontextmanager
    async def opened(self, image_id: str) -> AsyncIterator[str]:
        """Give the path of the image's root, for the time of the block."""
        key = f"k3c-mount-{secrets.token_hex(8)}"
        parent = await self._chain(image_id)
        async with compensating() as undo:
            undo.add(lambda: self._remove(key))
            async with translated("image", image_id):
                request = pb.ViewSnapshotRequest(
                    snapshotter=self._snapshotter, key=key, parent=parent, labels=_KEPT
                )
                view = await self._snapshots.View(request, metadata=NAMESPACE)
            async with mounted(view.mounts, self._folder / key, read_only=True) as root:
                yield root
        await self._remove(key)

    async def _chain(self, image_id: str) -> str:
        """Return the name of the snapshot with all layers: OCI's ChainID."""
        async with translated("image", image_id):
            chunks = self._content.Read(ReadContentRequest(digest=image_id), metadata=NAMESPACE)
            document = json.loads(b"".join([chunk.data async for chunk in chunks]))
        layers = document.get("rootfs", {}).get("diff_ids", ())
        chain = ""
        for layer in layers:
            text = f"{chain} {layer}".encode()
            chain = f"sha256:{hashlib.sha256(text).hexdigest()}" if chain else layer
        return chain

    async def _remove(self, key: str) -> None:
        request = pb.RemoveSnapshotRequest(snapshotter=self._snapshotter, key=key)
        with suppress(grpc.aio.AioRpcError):  # what is left is a name in containerd's store, and no data
            await self._snapshots.Remove(request, metadata=NAMESPACE)
