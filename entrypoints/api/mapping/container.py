"""Containers and their states, on the wire."""

from __future__ import annotations

from domain.container import Container, ExitStatus
from domain.health import Health
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.spec import mount_to_wire, port_to_wire
from entrypoints.api.mapping.times import timestamp


def exit_to_wire(status: ExitStatus) -> pb.Exited:
    """How a container ended."""
    return pb.Exited(
        code=status.code, finished_at=timestamp(status.finished_at), out_of_memory=status.out_of_memory
    )


def health_to_wire(health: Health) -> pb.Health:
    """What the probes of a container said."""
    return pb.Health(
        status=health.status,
        failing_streak=health.failing_streak,
        probes=[
            pb.Probe(
                started_at=timestamp(probe.started_at),
                ended_at=timestamp(probe.ended_at),
                exit_code=probe.exit_code,
                output=probe.output,
            )
            for probe in health.probes
        ],
    )


def container_to_wire(container: Container) -> pb.Container:
    """A container as `ps` shows it."""
    record = container.record
    return pb.Container(
        id=record.id,
        name=record.name,
        image=record.spec.image,
        image_id=record.image_id,
        command=record.process.arguments,
        created_at=timestamp(record.created_at),
        state=container.state,
        started_at=timestamp(container.started_at),
        exit=None if container.exit is None else exit_to_wire(container.exit),
        ports=map(port_to_wire, container.published),
        labels=record.spec.labels,
        mounts=map(mount_to_wire, record.spec.mounts),
        attempt=record.attempt.number if record.attempt else 0,
        health=None if container.health is None else health_to_wire(container.health),
        network=record.spec.isolation.network or "bridge",
        restart_count=record.restarts.count,
        restart_at=timestamp(record.restarts.next_at),
    )
