"""From a container's stored spec to the requests that make an attempt in the runtime."""

from __future__ import annotations

from dataclasses import dataclass

from application.lifecycle.lookup import Containers
from application.lifecycle.names import ChooseDns
from application.ports.host import HostsFiles
from application.ports.runtime import (
    BoundMount,
    ContainerRequest,
    RuntimeSpecs,
    SandboxRequest,
    SandboxRuntime,
    SpecEdits,
)
from application.ports.state import VolumeStore
from application.support.compensation import Compensation
from domain.confinement import HOST, HOST_GATEWAY, NONE
from domain.container import Attempt, ContainerRecord
from domain.errors import InvalidArgument
from domain.names import hostname_for
from domain.network import AS_THE_HOST
from domain.volume import MountKind


@dataclass(frozen=True)
class AttemptRequests:
    """Turns a container's spec into a sandbox request, a container request, and edits of the runtime's spec.

    `gateway` is this machine's address on the bridge, "" where k3c has no bridge.
    """

    containers: Containers
    volume_store: VolumeStore
    sandboxes: SandboxRuntime
    specs: RuntimeSpecs
    hosts_files: HostsFiles
    choose_dns: ChooseDns
    gateway: str

    async def sandbox(self, record: ContainerRecord, attempt: Attempt, log_directory: str) -> SandboxRequest:
        """The request for the attempt's sandbox."""
        isolation = record.spec.isolation
        on_host = isolation.network == HOST
        return SandboxRequest(
            key=record.id,
            name=record.name,
            attempt=attempt.number,
            hostname=_hostname(record) if isolation.has_pod_network else "",
            log_directory=log_directory,
            ports=attempt.ports,
            dns=AS_THE_HOST
            if on_host and isolation.dns == AS_THE_HOST
            else await self.choose_dns(isolation.dns),
            host_network=not isolation.has_pod_network,
            isolation=isolation,
            privileged=record.spec.security.privileged,
        )

    async def container(
        self, record: ContainerRecord, sandbox: SandboxRequest, attempt: Attempt, undo: Compensation
    ) -> ContainerRequest:
        """The request for the attempt's container, in the sandbox of `attempt`.

        A hosts file is written if the spec adds hosts; `undo` removes it. Raises NotFound (a volume),
        InvalidArgument (the gateway is asked for and there is none).
        """
        spec = record.spec
        return ContainerRequest(
            sandbox=sandbox,
            sandbox_id=attempt.sandbox_id,
            image_id=record.image_id,
            image_name=spec.image,
            process=record.process,
            log_path=attempt.log_path,
            mounts=(*await self._bound_mounts(record), *await self._hosts(record, attempt, undo)),
            labels=spec.labels,
            stop_signal=spec.stop_signal,
            resources=spec.resources,
            tty=spec.tty,
            stdin=spec.stdin,
            stdin_once=spec.stdin_once,
            security=spec.security,
            annotations=spec.isolation.annotations,
        )

    async def edit(self, record: ContainerRecord, runtime_id: str) -> None:
        """Apply the parts of the spec that CRI cannot express to a container that was made and not started.

        Raises NotFound, Conflict (a container whose namespace is joined does not run), Unsupported.
        """
        isolation = record.spec.isolation
        alone = isolation.network == NONE
        edits = SpecEdits(
            ulimits=isolation.ulimits,
            tmpfs=tuple(mount for mount in record.spec.mounts if mount.kind is MountKind.TMPFS),
            shm_size=isolation.shm_size,
            own_network=alone,
            joins={kind: await self._joined(name) for kind, name in isolation.joined.items()},
            hostname=_hostname(record) if alone or "network" in isolation.joined else "",
            domainname=isolation.domainname,
            pids_limit=isolation.pids_limit,
            removed_variables=record.spec.removed_variables,
        )
        await self.specs.edit(runtime_id, edits)

    async def clean(self, record: ContainerRecord) -> None:
        """Remove the files that were needed only until the container ran."""
        if record.spec.isolation.extra_hosts:
            await self.hosts_files.remove(record.id)

    async def _joined(self, name: str) -> str:
        return (await self.containers.find(name)).running_attempt().runtime_id

    async def _hosts(
        self, record: ContainerRecord, attempt: Attempt, undo: Compensation
    ) -> tuple[BoundMount, ...]:
        added = [text.partition(":") for text in record.spec.isolation.extra_hosts]
        if not added:
            return ()
        names = [(name, self._address(address)) for name, _, address in added]
        if record.spec.isolation.has_pod_network:
            names.append((_hostname(record), await self.sandboxes.address(attempt.sandbox_id)))
        undo.add(lambda: self.hosts_files.remove(record.id))
        return (await self.hosts_files.write(record.id, tuple(names)),)

    def _address(self, address: str) -> str:
        if address != HOST_GATEWAY:
            return address
        if not self.gateway:
            raise InvalidArgument("extra host", HOST_GATEWAY, "no-host-gateway")
        return self.gateway

    async def _bound_mounts(self, record: ContainerRecord) -> tuple[BoundMount, ...]:
        bound = []
        for mount in record.spec.mounts:
            if mount.kind is MountKind.TMPFS:
                continue
            is_volume = mount.kind is MountKind.VOLUME
            source = (await self.volume_store.get(mount.source)).path if is_volume else mount.source
            bound.append(BoundMount(source, mount.target, mount.read_only, mount.propagation))
        return tuple(bound)


def _hostname(record: ContainerRecord) -> str:
    return record.spec.hostname or hostname_for(record.name)
