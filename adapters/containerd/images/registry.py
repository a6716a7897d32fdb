"""Pulling and pushing images, which containerd does itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import grpc
from google.protobuf.message import Message

from adapters.containerd.errors import refused_ref, registry_error
from adapters.containerd.images.mapping import progress
from adapters.containerd.images.names import LABELS
from adapters.containerd.images.platforms import parse_platform, unpacks
from adapters.containerd.images.pull_leases import PullLeases
from adapters.containerd.images.store import ContainerdImageStore
from adapters.containerd.images.transfers import credentials_stream, transfer
from adapters.containerd.proto.transfer_types_pb2 import (
    ImageStore,
    OCIRegistry,
    RegistryResolver,
)
from domain.errors import NotFound
from domain.image import Credentials, ImageReference, TransferProgress


class ContainerdImageRegistry:
    """application.ports.images.ImageRegistry.

    `plain_http` names registries that are used without TLS; loopback addresses always are. `hosts_dir` is
    containerd's folder of mirrors and certificates, "" for no folder.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        snapshotter: str,
        *,
        plain_http: tuple[str, ...] = (),
        hosts_dir: str = "",
    ) -> None:
        self._channel = channel
        self._snapshotter = snapshotter
        self._plain_http = plain_http
        self._hosts_dir = hosts_dir
        self._leases = PullLeases(channel)
        self._images = ContainerdImageStore(channel, snapshotter)

    async def pull(
        self, reference: ImageReference, platform: str, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Pull an image, unpack it and pin it."""
        wanted = parse_platform(platform)
        store = ImageStore(
            name=str(reference),
            labels=LABELS,
            platforms=[wanted],
            unpacks=unpacks(wanted, self._snapshotter),
        )
        async with (
            self._leases.held(str(reference)) as lease,
            self._images.undone_on_failure(reference),
            self._credentials(reference, credentials) as auth,
            aclosing(self._transfer(self._registry(reference, auth), store, reference, lease)) as steps,
        ):
            async for step in steps:
                yield step
            # An index without the wanted platform is pulled without complaint, and nothing with it.
            await self._images.pin(reference)

    async def push(
        self, reference: ImageReference, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        """Push an image to the registry that its name says.

        Content of other platforms that a load has left behind belongs to no name and may be collected at any
        moment; the push is then repeated with what is left.
        """
        again = True
        while again:
            again = False
            async with self._images.complete(reference) as (name, target):
                try:
                    async with aclosing(self._push(name, reference, credentials)) as steps:
                        async for step in steps:
                            yield step
                except NotFound:
                    again = name == str(reference) and not await self._images.is_complete(reference)
                    if not again:
                        raise
        yield TransferProgress("pushed", target.digest, total=target.size)

    async def _push(
        self, name: str, reference: ImageReference, credentials: Credentials | None
    ) -> AsyncGenerator[TransferProgress, None]:
        async with (
            self._credentials(reference, credentials) as auth,
            aclosing(
                self._transfer(ImageStore(name=name), self._registry(reference, auth), reference)
            ) as steps,
        ):
            async for step in steps:
                yield step

    @asynccontextmanager
    async def _credentials(
        self, reference: ImageReference, credentials: Credentials | None
    ) -> AsyncIterator[str]:
        async with AsyncExitStack() as stack:
            try:
                stream = credentials_stream(self._channel, credentials, reference.registry)
                auth = await stack.enter_async_context(stream)
            except grpc.aio.AioRpcError as error:
                raise registry_error(error, reference) from error
            yield auth

    def _registry(self, reference: ImageReference, auth: str) -> OCIRegistry:
        scheme = "http" if reference.registry in self._plain_http else ""
        resolver = RegistryResolver(auth_stream=auth, host_dir=self._hosts_dir, default_scheme=scheme)
        return OCIRegistry(reference=str(reference), resolver=resolver)

    async def _transfer(
        self, source: Message, destination: Message, reference: ImageReference, lease: str = ""
    ) -> AsyncGenerator[TransferProgress, None]:
        try:
            async with aclosing(transfer(self._channel, source, destination, lease)) as steps:
                async for step in steps:
                    yield progress(step)
        except grpc.aio.AioRpcError as error:
            await self._leases.drop(refused_ref(error))
            raise registry_error(error, reference) from error
