"""`create`: make a container without starting it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from application.ports.host import Accounts, HostFiles
from application.ports.images import ImageRoots, ImageStore
from application.ports.state import ContainerStore, VolumeStore
from application.support.compensation import Compensation, compensating
from application.support.events import Events
from application.support.image_uses import ImageUses
from application.use_cases.volume.create import CreateVolume, has_volume
from domain.container import ContainerRecord, find_container
from domain.errors import AlreadyExists, Conflict, InvalidArgument, MountSourceMissing, NotFound
from domain.events import VOLUME
from domain.image import Image
from domain.names import check_name, distinct_name, made_up_name, new_id
from domain.spec import ContainerSpec, check_environment
from domain.volume import Mount, MountKind

_NAMES_TO_TRY = 20


@dataclass(frozen=True)
class CreateContainer:
    """`create`: resolve the image, make the volumes, take the name; all that can be checked is checked first."""

    image_store: ImageStore
    image_uses: ImageUses
    container_store: ContainerStore
    volume_store: VolumeStore
    files: HostFiles
    image_roots: ImageRoots
    accounts: Accounts
    create_volume: CreateVolume
    events: Events
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __call__(self, spec: ContainerSpec, name: str) -> ContainerRecord:
        """Store a new container and return its record; with the name "" a random name is chosen.

        Raises NotFound (image), AlreadyExists (name), Conflict (no generated name is free), InvalidArgument,
        MountSourceMissing. On failure or cancellation neither the record nor the volumes that this call made
        are left.
        """
        if name:
            check_name("container", name)
        spec.check_lifecycle()
        for entry in spec.environment:
            check_environment(entry)
        async with self.image_uses.using(lambda: self.image_store.find(spec.image)) as image:
            return await self._create(spec, name, image)

    async def _create(self, spec: ContainerSpec, name: str, image: Image) -> ContainerRecord:
        image.check_platform(spec.platform)
        process = spec.process(image.config)
        wanted = await self._all_mounts(spec, image)
        await self._check_sources(wanted)
        async with compensating() as undo:
            mounts = tuple([await self._resolve(mount, undo) for mount in wanted])
            groups = await self._populate(spec, mounts, image)
            record = ContainerRecord(
                id=new_id(),
                name=name,
                spec=replace(
                    spec,
                    mounts=mounts,
                    volumes_from=(),
                    security=replace(spec.security, groups=groups),
                    ports=spec.published(image.config),
                    stop_signal=spec.stop_signal or image.config.stop_signal,
                    healthcheck=spec.healthcheck.with_defaults(image.config.healthcheck),
                ),
                process=process,
                image_id=image.id,
                created_at=self.clock(),
            )
            # A call that is cancelled may have stored the record all the same.
            undo.add(lambda: self.container_store.remove(record.id))
            added = await self._add(record)
            self.events.of_container(added, "create")
            return added

    async def _all_mounts(self, spec: ContainerSpec, image: Image) -> tuple[Mount, ...]:
        """The mounts asked for, the mounts of other containers, and the image's volumes.

        Of several mounts with one target the first counts. Raises NotFound and AmbiguousReference for a
        container, InvalidArgument for a target that is asked for twice.
        """
        targets = [mount.target.rstrip("/") for mount in spec.mounts]
        for target in targets:
            if targets.count(target) > 1:
                raise InvalidArgument("mount", target, "mount-target-twice")
        taken = [mount for text in spec.volumes_from for mount in await self._mounts_of(text)]
        declared = [Mount(MountKind.VOLUME, "", target) for target in image.config.volumes]
        found: dict[str, Mount] = {}
        for mount in (*spec.mounts, *taken, *declared):
            found.setdefault(mount.target.rstrip("/"), mount)
        return tuple(found.values())

    async def _populate(
        self, spec: ContainerSpec, mounts: tuple[Mount, ...], image: Image
    ) -> tuple[str, ...]:
        """Copy the image's files into empty volumes, and return the spec's groups as numbers.

        As docker does: an empty volume gets what the image has at its target, with owners, once.
        """
        wanted = [mount for mount in mounts if mount.kind is MountKind.VOLUME and mount.copy]
        folders = [((await self.volume_store.get(mount.source)).path, mount.target) for mount in wanted]
        fresh = [(folder, target) for folder, target in folders if await self.files.is_empty(folder)]
        named = [group for group in spec.security.groups if not group.isdecimal()]
        if not fresh and not named:
            return spec.security.groups
        async with self.image_roots.opened(image.id) as root:
            for folder, target in fresh:
                await self.files.populate(root, target, folder)
            numbers = dict(zip(named, await self.accounts.groups(root, tuple(named)), strict=True))
        return tuple(str(numbers.get(group, group)) for group in spec.security.groups)

    async def _check_sources(self, mounts: tuple[Mount, ...]) -> None:
        for mount in mounts:
            if mount.kind is MountKind.BIND and not await self.files.exists(mount.source):
                raise MountSourceMissing(mount.source)

    async def _resolve(self, mount: Mount, undo: Compensation) -> Mount:
        """Make the volume of a mount if it does not exist, and give an anonymous volume its name."""
        if mount.kind is not MountKind.VOLUME:
            return mount
        name = mount.source or new_id()
        if not await has_volume(self.volume_store, name):
            undo.add(lambda: self._discard(name))
            await self.create_volume(name, {}, anonymous=not mount.source)
        return replace(mount, source=name)

    async def _discard(self, volume: str) -> None:
        """Remove a volume that this call made, unless another container uses it by now."""
        if await self.volume_store.users(volume):
            return
        with suppress(NotFound):  # the failure came before the volume was stored
            await self.volume_store.remove(volume)
            self.events.emit(VOLUME, "destroy", volume, volume, {})
        await self.files.remove_volume(volume)

    async def _add(self, record: ContainerRecord) -> ContainerRecord:
        volumes = tuple(mount.source for mount in record.spec.mounts if mount.kind is MountKind.VOLUME)
        if record.name:
            await self.container_store.add(record, volumes)
            return record
        for tries in range(_NAMES_TO_TRY):
            name = made_up_name()
            named = replace(record, name=name if tries < _NAMES_TO_TRY // 2 else distinct_name(name))
            try:
                await self.container_store.add(named, volumes)
            except AlreadyExists:
                continue
            return named
        raise Conflict("container", "", "no-free-name")

    async def _mounts_of(self, text: str) -> tuple[Mount, ...]:
        """The mounts that `--volumes-from NAME[:ro|rw]` takes from a container."""
        name, _, mode = text.partition(":")
        if mode not in {"", "ro", "rw"}:
            raise InvalidArgument("container to take volumes from", text, "volumes-from-form")
        mounts = find_container(name, await self.container_store.matching(name)).spec.mounts
        return tuple(replace(mount, read_only=mount.read_only or mode == "ro") for mount in mounts)
