"""Making a container's record, with all that can be checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from application.ports.host import Accounts, HostFiles
from application.ports.images import ImageRoots, ImageStore
from application.ports.state import ContainerStore, VolumeStore
from application.support.compensation import Compensation, compensating
from application.support.events import Events
from domain.container import ContainerRecord, find_container
from domain.errors import AlreadyExists, Conflict, InvalidArgument, MountSourceMissing
from domain.image import Image
from domain.names import check_name, distinct_name, made_up_name, new_id
from domain.spec import ContainerSpec, check_environment
from domain.volume import Mount, MountKind, Volume

_NAMES_TO_TRY = 20


class CreateContainer:
    """Resolve the image, make the volumes, take the name."""

    def __init__(
        self,
        images: ImageStore,
        containers: ContainerStore,
        volumes: VolumeStore,
        files: HostFiles,
        roots: ImageRoots,
        accounts: Accounts,
        events: Events,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._events = events
        self._images = images
        self._containers = containers
        self._volumes = volumes
        self._files = files
        self._roots = roots
        self._accounts = accounts
        self._clock = clock

    async def __call__(self, spec: ContainerSpec, name: str) -> ContainerRecord:
        """Create a container; "" makes a name up.

        Raises NotFound (image), AlreadyExists (name), Conflict (no generated name is free), InvalidArgument,
        MountSourceMissing. On failure or cancellation no record and no volume of this call is left.
        """
        if name:
            check_name("container", name)
        spec.check_lifecycle()
        for entry in spec.environment:
            check_environment(entry)
        image = await self._images.find(spec.image)
        image.check_platform(spec.platform)
        process = spec.process(image.config)
        wanted = await self._all_mounts(spec, image)
        await self._check_sources(wanted)
        async with compensating() as undo:
            mounts = tuple([await self._resolve(mount, undo) for mount in wanted])
            groups = await self._furnish(spec, mounts, image)
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
                    healthcheck=spec.healthcheck.over(image.config.healthcheck),
                ),
                process=process,
                image_id=image.id,
                created_at=self._clock(),
            )
            # A call that is cancelled may have been kept all the same.
            undo.add(lambda: self._containers.remove(record.id))
            added = await self._add(record)
            self._events.of_container(added, "create")
            return added

    async def _all_mounts(self, spec: ContainerSpec, image: Image) -> tuple[Mount, ...]:
        """Those asked for, those of other containers, and the image's volumes; the first at a target counts.

        Raises NotFound and AmbiguousReference for a container, InvalidArgument for a target asked for twice.
        """
        targets = [mount.target.rstrip("/") for mount in spec.mounts]
        for target in targets:
            if targets.count(target) > 1:
                raise InvalidArgument("mount", target, "mount-target-twice")
        records = await self._containers.list() if spec.volumes_from else ()
        taken = [mount for text in spec.volumes_from for mount in _mounts_of(text, records)]
        declared = [Mount(MountKind.VOLUME, "", target) for target in image.config.volumes]
        found: dict[str, Mount] = {}
        for mount in (*spec.mounts, *taken, *declared):
            found.setdefault(mount.target.rstrip("/"), mount)
        return tuple(found.values())

    async def _furnish(self, spec: ContainerSpec, mounts: tuple[Mount, ...], image: Image) -> tuple[str, ...]:
        """Fill fresh volumes with what the image has at their targets; the groups asked for, as numbers.

        As docker does: a volume that holds nothing gets the image's files, with their owners, once.
        """
        volumes = {volume.name: volume.path for volume in await self._volumes.list()}
        fresh = [
            mount
            for mount in mounts
            if mount.kind is MountKind.VOLUME
            and mount.copy
            and await self._files.is_empty(volumes[mount.source])
        ]
        named = [group for group in spec.security.groups if not group.isdecimal()]
        if not fresh and not named:
            return spec.security.groups
        async with self._roots.opened(image.id) as root:
            for mount in fresh:
                await self._files.populate(root, mount.target, volumes[mount.source])
            numbers = dict(zip(named, await self._accounts.groups(root, tuple(named)), strict=True))
        return tuple(str(numbers.get(group, group)) for group in spec.security.groups)

    async def _check_sources(self, mounts: tuple[Mount, ...]) -> None:
        for mount in mounts:
            if mount.kind is MountKind.BIND and not await self._files.exists(mount.source):
                raise MountSourceMissing(mount.source)

    async def _resolve(self, mount: Mount, undo: Compensation) -> Mount:
        """Make sure that the volume of a mount exists, and give an anonymous one its name."""
        if mount.kind is not MountKind.VOLUME:
            return mount
        name = mount.source or new_id()
        known = {volume.name for volume in await self._volumes.list()}
        if name not in known:
            undo.add(lambda: self._discard(name))
            path = await self._files.make_volume(name)
            await self._volumes.add(Volume(name, path, self._clock(), anonymous=not mount.source))
        return replace(mount, source=name)

    async def _discard(self, volume: str) -> None:
        """Take back a volume made for a container that did not come to be, unless another uses it by now."""
        if await self._volumes.users(volume):
            return
        await self._volumes.remove(volume)
        await self._files.remove_volume(volume)

    async def _add(self, record: ContainerRecord) -> ContainerRecord:
        volumes = tuple(mount.source for mount in record.spec.mounts if mount.kind is MountKind.VOLUME)
        if record.name:
            await self._containers.add(record, volumes)
            return record
        for tries in range(_NAMES_TO_TRY):
            name = made_up_name()
            named = replace(record, name=name if tries < _NAMES_TO_TRY // 2 else distinct_name(name))
            try:
                await self._containers.add(named, volumes)
            except AlreadyExists:
                continue
            return named
        raise Conflict("container", "", "no-free-name")


def _mounts_of(text: str, records: tuple[ContainerRecord, ...]) -> tuple[Mount, ...]:
    """The mounts that `--volumes-from NAME[:ro|rw]` takes over."""
    name, _, mode = text.partition(":")
    if mode not in {"", "ro", "rw"}:
        raise InvalidArgument("container to take volumes from", text, "volumes-from-form")
    mounts = find_container(name, records).spec.mounts
    return tuple(replace(mount, read_only=mount.read_only or mode == "ro") for mount in mounts)
