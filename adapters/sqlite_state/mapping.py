"""Between the domain and the contents of the JSON columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from domain.confinement import Device, Isolation, Security, Ulimit
from domain.container import ExitStatus
from domain.errors import RuntimeFailed
from domain.health import Healthcheck
from domain.network import Dns, PortBinding
from domain.restart import Restarts
from domain.spec import ContainerSpec, Process, Resources, RestartMode, RestartPolicy
from domain.volume import Mount, MountKind

_KEPT = 2048  # texts whose meaning is remembered: `ps` reads those of all containers


def spec_to_json(spec: ContainerSpec) -> dict[str, Any]:
    """Map a spec to plain JSON, whose keys are the names of the fields."""
    return asdict(spec)


def spec_from_json(stored: dict[str, Any]) -> ContainerSpec:
    """Map a stored spec; a key that is missing has its default.

    Raises RuntimeFailed for a key that this version does not know: without it, the container would not be
    what the user asked for.
    """
    with _readable("spec"):
        return _spec(stored)


@lru_cache(_KEPT)
def spec_from_text(text: str) -> ContainerSpec:
    """`spec_from_json` of a JSON text."""
    return spec_from_json(json.loads(text))


def _spec(stored: dict[str, Any]) -> ContainerSpec:
    fields = dict(stored)
    entrypoint = fields.pop("entrypoint")
    restart = fields.pop("restart")
    healthcheck = dict(fields.pop("healthcheck", {}))
    resources = fields.pop("resources", {})
    security = dict(fields.pop("security", {}))
    isolation = dict(fields.pop("isolation", {}))
    return ContainerSpec(
        **{
            **fields,
            "command": tuple(fields["command"]),
            "environment": tuple(fields["environment"]),
            "mounts": tuple(_mount(mount) for mount in fields["mounts"]),
            "volumes_from": tuple(fields.get("volumes_from", ())),
            "ports": tuple(PortBinding(**port) for port in fields["ports"]),
        },
        entrypoint=None if entrypoint is None else tuple(entrypoint),
        restart=RestartPolicy(RestartMode(restart["mode"]), restart["max_retries"]),
        healthcheck=Healthcheck(tuple(healthcheck.pop("test", ())), **healthcheck),
        resources=Resources(**resources),
        security=_security(security),
        isolation=_isolation(isolation),
    )


def _security(stored: dict[str, Any]) -> Security:
    devices = tuple(Device(**device) for device in stored.pop("devices", ()))
    return Security(**_tuples(stored), devices=devices)


def _isolation(stored: dict[str, Any]) -> Isolation:
    dns = Dns(**_tuples(stored.pop("dns", {})))
    ulimits = tuple(Ulimit(**limit) for limit in stored.pop("ulimits", ()))
    return Isolation(**_tuples(stored), dns=dns, ulimits=ulimits)


def _tuples(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the value with tuples for JSON's lists."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}


def _mount(stored: dict[str, Any]) -> Mount:
    return Mount(**{**stored, "kind": MountKind(stored["kind"])})


def restarts(count: int, in_row: int, next_at: str | None) -> Restarts:
    """Map the columns of restarts."""
    return Restarts(count, in_row, None if next_at is None else time_from_text(next_at))


def exit_status(code: int | None, finished_at: str | None) -> ExitStatus | None:
    """Map the columns of an attempt's exit."""
    if code is None or finished_at is None:
        return None
    return ExitStatus(code, time_from_text(finished_at))


def exit_columns(status: ExitStatus | None) -> dict[str, Any]:
    """Map an attempt's exit to its columns."""
    if status is None:
        return {"exit_code": None, "finished_at": None}
    return {"exit_code": status.code, "finished_at": time_to_text(status.finished_at)}


def process_to_json(process: Process) -> dict[str, Any]:
    """Map a process to plain JSON."""
    return asdict(process)


def process_from_json(stored: dict[str, Any]) -> Process:
    """Map a stored process; raises RuntimeFailed like `spec_from_json`."""
    with _readable("process"):
        lists = {name: tuple(stored[name]) for name in ("arguments", "environment")}
        return Process(**{**stored, **lists})


@lru_cache(_KEPT)
def process_from_text(text: str) -> Process:
    """`process_from_json` of a JSON text."""
    return process_from_json(json.loads(text))


@contextmanager
def _readable(what: str) -> Iterator[None]:
    try:
        yield
    except (TypeError, KeyError, ValueError) as error:
        raise RuntimeFailed("state", "stored-form", f"{what}: {error}") from error


def time_to_text(time: datetime) -> str:
    """Map a time to ISO 8601 with microseconds, in UTC, so that the order of texts is the order of times."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def time_from_text(text: str) -> datetime:
    """Map a stored time."""
    return datetime.fromisoformat(text)
