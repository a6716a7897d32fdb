"""Leases on what pulls fetch: what is broken off can be taken up again, and is collected when nobody does."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import grpc

from adapters.containerd.channel import NAMESPACE
from adapters.containerd.errors import translated
from adapters.containerd.proto import leases_pb2 as pb
from adapters.containerd.proto.content_pb2 import AbortRequest
from adapters.containerd.proto.content_pb2_grpc import ContentStub
from adapters.containerd.proto.leases_pb2_grpc import LeasesStub
from domain.errors import NotFound, Unauthenticated

KEPT = timedelta(days=1)
"""How long what a pull has fetched is kept, from the pull's beginning."""

_EXPIRES = "containerd.io/gc.expire"
_PULL = "k3c.io/pull"
_NOTHING_FETCHED = (NotFound, Unauthenticated)


class PullLeases:
    """Leases, each with the name that is pulled as a label."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._leases = LeasesStub(channel)
        self._content = ContentStub(channel)
        self._active: set[str] = set()

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[str]:
        """Hold a lease for the time of the block; its id is the block's value.

        Where the block succeeds it goes, with those that earlier pulls of the name have left. Where it fails
        or is cancelled it stays until it expires.
        """
        lease = f"k3c-pull-{secrets.token_hex(8)}"
        expires = (datetime.now(UTC) + KEPT).isoformat(timespec="seconds")
        request = pb.CreateRequest(id=lease, labels={_EXPIRES: expires, _PULL: name})
        async with translated():
            await self._leases.Create(request, metadata=NAMESPACE)
        self._active.add(lease)
        try:
            yield lease
        except _NOTHING_FETCHED:
            await self._delete(lease)
            raise
        finally:
            self._active.discard(lease)
        for left in await self._of(name):
            await self._delete(left)

    async def drop(self, ref: str) -> None:
        """Drop what was written under a name and is not what it should be: nobody can go on from there."""
        if not ref:
            return
        async with translated():
            try:
                await self._content.Abort(AbortRequest(ref=ref), metadata=NAMESPACE)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise

    async def _of(self, name: str) -> list[str]:
        """The leases of a name that no pull under way has."""
        request = pb.ListRequest(filters=[f'labels."{_PULL}"=="{name}"'])
        async with translated():
            answer = await self._leases.List(request, metadata=NAMESPACE)
        return [lease.id for lease in answer.leases if lease.id not in self._active]

    async def _delete(self, lease: str) -> None:
        async with translated():
            try:
                await self._leases.Delete(pb.DeleteRequest(id=lease), metadata=NAMESPACE)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
