"""Containers and their states, on the wire."""

from __future__ import annotations

from application.use_cases.container.inspect import ContainerDetails
from application.use_cases.container.run import Created, Started
from application.use_cases.container.update import UpdatePlan
from domain.container import Container, ContainerRecord, ExitStatus
from domain.health import Health, Probe
from domain.spec import SpecChange
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.k3c.v1 import spec_pb2
from entrypoints.api.mapping.ports import port_to_wire, ports_from_wire
from entrypoints.api.mapping.spec import mount_to_wire, resources_from_wire, restart_from_wire, spec_to_wire
from entrypoints.api.mapping.times import time_to_wire


def exit_to_wire(status: ExitStatus) -> pb.Exited:
    """Map how a container ended."""
    return pb.Exited(
        code=status.code, finished_at=time_to_wire(status.finished_at), out_of_memory=status.out_of_memory
    )


def health_to_wire(health: Health) -> pb.Health:
    """Map the health of a container and its last probes."""
    return pb.Health(
        status=health.status,
        failing_streak=health.failing_streak,
        probes=map(probe_to_wire, health.probes),
    )


def probe_to_wire(probe: Probe) -> pb.Probe:
    """Map a run of a health check."""
    return pb.Probe(
        started_at=time_to_wire(probe.started_at),
        ended_at=time_to_wire(probe.ended_at),
        exit_code=probe.exit_code,
        output=probe.output,
    )


def container_to_wire(container: Container) -> pb.Container:
    """Map a container as `ps` shows it."""
    record = container.record
    return pb.Container(
        id=record.id,
        name=record.name,
        image=record.spec.image,
        image_id=record.image_id,
        command=record.process.arguments,
        created_at=time_to_wire(record.created_at),
        state=container.state,
        started_at=time_to_wire(container.started_at),
        exit=None if container.exit is None else exit_to_wire(container.exit),
        ports=map(port_to_wire, container.published),
        labels=record.spec.labels,
        mounts=map(mount_to_wire, record.spec.mounts),
        attempt=record.attempt.number if record.attempt else 0,
        health=None if container.health is None else health_to_wire(container.health),
        network=record.spec.isolation.network or "bridge",
        restart_count=record.restarts.count,
        restart_at=time_to_wire(record.restarts.next_at),
    )


def decided_ports_to_wire(record: ContainerRecord) -> list[spec_pb2.PortBinding]:
    """Map the published ports of a container's present attempt, none before its first start."""
    return [port_to_wire(port) for port in record.attempt.ports] if record.attempt else []


def created_to_wire(record: ContainerRecord) -> pb.CreateContainerResponse:
    """Map the id and the name of a container that was created."""
    return pb.CreateContainerResponse(id=record.id, name=record.name)


def run_event_to_wire(event: Created | Started) -> pb.RunContainerResponse:
    """Map a step of `run`."""
    if isinstance(event, Created):
        return pb.RunContainerResponse(created=created_to_wire(event.record))
    return pb.RunContainerResponse(started=pb.Started(ports=decided_ports_to_wire(event.record)))


def details_to_wire(
    details: ContainerDetails, *, bridge: str, gateway: str, prefix_length: int
) -> pb.InspectContainerResponse:
    """Map everything about a container; `bridge`, `gateway` and `prefix_length` are the daemon's."""
    record, address = details.container.record, details.interface.address
    attempt = record.attempt
    return pb.InspectContainerResponse(
        container=container_to_wire(details.container),
        spec=spec_to_wire(record.spec),
        environment=record.process.environment,
        working_dir=record.process.working_dir,
        user=record.process.user,
        sandbox_id=attempt.sandbox_id if attempt else "",
        runtime_id=attempt.runtime_id if attempt else "",
        log_path=attempt.log_path if attempt else "",
        pid=details.pid,
        address=address,
        gateway=gateway if address else "",
        network=bridge,
        mac_address=details.interface.mac,
        prefix_length=prefix_length if address else 0,
        mount_sources=details.sources,
        size=details.size,
    )


def change_from_wire(request: pb.UpdateContainerRequest) -> SpecChange:
    """Map what `update` changes.

    Raises InvalidArgument for a restart policy that this version does not know.
    """
    return SpecChange(
        resources=resources_from_wire(request.resources),
        restart=restart_from_wire(request.restart) if request.HasField("restart") else None,
        environment=tuple(request.environment),
        labels=dict(request.labels),
        ports=ports_from_wire(request.ports),
    )


def plan_to_wire(plan: UpdatePlan) -> pb.UpdateContainerResponse:
    """Map what `update` is about to do."""
    return pb.UpdateContainerResponse(name=plan.name, running=plan.running, replaces=plan.replaces)
