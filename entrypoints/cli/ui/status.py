"""The states and ports of containers in docker's words."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.network import PortBinding
from entrypoints.api.k3c.v1 import container_pb2 as pb
from entrypoints.api.mapping.times import time_from_wire
from entrypoints.cli.ui.table import ago, duration


def status(one: pb.Container, now: datetime | None = None) -> str:
    """The state in docker's words: `Up 3 minutes`, `Exited (0) 2 hours ago`, `Created`."""
    if one.state in {"running", "paused"}:
        up = duration(((now or datetime.now(UTC)) - time_from_wire(one.started_at)).total_seconds())
        return f"Up {up}{_condition(one)}"
    if one.state in {"exited", "restarting"}:
        return f"{one.state.capitalize()} ({one.exit.code}) {_since(one, now)}".rstrip()
    return one.state.capitalize()


def _condition(one: pb.Container) -> str:
    """` (Paused)`, or the health of one that has a check."""
    if one.state == "paused":
        return " (Paused)"
    health = one.health.status
    return f" ({'health: ' if health == 'starting' else ''}{health})" if health else ""


def _since(one: pb.Container, now: datetime | None) -> str:
    return ago(time_from_wire(one.exit.finished_at), now) if one.HasField("exit") else ""


def ports(published: tuple[PortBinding, ...]) -> str:
    """`127.0.0.1:8080->80/tcp`, comma separated."""
    return ", ".join(f"{port.address}->{port.container_port}/{port.protocol}" for port in sorted(published))
